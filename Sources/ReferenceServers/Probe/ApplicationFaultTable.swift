// Faults in what an application makes of its variables, and in what becomes of its answer. One entry each; what an
// entry is, ApplicationFault says.

internal import WireBytes

extension ApplicationFault {
  private static func field(
    _ name: String, _ summary: String, but special: Breaches = [:], _ change: @escaping @Sendable ([UInt8]) -> [UInt8]
  ) -> ApplicationFault {
    ApplicationFault(name, summary, .variables.but(special), .variables { $0.changeFields(change) })
  }

  private static func host(
    _ name: String, _ summary: String, _ change: @escaping @Sendable ([UInt8]) -> [UInt8]
  ) -> ApplicationFault {
    ApplicationFault(
      name, summary, .variables,
      .variables { $0.change("HTTP_HOST", change) })
  }

  /// Faults in the variables made of request fields.
  static let fields: [ApplicationFault] = [
    ApplicationFault(
      "field-names-cut", "Of the name of a field only the first two words are kept.", .variables,
      .variables { variables in
        for index in variables.indices where variables[index].name.starts(with: "HTTP_".utf8) {
          let words = variables[index].name.split(separator: 0x5F, omittingEmptySubsequences: false).prefix(3)
          variables[index].name = Array(words.joined(separator: [0x5F]))
        }
      }),
    ApplicationFault(
      "empty-field-refused", "A request with an empty field is answered 400.",
      [.fastcgi: "FCGI-6.2-1", .cgi: "CGI-4.1-3"],
      .answer { variables, steps in
        guard variables.contains(where: { $0.name.starts(with: "HTTP_".utf8) && $0.value.isEmpty }) else { return }
        steps = ProbeApplication.page("empty field\n", 400, "Bad Request")
      }),
    ApplicationFault(
      "foreign-field-added", "Every request has the field Proxy.", .variables,
      .variables { variables in
        variables.adopt([ProbeVariable(name: Array("HTTP_PROXY".utf8), value: Array("http://127.0.0.1:9/".utf8))])
      }),
    field("spaces-joined", "Runs of spaces in the value of a field become one space.") { value in
      value.indices.filter { $0 == 0 || value[$0] != 0x20 || value[$0 - 1] != 0x20 }.map { value[$0] }
    },
    field("backslashes-taken-away", "Backslashes in the value of a field are taken for escapes.") {
      $0.filter { $0 != 0x5C }
    },
    field(
      "value-lower-cased", "Values of fields are folded to lower case.",
      but: [.fastcgi: Breach("FCGI-6.2-1", with: ["FCGI-3.4-1"])]
    ) { $0.lowercasedASCII },
    field("field-decoded", "Percent-encoded bytes in the value of a field are decoded.") { $0.percentDecoded },
    field(
      "field-ends-at-equals-sign", "The value of a field ends at its first equals sign.",
      but: [
        .fastcgi: Breach("FCGI-6.2-1", with: ["FCGI-6.3-1", "FCGI-3.3-12", "FCGI-3.3-14"]),
        .cgi: Breach("CGI-4.1-5", with: ["CGI-4.1-3"]),
      ]
    ) {
      Array($0.prefix { $0 != 0x3D })
    },
    field(
      "parenthesis-refused", "A field whose value begins with a parenthesis is emptied.",
      but: [.cgi: Breach("CGI-4.1-5", with: ["CGI-7.2-1"])]
    ) {
      $0.first == 0x28 ? [] : $0
    },
    field("first-of-a-list", "Of fields that were joined by a comma only the first is kept.") { value in
      value.firstRange(of: Array(", ".utf8)).map { Array(value[..<$0.lowerBound]) } ?? value
    },
    ApplicationFault(
      "cookies-sorted", "The pairs of a cookie are put in order.", .variables,
      .variables { variables in
        variables.change("HTTP_COOKIE") { cookie in
          let pairs = cookie.split(separator: 0x3B).map { $0.drop { $0 == 0x20 } }
          return Array(pairs.sorted { $0.lexicographicallyPrecedes($1) }.joined(separator: [0x3B, 0x20]))
        }
      }),
    field(
      "field-cut-at-255", "The value of a field is cut to 255 bytes.",
      but: [.fastcgi: Breach("FCGI-6.2-1", with: ["FCGI-3.4-3"]), .cgi: Breach("CGI-9.6-2", with: ["CGI-4.1-5"])]
    ) { Array($0.prefix(255)) },
    field(
      "8-bit-bytes-stripped", "Bytes above 127 are taken out of fields.",
      but: [.fastcgi: "FCGI-3.4-6", .cgi: "CGI-7.2-1"]
    ) { $0.filter { $0 < 0x80 } },
    host("host-port-cut", "HTTP_HOST loses its port.") { host in
      host.last == 0x5D ? host : host.lastIndex(of: 0x3A).map { Array(host[..<$0]) } ?? host
    },
    host("host-cut-at-colon", "HTTP_HOST ends at its first colon.") { Array($0.prefix { $0 != 0x3A }) },
    host("host-dot-cut", "HTTP_HOST loses a dot at its end.") { $0.last == 0x2E ? $0.dropLast() : $0 },
    host("host-user-cut", "What precedes an at sign in HTTP_HOST is lost.") { host in
      host.firstIndex(of: 0x40).map { Array(host[($0 + 1)...]) } ?? host
    },
    ApplicationFault(
      "empty-host-crashes", "A request with an empty Host ends the application.", .variables,
      .answer { variables, steps in if variables.value(of: "HTTP_HOST") == [] { steps = [.crash] } }),
    ApplicationFault(
      "type-parameters-cut", "CONTENT_TYPE reaches the application without its parameters.",
      [
        .fastcgi: Breach("FCGI-6.2-1", with: ["CGI-6.2.1-1"]), .cgi: Breach("CGI-4.1-5", with: ["CGI-6.3.1-1"]),
        .uwsgi: Breach("CGI-4.1-5", with: ["H-9110-8.3-2"]),
      ],
      .variables { $0.change("CONTENT_TYPE") { Array($0.prefix { $0 != 0x3B }) } }),
  ]

