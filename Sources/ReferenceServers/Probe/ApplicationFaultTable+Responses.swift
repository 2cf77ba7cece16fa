// Faults in what becomes of an application's answer, whatever interface it is given over. One entry each.

internal import WireBytes

extension ApplicationFault {
  private static func head(
    _ name: String, _ summary: String, _ breaches: Breaches = .shared("CGI-6.2-1"),
    _ change: @escaping @Sendable (inout ProbeHead) -> Void
  ) -> ApplicationFault {
    ApplicationFault(name, summary, breaches, .answer { $1.changeHead(change) })
  }

  private static func location(
    _ name: String, _ summary: String, with fallsWith: [String] = [],
    _ change: @escaping @Sendable ([UInt8]) -> [UInt8]
  ) -> ApplicationFault {
    head(
      name, summary, [.fastcgi: Breach("FCGI-6.1-14", with: fallsWith), .cgi: Breach("CGI-6.2.4-1", with: fallsWith)]
    ) { head in
      guard head.code == 302 else { return }
      head.change("Location", change)
    }
  }

  private static func type(
    _ name: String, _ summary: String, _ change: @escaping @Sendable ([UInt8]) -> [UInt8]
  ) -> ApplicationFault {
    head(name, summary, [.fastcgi: "CGI-6.2.1-1", .cgi: "CGI-6.3.1-1"]) {
      $0.change("Content-Type", change)
    }
  }

  private static func body(
    _ name: String, _ summary: String, _ change: @escaping @Sendable (ProbeContent) -> ProbeContent
  ) -> ApplicationFault {
    ApplicationFault(
      name, summary, [.fastcgi: Breach("FCGI-6.2-5", with: ["FCGI-3.3-22"]), .cgi: "CGI-6.2-1"],
      .answer { _, steps in
        for index in steps.indices {
          if case .output(let content) = steps[index], case .pattern = content {
            steps[index] = .output(change(content))
          }
        }
      })
  }

  private static func status(
    _ name: String, _ summary: String, uwsgi: String = "H-9110-15-1", _ change: @escaping @Sendable (Int) -> Int
  ) -> ApplicationFault {
    let ofHTTP = ["H-9110-15-1", "H-9110-15.3.5-1", "H-9110-9.3.2-1"].filter { $0 != uwsgi }
    return head(
      name, summary,
      [
        .uwsgi: Breach(uwsgi, with: ofHTTP + ["H1-9112-6.3-1", "UWSGI-1"]), .wsgi: Breach(uwsgi, with: ofHTTP),
        .fastcgi: Breach("FCGI-6.1-14", with: ["FCGI-5.5-4", "FCGI-6.1-7", "CGI-4.3.3-1"]),
        .cgi: Breach("CGI-6.3.3-1", with: ["CGI-4.3.3-1"]),
      ]
    ) { head in
      if head.reason == "Probe", let code = head.code { head.code = change(code) }
    }
  }

