// Faults in what the program makes of its environment. One entry each.

extension CGIFault {
  /// Faults that change what the environment says.
  static let variables: [CGIFault] = [
    CGIFault("names-upper-cased", "CGI-4.1-5", "Names of variables are folded to upper case.") {
      $0.changesNames { String(decoding: $0, as: UTF8.self).uppercased().utf8.map { $0 } }
    },
    CGIFault("values-lower-cased", "CGI-4.1-5", "Values of extension variables are folded to lower case.") {
      $0.receives = { given in
        for index in given.variables.indices where given.variables[index].name.starts(with: "HTTP_".utf8) {
          let value = given.variables[index].value
          given.variables[index].value = value.map { (0x41...0x5A).contains($0) ? $0 + 32 : $0 }
        }
      }
    },
    CGIFault("cgi-values-trimmed", "CGI-4.1-5", "Spaces around values are taken away.") {
      $0.changesValues { value in
        let rest = value.drop { $0 == 0x20 }
        return rest.lastIndex { $0 != 0x20 }.map { Array(rest[...$0]) } ?? []
      }
    },
    CGIFault("values-cut-at-equals-sign", "CGI-4.1-5", "A value ends at its first equals sign.", with: ["CGI-6.3.1-1"])
    {
      $0.changesValues { Array($0.prefix { $0 != 0x3D }) }
    },
    CGIFault("values-decoded", "CGI-4.1-5", "Percent-encoded bytes of values are decoded.") {
      $0.changesValues { ProbeQuery([0x61, 0x3D] + $0.filter { $0 != 0x26 })["a"] ?? [] }
    },
    CGIFault("format-characters-expanded", "CGI-4.1-5", "The text %s in a value is taken for a format.") {
      $0.changesValues { Array($0.replacing(Array("%s".utf8), with: Array("(null)".utf8))) }
    },
    CGIFault("shell-characters-expanded", "CGI-4.1-5", "The text $HOME in a value is expanded.") {
      $0.changesValues { Array($0.replacing(Array("$HOME".utf8), with: Array("/root".utf8))) }
    },
    CGIFault("unknown-variables-dropped", "CGI-4.1-5", "REMOTE_IDENT and AUTH_TYPE are not passed on.") {
      $0.receives = { given in
        given.variables.removeAll { ["REMOTE_IDENT", "AUTH_TYPE"].map { Array($0.utf8) }.contains($0.name) }
      }
    },
    CGIFault(
      "query-decoded", "CGI-4.1.7-1", "QUERY_STRING is decoded before anybody looks at it.",
      with: ["CGI-6.2.2-1", "CGI-6.2.4-1", "CGI-6.3.2-1"]
    ) {
      $0.receives = { given in
        for index in given.variables.indices where given.variables[index].name == Array("QUERY_STRING".utf8) {
          let value = given.variables[index].value
          given.variables[index].value = Array(value.replacing(Array("%25".utf8), with: Array("%".utf8)))
        }
      }
    },
    CGIFault("cgi-values-made-ascii", "CGI-7.2-1", "Bytes above 127 become question marks.") {
      $0.changesValues { $0.map { $0 < 128 ? $0 : 0x3F } }
    },
    CGIFault("values-made-utf-8", "CGI-7.2-1", "Bytes that are no UTF-8 are replaced.") {
      $0.changesValues { Array(String(decoding: $0, as: UTF8.self).utf8) }
    },
    CGIFault("values-encoded-twice", "CGI-7.2-1", "Values are taken for ISO-8859-1 and become UTF-8.") {
      $0.changesValues { $0.flatMap { byte in String(Unicode.Scalar(byte)).utf8.map { $0 } } }
    },
    CGIFault("characters-beyond-latin-1-lost", "CGI-7.2-1", "Characters that ISO-8859-1 lacks become question marks.") {
      $0.changesValues { value in
        guard let text = String(validating: value, as: UTF8.self) else { return value }
        return text.unicodeScalars.flatMap { $0.value < 256 ? Array(String($0).utf8) : [0x3F] }
      }
    },
    CGIFault("values-cut-at-control-bytes", "CGI-7.2-1", "A value ends at its first control byte.") {
      $0.changesValues { Array($0.prefix { $0 >= 0x20 && $0 != 0x7F }) }
    },
    CGIFault("odd-names-fatal", "CGI-7.2-1", "A variable whose name no shell can hold ends the program.") {
      $0.dies { given in given.variables.contains { $0.name.contains(0x2E) || $0.name.contains(0x2D) } }
    },
    CGIFault("functions-run", "CGI-7.2-1", "A value that begins with () { is run.") {
      $0.heads = { given, head in
        guard given.begins("HTTP_USER_AGENT", "() {") else { return }
        for index in head.fields.indices where head.fields[index].name == "Content-Type" {
          head.fields[index].value = Array("text/injected".utf8)
        }
      }
    },
    CGIFault("referer-copied-into-header", "CGI-6.3-3", "HTTP_REFERER is written into a field as it is.") {
      $0.writes = { given, bytes in
        let referer = given.value("HTTP_REFERER")
        if !referer.isEmpty { bytes = Array("X-From: ".utf8) + referer + Array("\r\n".utf8) + bytes }
      }
    },
    CGIFault("values-cut-at-65535", "CGI-9.6-2", "Values are cut to 65 535 bytes.") {
      $0.changesValues { Array($0.prefix(65_535)) }
    },
    CGIFault("names-cut-at-64", "CGI-9.6-2", "Names are cut to 64 bytes.") { $0.changesNames { Array($0.prefix(64)) } },
    CGIFault("variables-above-64-lost", "CGI-9.6-2", "The variables after the 64th are lost.", with: ["CGI-4.1-5"]) {
      $0.receives = { $0.variables = Array($0.variables.prefix(64)) }
    },
    CGIFault("variables-above-200-lost", "CGI-4.1-5", "The variables after the 200th are lost.", with: ["CGI-9.6-2"]) {
      $0.receives = { $0.variables = Array($0.variables.prefix(200)) }
    },
    CGIFault("long-query-fatal", "CGI-9.6-2", "A query of more than 32 768 bytes ends the program.") {
      $0.dies { $0.value("QUERY_STRING").count > 32_768 }
    },
    CGIFault("cookie-of-another", "CGI-4.1-3", "A request without HTTP_COOKIE gets one of an earlier request.") {
      $0.receives = { given in
        guard !given.holds("HTTP_COOKIE") else { return }
        given.variables.append(ProbeVariable(name: Array("HTTP_COOKIE".utf8), value: Array("session=first".utf8)))
      }
    },
  ]