  private static func path(
    _ name: String, _ summary: String, but special: Breaches = [:], _ change: @escaping @Sendable ([UInt8]) -> [UInt8]
  ) -> ApplicationFault {
    ApplicationFault(name, summary, .variables.but(special), .variables { $0.change("PATH_INFO", change) })
  }

  /// Faults in PATH_INFO.
  static let paths: [ApplicationFault] = [
    path("path-lower-cased", "PATH_INFO is folded to lower case.") { $0.lowercasedASCII },
    path("lone-slash-lost", "A PATH_INFO of one slash becomes empty.") { $0 == [0x2F] ? [] : $0 },
    path("last-slash-lost", "A slash at the end of PATH_INFO is taken away.") {
      $0.count > 1 && $0.last == 0x2F ? $0.dropLast() : $0
    },
    path(
      "slashes-joined", "Slashes that follow each other in PATH_INFO become one.",
      but: [.cgi: Breach("CGI-4.1-5", with: ["CGI-8.2-3"])]
    ) { value in
      value.indices.filter { $0 == 0 || value[$0] != 0x2F || value[$0 - 1] != 0x2F }.map { value[$0] }
    },
    path(
      "dot-segments-resolved", "Dot segments of PATH_INFO are resolved.",
      but: [.cgi: Breach("CGI-4.1-5", with: ["CGI-8.2-3"])]
    ) { $0.withoutDotSegments },
    path("path-encoded-again", "Spaces in PATH_INFO are encoded again.") {
      $0.replacing([0x20], with: Array("%20".utf8))
    },
    path("path-decoded-twice", "PATH_INFO is decoded once more.") { $0.percentDecoded },
    path("path-cut-at-question-mark", "PATH_INFO ends at a question mark.") { Array($0.prefix { $0 != 0x3F }) },
    path("path-cut-at-semicolon", "PATH_INFO ends at a semicolon.") { Array($0.prefix { $0 != 0x3B }) },
    path("plus-in-path-decoded", "A plus sign in PATH_INFO becomes a space.") { $0.replacing([0x2B], with: [0x20]) },
    path("path-cut-at-colon", "PATH_INFO ends at a colon.") { Array($0.prefix { $0 != 0x3A }) },
    path("path-cut-at-1024", "PATH_INFO is cut to 1 024 bytes.", but: [.cgi: "CGI-9.6-2"]) { Array($0.prefix(1_024)) },
    path("path-made-ascii", "Bytes of PATH_INFO above 127 become question marks.", but: [.cgi: "CGI-7.2-1"]) {
      $0.map { $0 < 0x80 ? $0 : 0x3F }
    },
  ]

  /// A fault in what follows `probe=echo&` in QUERY_STRING; other queries say what the application is to do.
  private static func query(
    _ name: String, _ summary: String, but special: Breaches = [:], _ change: @escaping @Sendable ([UInt8]) -> [UInt8]
  ) -> ApplicationFault {
    let command = Array("probe=echo&".utf8)
    return ApplicationFault(
      name, summary, .query.but([.cgi: Breach("CGI-4.1.7-1", with: ["CGI-4.1-5"])]).but(special),
      .variables {
        $0.change("QUERY_STRING") { $0.starts(with: command) ? command + change(Array($0.dropFirst(11))) : $0 }
      })
  }

