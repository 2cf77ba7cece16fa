// The faults of connections, expectations, upgrades and methods. One entry each; what an entry changes is HTTPPolicy's.

internal import WireBytes

extension HTTPFault {
  /// Faults in keeping and closing connections.
  static let connections: [HTTPFault] = [
    .answering(
      "closes-in-silence", "H1-9112-9.3-3", "The connection is closed after every response, which does not say so.",
      with: ["H1-9112-9.3-1", "H1-9112-9.3.2-2", "H1-9112-9.6-1", "H1-9112-9.6-3", "H-9110-10.1.1-5"]
    ) {
      $1.closesUnsaid = true
      $1.remove("Connection")
    },
    HTTPFault(
      "errors-close-in-silence", "H1-9112-9.3-3", "The connection is closed after a 404, which does not say so.",
      with: ["H1-9112-9.3-1", "H1-9112-9.6-1", "H1-9112-6-1", "H-9110-10.1.1-5", "H1-9112-6.3-8"]
    ) {
      $0.changesAnswer = { if $1.code == 404 { $1.closesUnsaid = true } }
    },
    HTTPFault(
      "third-request-lost", "H1-9112-9.3.2-2", "The third request of a connection closes it without an answer.",
      with: ["H1-9112-9.3-1", "H1-9112-9.3-3", "H1-9112-6.3-1", "H1-9112-6-1", "H1-9112-9.3-2", "H1-9112-6.3-8"]
    ) { $0.dropsHead = { $0.precedingCount == 2 } },
    .neglecting(
      "close-ignored", "H1-9112-9.6-2", "Connection: close is not heeded.",
      with: ["H1-9112-9.6-3", "H1-9112-9.6-4", "H1-9112-9.3-2", "H-9110-9.3.2-1", "H1-9112-6.1-10"],
      .close),
    .neglecting(
      "close-in-capitals-ignored", "H1-9112-9.6-2", "Connection: Close is not heeded.",
      with: ["H1-9112-9.6-3", "H1-9112-9.6-4", "H-9110-5.6.1.2-1"], .connectionCase),
    .neglecting(
      "close-among-others-ignored", "H1-9112-9.6-2", "close is not heeded where Connection has other options.",
      with: ["H1-9112-9.6-3", "H1-9112-9.6-4", "H-9110-5.6.1.2-1"], .connectionLists),
    .neglecting(
      "close-in-second-line-ignored", "H1-9112-9.6-2", "Only the first line of Connection is heeded.",
      with: ["H1-9112-9.6-3", "H1-9112-9.6-4", "H-9110-5.3-1", "H-9110-5.6.1.2-1"], .connectionLines),
    .neglecting(
      "close-unsaid", "H1-9112-9.6-3", "Connection: close is heeded, and not said.",
      with: ["H1-9112-9.6-1", "H1-9112-9.3-3"], .closeSaid),
    .neglecting(
      "served-after-close", "H1-9112-9.6-4", "Requests after Connection: close are served.",
      with: [
        "H1-9112-9.6-6", "H1-9112-6.1-12", "H1-9112-9.3-2", "H1-9112-9.6-2", "H-9110-5.6.1.2-1", "H1-9112-2.2-10",
        "H1-9112-2.2-4", "H1-9112-2.2-9", "H1-9112-5.1-1", "H1-9112-5.1-4", "H1-9112-5.2-2", "H1-9112-6.1-13",
        "H1-9112-6.3-10", "H1-9112-6.3-5", "H1-9112-6.3-7", "H1-9112-6.3-8", "H1-9112-6.3-9", "H1-9112-7.1-2",
        "H1-9112-9.2-1", "H-9110-8.6-7",
      ], .closeAtOnce),
    .neglecting(
      "close-said-and-kept", "H1-9112-9.6-2", "A response says Connection: close, and the connection stays.",
      with: [
        "H1-9112-9.6-5", "H1-9112-9.6-6", "H1-9112-9.6-4", "H1-9112-9.3-2", "H1-9112-6.1-12", "H1-9112-7.1-4",
        "H1-9112-2.2-10", "H1-9112-2.2-4", "H1-9112-7.1-5", "H1-9112-7.1.1-3", "H1-9112-6.3-11", "H1-9112-6.3-8",
        "H1-9112-6.3-10", "H1-9112-5.1-1", "H1-9112-2.2-9", "H1-9112-5.2-2", "H1-9112-5.1-4", "H1-9112-6.3-7",
        "H-9110-9.3.2-1", "H1-9112-6.1-10", "H1-9112-6.3-9", "H1-9112-7.1-3", "H1-9112-6.1-13", "H1-9112-2.2-1",
      ], .closeDone),
    .answering(
      "close-said-always", "H1-9112-9.6-5", "Every response says Connection: close, and only some close.",
      with: ["H1-9112-9.6-6", "H1-9112-9.3-1"]
    ) {
      if !$1.has("Connection") { $1.head.append("Connection", "close") }
    },
    .neglecting(
      "old-clients-kept", "H1-9112-9.3-2", "The connection of an HTTP/1.0 client stays open.",
      with: ["H-9110-9.3.2-1", "H1-9112-6.1-10"],
      .closingForOldClients),
    HTTPFault("empty-connection-kills", "H1-9112-9.5-2", "A connection without a byte ends the server.") {
      $0.diesOfEmptyConnections = true
    },
    HTTPFault(
      "fields-of-first-request", "H-9110-3.3-1", "Fields of a connection's first request are in all others.",
      with: ["H1-9112-9.3-2", "H-9110-15.3.7.1-1", "H1-9112-9.3.2-2"]
    ) {
      $0.memory = .fields
    },
  ]

