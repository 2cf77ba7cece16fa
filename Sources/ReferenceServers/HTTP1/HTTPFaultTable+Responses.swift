// The faults of writing heads: status lines, field lines, the fields that a status asks for. One entry each; what an
// entry changes is HTTPPolicy's.

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
    statusLine(
      "status-line-without-version", "H1-9112-2.1-1", "The status line has no version.",
      with: ["H1-9112-4-1", "H1-9112-2.1-1"]
    ) { "\($0) \($1)" },
    statusLine("status-line-without-space", "H1-9112-4-2", "No space follows the status code.") { code, _ in
      "HTTP/1.1 \(code)"
    },
    statusLine("lower-case-version-said", "H1-9112-2.3-1", "Responses say http/1.1.") { "http/1.1 \($0) \($1)" },
    statusLine("reason-with-control", "H1-9112-4-5", "The reason phrase holds a control byte.") {
      "HTTP/1.1 \($0) \($1)\u{1}"
    },
    statusLine(
      "four-digit-status", "H-9110-15-1", "The status code has four digits.",
      with: [
        "H1-9112-4-1", "H1-9112-7.1-1", "H1-9112-7.1-2", "H1-9112-7.1.1-1", "H-9110-5.6.3-3", "H1-9112-7.1.1-2",
        "H-9110-13.1.3-2", "H-9110-13.1.4-1", "H-9110-13.1.2-2", "H1-9112-6.3-8", "H-9110-8.6-7", "H1-9112-5.1-3",
        "H1-9112-6-1", "H1-9112-6.3-11", "H1-9112-6.3-15", "H1-9112-6.3-10", "H1-9112-5.1-1", "H1-9112-2.2-9",
        "H1-9112-5.2-2", "H1-9112-2.2-4", "H1-9112-5.1-4", "H-9110-8.4-3", "H1-9112-6.3-17", "H-9110-8.6-10",
        "H-9110-8.3-2", "H-9110-8.4-1", "H-9110-10.1.1-4", "H-9110-10.1.1-3", "H-9110-5.3-1", "H-9110-5.4-1",
        "H-9110-6.6.1-2", "H-9110-10.1.1-1", "H-9110-6.2-3", "H1-9112-2.2-10", "H-9110-5.5-2", "H-9110-5.5-3",
        "H-9110-5.1-1", "H-9110-5.1-3", "H-9110-5.6.4-1", "H-9110-5.3-3", "H-9110-2.3-1", "H1-9112-7.1-4",
        "H1-9112-6.3-7", "H-9110-9.3.2-2", "H-9110-8.6-2", "H-9110-9.3.2-1", "H1-9112-3.2-8", "H1-9112-3.3-2",
        "H1-9112-3.2-7", "H1-9112-2.2-2", "H-9110-7.6.1-5", "H-9110-6.2-1", "H1-9112-3.2.2-4", "H1-9112-6.1-10",
        "H-9110-15.2-1", "H-9110-10.1.1-2", "H1-9112-2.2-7", "H-9110-9.1-2", "H1-9112-3.2.4-1", "H1-9112-2.1-1",
        "H-9110-3.3-1", "H1-9112-9.3.2-2", "H1-9112-3-5", "H-9110-4.1-1", "H1-9112-3-3", "H1-9112-3-4", "H-9110-5.5-4",
        "H1-9112-3.1-1", "H-9110-9.3.7-1", "H-9110-9.3.8-1", "H-9110-9.3.6-3", "H-9110-9.3.6-1", "H-9110-9.1-3",
        "H-9110-14.5-1", "H-9110-15.3.7.1-1", "H-9110-15.5.17-1", "H-9110-15.3.7.2-3", "H-9110-14.2-1", "H-9110-14.2-3",
        "H1-9112-3-2", "H1-9112-3.2-2", "H1-9112-3.2-6", "H1-9112-9.3-2", "H1-9112-7.1-6", "H1-9112-9.3-4",
        "H1-9112-6.3-5", "H1-9112-6.3-9", "H-9110-15.3.5-1", "H-9110-15.4.5-3", "H-9110-15.5-1", "H1-9112-3.2.2-3",
        "H-9110-4.2.4-2", "H-9110-4.2.1-2", "H-9110-4.2.2-1", "H-9110-7.4-1", "H1-9112-7-1", "H-9110-5.5-1",
        "H-9110-5.6.1.2-1", "H1-9112-7.1-3", "H1-9112-2.2-1", "H-9110-7.8-1", "H-9110-7.8-6", "H-9110-7.8-3",
        "H-9110-7.8-4", "H-9110-6.2-4", "H1-9112-8-3", "H-9110-9.1-1", "H-9110-9.3.1-1", "H-9110-15.4-1",
        "H-9110-5.3-2", "H1-9112-6.3-20", "H-9110-5.3-4", "H1-9112-3.3-1", "H1-9112-8-1",
      ]
    ) {
      "HTTP/1.1 \($0)0 \($1)"
    },
    statusLine(
      "status-of-600", "H-9110-15-1", "The status code is 600 and more.",
      with: [
        "H1-9112-7.1-1", "H1-9112-7.1-2", "H1-9112-7.1.1-1", "H-9110-5.6.3-3", "H1-9112-7.1.1-2", "H-9110-13.1.3-2",
        "H-9110-13.1.4-1", "H-9110-13.1.2-2", "H1-9112-6.3-8", "H-9110-8.6-7", "H1-9112-5.1-3", "H1-9112-6-1",
        "H1-9112-6.3-11", "H1-9112-6.3-15", "H1-9112-6.3-10", "H1-9112-5.1-1", "H1-9112-2.2-9", "H1-9112-5.2-2",
        "H1-9112-2.2-4", "H1-9112-5.1-4", "H-9110-8.4-3", "H1-9112-6.3-17", "H-9110-8.6-10", "H-9110-8.3-2",
        "H-9110-8.4-1", "H-9110-10.1.1-4", "H-9110-10.1.1-3", "H-9110-5.3-1", "H-9110-5.4-1", "H-9110-6.6.1-2",
        "H-9110-10.1.1-1", "H-9110-6.2-3", "H1-9112-2.2-10", "H-9110-5.5-2", "H-9110-5.5-3", "H-9110-5.1-1",
        "H-9110-5.1-3", "H-9110-5.6.4-1", "H-9110-5.3-3", "H-9110-2.3-1", "H1-9112-7.1-4", "H1-9112-6.3-7",
        "H-9110-9.3.2-2", "H-9110-8.6-2", "H-9110-9.3.2-1", "H1-9112-3.2-8", "H1-9112-3.3-2", "H1-9112-3.2-7",
        "H1-9112-2.2-2", "H-9110-7.6.1-5", "H-9110-6.2-1", "H1-9112-3.2.2-4", "H1-9112-6.1-10", "H-9110-15.2-1",
        "H-9110-10.1.1-2", "H1-9112-2.2-7", "H-9110-9.1-2", "H1-9112-3.2.4-1", "H1-9112-2.1-1", "H-9110-3.3-1",
        "H1-9112-9.3.2-2", "H1-9112-3-5", "H-9110-4.1-1", "H1-9112-3-3", "H1-9112-3-4", "H-9110-5.5-4", "H1-9112-3.1-1",
        "H-9110-9.3.7-1", "H-9110-9.3.8-1", "H-9110-9.3.6-3", "H-9110-9.3.6-1", "H-9110-9.1-3", "H-9110-14.5-1",
        "H-9110-15.3.7.1-1", "H-9110-15.5.17-1", "H-9110-15.3.7.2-3", "H-9110-14.2-1", "H-9110-14.2-3", "H1-9112-3-2",
        "H1-9112-3.2-2", "H1-9112-3.2-6", "H1-9112-9.3-2", "H1-9112-7.1-6", "H1-9112-9.3-4", "H1-9112-6.3-5",
        "H1-9112-6.3-9", "H-9110-15.3.5-1", "H-9110-15.4.5-3", "H-9110-15.5-1", "H1-9112-3.2.2-3", "H-9110-4.2.4-2",
        "H-9110-4.2.1-2", "H-9110-4.2.2-1", "H-9110-7.4-1", "H1-9112-7-1", "H-9110-5.5-1", "H-9110-5.6.1.2-1",
        "H1-9112-7.1-3", "H1-9112-2.2-1", "H-9110-7.8-1", "H-9110-7.8-6", "H-9110-7.8-3", "H-9110-7.8-4",
        "H-9110-6.2-4", "H1-9112-8-3", "H-9110-9.1-1", "H-9110-9.3.1-1", "H-9110-15.4-1", "H-9110-5.3-2",
        "H1-9112-6.3-20", "H-9110-5.3-4", "H1-9112-3.3-1", "H1-9112-8-1",
      ]
    ) { "HTTP/1.1 \($0 + 600) \($1)" },
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
      with: ["H1-9112-9.3.2-2", "H1-9112-9.3-4", "H-9110-9.3.7-1", "H1-9112-3.2-2"]
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
    .answering(
      "date-of-old-form", "H-9110-5.6.7-2", "Date has an old form.", with: ["H-9110-6.6.1-2", "H-9110-6.6.1-1"]
    ) {
      $1.set("Date", "Tuesday, 14-Nov-23 22:13:20 GMT")
    },
    .answering(
      "date-in-another-zone", "H-9110-5.6.7-2", "Date is not in GMT.", with: ["H-9110-6.6.1-2", "H-9110-6.6.1-1"]
    ) {
      $1.set("Date", "Tue, 14 Nov 2023 22:13:20 +0000")
    },
    .answering(
      "date-with-blanks", "H-9110-5.6.7-3", "Date has two spaces in a row.", with: ["H-9110-5.6.7-2", "H-9110-6.6.1-1"]
    ) {
      $1.set("Date", "Tue,  14 Nov 2023 22:13:20 GMT")
    },
    field(
      "two-dates", "H-9110-6.6.1-6", "A page has two Date fields.", with: ["H-9110-5.3-3", "H-9110-6.6.1-1"],
      ("Date", "Tue, 14 Nov 2023 22:13:20 GMT"), ("Date", "Tue, 14 Nov 2023 22:13:21 GMT")),
    field(
      "two-types", "H-9110-5.3-3", "A page has two Content-Type fields.",
      with: ["H-9110-8.3-2", "H-9110-15.3.7-1", "H1-9112-8-3"],
      ("Content-Type", "text/plain"), ("Content-Type", "text/html")),
    field(
      "modified-later-than-date", "H-9110-8.8.2.1-2", "Last-Modified is later than Date.",
      with: ["H-9110-8.8.2.1-3"], ("Last-Modified", "Fri, 14 Nov 2999 22:13:20 GMT")),
    field(
      "tag-without-quotes", "H-9110-8.8.3-1", "ETag has no quotes.",
      with: ["H-9110-13.1.2-2", "H-9110-13.1.3-1", "H-9110-13.1.1-1", "H-9110-15.3.7-1", "H-9110-14.2-3"],
      ("ETag", "gatespec-1")),
    field(
      "weak-tag-in-lower-case", "H-9110-8.8.3-1", "ETag begins with w/.",
      with: ["H-9110-13.1.2-2", "H-9110-13.1.3-1", "H-9110-13.1.1-1", "H-9110-15.3.7-1", "H-9110-14.2-3"],
      ("ETag", "w/\"gatespec-1\"")),
    field(
      "type-malformed", "H-9110-8.3-2", "Content-Type is no media type.",
      with: ["H-9110-2.2-1", "H-9110-15.3.7-1", "H1-9112-8-3"],
      ("Content-Type", "text")),
    field(
      "types-listed", "H-9110-8.3-2", "Content-Type is a list.",
      with: ["H-9110-2.2-1", "H-9110-5.3-3", "H-9110-15.3.7-1", "H1-9112-8-3"],
      ("Content-Type", "text/plain, text/html")),
    field(
      "identity-listed", "H-9110-8.4-2", "Content-Encoding says identity.",
      with: ["H-9110-12.5.3-1", "H-9110-8.4-1", "H-9110-3.3-1"], ("Content-Encoding", "identity")),
    field(
      "empty-element-sent", "H-9110-5.6.1.1-1", "A list has an empty element.",
      with: ["H-9110-15.4.5-1", "H-9110-15.3.7-1"], ("Vary", "Accept,, Cookie")),
    field(
      "retry-after-malformed", "H-9110-10.2.3-1", "Retry-After is neither a date nor seconds.", ("Retry-After", "soon")),
    field(
      "end-to-end-in-connection", "H-9110-7.6.1-4", "Connection names Cache-Control.",
      with: ["H-9110-15.4.5-1", "H1-9112-9.6-3", "H1-9112-9.3-2", "H-9110-15.3.7-1"],
      ("Cache-Control", "no-store"), ("Connection", "Cache-Control")),
    .answering(
      "no-type", "H-9110-8.3-1", "A page has no Content-Type.",
      with: ["H-9110-8.3-2", "H-9110-15.3.7.1-1", "H1-9112-8-3", "H-9110-9.3.2-1"]
    ) { $1.remove("Content-Type") },
    .deciding(
      "not-authorized-unsaid", "H-9110-11.6.1-1", "401 does not ask for credentials.",
      with: [
        "H-9110-15.5.2-1", "H-9110-11.4-1", "H-9110-9.3.2-1", "H1-9112-6.1-10", "H-9110-3.3-1", "H1-9112-9.6-2",
        "H-9110-14.2-3", "H-9110-15-1",
      ]
    ) {
      if !$0.values("authorization").isEmpty || $1.code == 404 { $1 = HTTPAnswer(401, "Unauthorized", "who?\n") }
    },
    .deciding(
      "realm-without-quotes", "H-9110-11.5-1", "The realm of a challenge has no quotes.",
      with: ["H-9110-9.3.2-1", "H1-9112-6.1-10", "H-9110-3.3-1", "H1-9112-9.6-2", "H-9110-14.2-3", "H-9110-15-1"]
    ) {
      guard !$0.values("authorization").isEmpty || $1.code == 404 else { return }
      $1 = HTTPAnswer(401, "Unauthorized", "who?\n")
      $1.head.append("WWW-Authenticate", "Basic realm=gatespec")
    },
    .deciding(
      "challenge-with-two-realms", "H-9110-11.2-1", "A challenge names its realm twice.",
      with: ["H-9110-9.3.2-1", "H1-9112-6.1-10", "H-9110-3.3-1", "H1-9112-9.6-2", "H-9110-14.2-3", "H-9110-15-1"]
    ) {
      guard !$0.values("authorization").isEmpty || $1.code == 404 else { return }
      $1 = HTTPAnswer(401, "Unauthorized", "who?\n")
      $1.head.append("WWW-Authenticate", "Basic realm=\"a\", realm=\"b\"")
    },
    .deciding(
      "redirect-without-place", "H-9110-15.4-1", "A redirect does not say where to.",
      with: ["H-9110-9.3.2-1", "H1-9112-6.1-10", "H1-9112-9.6-2", "H-9110-14.2-3", "H-9110-15-1"]
    ) {
      if $1.code == 404 { $1 = HTTPAnswer(302, "Found", "elsewhere\n") }
    },
    .deciding(
      "redirect-with-space", "H-9110-10.2.2-1", "Location holds a space.",
      with: ["H-9110-2.2-1", "H-9110-9.3.2-1", "H1-9112-6.1-10", "H1-9112-9.6-2", "H-9110-14.2-3", "H-9110-15-1"]
    ) {
      guard $1.code == 404 else { return }
      $1 = HTTPAnswer(302, "Found", "elsewhere\n")
      $1.head.append("Location", "/a page")
    },
    .deciding(
      "redirect-with-user", "H-9110-4.2.4-1", "Location holds user information.",
      with: ["H-9110-9.3.2-1", "H1-9112-6.1-10", "H1-9112-9.6-2", "H-9110-14.2-3", "H-9110-15-1"]
    ) {
      guard $1.code == 404 else { return }
      $1 = HTTPAnswer(302, "Found", "elsewhere\n")
      $1.head.append("Location", "http://user:word@localhost/")
    },
    .deciding(
      "errors-without-words", "H-9110-15.5-1", "A client's error has no body.", with: ["H-9110-14.2-3", "H-9110-15-1"]
    ) {
      if 400..<500 ~= $1.code { $1.body = [] }
    },
    .deciding(
      "failures-without-words", "H-9110-15.6-1", "A server's error has no body.",
      with: ["H-9110-15.6.6-1", "H-9110-15.5-1", "H-9110-15-1"]
    ) {
      if $1.code >= 500 { $1.body = [] }
    },
  ]
}