  /// Faults in the questions that the program asks of its environment.
  static let questions: [CGIFault] = [
    CGIFault("host-required", "CGI-4.1-3", "Without HTTP_HOST the program ends abnormally.") {
      $0.dies { !$0.holds("HTTP_HOST") }
    },
    CGIFault("port-required", "CGI-4.1-3", "Without SERVER_PORT the program ends abnormally.", with: ["CGI-6.1-1"]) {
      $0.dies { !$0.holds("SERVER_PORT") }
    },
    CGIFault("query-required", "CGI-4.1-3", "Without QUERY_STRING, rather than with an empty one, the answer is 500.") {
      $0.shows("no query\n", 500, "Internal Server Error") { !$0.holds("QUERY_STRING") }
    },
    CGIFault("empty-path-info-counts", "CGI-4.1-3", "A PATH_INFO that is set and empty is answered 404.") {
      $0.shows("no such page\n", 404, "Not Found") { $0.holds("PATH_INFO") && $0.value("PATH_INFO").isEmpty }
    },
    CGIFault("empty-type-counts", "CGI-4.1-3", "A CONTENT_TYPE that is set and empty is answered 415.") {
      $0.shows("no such type\n", 415, "Unsupported Media Type") {
        $0.holds("CONTENT_TYPE") && $0.value("CONTENT_TYPE").isEmpty
      }
    },
    CGIFault("empty-user-counts", "CGI-4.1-3", "A REMOTE_USER that is set and empty is answered 403.") {
      $0.shows("not for you\n", 403, "Forbidden") { $0.holds("REMOTE_USER") && $0.value("REMOTE_USER").isEmpty }
    },
    CGIFault(
      "path-translated-required", "CGI-4.1-3", "With PATH_INFO and no PATH_TRANSLATED the program dies.",
      with: ["CGI-6.3-3"]
    ) {
      $0.dies { $0.holds("PATH_INFO") && !$0.holds("PATH_TRANSLATED") && !$0.value("PATH_INFO").isEmpty }
    },
    CGIFault("proxy-used", "CGI-4.1-3", "HTTP_PROXY is taken for a proxy, which is waited for.") {
      $0.hangs { $0.holds("HTTP_PROXY") }
    },
    CGIFault("script-name-required", "CGI-4.1-3", "An empty SCRIPT_NAME ends the program.") {
      $0.dies { $0.value("SCRIPT_NAME").isEmpty }
    },
    CGIFault("address-cut-at-colon", "CGI-4.1-5", "A SERVER_NAME that begins with a bracket ends the program.") {
      $0.dies { $0.begins("SERVER_NAME", "[") }
    },
    CGIFault(
      "method-folded", "CGI-4.1-5", "A method in lower case is served as the method in upper case.", with: ["CGI-6.1-2"]
    ) {
      $0.receives = { given in
        for index in given.variables.indices where given.variables[index].name == Array("REQUEST_METHOD".utf8) {
          given.variables[index].value = String(decoding: given.variables[index].value, as: UTF8.self).uppercased()
            .utf8.map { $0 }
        }
      }
    },
    CGIFault("version-compared-as-text", "CGI-4.1.4-2", "A GATEWAY_INTERFACE other than CGI/1.1 ends the program.") {
      $0.dies { !$0.has("GATEWAY_INTERFACE", "CGI/1.1") }
    },
    CGIFault("protocol-without-version-fatal", "CGI-4.1.16-3", "A SERVER_PROTOCOL without a version ends the program.")
    {
      $0.dies { !$0.value("SERVER_PROTOCOL").contains(0x2F) }
    },
    CGIFault("http-2-unknown", "CGI-6.3.3-3", "HTTP/2.0 as SERVER_PROTOCOL ends the program.") {
      $0.dies { $0.begins("SERVER_PROTOCOL", "HTTP/2") }
    },
    CGIFault("chunks-for-http-1-0", "CGI-6.3.3-3", "A response to HTTP/1.0 names chunks.", with: ["CGI-6.3.4-3"]) {
      $0.adds("Transfer-Encoding", "chunked") { given, _ in given.has("SERVER_PROTOCOL", "HTTP/1.0") }
    },
    CGIFault("https-required", "CGI-3.3-4", "With port 443 and no HTTPS variable the program ends abnormally.") {
      $0.dies { $0.has("SERVER_PORT", "443") && !$0.holds("HTTPS") }
    },
    CGIFault(
      "any-method-served", "CGI-4.3-1", "Unknown methods are served as GET.", with: ["CGI-4.1-5", "CGI-4.3.4-3"]
    ) {
      $0.takesAnyMethod = true
    },
    CGIFault("put-for-http-1-0", "CGI-4.3.4-3", "PUT is served to a request of HTTP/1.0.") {
      $0.ignoresProtocol = true
    },
    CGIFault("options-fatal", "CGI-6.1-2", "OPTIONS ends the program.") {
      $0.dies { $0.has("REQUEST_METHOD", "OPTIONS") }
    },
    CGIFault("any-path-served", "CGI-8.2-1", "Every PATH_INFO is a page.", with: ["CGI-8.2-3"]) {
      $0.takesAnyPath = true
    },
    CGIFault("path-leaves-folder", "CGI-8.2-3", "PATH_INFO with dot segments is served from the file system.") {
      $0.shows("root:x:0:0:root:/root:/bin/sh\n") { $0.begins("PATH_INFO", "/../") }
    },
    CGIFault("void-segments-fatal", "CGI-8.2-3", "PATH_INFO with an empty segment ends the program.") {
      $0.dies { $0.begins("PATH_INFO", "//") }
    },
    CGIFault("any-type-taken", "CGI-4.3.2-2", "A body of an unknown type is taken as it is.") {
      $0.takesAnyType = true
    },
    CGIFault("type-required", "CGI-4.1.3-2", "A body without CONTENT_TYPE ends the program.", with: ["CGI-3.4-3"]) {
      $0.dies {
        $0.has("CONTENT_LENGTH", "5") && $0.value("CONTENT_TYPE").isEmpty && !$0.asksForProbe && $0.isPost
      }
    },
  ]
}
