// The faults of writing responses: status lines, field lines, the fields that a status asks for, bodies. One entry
// each; what an entry changes is HTTPPolicy's.

internal import WireBytes

extension HTTPFault {
  /// A fault for which the bytes of heads are changed.
  private static func head(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [],
    _ change: @escaping @Sendable (ServedRequest, HTTPAnswer, inout [UInt8]) -> Void
  ) -> HTTPFault {
    HTTPFault(name, violates, summary, with: fallsWith) { $0.writesHead = change }
  }

  /// A fault for which the first line of responses is another.
  private static func statusLine(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [],
    _ line: @escaping @Sendable (Int, String) -> String
  ) -> HTTPFault {
    head(name, violates, summary, with: fallsWith) { _, answer, bytes in
      guard let end = bytes.firstIndex(of: ASCII.cr) else { return }
      bytes.replaceSubrange(..<end, with: line(answer.code, answer.head.reason).utf8)
    }
  }

  /// A fault for which every response has a line more among its fields.
  private static func fieldLine(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [], _ line: String
  ) -> HTTPFault {
    head(name, violates, summary, with: fallsWith) { _, _, bytes in
      bytes.insert(contentsOf: line.utf8, at: max(bytes.count - 2, 0))
    }
  }

  /// A fault for which every page has these fields.
  private static func field(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [], _ fields: (String, String)...
  ) -> HTTPFault {
    answering(name, violates, summary, with: fallsWith) { _, answer in
      guard answer.code == 200 else { return }
      for (name, _) in fields { answer.remove(name) }
      for (name, value) in fields { answer.head.append(name, value) }
    }
  }

  /// Faults in the bytes of heads.
  static let heads: [HTTPFault] = [
    statusLine("status-line-two-spaces", "H1-9112-4-1", "Two spaces stand before the status code.") {
      "HTTP/1.1  \($0) \($1)"
    },
    statusLine("status-line-without-version", "H1-9112-2.1-1", "The status line has no version.", with: ["H1-9112-4-1"])
    { "\($0) \($1)" },
    statusLine("status-line-without-space", "H1-9112-4-2", "No space follows the status code.") { code, _ in
      "HTTP/1.1 \(code)"
    },
    statusLine("lower-case-version-said", "H1-9112-2.3-1", "Responses say http/1.1.") { "http/1.1 \($0) \($1)" },
    statusLine("reason-with-control", "H1-9112-4-5", "The reason phrase holds a control byte.") {
      "HTTP/1.1 \($0) \($1)\u{1}"
    },
    statusLine("four-digit-status", "H-9110-15-1", "The status code has four digits.", with: ["H1-9112-4-1"]) {
      "HTTP/1.1 \($0)0 \($1)"
    },
    statusLine("status-of-600", "H-9110-15-1", "The status code is 600 and more.") { "HTTP/1.1 \($0 + 600) \($1)" },
    head("lines-end-with-lf", "H1-9112-2.1-1", "Lines end with LF alone.") { _, _, bytes in
      bytes.removeAll { $0 == ASCII.cr }
    },
    fieldLine("cr-in-field", "H1-9112-2.2-3", "A CR stands in a field.", "X-A: b\rc\r\n"),
    head("space-before-first-field", "H1-9112-2.2-8", "The first line of the fields begins with a space.") {
      _, _, bytes in
      guard let end = bytes.firstIndex(of: ASCII.lf) else { return }
      bytes.insert(contentsOf: " X-A: b\r\n".utf8, at: end + 1)
    },
    fieldLine("line-without-colon-sent", "H1-9112-5-1", "A line among the fields has no colon.", "X-A\r\n"),
    fieldLine("space-before-colon-sent", "H1-9112-5-1", "A space stands before a colon.", "X-A : b\r\n"),
    fieldLine("odd-name-sent", "H1-9112-5.1-4", "A field name is no token.", "X(A): b\r\n"),
    fieldLine("nameless-field-sent", "H1-9112-5.1-4", "A field has no name.", ": b\r\n"),
    fieldLine("folded-field-sent", "H1-9112-5.2-1", "A field goes on in the next line.", "X-A: b\r\n c\r\n"),
    fieldLine("control-in-field-sent", "H-9110-2.2-1", "A field holds a control byte.", "X-A: b\u{1}c\r\n"),
    head("interim-to-old-clients", "H-9110-15.2-1", "HTTP/1.0 is sent 102.") { request, _, bytes in
      if request.isOld { bytes = Array("HTTP/1.1 102 Processing\r\n\r\n".utf8) + bytes }
    },
    head(
      "two-final-responses", "H1-9112-9.2-1", "A request gets two responses.",
      with: ["H1-9112-9.3.2-2", "H1-9112-9.3-4"]
    ) { request, _, bytes in
      guard request.hasMethod("OPTIONS") else { return }
      bytes = Array("HTTP/1.1 204 No Content\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\n\r\n".utf8) + bytes
    },
  ]