  private static func query(_ name: String, _ text: String, as other: String, _ summary: String) -> ApplicationFault {
    query(name, summary) { $0.replacing(Array(text.utf8), with: Array(other.utf8)) }
  }

  /// Faults in QUERY_STRING.
  static let queries: [ApplicationFault] = [
    query("query-letters-decoded", "%41", as: "A", "Letters that are encoded in QUERY_STRING are decoded."),
    query("query-digits-folded", "%2f", as: "%2F", "Encodings in QUERY_STRING get capital digits."),
    query("query-decoded-once", "%25", as: "%", "QUERY_STRING is decoded before the application does it."),
    query("plus-in-query-decoded", "+", as: "%20", "A plus sign in QUERY_STRING becomes an encoded space."),
    query("query-cut-at-question-mark", "QUERY_STRING ends at a question mark.") { Array($0.prefix { $0 != 0x3F }) },
    query("query-values-cut-at-equals-sign", "==", as: "", "Equals signs at the end of a value are lost."),
    query("query-tidied", "Empty parts of QUERY_STRING are taken away.") {
      Array($0.split(separator: 0x26).joined(separator: [0x26]))
    },
    query("last-of-a-name", "Of parameters of one name in QUERY_STRING the last is kept.") { query in
      var seen: Set<[UInt8]> = []
      let parts = query.split(separator: 0x26, omittingEmptySubsequences: false).reversed()
        .filter { $0.isEmpty || seen.insert(Array($0.prefix { $0 != 0x3D })).inserted }
      return Array(parts.reversed().joined(separator: [0x26]))
    },
    query("semicolons-become-ampersands", ";", as: "&", "A semicolon in QUERY_STRING becomes an ampersand."),
    query("brackets-encoded", "[", as: "%5B", "Brackets in QUERY_STRING are encoded."),
    query("quotes-encoded", "\"", as: "%22", "Quotes in QUERY_STRING are encoded."),
    query("dot-segments-in-query-lost", "../", as: "", "Dot segments in QUERY_STRING are taken away."),
    query("query-lower-cased", "QUERY_STRING is folded to lower case.") { $0.lowercasedASCII },
    query("bad-encoding-dropped", "%z", as: "z", "A percent sign in QUERY_STRING that begins no encoding is lost."),
    query("query-cut-at-encoded-zero", "QUERY_STRING ends at an encoded zero byte.") { query in
      query.firstRange(of: Array("%00".utf8)).map { Array(query[..<$0.lowerBound]) } ?? query
    },
    query("line-ends-in-query-decoded", "%0d%0a", as: "\r\n", "Encoded line ends in QUERY_STRING are decoded."),
    query(
      "query-made-ascii", "Bytes of QUERY_STRING above 127 become question marks.",
      but: [.fastcgi: "FCGI-3.4-6", .cgi: "CGI-7.2-1"]
    ) { $0.map { $0 < 0x80 ? $0 : 0x3F } },
    query(
      "query-cut-at-1024", "QUERY_STRING is cut to 1 024 bytes.",
      but: [.fastcgi: Breach("FCGI-6.2-1", with: ["FCGI-3.4-3"]), .cgi: "CGI-9.6-2"]
    ) { Array($0.prefix(1_024)) },
    query("slashes-in-query-encoded", "/", as: "%2F", "Slashes in QUERY_STRING are encoded."),
    query(
      "entities-in-query-decoded", "&amp;", as: "&",
      "An ampersand in QUERY_STRING that is written as in HTML is decoded."),
    query("query-cut-at-encoded-number-sign", "QUERY_STRING ends at an encoded number sign.") { query in
      query.firstRange(of: Array("%23".utf8)).map { Array(query[..<$0.lowerBound]) } ?? query
    },
    query(
      "query-cut-at-255", "QUERY_STRING is cut to 255 bytes.",
      but: [.fastcgi: Breach("FCGI-6.2-1", with: ["FCGI-3.4-3"]), .cgi: Breach("CGI-9.6-2", with: ["CGI-4.1.7-1"])]
    ) { Array($0.prefix(255)) },
    ApplicationFault(
      "query-of-request-uri", "The query is that of REQUEST_URI, where it has one.",
      [.fastcgi: "FCGI-6.2-1", .cgi: Breach("CGI-4.1.7-1", with: ["CGI-4.1-5"])],
      .variables { variables in
        guard let address = variables.value(of: "REQUEST_URI"), let mark = address.firstIndex(of: 0x3F) else { return }
        variables.change("QUERY_STRING") { _ in Array(address[(mark + 1)...]) }
      }),
    ApplicationFault(
      "query-needs-request-uri", "There is no query where REQUEST_URI has none.", .query,
      .variables { variables in
        guard let address = variables.value(of: "REQUEST_URI"), !address.contains(0x3F) else { return }
        variables.change("QUERY_STRING") { _ in [] }
      }),
    ApplicationFault(
      "request-uri-required", "There is no query where REQUEST_URI is missing.",
      .query.but([
        // A call of WSGI has none: whatever the probe is asked for, it is not asked for.
        .wsgi: Breach(
          "CGI-4.1.7-1",
          with: [
            "CGI-4.2-2", "CGI-4.2-4", "CGI-4.3.2-2", "CGI-7.2-1", "CGI-9.6-2", "H-9110-5.3-2", "H-9110-5.3-3",
            "H-9110-8.3-2", "H-9110-8.4-1", "H-9110-8.6-7", "H-9110-9.3.2-1", "H-9110-15.3.5-1", "H-9110-15.4-1",
            "H-9110-15.4.5-3",
          ])
      ]),
      .variables { variables in
        guard variables.value(of: "REQUEST_URI") == nil else { return }
        variables.change("QUERY_STRING") { _ in [] }
      }),
    ApplicationFault(
      "query-of-host", "A question mark in Host begins the query.", .query,
      .variables { variables in
        guard let host = variables.value(of: "HTTP_HOST"), let mark = host.firstIndex(of: 0x3F) else { return }
        variables.change("QUERY_STRING") { _ in Array(host[(mark + 1)...].prefix { $0 != 0x23 }) }
      }),
    ApplicationFault(
      "empty-query-replaced", "An empty QUERY_STRING becomes a hyphen.", .query,
      .variables { $0.change("QUERY_STRING") { $0.isEmpty ? [0x2D] : $0 } }),
  ]

