// Faults in what an answer says of itself: its length, its redirect, its status, the connection, whatever interface it
// is given over. One entry each.

extension ApplicationFault {
  /// A fault in the head of an answer, the same violation over every interface.
  ///
  /// - Parameters:
  ///   - uwsgi: What it violates there, where that is not what HTTP has in the place of the other.
  ///   - fallsWith: What falls with it over each.
  private static func head(
    _ name: String, _ violates: String, uwsgi: String? = nil, _ summary: String,
    with fallsWith: [ProbeInterface: [String]] = [:], _ change: @escaping @Sendable (inout ProbeHead) -> Void
  ) -> ApplicationFault {
    ApplicationFault(
      name, summary, .shared(violates).with(fallsWith).but(uwsgi.map { [.uwsgi: Breach($0)] } ?? [:]),
      .answer { $1.changeHead(change) })
  }

  /// A field more in every answer that has a status.
  private static func field(
    _ name: String, _ violates: String, uwsgi: String? = nil, _ summary: String, _ fields: (String, String)...
  ) -> ApplicationFault {
    head(name, violates, uwsgi: uwsgi, summary) { head in
      guard head.code != nil, !head.isCut else { return }
      for (name, value) in fields { head.append(name, value) }
    }
  }

  /// Content-Length in every answer whose body is known, made of the body's length.
  ///
  /// - Parameter uwsgi: What it violates there, where that is something else.
  private static func length(
    _ name: String, _ violates: String, _ summary: String, uwsgi: Breach? = nil,
    _ texts: @escaping @Sendable (UInt64) -> [String]
  ) -> ApplicationFault {
    ApplicationFault(
      name, summary, .shared(violates).but(uwsgi.map { [.uwsgi: $0] } ?? [:]),
      .answer { variables, steps in
        let contents: [UInt64] = steps.compactMap {
          if case .output(let content) = $0 { content.byteCount } else { nil }
        }
        guard let count = contents.first, contents.count == 1 else { return }
        steps.changeHead { head in
          guard head.code != nil, !head.isCut, !head.fields.contains(where: { $0.name == "Content-Length" }) else {
            return
          }
          for text in texts(count) { head.append("Content-Length", text) }
        }
      })
  }

  /// More output after an answer whose head is such.
  private static func body(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [ProbeInterface: [String]] = [:],
    where isMeant: @escaping @Sendable (ProbeHead) -> Bool
  ) -> ApplicationFault {
    ApplicationFault(
      name, summary, .shared(violates).with(fallsWith),
      .answer { variables, steps in
        guard !variables.has("REQUEST_METHOD", "HEAD") else { return }
        let place = steps.firstIndex { if case .head(let head) = $0 { isMeant(head) } else { false } }
        if let place { steps.insert(.output(.bytes(Array("moved\n".utf8))), at: place + 1) }
      })
  }

  private static func isRedirect(_ head: ProbeHead, _ isMeant: (UInt8?) -> Bool) -> Bool {
    head.code == nil && head.fields.contains { $0.name == "Location" && isMeant($0.value.first) }
  }

  private static let slash: UInt8 = 0x2F