  /// Faults in the fields of responses.
  static let responseFields: [HTTPFault] = [
    .answering("no-date", "H-9110-6.6.1-2", "Responses have no Date.") { $1.remove("Date") },
    .answering("errors-without-date", "H-9110-6.6.1-2", "Errors have no Date.") {
      if $1.code >= 400 { $1.remove("Date") }
    },
    .answering("date-of-old-form", "H-9110-5.6.7-2", "Date has an old form.", with: ["H-9110-6.6.1-2"]) {
      $1.set("Date", "Tuesday, 14-Nov-23 22:13:20 GMT")
    },
    .answering("date-in-another-zone", "H-9110-5.6.7-2", "Date is not in GMT.", with: ["H-9110-6.6.1-2"]) {
      $1.set("Date", "Tue, 14 Nov 2023 22:13:20 +0000")
    },
    .answering("date-with-blanks", "H-9110-5.6.7-3", "Date has two spaces in a row.", with: ["H-9110-5.6.7-2"]) {
      $1.set("Date", "Tue,  14 Nov 2023 22:13:20 GMT")
    },
    field(
      "two-dates", "H-9110-6.6.1-6", "A page has two Date fields.", with: ["H-9110-5.3-3"],
      ("Date", "Tue, 14 Nov 2023 22:13:20 GMT"), ("Date", "Tue, 14 Nov 2023 22:13:21 GMT")),
    field(
      "two-types", "H-9110-5.3-3", "A page has two Content-Type fields.", with: ["H-9110-8.3-2"],
      ("Content-Type", "text/plain"), ("Content-Type", "text/html")),
    field(
      "modified-later-than-date", "H-9110-8.8.2.1-2", "Last-Modified is later than Date.",
      with: ["H-9110-8.8.2.1-3"], ("Last-Modified", "Fri, 14 Nov 2999 22:13:20 GMT")),
    field("tag-without-quotes", "H-9110-8.8.3-1", "ETag has no quotes.", ("ETag", "gatespec-1")),
    field("weak-tag-in-lower-case", "H-9110-8.8.3-1", "ETag begins with w/.", ("ETag", "w/\"gatespec-1\"")),
    field(
      "type-malformed", "H-9110-8.3-2", "Content-Type is no media type.", with: ["H-9110-2.2-1"],
      ("Content-Type", "text")),
    field(
      "types-listed", "H-9110-8.3-2", "Content-Type is a list.", with: ["H-9110-2.2-1", "H-9110-5.3-3"],
      ("Content-Type", "text/plain, text/html")),
    field("identity-listed", "H-9110-8.4-2", "Content-Encoding says identity.", ("Content-Encoding", "identity")),
    field("empty-element-sent", "H-9110-5.6.1.1-1", "A list has an empty element.", ("Vary", "Accept,, Cookie")),
    field(
      "retry-after-malformed", "H-9110-10.2.3-1", "Retry-After is neither a date nor seconds.", ("Retry-After", "soon")),
    field(
      "end-to-end-in-connection", "H-9110-7.6.1-4", "Connection names Cache-Control.",
      ("Cache-Control", "no-store"), ("Connection", "Cache-Control")),
    .answering("no-type", "H-9110-8.3-1", "A page has no Content-Type.") { $1.remove("Content-Type") },
    .deciding(
      "not-authorized-unsaid", "H-9110-11.6.1-1", "401 does not ask for credentials.",
      with: ["H-9110-15.5.2-1", "H-9110-11.4-1"]
    ) {
      if !$0.values("authorization").isEmpty || $1.code == 404 { $1 = HTTPAnswer(401, "Unauthorized", "who?\n") }
    },
    .deciding("realm-without-quotes", "H-9110-11.5-1", "The realm of a challenge has no quotes.") {
      guard !$0.values("authorization").isEmpty || $1.code == 404 else { return }
      $1 = HTTPAnswer(401, "Unauthorized", "who?\n")
      $1.head.append("WWW-Authenticate", "Basic realm=gatespec")
    },
    .deciding("challenge-with-two-realms", "H-9110-11.2-1", "A challenge names its realm twice.") {
      guard !$0.values("authorization").isEmpty || $1.code == 404 else { return }
      $1 = HTTPAnswer(401, "Unauthorized", "who?\n")
      $1.head.append("WWW-Authenticate", "Basic realm=\"a\", realm=\"b\"")
    },
    .deciding("redirect-without-place", "H-9110-15.4-1", "A redirect does not say where to.") {
      if $1.code == 404 { $1 = HTTPAnswer(302, "Found", "elsewhere\n") }
    },
    .deciding("redirect-with-space", "H-9110-10.2.2-1", "Location holds a space.", with: ["H-9110-2.2-1"]) {
      guard $1.code == 404 else { return }
      $1 = HTTPAnswer(302, "Found", "elsewhere\n")
      $1.head.append("Location", "/a page")
    },
    .deciding("redirect-with-user", "H-9110-4.2.4-1", "Location holds user information.") {
      guard $1.code == 404 else { return }
      $1 = HTTPAnswer(302, "Found", "elsewhere\n")
      $1.head.append("Location", "http://user:word@localhost/")
    },
    .deciding("errors-without-words", "H-9110-15.5-1", "A client's error has no body.") {
      if 400..<500 ~= $1.code { $1.body = [] }
    },
    .deciding("failures-without-words", "H-9110-15.6-1", "A server's error has no body.", with: ["H-9110-15.6.6-1"]) {
      if $1.code >= 500 { $1.body = [] }
    },
  ]

