// Faults in how an application calls start_response: status, headers, exc_info.

import WSGIWire

extension WSGIFault {
  private static func status(_ name: String, _ violates: String, _ text: String, _ summary: String) -> WSGIFault {
    WSGIFault(name, violates, summary, with: everyAnswer) { _, frames in
      frames.change("status") { $0.set(word: 0, text) }
    }
  }

  private static func type(_ name: String, of what: String, _ type: String, _ violates: String) -> WSGIFault {
    WSGIFault(name, violates, "The \(what) is of type \(type).") { _, frames in
      frames.change("started") { $0.set("\(what)-type", type) }
    }
  }

  private static func field(
    _ name: String, _ violates: String, _ field: String, _ value: String, _ facts: [(String, String)] = [],
    _ summary: String
  ) -> WSGIFault {
    let facts = facts.map { (name: $0.0, value: $0.1) }
    return WSGIFault(name, violates, summary) { _, frames in
      frames.addField(field, value, facts.map { ($0.name, $0.value) })
    }
  }

  private static func field(
    _ name: String, _ violates: String, _ field: String, _ value: String, _ summary: String
  ) -> WSGIFault {
    self.field(name, violates, field, value, [], summary)
  }

  static let heads: [WSGIFault] = statuses + lists + names + values + connectionFields + starts

  private static let statuses: [WSGIFault] = [
    type("status-bytes", of: "status", "bytes", "WSGI-113"),
    type("status-number", of: "status", "int", "WSGI-113"),
    type("status-subclass", of: "status", "http.HTTPStatus", "WSGI-113"),
    type("status-none", of: "status", "NoneType", "WSGI-113"),
    WSGIFault("status-without-reason", "WSGI-70", "The status is three digits and nothing else.") { _, frames in
      frames.change("status") { $0.statement.words[0] = Array($0.statement.word(0).prefix(3)) }
    },
    WSGIFault("status-empty-reason", "WSGI-70", "Nothing follows the space after the code.") { _, frames in
      frames.change("status") { $0.statement.words[0] = Array($0.statement.word(0).prefix(4)) }
    },
    WSGIFault("status-two-spaces", "WSGI-70", "Two spaces stand between code and reason.") { _, frames in
      frames.change("status") { $0.statement.words[0].insert(0x20, at: 3) }
    },
    WSGIFault("status-space-at-end", "WSGI-70", "A space follows the reason.") { _, frames in
      frames.change("status") { $0.statement.words[0].append(0x20) }
    },
    WSGIFault("status-space-at-start", "WSGI-70", "A space stands before the code.", with: everyAnswer) { _, frames in
      frames.change("status") { $0.statement.words[0].insert(0x20, at: 0) }
    },
    status("status-without-code", "WSGI-70", "OK", "The status is a reason without a code."),
    status("status-of-two-digits", "WSGI-70", "20 OK", "The code has two digits."),
    status("status-of-four-digits", "WSGI-70", "2000 OK", "The code has four digits."),
    status("status-with-protocol", "WSGI-70", "HTTP/1.1 200 OK", "The status begins with the version of HTTP."),
    WSGIFault("status-with-line-end", "WSGI-71", "A line end follows the reason.") { _, frames in
      frames.change("status") { $0.statement.words[0] += [0x0D, 0x0A] }
    },
    WSGIFault("status-with-header", "WSGI-71", "A header follows the reason.") { _, frames in
      frames.change("status") { $0.statement.words[0] += Array("\r\nX-A: b".utf8) }
    },
    WSGIFault("status-with-nul", "WSGI-71", "A zero stands in the reason.") { _, frames in
      frames.change("status") { $0.statement.words[0].append(0) }
    },
    WSGIFault("status-beyond-latin1", "WSGI-111", "The reason has a character beyond U+00FF.") { _, frames in
      frames.change("status") { $0.statement.words[0] += Array(" \u{20AC}".utf8) }
    },
  ]

  private static let lists: [WSGIFault] = [
    type("headers-tuple", of: "headers", "tuple", "WSGI-72"), type("headers-dict", of: "headers", "dict", "WSGI-72"),
    type("headers-generator", of: "headers", "generator", "WSGI-72"),
    type("headers-subclass", of: "headers", "app.Headers", "WSGI-72"),
    WSGIFault("headers-none", "WSGI-72", "The headers are None.") { _, frames in
      frames.change("started") { $0.set("headers-type", "NoneType") }
    },
    field("header-list", "WSGI-14", "X-A", "b", [("item", "list")], "A header is a list of two."),
    field("header-string", "WSGI-14", "X-A: b", "", [("item", "str"), ("size", "6")], "A header is a string."),
    field("header-of-three", "WSGI-14", "X-A", "b", [("size", "3")], "A header is a tuple of three."),
    field("header-of-one", "WSGI-14", "X-A", "", [("size", "1")], "A header is a tuple of one."),
  ]

