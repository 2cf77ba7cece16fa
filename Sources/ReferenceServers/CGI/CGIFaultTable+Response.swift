// Faults in the response: its head, its form, its body, its end. One entry each.

extension CGIFault {
  /// Faults in the header.
  static let heads: [CGIFault] = [
    CGIFault("no-empty-line", "CGI-6.2-1", "The empty line after the header is missing.", with: ["CGI-6.3-3"]) {
      $0.writes = { _, bytes in bytes.removeLast(2) }
    },
    CGIFault("text-before-header", "CGI-6.3-3", "A line of text precedes the header.") {
      $0.writes = { _, bytes in bytes = Array("debug output\r\n".utf8) + bytes }
    },
    CGIFault(
      "no-cgi-field", "CGI-6.3-1", "The header of a page has none of the fields of CGI.",
      with: ["CGI-6.2-2", "CGI-6.3.1-1"]
    ) {
      $0.heads = { given, head in
        guard !given.asksForProbe, head.code == 200 else { return }
        head.code = nil
        head.fields = [ProbeHead.Field(name: "X-Page", value: Array("1".utf8))]
      }
    },
    CGIFault("cgi-type-twice", "CGI-6.3-2", "Content-Type stands twice.") {
      $0.adds("Content-Type", "text/plain") { given, _ in !given.asksForProbe }
    },
    CGIFault("cgi-status-twice", "CGI-6.3-2", "Status stands twice.") {
      $0.adds("Status", "200 OK") { _, head in head.code == 200 }
    },
    CGIFault("space-before-colon", "CGI-6.3-3", "A space stands between the name of a field and its colon.") {
      $0.adds("X-Spaced ", "yes") { _, head in head.code != nil }
    },
    CGIFault("field-without-colon", "CGI-6.3-3", "A line of the header has no colon.") {
      $0.writes = { _, bytes in bytes = bytes.dropLast(2) + Array("no field at all\r\n\r\n".utf8) }
    },
    CGIFault("cgi-type-dropped", "CGI-6.3.1-1", "The body of a page has no Content-Type.", with: ["CGI-6.2-2"]) {
      $0.drops("Content-Type") { given, head in !given.asksForProbe && head.code == 200 }
    },
    CGIFault(
      "page-without-type", "CGI-6.2.1-1", "The echo report has no Content-Type where it is asked for by name.",
      with: ["CGI-6.3.1-1"]
    ) {
      $0.drops("Content-Type") { given, _ in
        given.has("QUERY_STRING", "probe=echo") && !given.isHead && !given.holds("HTTP_USER_AGENT")
      }
    },
    CGIFault("cgi-status-swapped", "CGI-6.3.3-1", "Status holds the reason before the code.") {
      $0.writes = { given, bytes in
        guard given.asks("status"), !given.isHead, bytes.starts(with: "Status: ".utf8) else { return }
        let code = Array(bytes[8..<11])
        bytes.replaceSubrange(8..<17, with: Array("Probe ".utf8) + code)
      }
    },
    CGIFault("status-four-digits", "CGI-6.3.3-1", "The code of Status has four digits.") {
      $0.writes = { given, bytes in
        if given.asks("status"), !given.isHead { bytes.insert(contentsOf: "1".utf8, at: 8) }
      }
    },
    CGIFault("status-always-200", "CGI-6.3.3-1", "Every page has status 200.", with: ["CGI-4.3.3-1"]) {
      $0.heads = { given, head in if head.code != nil, given.asks("status") { head.code = 200 } }
    },
    CGIFault("young-codes-unknown", "CGI-6.3.3-1", "A status that RFC 3875 did not know becomes 500.") {
      $0.heads = { _, head in if let code = head.code, code > 417, code < 500 { head.code = 500 } }
    },
    CGIFault("fields-in-dictionary", "CGI-6.2-1", "Of fields of the same name the last is sent.") {
      $0.heads = { _, head in
        var seen: Set<String> = []
        head.fields = head.fields.reversed().filter { seen.insert($0.name).inserted }.reversed()
      }
    },
    CGIFault("connection-field", "CGI-6.3.4-3", "The response says Connection: keep-alive.") {
      $0.adds("Connection", "keep-alive") { _, head in head.code != nil }
    },
    CGIFault(
      "transfer-encoding-field", "CGI-6.3.4-3", "The response says Transfer-Encoding: chunked.", with: ["CGI-6.3.3-3"]
    ) {
      $0.adds("Transfer-Encoding", "chunked") { _, head in head.code != nil }
    },
  ]