  private static func method(
    _ name: String, _ summary: String, but special: Breaches = [:], _ change: @escaping @Sendable ([UInt8]) -> [UInt8]
  ) -> ApplicationFault {
    ApplicationFault(name, summary, .method.but(special), .variables { $0.change("REQUEST_METHOD", change) })
  }

  /// Faults in REQUEST_METHOD and in what depends on it.
  static let methods: [ApplicationFault] = [
    method(
      "unknown-methods-become-get", "A method that no specification has is served as GET.",
      but: [.cgi: Breach("CGI-6.1-2", with: ["CGI-4.3-1", "CGI-4.3.4-3"])]
    ) {
      $0.elementsEqual("BREW".utf8) ? Array("GET".utf8) : $0
    },
    method(
      "young-methods-become-post", "PUT, PATCH and DELETE are served as POST.",
      but: [.cgi: Breach("CGI-6.1-2", with: ["CGI-4.3.4-3"])]
    ) {
      ["PUT", "PATCH", "DELETE"].contains(String(decoding: $0, as: UTF8.self)) ? Array("POST".utf8) : $0
    },
    method("foreign-methods-become-get", "PROPFIND is served as GET.") {
      $0.elementsEqual("PROPFIND".utf8) ? Array("GET".utf8) : $0
    },
    method(
      "method-capitalised", "A method is folded to capitals.",
      but: [.fastcgi: Breach("FCGI-6.2-1", with: ["CGI-6.1-2"]), .cgi: Breach("CGI-6.1-2", with: ["CGI-4.1-5"])]
    ) {
      $0.map { 0x61...0x7A ~= $0 ? $0 - 32 : $0 }
    },
    method(
      "post-becomes-put", "POST is served as PUT.",
      but: [.fastcgi: Breach("FCGI-6.2-1", with: ["FCGI-5.2-1"]), .cgi: Breach("CGI-6.1-2", with: ["CGI-4.3.4-3"])]
    ) {
      $0.elementsEqual("POST".utf8) ? Array("PUT".utf8) : $0
    },
    ApplicationFault(
      "options-crashes", "OPTIONS ends the application.", .method,
      .answer { variables, steps in if variables.has("REQUEST_METHOD", "OPTIONS") { steps = [.crash] } }),
    ApplicationFault(
      "get-body-crashes", "GET with a body ends the application.",
      [.fastcgi: "FCGI-6.2-1", .cgi: Breach("CGI-6.1-2", with: ["CGI-4.2-4"])],
      .answer { variables, steps in
        let length = variables.value(of: "CONTENT_LENGTH") ?? []
        if variables.has("REQUEST_METHOD", "GET"), !length.isEmpty, length != [0x30] { steps = [.crash] }
      }),
    ApplicationFault(
      "proxy-field-crashes", "A request with the field Proxy ends the application.",
      [.fastcgi: "FCGI-6.2-1", .cgi: "CGI-4.1-3"],
      .answer { variables, steps in if variables.value(of: "HTTP_PROXY") != nil { steps = [.crash] } }),
  ]
}
