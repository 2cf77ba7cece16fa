// The faults of what answers say: their dates, errors that show too much, codings and tags. One entry each; what an entry
// changes is HTTPPolicy's.

internal import WireBytes

extension HTTPFault {
  /// A fault for which such answers have no Date.
  private static func undated(
    _ name: String, _ summary: String, with fallsWith: [String] = [],
    _ isMeant: @escaping @Sendable (ServedRequest, HTTPAnswer) -> Bool
  ) -> HTTPFault {
    .answering("\(name)-undated", "H-9110-6.6.1-2", summary, with: fallsWith) {
      if isMeant($0, $1) { $1.remove("Date") }
    }
  }

  /// Faults in what is said of a page, and of an error.
  static let saidOfAnswers: [HTTPFault] = [
    undated("heads", "HEAD has no Date.") { request, _ in request.isHEAD },
    undated("old-clients", "HTTP/1.0 has no Date.") { request, _ in request.isOld && !request.target.isEmpty },
    undated("not-modified", "304 has no Date.", with: ["H-9110-15.4.5-1"]) { $1.code == 304 },
    undated("bad-lines", "400 for a request line has no Date.") { $1.code == 400 && $0.target.isEmpty },
    undated("limits", "414 and 431 have no Date.") { $1.code == 414 || $1.code == 431 },
    HTTPFault(
      "not-allowed-undated", "H-9110-6.6.1-2", "405, which answers unknown methods, has no Date.",
      with: ["H1-9112-6.3-7", "H1-9112-9.3-2"]
    ) {
      $0.decides = { request, answer in
        guard answer.code == 501 else { return }
        answer = .refusal(405)
        answer.head.append("Allow", "GET, HEAD, POST, OPTIONS")
      }
      $0.changesAnswer = { if $1.code == 405 { $1.remove("Date") } }
    },
    HTTPFault(
      "errors-show-requests", "H-9110-17.5-1", "An error's page shows the target and all fields.",
      with: ["H-9110-14.2-3", "H-9110-15-1", "H-9110-15.5-1", "H1-9112-3.2-2"]
    ) {
      $0.takes.insert(.invalidTarget)
      $0.decides = { request, answer in
        guard answer.code >= 400, answer.code < 500 else { return }
        answer.set("Content-Type", "text/html")
        answer.body = Array("<p>".utf8) + request.target
        for field in request.fields { answer.body += Array("<br>".utf8) + field.name + [0x3A] + field.value }
      }
    },
    .deciding("coded-unsaid", "H-9110-8.4-1", "A page is coded, and does not say so.") { request, answer in
      guard answer.code == 200, request.list("accept-encoding").contains("gzip") else { return }
      answer.body = [0x1F, 0x8B, 0x08, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    },
    .answering("length-of-coded-pages", "H-9110-8.6-10", "Where a coding is accepted the length is another.") {
      guard $0.list("accept-encoding").contains("br"), $1.has("Content-Length") else { return }
      $1.set("Content-Length", "\($1.body.count + 1)")
    },
    .deciding(
      "tag-of-each-answer", "H-9110-8.8.3-2", "Each answer has a tag of its own.",
      with: [
        "H-9110-13.1.1-1", "H-9110-13.1.2-2", "H-9110-13.1.3-1", "H-9110-14.2-3", "H-9110-15.3.7-1", "H-9110-9.3.2-2",
      ]
    ) {
      if $1.has("ETag") { $1.set("ETag", "\"\($0.number)\"") }
    },
    .deciding(
      "codings-for-types", "H-9110-12.5.3-2", "415 for a type says which codings are known.",
      with: ["H-9110-8.3-2", "H1-9112-8-3"]
    ) {
      guard $0.values("content-type").contains(where: { $0.starts(with: "application/x-".utf8) }) else { return }
      $1 = .refusal(415)
      $1.head.append("Accept-Encoding", "gzip")
    },
    .deciding(
      "plain-posts-refused", "H-9110-10.2.1-1", "405 for a POST of text does not say what is allowed.",
      with: ["H-9110-15.5.6-1", "H-9110-14.2-1", "H-9110-15.3.5-1", "H-9110-8.3-2"]
    ) {
      guard $0.hasMethod("POST"), $0.body.elementsEqual("gatespec".utf8) else { return }
      $1 = .refusal(405)
    },
    HTTPFault(
      "own-cookie-refused", "H-9110-2.3-2", "The server refuses the cookie that it sets.", with: ["H-9110-5.3-3"]
    ) {
      $0.decides = { if $1.code == 200 { $1.head.append("Set-Cookie", "gatespec=1") } }
      $0.refusesHead = { $0.values("cookie").contains { $0.starts(with: "gatespec=1".utf8) } ? 400 : nil }
    },
    HTTPFault(
      "decoded-line-ends-written", "H-9110-2.2-1", "A line end in a target is one in the answer.",
      with: ["H1-9112-11.1-1"]
    ) {
      $0.writesHead = { request, _, head in
        let target = String(decoding: request.target, as: UTF8.self)
        guard let end = target.firstRange(of: "%0d%0a"), head.count > 2 else { return }
        let rest = target[end.upperBound...].replacing("%20", with: " ")
        head.replaceSubrange((head.count - 2)..., with: Array("Location: /\r\n\(rest)\r\n\r\n".utf8))
      }
    },
    .deciding("gzip-without-chunks", "H1-9112-6.1-4", "A body that TE asked for has no end.") { request, answer in
      guard !request.isOld, request.list("te").contains("gzip") else { return }
      answer.head.append("Transfer-Encoding", "gzip")
      answer.framing = .unsaid
    },
  ]
}