  /// Faults in the form of the response.
  static let forms: [CGIFault] = [
    CGIFault(
      "status-line-unasked", "CGI-6.2-2", "A program with parsed headers begins with a status line.",
      with: ["CGI-6.2.1-1", "CGI-6.2.4-1", "CGI-6.2.4-4"]
    ) {
      $0.rewrites("Status: ", as: "HTTP/1.1 ")
    },
    CGIFault("local-redirect-with-field", "CGI-6.2.2-1", "A local redirect has a second field.") {
      $0.adds("Cache-Control", "no-store") { given, _ in given.asks("local-redirect") }
    },
    CGIFault("local-redirect-with-body", "CGI-6.2.2-1", "A local redirect has a body.", with: ["CGI-6.3.1-1"]) {
      $0.appends("moved\n") { $0.asks("local-redirect") }
    },
    CGIFault(
      "local-redirect-after-post-with-body", "CGI-6.2.2-1", "A local redirect of a form has a body.",
      with: ["CGI-6.3.1-1"]
    ) {
      $0.appends("done\n") { $0.asks("local-redirect") && $0.isPost }
    },
    CGIFault("location-decoded", "CGI-6.2.2-1", "The path of a redirect is decoded.") {
      $0.relocates { Array($0.replacing(Array("%26".utf8), with: [0x26])) }
    },
    CGIFault(
      "location-relative", "CGI-6.3.2-1", "The path of a redirect does not begin with a slash.",
      with: ["CGI-6.2.2-1", "CGI-6.3-1", "CGI-9.6-2"]
    ) { $0.relocates { $0.first == 0x2F ? Array($0.dropFirst()) : $0 } },
    CGIFault("root-refused", "CGI-6.2.2-1", "A redirect to / is not made.") {
      $0.relocates { $0 == [0x2F] ? Array("/index".utf8) : $0 }
    },
    CGIFault("client-redirect-with-status", "CGI-6.2.3-1", "A client redirect without a document has a Status.") {
      $0.adds("Status", "302 Found") { given, _ in given.asks("client-redirect") }
    },
    CGIFault("client-redirect-with-body", "CGI-6.2.3-1", "A client redirect has a body.", with: ["CGI-6.3.1-1"]) {
      $0.appends("moved\n") { $0.asks("client-redirect") }
    },
    CGIFault("fragment-lost", "CGI-6.2.3-1", "The fragment of a redirect is cut off.") {
      $0.relocates { Array($0.prefix { $0 != 0x23 }) }
    },
    CGIFault(
      "scheme-unknown", "CGI-6.2.3-1", "A redirect to another scheme than http becomes a path."
    ) {
      $0.relocates { $0.first == 0x2F || $0.starts(with: "http".utf8) ? $0 : [0x2F] + $0 }
    },
    CGIFault("location-cut-at-1024", "CGI-9.6-2", "A redirect is cut to 1 024 bytes.") {
      $0.relocates { Array($0.prefix(1_024)) }
    },
    CGIFault(
      "document-redirect-as-200", "CGI-6.2.4-1", "A redirect with a document has status 200.", with: ["CGI-4.3.3-1"]
    ) {
      $0.heads = { _, head in if head.code == 302 { head.code = 200 } }
    },
    CGIFault(
      "document-redirect-without-status", "CGI-6.2.4-4", "A redirect with a document has no Status.",
      with: ["CGI-6.2.4-1", "CGI-6.2-2", "CGI-6.2.2-1"]
    ) {
      $0.heads = { _, head in if head.code == 302 { head.code = nil } }
    },
    CGIFault("document-redirect-after-post-as-200", "CGI-6.2.4-1", "A form is answered by a redirect with status 200.")
    {
      $0.heads = { given, head in if head.code == 302, given.isPost { head.code = 200 } }
    },
    CGIFault(
      "nph-without-status-line", "CGI-5.2-2", "Non-parsed headers begin with a Status field.", with: ["CGI-6.3.4-3"],
      isNonParsed: true
    ) {
      $0.rewrites("HTTP/1.1", as: "Status:")
    },
    CGIFault(
      "nph-chunks-for-http-1-0", "CGI-5.2-3", "Non-parsed headers name chunks to HTTP/1.0.",
      with: ["CGI-6.3.3-3"], isNonParsed: true
    ) {
      $0.adds("Transfer-Encoding", "chunked") { given, _ in given.has("SERVER_PROTOCOL", "HTTP/1.0") }
    },
    CGIFault(
      "nph-keeps-connection", "CGI-5.2-6", "Non-parsed headers promise that the connection stays.", isNonParsed: true
    ) {
      $0.connection = "keep-alive"
    },
    CGIFault(
      "nph-head-with-body", "CGI-5.2-8", "A HEAD request gets a body with non-parsed headers.",
      with: ["CGI-4.3.3-1"], isNonParsed: true
    ) {
      $0.appends("body\n") { $0.isHead }
    },
  ]