  /// Faults in the answer.
  static let responses: [ApplicationFault] = [
    head(
      "set-cookie-merged", "Set-Cookie fields are joined by a comma.",
      .shared("CGI-6.2-1").but([.uwsgi: "H-9110-5.3-3", .wsgi: "H-9110-5.3-3"])
    ) { head in
      let cookies = head.fields.filter { $0.name == "Set-Cookie" }.map(\.value)
      guard cookies.count > 1 else { return }
      head.fields.removeAll { $0.name == "Set-Cookie" }
      head.append("Set-Cookie", Array(cookies.joined(separator: [0x2C, 0x20])))
    },
    head(
      "fields-reversed", "Fields of one name come in the opposite order.",
      .shared("CGI-6.2-1").but([.uwsgi: "H-9110-5.3-2", .wsgi: "H-9110-5.3-2"])
    ) { head in
      let isRepeated = { (field: ProbeHead.Field) in field.name == "X-Probe" }
      let values = head.fields.filter(isRepeated).reversed()
      head.fields.removeAll(where: isRepeated)
      head.fields += values
    },
    type("charset-forced", "A type of text gets the charset utf-8, whatever it had.") { value in
      let type = value.prefix { $0 != 0x3B }
      return type.starts(with: "text/".utf8) && value.contains(0x3B) ? type + Array("; charset=UTF-8".utf8) : value
    },
    type("unknown-type-replaced", "A type that is not known becomes application/octet-stream.") { value in
      value.starts(with: "application/x-".utf8) ? Array("application/octet-stream".utf8) : value
    },
    type("quoted-parameter-cut", "A parameter of a type ends at a semicolon, quoted or not.") { value in
      value.firstRange(of: Array("; c".utf8)).map {
        value.starts(with: "multipart".utf8) ? Array(value[..<$0.lowerBound]) : value
      } ?? value
    },
    head(
      "field-continued", "A field goes on in the next line.", .shared("CGI-6.3-6")
    ) { if $0.code != nil, !$0.isCut { $0.append("X-Long", "one\r\n two") } },
    head(
      "location-with-a-space", "A Location holds a space.",
      [
        .fastcgi: Breach("CGI-6.3.2-1", with: ["FCGI-6.1-14", "CGI-6.2.4-1"]),
        .cgi: Breach("CGI-6.3.2-1", with: ["CGI-4.3.3-1", "CGI-6.2.4-1"]),
        .scgi: Breach("CGI-6.3.2-1", with: ["CGI-4.3.3-1", "CGI-6.2.4-1"]), .uwsgi: "H-9110-15.4-1",
        .wsgi: "H-9110-15.4-1",
      ]
    ) { if $0.code == 302 { $0.change("Location") { $0 + Array(" here".utf8) } } },
    location("location-decoded-once", "Location is decoded.", with: ["CGI-6.3.2-1"]) { $0.percentDecoded },
    location("location-fragment-lost", "Location loses its fragment.") { Array($0.prefix { $0 != 0x23 }) },
    location("location-made-a-path", "A Location of another scheme than http becomes a path.") {
      $0.starts(with: "http".utf8) ? $0 : [0x2F] + $0
    },
    location("document-location-cut-at-1024", "Location is cut to 1 024 bytes.") { Array($0.prefix(1_024)) },
    status("success-made-200", "Every status of success becomes 200.") { 200..<300 ~= $0 ? 200 : $0 },
    status("errors-made-500", "An error of the client's becomes 500.") { 400..<500 ~= $0 ? 500 : $0 },
    status("unavailable-made-500", "Every error of the server's becomes 500.") { $0 > 500 ? 500 : $0 },
    status("internal-error-made-200", "Status 500 becomes 200.") { $0 == 500 ? 200 : $0 },
    status("not-modified-made-200", "Status 304 becomes 200.", uwsgi: "H-9110-15.4.5-3") { $0 == 304 ? 200 : $0 },
    body("empty-body-filled", "An empty body becomes a line end.") { $0.byteCount == 0 ? .bytes([0x0A]) : $0 },
    body("one-byte-body-lost", "A body of one byte is lost.") { $0.byteCount == 1 ? .bytes([]) : $0 },
    body("last-whole-buffer-lost", "Of a body that fills buffers of 8 192 bytes the last one is lost.") {
      $0.byteCount > 0 && $0.byteCount % 8_192 == 0 ? .pattern(byteCount: $0.byteCount - 8_192) : $0
    },
    body("last-byte-beyond-buffer-lost", "Of a body that goes beyond a buffer of 8 192 bytes by one that one is lost.")
    {
      $0.byteCount % 8_192 == 1 && $0.byteCount > 1 ? .pattern(byteCount: $0.byteCount - 1) : $0
    },
    body("length-65535-is-none", "A body of 65 535 bytes is taken for one of unknown length, and lost.") {
      $0.byteCount == 65_535 ? .bytes([]) : $0
    },
  ]
}

extension ProbeHead {
  /// Changes the values of a field.
  mutating func change(_ name: String, _ change: ([UInt8]) -> [UInt8]) {
    for index in fields.indices where fields[index].name == name { fields[index].value = change(fields[index].value) }
  }
}