  /// Faults in expectations and upgrades.
  static let expectations: [HTTPFault] = [
    .neglecting(
      "continuation-unsent", "H-9110-10.1.1-6", "100 (Continue) is never sent: the body is waited for.",
      with: ["H-9110-10.1.1-7"], .continuation),
    .neglecting(
      "continuation-late", "H-9110-10.1.1-6", "100 (Continue) is sent once the body is there.",
      with: ["H-9110-10.1.1-7"], .continuationInTime),
    .neglecting(
      "continuation-to-old-clients", "H-9110-15.2-1", "HTTP/1.0 is sent 100 (Continue).",
      with: ["H-9110-10.1.1-2"], .oldClientsOfContinuation),
    .neglecting(
      "continuation-without-end", "H-9110-10.1.1-4", "After 100 (Continue) nothing comes.",
      with: ["H-9110-15.2-3", "H-9110-10.1.1-3", "H-9110-10.1.1-5"], .finalResponse),
    .neglecting(
      "expectation-has-case", "H-9110-10.1.1-6", "100-Continue in capitals is no expectation.",
      with: ["H-9110-10.1.1-7"], .expectationCase),
    HTTPFault("continuation-with-length", "H-9110-8.6-4", "100 (Continue) has a Content-Length.") {
      $0.continuation = Array("HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n".utf8)
    },
    HTTPFault("continuation-with-coding", "H1-9112-6.1-6", "100 (Continue) has a Transfer-Encoding.") {
      $0.continuation = Array("HTTP/1.1 100 Continue\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
    },
    .deciding(
      "upgrade-to-anything", "H-9110-7.8-3", "Whatever Upgrade offers, the answer is 101 to websocket.",
      with: ["H-9110-7.8-6", "H-9110-7.8-7", "H-9110-7.8-1"]
    ) { request, answer in
      guard let first = request.list("upgrade").first, first != "websocket" else { return }
      answer = .switching("websocket")
    },
    .deciding(
      "upgrade-without-name", "H-9110-7.8-2", "101 does not say to what.",
      with: ["H-9110-15.2.2-1", "H-9110-7.8-3", "H-9110-7.8-6", "H-9110-7.8-7", "H-9110-7.8-1", "H-9110-7.8-4"]
    ) { request, answer in
      if !request.values("upgrade").isEmpty { answer = .switching(nil) }
    },
    .deciding(
      "upgrade-for-old-clients", "H-9110-7.8-6", "Upgrade of HTTP/1.0 is answered 101.",
      with: ["H-9110-15.2-1"]
    ) { request, answer in
      guard request.isOld, let first = request.list("upgrade").first else { return }
      answer = .switching(first)
    },
    .deciding(
      "upgrade-required-unnamed", "H-9110-7.8-4", "426 does not say to what.",
      with: ["H-9110-15.5.22-1"]
    ) { request, answer in
      if !request.values("upgrade").isEmpty { answer = HTTPAnswer(426, "Upgrade Required", "upgrade\n") }
    },
    .answering("upgrade-not-in-connection", "H-9110-7.8-5", "Upgrade is sent, and not named in Connection.") {
      $1.head.append("Upgrade", "h2c")
    },
  ]

  /// Faults in what a method asks for.
  static let methods: [HTTPFault] = [
    HTTPFault(
      "head-not-known", "H-9110-9.1-1", "HEAD is answered 501.",
      with: ["H-9110-9.3.2-2", "H-9110-8.6-2", "H-9110-13.1.2-2", "H1-9112-3.2.2-4", "H-9110-9.3.2-1"]
    ) { $0.known.remove("HEAD") },
    HTTPFault(
      "head-not-allowed", "H-9110-9.1-1", "HEAD is answered 405.",
      with: ["H-9110-9.3.2-2", "H-9110-8.6-2", "H-9110-13.1.2-2"]
    ) { $0.allowed.removeAll { $0 == "HEAD" } },
    .answering(
      "head-with-body", "H-9110-9.3.2-1", "An answer to HEAD has a body.",
      with: ["H1-9112-6.3-1", "H1-9112-9.3.2-2", "H-9110-6.4.1-1", "H1-9112-4-1"]
    ) { if $0.isHEAD { $1.sendsBody = true } },
    .answering(
      "error-to-head-with-body", "H-9110-9.3.2-1", "An error that answers HEAD has a body.",
      with: ["H1-9112-6.3-1", "H1-9112-9.3.2-2", "H-9110-6.4.1-1"]
    ) { if $0.isHEAD, $1.code >= 400 { $1.sendsBody = true } },
    .answering("head-length-differs", "H-9110-8.6-2", "HEAD says another length than GET.") {
      if $0.isHEAD, $1.has("Content-Length") { $1.set("Content-Length", "0") }
    },
    .answering("head-type-differs", "H-9110-9.3.2-2", "HEAD says another type than GET.") {
      if $0.isHEAD { $1.set("Content-Type", "text/html") }
    },
    .answering(
      "head-without-validators", "H-9110-9.3.2-2", "HEAD has no ETag and no Last-Modified.",
      with: ["H-9110-15.3.1-1"]
    ) {
      guard $0.isHEAD else { return }
      $1.remove("ETag")
      $1.remove("Last-Modified")
    },
    .deciding(
      "not-allowed-without-allow", "H-9110-15.5.6-1", "A 405 does not say what is allowed.",
      with: ["H-9110-10.2.1-1", "H1-9112-6.3-7", "H1-9112-9.3-2", "H-9110-9.3.7-1"]
    ) { request, answer in
      if answer.code == 501 { answer = .refusal(405) }
      answer.remove("Allow")
    },
    .deciding("options-without-allow", "H-9110-9.3.7-1", "OPTIONS does not say what is allowed.") {
      if $0.hasMethod("OPTIONS") { $1.remove("Allow") }
    },
    .answering(
      "options-allow-malformed", "H-9110-2.2-1", "Allow is no list of methods.",
      with: ["H-9110-5.6.1.1-1"]
    ) { if $1.has("Allow") { $1.set("Allow", "GET; HEAD; POST") } },
    HTTPFault(
      "trace-tells-secrets", "H-9110-9.3.8-2", "TRACE reflects Cookie and Authorization.",
      with: ["H-9110-9.3.8-1"]
    ) {
      $0.allowed.append("TRACE")
      $0.decides = { request, answer in
        guard request.hasMethod("TRACE") else { return }
        for field in request.fields {
          answer.body += field.name + Array(": ".utf8) + field.value + Array("\r\n".utf8)
        }
      }
    },
    HTTPFault("trace-of-another-type", "H-9110-9.3.8-1", "TRACE is answered in text/plain.") {
      $0.allowed.append("TRACE")
      $0.decides = { if $0.hasMethod("TRACE") { $1.set("Content-Type", "text/plain") } }
    },
    HTTPFault(
      "part-put", "H-9110-14.5-1", "PUT with Content-Range is taken for a whole.",
      with: ["H-9110-9.1-3", "H1-9112-8-3"]
    ) {
      $0.allowed.append("PUT")
      $0.decides = { if $0.hasMethod("PUT") { $1 = HTTPAnswer(200, "OK", "put\n") } }
    },
    .deciding(
      "created-without-place", "H-9110-9.3.3-1", "201 does not say where the new resource is.",
      with: [
        "H1-9112-7.1-1", "H1-9112-7.1-2", "H1-9112-7.1.1-1", "H-9110-5.6.3-3", "H1-9112-6.3-8", "H-9110-8.6-7",
        "H1-9112-5.1-3", "H1-9112-6-1", "H1-9112-6.3-15", "H-9110-8.3-2", "H-9110-10.1.1-4", "H-9110-10.1.1-3",
        "H-9110-5.1-1", "H-9110-3.3-1", "H1-9112-2.1-1", "H1-9112-9.3.2-2", "H-9110-14.2-1", "H1-9112-9.3-4",
        "H1-9112-6.3-5", "H1-9112-7-1", "H-9110-5.5-1", "H-9110-5.6.1.2-1", "H-9110-7.6.1-5", "H1-9112-8-3",
        "H-9110-9.1-3",
      ]
    ) {
      if $0.hasMethod("POST"), $1.code == 200 { $1.head.code = 201 }
    },
    .deciding(
      "tunnel-with-length", "H-9110-8.6-5", "200 to CONNECT has a Content-Length.",
      with: ["H-9110-9.3.6-2", "H1-9112-6.1-7", "H-9110-9.3.6-3", "H-9110-9.3.6-1", "H1-9112-2.2-10", "H1-9112-3.2-2"]
    ) {
      if $0.hasMethod("CONNECT") { $1 = HTTPAnswer(200, "OK", "") }
    },
  ]
}

extension HTTPAnswer {
  /// The response after which the connection speaks another protocol.
  fileprivate static func switching(_ name: String?) -> HTTPAnswer {
    var head = ProbeHead(code: 101, reason: "Switching Protocols")
    head.append("Connection", "upgrade")
    if let name { head.append("Upgrade", name) }
    return HTTPAnswer(head)
  }
}