  /// Faults in the body, and in what follows from the method.
  static let bodies: [CGIFault] = [
    CGIFault("head-with-body", "CGI-4.3.3-1", "A HEAD request gets a body.", with: ["CGI-6.2.2-1", "CGI-6.3.1-1"]) {
      $0.appends("body\n") { $0.isHead }
    },
    CGIFault("head-with-error-page", "CGI-4.3.3-1", "A HEAD request that is answered 404 gets a body.") {
      $0.appends("status 404\n") { $0.isHead && $0.asks("status") }
    },
    CGIFault("head-with-redirect-page", "CGI-4.3.3-1", "A HEAD request that is redirected gets a body.") {
      $0.appends("moved\n") { $0.isHead && $0.asks("document-redirect") }
    },
    CGIFault("head-with-large-body", "CGI-4.3.3-1", "A HEAD request for a large page gets it.") {
      $0.answers = { given, steps in
        if given.isHead, given.asks("pattern") { steps.append(.output(.pattern(byteCount: 1_048_576))) }
      }
    },
    CGIFault("head-with-other-type", "CGI-6.1-2", "The type of the answer to HEAD is another than that to GET.") {
      $0.heads = { given, head in
        guard given.isHead, !given.asksForProbe else { return }
        for index in head.fields.indices where head.fields[index].name == "Content-Type" {
          head.fields[index].value = Array("text/html".utf8)
        }
      }
    },
    CGIFault("line-feeds-converted", "CGI-6.2-1", "Line feeds of bytes that are no text become CR LF.") {
      $0.alters = { given, bytes in
        guard given.asks("pattern") else { return }
        // The lines of the head end so already.
        var converted: [UInt8] = []
        for byte in bytes {
          if byte == 0x0A, converted.last != 0x0D { converted.append(0x0D) }
          converted.append(byte)
        }
        bytes = converted
      }
    },
    CGIFault(
      "cgi-output-cut-at-1000000", "CGI-6.2-1", "The response is cut after 1 000 000 bytes.", with: ["CGI-4.2-4"]
    ) {
      $0.outputByteLimit = 1_000_000
    },
    CGIFault("stderr-merged", "CGI-6.2-1", "Error text goes to standard output.", with: ["CGI-6.3-3"]) {
      $0.mergesErrors = true
    },
    CGIFault("cgi-stderr-lost", "CGI-6.2-1", "Error text is not written.") { $0.errorByteLimit = 0 },
    CGIFault("stderr-cut-at-65535", "CGI-6.2-1", "Error text is cut after 65 535 bytes.") {
      $0.errorByteLimit = 65_535
    },
    CGIFault("cgi-stderr-cut-at-65536", "CGI-6.2-1", "Error text is cut after 65 536 bytes.") {
      $0.errorByteLimit = 65_536
    },
    CGIFault("stderr-cut-at-1000000", "CGI-6.2-1", "Error text is cut after 1 000 000 bytes.") {
      $0.errorByteLimit = 1_000_000
    },
    CGIFault("single-error-byte-lost", "CGI-6.2-1", "Error text of a single byte is not written.") {
      $0.answers = { _, steps in
        steps.removeAll { if case .error(let content) = $0 { content.byteCount == 1 } else { false } }
      }
    },
    CGIFault("stderr-noise", "CGI-6.2-1", "A line of error text accompanies every page.") {
      $0.answers = { given, steps in
        if !given.asksForProbe { steps.insert(.error(.bytes(Array("served\n".utf8))), at: 0) }
      }
    },
    CGIFault("parts-after-pause-lost", "CGI-6.2-1", "What is written after a pause is lost.", with: ["CGI-6.1-1"]) {
      $0.losesOutputAfterPause = true
    },
  ]

  /// Faults in how the program ends.
  static let endings: [CGIFault] = [
    CGIFault(
      "no-output", "CGI-6.1-1", "The program ends without a byte of output.",
      with: ["CGI-6.2-1", "CGI-5.2-1"]
    ) { $0.outputByteLimit = 0 },
    CGIFault(
      "nph-no-output", "CGI-6.1-1", "A program with non-parsed headers ends without a byte of output.",
      with: ["CGI-6.2-1", "CGI-5.2-1"], isNonParsed: true
    ) { $0.outputByteLimit = 0 },
    CGIFault("never-ends", "CGI-6.2-1", "The program does not end after its response.") {
      $0.answers = { _, steps in steps.append(.pause(milliseconds: .max)) }
    },
    CGIFault("dies-after-response", "CGI-6.2-1", "A signal ends the program after its response.") {
      $0.answers = { _, steps in steps.append(.crash) }
    },
    CGIFault("slow-answers-cut", "CGI-6.1-1", "A program that has not answered after 250 ms is ended.") {
      $0.dies { $0.asks("sleep") }
    },
    CGIFault("exit-code-one", "CGI-6.2-1", "The exit code of a page is 1.") { $0.exits = { $0 == 0 ? 1 : $0 } },
    CGIFault("exit-code-lost", "CGI-6.2-1", "The exit code is always 0.") { $0.exits = { _ in 0 } },
    CGIFault("exit-code-one-lost", "CGI-6.2-1", "The exit code 1 becomes 0.") { $0.exits = { $0 == 1 ? 0 : $0 } },
    CGIFault("exit-code-of-seven-bits", "CGI-6.2-1", "The exit code keeps seven bits.") { $0.exits = { $0 & 0x7F } },
  ]
}