  private static let names: [WSGIFault] = [
    field("name-bytes", "WSGI-113", "X-A", "b", [("name-type", "bytes")], "A header's name is bytes."),
    field("name-subclass", "WSGI-113", "X-A", "b", [("name-type", "app.Name")], "A header's name is of a subclass."),
    field("name-empty", "WSGI-74", "", "b", "A header has no name."),
    field("name-with-colon", "WSGI-74", "X-A:", "b", "A colon stands in a header's name."),
    field("name-with-space", "WSGI-74", "X A", "b", "A space stands in a header's name."),
    field("name-with-line-end", "WSGI-74", "X-A\r\nX-B", "b", "A line end stands in a header's name."),
    field("name-with-accent", "WSGI-74", "X-\u{E9}", "b", "A letter beyond ASCII stands in a header's name."),
    field("name-beyond-latin1", "WSGI-111", "X-\u{20AC}", "b", "A character beyond U+00FF stands in a header's name."),
  ]

  private static let values: [WSGIFault] = [
    field("value-bytes", "WSGI-113", "X-A", "b", [("value-type", "bytes")], "A header's value is bytes."),
    field("value-number", "WSGI-113", "X-A", "5", [("value-type", "int")], "A header's value is a number."),
    field("value-none", "WSGI-113", "X-A", "None", [("value-type", "NoneType")], "A header's value is None."),
    field("value-subclass", "WSGI-113", "X-A", "b", [("value-type", "markupsafe.Markup")], "A value of a subclass."),
    field("value-with-header", "WSGI-75", "X-A", "b\r\nX-C: d", "A line end and a header stand in a value."),
    field("value-folded", "WSGI-75", "X-A", "b\r\n c", "A value is folded."),
    field("value-with-line-feed-at-end", "WSGI-75", "X-A", "b\n", "A line feed ends a value."),
    field("value-with-nul", "WSGI-75", "X-A", "b\u{0}", "A zero stands in a value."),
    field("value-with-delete", "WSGI-75", "X-A", "b\u{7F}", "The character DEL stands in a value."),
    field("value-beyond-latin1", "WSGI-111", "X-A", "\u{1F4A3}", "A character beyond U+00FF stands in a value."),
    WSGIFault("length-is-a-number", "WSGI-113", "Content-Length is a number, not text.") { asked, frames in
      guard !asked.isHead else { return }
      let count = frames.filter { $0.kind == "item" }.reduce(0) { $0 + ($1.payload?.count ?? 0) }
      frames.addField("Content-Length", "\(count)", [("value-type", "int")])
    },
  ]

  private static let connectionFields: [WSGIFault] = [
    field("sends-connection", "WSGI-78", "Connection", "close", "The application sends Connection."),
    field("sends-keep-alive", "WSGI-78", "Keep-Alive", "timeout=5", "The application sends Keep-Alive."),
    field("sends-te", "WSGI-78", "TE", "trailers", "The application sends TE."),
    field("sends-trailer", "WSGI-78", "Trailer", "X-Sum", "The application sends Trailer."),
    field("sends-upgrade", "WSGI-78", "upgrade", "h2c", "The application sends Upgrade, in lower case."),
    field("sends-proxy-authenticate", "WSGI-78", "Proxy-Authenticate", "Basic", "It sends Proxy-Authenticate."),
    field("sends-transfer-encoding", "WSGI-98", "Transfer-Encoding", "chunked", "It sends Transfer-Encoding."),
  ]

  private static let starts: [WSGIFault] = [
    WSGIFault("start-by-keywords", "WSGI-12", "start_response is called with keywords.") { _, frames in
      frames.change("started") {
        $0.set("arguments", "0")
        $0.set("keywords", "headers,status")
      }
    },
    WSGIFault("start-error-by-keyword", "WSGI-12", "exc_info is given as a keyword.") { _, frames in
      frames.change("started") { $0.set("keywords", "exc_info") }
    },
    WSGIFault("start-without-headers", "WSGI-14", "start_response is called with the status alone.") { _, frames in
      frames.change("started") { $0.set("arguments", "1") }
    },
    WSGIFault("start-twice", "WSGI-89", "start_response is called a second time.") { _, frames in
      let again = WSGIFrame(
        "started", [], [("arguments", "2"), ("status-type", "str"), ("headers-type", "list"), ("at", "app.py:14")])
      frames.put([again, WSGIFrame("status", ["500 Again"])], before: frames.has("returned") ? "sent" : "done")
    },
    WSGIFault("error-is-an-exception", "WSGI-84", "exc_info is the exception, not the tuple.") { _, frames in
      frames.change("started") { $0.set("exc-info", "ValueError") }
    },
    WSGIFault("error-is-true", "WSGI-84", "exc_info is True.") { _, frames in
      frames.change("started") { $0.set("exc-info", "bool") }
    },
    WSGIFault("error-of-two", "WSGI-84", "exc_info is a tuple of two.") { _, frames in
      frames.change("started") { $0.set("exc-info", "tuple of 2") }
    },
    WSGIFault("error-trapped", "WSGI-88", "What start_response raises after the first byte is caught.") {
      asked, frames in
      guard frames.has("item") else { return }
      let again = WSGIFrame(
        "started", [],
        [
          ("arguments", "3"), ("status-type", "str"), ("headers-type", "list"), ("exc-info", "exception"),
          ("at", "app.py:19"),
        ])
      frames.put(
        [again, WSGIFrame("status", ["500 Late"]), WSGIFrame("refused", [], [("type", "ValueError")])],
        before: frames.has("ended") ? "ended" : "stopped")
    },
  ]
}
