// The faults of framing and writing the bodies of responses. One entry each; what an entry changes is HTTPPolicy's.

internal import WireBytes

extension HTTPFault {
  /// Faults in framing and writing bodies.
  static let responseBodies: [HTTPFault] = [
    .deciding(
      "body-until-close", "H1-9112-6.3-17", "Only the end of the connection ends a body.",
      with: ["H1-9112-9.3-1", "H1-9112-9.3.2-2", "H-9110-8.6-6", "H-9110-7.8-1", "H1-9112-9.3-2"]
    ) { $1.framing = .untilClose },
    .deciding(
      "chunks-for-old-clients", "H1-9112-6.1-10", "HTTP/1.0 is answered in chunks.",
      with: ["H1-9112-7.4-3", "H1-9112-9.3-2"]
    ) { if $0.isOld { $1.framing = .chunked } },
    .answering(
      "length-too-great", "H-9110-8.6-10", "Content-Length of more than 1,000 is a byte too great.",
      with: [
        "H1-9112-8-3", "H1-9112-9.3.2-2", "H-9110-8.6-2", "H-9110-14.2-3", "H1-9112-2.1-1", "H-9110-3.3-1",
        "H1-9112-6.3-20",
      ]
    ) { _, answer in
      if answer.body.count > 1_000, answer.has("Content-Length") {
        answer.set("Content-Length", "\(answer.body.count + 1)")
      }
    },
    .answering(
      "length-too-small", "H-9110-8.6-10", "Content-Length is a byte too small.",
      with: [
        "H1-9112-9.3.2-2", "H1-9112-2.1-1", "H-9110-8.6-2", "H-9110-13.1.3-2", "H-9110-13.1.4-1", "H-9110-13.1.2-2",
        "H1-9112-6.3-8", "H1-9112-6.3-17", "H-9110-8.3-2", "H-9110-8.4-1", "H-9110-9.3.2-1", "H1-9112-6.1-10",
        "H-9110-3.3-1", "H1-9112-4-1", "H-9110-15.3.7.1-1", "H-9110-14.2-1", "H-9110-14.2-3", "H1-9112-9.3-2",
        "H1-9112-7.1-6", "H1-9112-9.3-4", "H1-9112-6.3-5", "H-9110-15.3.5-1", "H-9110-15.4.5-3", "H-9110-15-1",
        "H-9110-15.5-1", "H1-9112-8-3", "H-9110-15.4-1", "H-9110-5.3-3", "H1-9112-6.3-20",
      ]
    ) { request, answer in
      guard answer.has("Content-Length"), !answer.body.isEmpty else { return }
      answer.set("Content-Length", "\(answer.body.count - 1)")
    },
    .answering(
      "length-twice", "H1-9112-6.3-10", "Content-Length stands twice, with two values.",
      with: ["H-9110-8.6-11", "H-9110-5.3-3", "H-9110-13.1.3-3", "H1-9112-6.3-17", "H-9110-13.1.2-2"]
    ) { _, answer in
      if answer.has("Content-Length") { answer.head.append("Content-Length", "\(answer.body.count + 1)") }
    },
    .answering(
      "length-with-sign-sent", "H1-9112-6.2-2", "Content-Length has a plus sign.",
      with: ["H-9110-8.6-11", "H-9110-13.1.3-3", "H1-9112-6.3-17", "H-9110-13.1.2-2"]
    ) { _, answer in
      if answer.has("Content-Length") { answer.set("Content-Length", "+\(answer.body.count)") }
    },
    .answering("length-beside-chunks-sent", "H1-9112-6.2-1", "Content-Length stands beside chunks.") {
      request, answer in
      guard !request.isOld, answer.mayHaveBody else { return }
      answer.framing = .chunked
      answer.set("Transfer-Encoding", "chunked")
      answer.set("Content-Length", "\(answer.body.count)")
    },
    .answering("length-of-no-content", "H-9110-8.6-4", "204 has a Content-Length.") {
      if $1.code == 204 { $1.head.append("Content-Length", "0") }
    },
    .answering("coding-of-no-content", "H1-9112-6.1-6", "204 has a Transfer-Encoding.") {
      if $1.code == 204 { $1.head.append("Transfer-Encoding", "chunked") }
    },
    .writing(
      "body-of-no-content", "H1-9112-6.3-1", "204 has a body.",
      with: ["H-9110-15.3.5-1", "H-9110-6.4.1-1", "H-9110-9.3.2-1"]
    ) { _, answer, body in
      if answer.code == 204 { body = Array("no content\n".utf8) }
    },
    .chunking(
      "chunks-without-end", "H1-9112-6.3-20", "The last chunk of more than 1,000 bytes is missing.",
      with: [
        "H1-9112-7.1-6", "H1-9112-8-3", "H-9110-8.6-10", "H1-9112-9.3.2-2", "H-9110-14.2-3", "H1-9112-2.1-1",
        "H-9110-3.3-1",
      ]
    ) { body in
      if body.count > 1_000 { body.removeLast(5) }
    },
    .chunking("chunk-size-with-prefix", "H1-9112-7.1-6", "Sizes of chunks begin with 0x.", with: ["H1-9112-2.1-1"]) {
      $0 = Array("0x".utf8) + $0
    },
    .chunking(
      "chunk-without-line-end", "H1-9112-7.1-6", "No line end follows a chunk's data.",
      with: ["H-9110-14.2-3", "H1-9112-2.1-1"]
    ) { body in
      if body.count > 7 { body.removeSubrange((body.count - 7)..<(body.count - 5)) }
    },
    .chunking("chunk-size-padded", "H1-9112-7.1-6", "Spaces follow the size of a chunk.") { body in
      if let end = body.firstIndex(of: ASCII.cr) { body.insert(contentsOf: "  ".utf8, at: end) }
    },
    .chunking("control-in-extension-sent", "H1-9112-7.1.1-3", "An extension of a chunk holds a control byte.") { body in
      if let end = body.firstIndex(of: ASCII.cr) { body.insert(contentsOf: ";a=\u{1}".utf8, at: end) }
    },
    HTTPFault("chunked-twice-said", "H1-9112-6.1-2", "Transfer-Encoding says chunked twice.", with: ["H1-9112-7.4-3"]) {
      $0.sendsChunks = true
      $0.changesAnswer = {
        if $1.framing == .chunked, $1.mayHaveBody { $1.set("Transfer-Encoding", "chunked, chunked") }
      }
    },
    HTTPFault(
      "length-in-trailer", "H-9110-6.5.1-1", "Content-Length is a trailer field.",
      with: ["H-9110-6.6.2-1"]
    ) {
      $0.sendsChunks = true
      $0.changesAnswer = { _, answer in
        answer.trailers = [ProbeHead.Field(name: "Content-Length", value: Array("\(answer.body.count)".utf8))]
      }
    },
    HTTPFault("trailer-unannounced", "H-9110-6.6.2-1", "A trailer field is not announced.") {
      $0.sendsChunks = true
      $0.changesAnswer = { $1.trailers = [ProbeHead.Field(name: "X-A", value: Array("b".utf8))] }
    },
  ]

  /// A fault for which the bytes of bodies, as they are framed, are changed.
  static func writing(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [],
    _ change: @escaping @Sendable (ServedRequest, HTTPAnswer, inout [UInt8]) -> Void
  ) -> HTTPFault {
    HTTPFault(name, violates, summary, with: fallsWith) { $0.writesBody = change }
  }

  /// A fault of a server that sends chunks, in their bytes.
  private static func chunking(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [],
    _ change: @escaping @Sendable (inout [UInt8]) -> Void
  ) -> HTTPFault {
    HTTPFault(name, violates, summary, with: fallsWith) {
      $0.sendsChunks = true
      $0.writesBody = { _, answer, body in
        if answer.framing == .chunked, !body.isEmpty { change(&body) }
      }
    }
  }
}