  /// Faults in framing and writing bodies.
  static let responseBodies: [HTTPFault] = [
    .deciding(
      "body-until-close", "H1-9112-6.3-17", "Only the end of the connection ends a body.",
      with: ["H1-9112-9.3-1", "H1-9112-9.3.2-2", "H-9110-8.6-6"]
    ) { $1.framing = .untilClose },
    .deciding(
      "chunks-for-old-clients", "H1-9112-6.1-10", "HTTP/1.0 is answered in chunks.",
      with: ["H1-9112-7.4-3"]
    ) { if $0.isOld { $1.framing = .chunked } },
    .answering(
      "length-too-great", "H-9110-8.6-10", "Content-Length of more than 1,000 is a byte too great.",
      with: ["H1-9112-8-3", "H1-9112-9.3.2-2", "H-9110-8.6-2"]
    ) { _, answer in
      if answer.body.count > 1_000, answer.has("Content-Length") {
        answer.set("Content-Length", "\(answer.body.count + 1)")
      }
    },
    .answering(
      "length-too-small", "H-9110-8.6-10", "Content-Length is a byte too small.",
      with: ["H1-9112-9.3.2-2", "H1-9112-2.1-1", "H-9110-8.6-2"]
    ) { request, answer in
      guard answer.has("Content-Length"), !answer.body.isEmpty else { return }
      answer.set("Content-Length", "\(answer.body.count - 1)")
    },
    .answering(
      "length-twice", "H1-9112-6.3-10", "Content-Length stands twice, with two values.",
      with: ["H-9110-8.6-11", "H-9110-5.3-3"]
    ) { _, answer in
      if answer.has("Content-Length") { answer.head.append("Content-Length", "\(answer.body.count + 1)") }
    },
    .answering(
      "length-with-sign-sent", "H1-9112-6.2-2", "Content-Length has a plus sign.",
      with: ["H-9110-8.6-11"]
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
      with: ["H-9110-15.3.5-1", "H-9110-6.4.1-1"]
    ) { _, answer, body in
      if answer.code == 204 { body = Array("no content\n".utf8) }
    },
    .chunking(
      "chunks-without-end", "H1-9112-6.3-20", "The last chunk of more than 1,000 bytes is missing.",
      with: ["H1-9112-7.1-6", "H1-9112-8-3", "H-9110-8.6-10", "H1-9112-9.3.2-2"]
    ) { body in
      if body.count > 1_000 { body.removeLast(5) }
    },
    .chunking("chunk-size-with-prefix", "H1-9112-7.1-6", "Sizes of chunks begin with 0x.") {
      $0 = Array("0x".utf8) + $0
    },
    .chunking("chunk-without-line-end", "H1-9112-7.1-6", "No line end follows a chunk's data.") { body in
      if body.count > 7 { body.removeSubrange((body.count - 7)..<(body.count - 5)) }
    },
    .chunking("chunk-size-padded", "H1-9112-7.1-6", "Spaces follow the size of a chunk.") { body in
      if let end = body.firstIndex(of: ASCII.cr) { body.insert(contentsOf: "  ".utf8, at: end) }
    },
    .chunking("control-in-extension-sent", "H1-9112-7.1.1-3", "An extension of a chunk holds a control byte.") { body in
      if let end = body.firstIndex(of: ASCII.cr) { body.insert(contentsOf: ";a=\u{1}".utf8, at: end) }
    },
    HTTPFault("chunked-twice-said", "H1-9112-6.1-2", "Transfer-Encoding says chunked twice.") {
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