  /// Faults in what an answer says of itself.
  static let heads: [ApplicationFault] = [
    length(
      "length-one-too-few", "H-9110-8.6-10", "Content-Length is one byte less than the body.",
      uwsgi: Breach(
        "H-9110-8.6-10",
        with: [
          "CGI-4.1.7-1", "CGI-4.2-2", "CGI-4.2-4", "CGI-4.3.2-2", "H-9110-15-1", "H-9110-15.4-1", "H-9110-5.3-3",
          "H-9110-8.3-2", "H-9110-8.4-1", "H-9110-9.3.1-1", "H1-9112-6.3-20", "H1-9112-9.3-4", "UWSGI-1", "UWSGI-7",
          "UWSGI-26", "UWSGI-42", "UWSGI-48",
        ])
    ) { $0 > 0 ? [String($0 - 1)] : [] },
    length(
      "length-one-too-many", "H-9110-8.6-10", "Content-Length is one byte more than the body.",
      uwsgi: Breach("H1-9112-8-3", with: ["UWSGI-1"])
    ) { [String($0 + 1)] },
    length("length-with-unit", "H-9110-8.6-11", "Content-Length says its unit.") { ["\($0) bytes"] },
    length("length-signed", "H-9110-8.6-11", "Content-Length has a sign.") { ["+\($0)"] },
    length("length-in-a-list", "H-9110-8.6-11", "Content-Length is a list of two lengths.") {
      ["\($0), \($0 + 2)"]
    },
    length("length-stands-twice", "H-9110-8.6-11", "Content-Length stands twice, with the same number.") {
      [String($0), String($0)]
    },
    field("connection-close-sent", "CGI-6.3.4-3", "Every answer says Connection: close.", ("Connection", "close")),
    head("chunks-announced", "CGI-6.3.4-3", "Every answer says chunked.", with: [.cgi: ["CGI-6.3.3-3"]]) { head in
      if head.code != nil, !head.isCut { head.append("Transfer-Encoding", "chunked") }
    },
    field("keep-alive-sent", "CGI-6.3.4-3", "Every answer says Keep-Alive.", ("Keep-Alive", "timeout=5")),
    field("upgrade-offered", "CGI-6.3.4-3", "Every answer offers another protocol.", ("Upgrade", "h2c")),
    field("zero-byte-in-field", "CGI-6.3-8", "A field holds a zero byte.", ("X-Note", "one\0two")),
    field(
      "lone-cr-in-field", "CGI-6.3-8", uwsgi: "H1-9112-2.2-3", "A field holds a CR that ends no line.",
      ("X-Note", "one\rtwo")),
    field(
      "date-stands-twice", "H-9110-5.3-3", "Every answer has two Date fields.",
      ("Date", "Sun, 06 Nov 1994 08:49:37 GMT"), ("Date", "Sun, 06 Nov 1994 08:49:38 GMT")),
    head("status-code-alone", "CGI-6.3.3-1", "Status is the code without a space and a phrase.") { head in
      guard let code = head.code, !head.isCut else { return }
      head.code = nil
      head.fields.insert(ProbeHead.Field(name: "Status", value: Array("\(code)".utf8)), at: 0)
    },
    head(
      "status-phrase-alone", "CGI-6.3.3-1", "Status of an error is its phrase without the code.",
      with: [.fastcgi: ["FCGI-6.1-14"], .cgi: ["CGI-4.3.3-1"]]
    ) { head in
      guard head.code == 404, head.reason == "Probe" else { return }
      head.code = nil
      head.fields.insert(ProbeHead.Field(name: "Status", value: Array("Not Found".utf8)), at: 0)
    },
    head("local-redirect-uncached", "CGI-6.2.2-1", "A local redirect says besides that it is not to be kept.") { head in
      if isRedirect(head, { $0 == slash }) { head.append("Cache-Control", "no-store") }
    },
    head("local-redirect-typed", "CGI-6.2.2-1", "A local redirect has a Content-Type.") { head in
      if isRedirect(head, { $0 == slash }) { head.append("Content-Type", "text/html") }
    },
    body(
      "local-redirect-explained", "CGI-6.2.2-1", "A local redirect has a body.",
      with: [.fastcgi: ["CGI-6.3.1-1"], .cgi: ["CGI-6.3.1-1"]]
    ) { isRedirect($0) { $0 == slash } },
    head("client-redirect-with-cookie", "CGI-6.2.3-1", "A client redirect without a Status sets a cookie.") { head in
      if isRedirect(head, { $0 != slash }) { head.append("Set-Cookie", "a=b") }
    },
    body(
      "client-redirect-explained", "CGI-6.2.3-1", "A client redirect without a Status has a body.",
      with: [.fastcgi: ["CGI-6.3.1-1", "FCGI-5.5-4"], .cgi: ["CGI-6.3.1-1"]]
    ) { isRedirect($0) { $0 != slash } },
    head(
      "redirect-made-200", "CGI-6.2.4-1", "A redirect with a document has status 200.",
      with: [.fastcgi: ["FCGI-6.1-14"], .cgi: ["CGI-4.3.3-1"]]
    ) { if $0.code == 302 { $0.code = 200 } },
    head(
      "redirect-without-status", "CGI-6.2.4-4", "A redirect with a document has no Status.",
      with: [.fastcgi: ["FCGI-6.1-14", "CGI-6.2.2-1"], .cgi: ["CGI-6.2.4-1", "CGI-6.2.2-1"]]
    ) { if $0.code == 302 { $0.code = nil } },
    body(
      "no-content-explained", "H-9110-15.3.5-1", "An answer 204 has a body.",
      with: [.fastcgi: ["FCGI-6.1-14", "FCGI-6.1-7"], .cgi: ["CGI-6.3.3-1"]]
    ) { $0.code == 204 },
    body(
      "not-modified-sent", "H-9110-15.4.5-3", "An answer 304 has a body.",
      with: [.fastcgi: ["FCGI-6.1-14"], .cgi: ["CGI-6.3.3-1"]]
    ) { $0.code == 304 },
  ]
}
