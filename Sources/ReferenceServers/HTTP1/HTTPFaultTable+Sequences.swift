// The faults of what one request leaves for the next: memory, bytes that were not read, connections that go silent. One
// entry each; what an entry changes is HTTPPolicy's.

internal import HTTP1Wire
internal import WireBytes

extension HTTPFault {
  /// A fault for which a connection goes silent behind such answers, and stays open.
  private static func silent(
    _ name: String, _ summary: String, violating violates: String = "H1-9112-9.3.2-2", with fallsWith: [String] = [],
    _ isLast: @escaping @Sendable (ServedRequest, HTTPAnswer) -> Bool
  ) -> HTTPFault {
    HTTPFault("silent-after-\(name)", violates, summary, with: fallsWith) { $0.deafens = isLast }
  }

  /// Faults in what follows a request.
  static let sequences: [HTTPFault] = [
    HTTPFault("host-of-first-request", "H-9110-3.3-1", "The Host of a connection's first request is that of all.") {
      $0.memory = .host
    },
    HTTPFault(
      "fields-of-everybody", "H1-9112-9.3.2-2", "Fields of the very first request are in all others.",
      with: ["H-9110-15.3.7.1-1", "H-9110-3.3-1", "H1-9112-9.3-2"]
    ) {
      $0.memory = .fieldsForAll
    },
    .answering("page-after-head-empty", "H-9110-9.3.2-1", "The page behind a HEAD is empty.", with: ["H-9110-8.6-2"]) {
      guard $0.precedingMethod.elementsEqual("HEAD".utf8), $0.hasMethod("GET") else { return }
      $1.body = []
      $1.set("Content-Length", "0")
    },
    silent(
      "missing-pages", "Behind a 404 a connection is silent.",
      with: ["H-9110-10.1.1-5", "H1-9112-6-1", "H1-9112-6.3-8", "H1-9112-9.3-3", "H1-9112-9.3-4", "H1-9112-9.6-1"]
    ) { $1.code == 404 },
    silent("unknown-methods", "Behind a 501 a connection is silent.", with: ["H1-9112-9.3-4", "H1-9112-9.6-1"]) {
      $1.code == 501
    },
    silent("options", "Behind OPTIONS a connection is silent.", with: ["H1-9112-9.3-4"]) { request, _ in
      request.hasMethod("OPTIONS")
    },
    silent("sixteen-requests", "Behind the 16th request a connection is silent.") { request, _ in
      request.precedingCount == 15
    },
    silent(
      "empty-bodies", "Behind a body of no bytes a connection is silent.", violating: "H1-9112-6.3-8",
      with: ["H-9110-10.1.1-3", "H-9110-8.6-7"]
    ) { request, _ in
      request.framing == .length(0)
    },
    silent(
      "chunks", "Behind a body in chunks a connection is silent.", violating: "H1-9112-9.3-4",
      with: [
        "H-9110-10.1.1-3", "H-9110-5.5-1", "H-9110-5.6.1.2-1", "H-9110-5.6.3-3", "H-9110-6.5.1-2", "H-9110-7.6.1-5",
        "H-9110-9.3.1-1", "H1-9112-5.1-3", "H1-9112-6-1", "H1-9112-6.3-5", "H1-9112-7-1", "H1-9112-7.1-1",
        "H1-9112-7.1-2", "H1-9112-7.1.1-1", "H1-9112-7.1.2-3", "H1-9112-9.3.2-2",
      ]
    ) { request, _ in request.framing == .chunked },
    silent(
      "bodies", "Behind a body of bytes that were counted a connection is silent.",
      with: [
        "H-9110-10.1.1-3", "H-9110-10.1.1-4", "H-9110-10.1.1-5", "H-9110-8.6-7", "H-9110-9.3.1-1", "H1-9112-2.2-7",
        "H1-9112-5.1-3", "H1-9112-6-1", "H1-9112-6.3-8", "H1-9112-6.3-9", "H1-9112-9.2-1", "H1-9112-9.3-2",
        "H1-9112-9.3-4",
      ]
    ) { request, _ in
      request.framing != .none && request.framing != .chunked && request.framing != .length(0)
    },
    .neglecting(
      "whole-heads-not-awaited", "H-9110-5.3-4", "A head is answered once its first field is there.",
      with: ["H1-9112-2.1-1"], .wholeHeads),
    .neglecting(
      "bytes-behind-heads-are-bodies", "H1-9112-6-1", "What comes together with a head is its body.",
      with: ["H1-9112-6-1", "H1-9112-9.3.2-2"],
      .bytesBehindHeadsAreBodies),
    .neglecting(
      "byte-behind-chunks-lost", "H1-9112-7.1-1", "The byte behind a body in chunks is lost.",
      with: ["H-9110-6.5.1-2", "H-9110-9.3.1-1", "H1-9112-9.3-4"], .byteBehindChunks),
    HTTPFault(
      "end-of-chunks-is-a-request", "H1-9112-7.1-1", "The line behind the last chunk is the next request.",
      with: ["H-9110-9.3.1-1", "H1-9112-2.2-7", "H1-9112-9.2-1", "H1-9112-9.3-4"]
    ) {
      $0.neglects.insert(.trailersAreRequests)
      $0.takes.remove(.emptyLine)
    },
    .neglecting(
      "answers-lost-by-refusals", "H1-9112-9.3.2-2", "A refusal is sent in the place of answers that wait.",
      with: ["H1-9112-6.3-5"],
      .answersBeforeRefusals),
    HTTPFault(
      "refused-bodies-are-requests", "H1-9112-9.3-4",
      "The body of a request that is refused for its head is a request.",
      with: ["H-9110-10.1.1-5", "H-9110-9.3.1-1", "H1-9112-9.2-1"]
    ) {
      $0.neglects.insert(.bodiesOfErrorsAreRequests)
      $0.answersInStep = [.missingHost, .secondHost, .otherMajorVersion, .unknownExpectation]
    },
    .neglecting(
      "cut-bodies-keep-connections", "H1-9112-6.3-14", "A connection whose last body was cut stays open.",
      .closingOfCutBodies),
    HTTPFault(
      "large-bodies-hold-others-up", "H-9110-17.5-1", "While a large body is due nobody else is served.",
      with: ["H-9110-8.6-7"]
    ) {
      $0.bodyLimit = .max
      $0.neglects.insert(.serviceDuringLargeBodies)
    },
    .writing("line-end-behind-answers", "H1-9112-4-1", "An empty line follows every body.") { _, answer, body in
      if answer.sendsBody, answer.mayHaveBody { body += Array("\r\n".utf8) }
    },
    .writing(
      "requests-found-in-fields", "H1-9112-6.3-15", "A request in a field is answered.",
      with: ["H-9110-6.6.1-2", "H1-9112-9.2-1"]
    ) { request, _, body in
      guard request.fields.contains(where: { $0.value.starts(with: "GET /".utf8) }) else { return }
      body += Array("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".utf8)
    },
    .answering("later-minor-closes", "H-9110-6.2-4", "A client of HTTP/1.2 is left without a word.") {
      if $0.version > .http11 { $1.closesUnsaid = true }
    },
    HTTPFault("keep-alive-before-close", "H1-9112-9.6-2", "keep-alive counts, where close stands beside it.") {
      $0.changesHead = { request in
        guard request.list("connection").contains("keep-alive") else { return }
        request.fields.removeAll { $0.name.equalsIgnoringCase("connection".utf8) }
        request.fields.append(ProbeVariable(name: Array("Connection".utf8), value: Array("keep-alive".utf8)))
      }
    },
    HTTPFault("proxy-connection-heeded", "H1-9112-9.3-2", "Proxy-Connection is Connection.") {
      $0.readsName = { $0.equalsIgnoringCase("proxy-connection".utf8) ? Array("Connection".utf8) : $0 }
    },
    HTTPFault(
      "old-clients-who-expect-dropped", "H-9110-10.1.1-2", "HTTP/1.0 with Expect gets no answer.",
      with: ["H-9110-15.2-1"]
    ) {
      $0.dropsHead = { $0.isOld && !$0.values("expect").isEmpty }
    },
  ]
}
