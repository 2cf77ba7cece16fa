// The faults that only a server of SCGI has: in its netstrings, its headers, its answers. One entry each.

extension SCGIFault {
  /// Every fault, in the order of the tables.
  package static let all =
    netstrings + headers + answers + shared { $0.scgi }
    + applications { breach, _ in breach.and(["SCGI-3", "SCGI-4", "SCGI-6", "SCGI-8"]) }

  /// Faults in how a netstring is read.
  private static let netstrings = [
    SCGIFault(
      "comma-left", "SCGI-16", "The comma after the headers is taken for the first byte of the body.",
      with: [
        "SCGI-12", "SCGI-17", "SCGI-18", "CGI-4.2-4", "CGI-4.2-2", "H-9110-8.6-10", "CGI-6.3.1-1", "CGI-4.3.2-2",
        "SCGI-10", "H-9110-8.4-1", "CGI-6.2-1",
      ]
    ) { $0.scgi.leavesComma = true },
    SCGIFault("six-digits-refused", "SCGI-3", "A length of more than five digits is refused.") {
      $0.scgi.digitLimit = 5
    },
    SCGIFault(
      "heads-of-2000-bytes-refused", "SCGI-3", "Headers of more than 2 000 bytes are refused.",
      with: ["CGI-6.2.4-1", "SCGI-8", "CGI-9.6-2", "CGI-4.1-5", "SCGI-6", "CGI-4.1.7-1"]
    ) { $0.scgi.headByteLimit = 2_000 },
    SCGIFault("leading-zero-taken", "SCGI-21", "A length with a leading zero is taken.") {
      $0.scgi.takesLeadingZeros = true
    },
    SCGIFault("signs-and-spaces-taken", "SCGI-20", "A length after a sign or a space is taken.") {
      $0.scgi.takesSignsAndSpaces = true
    },
    SCGIFault("any-end-taken", "SCGI-19", "Any byte will do after the headers.", with: ["SCGI-22"]) {
      $0.scgi.takesAnyEnd = true
    },
    SCGIFault("empty-netstring-served", "SCGI-23", "The empty netstring is served as a request.") {
      $0.scgi.servesEmptyBlock = true
    },
    SCGIFault(
      "first-read-of-two-bytes-closes", "SCGI-1", "A first read of two bytes closes the connection.", with: ["SCGI-3"]
    ) { $0.alters = { index, bytes in if index == 0, bytes.count == 2 { bytes = [0x21] } } },
    SCGIFault("colon-alone-lost", "SCGI-1", "A colon that a read begins with is lost.", with: ["SCGI-3"]) {
      $0.alters = { index, bytes in if index == 1, bytes.first == 0x3A { bytes.removeFirst() } }
    },
    SCGIFault("name-read-in-two-lost", "SCGI-1", "A first read of ten bytes is taken for nothing.", with: ["SCGI-3"]) {
      $0.alters = { index, bytes in if index == 0, bytes.count == 10 { bytes = [] } }
    },
    SCGIFault(
      "comma-in-next-read-lost", "SCGI-1", "A comma that a read begins with is lost.", with: ["SCGI-3", "SCGI-19"]
    ) { $0.alters = { index, bytes in if index == 1, bytes.first == 0x2C { bytes.removeFirst() } } },
    SCGIFault(
      "body-in-next-read-lost", "SCGI-16", "The first byte of a body that comes in the second read is lost.",
      with: ["SCGI-1", "SCGI-12", "SCGI-17", "SCGI-3"]
    ) { $0.alters = { index, bytes in if index == 1, bytes.starts(with: "hello".utf8) { bytes.removeFirst() } } },
    SCGIFault("malformed-hangs", "SCGI-3", "Bytes that are no request stop the server.", with: ["SCGI-4"]) {
      $0.malformed = .hangs
      $0.diesOf = [.malformed]
    },
  ]

  /// Faults in what is made of headers.
  private static let headers = [
    SCGIFault(
      "empty-values-skipped", "SCGI-8", "Of the NULs around an empty field's value one is seen.",
      with: [
        "SCGI-6", "CGI-4.1-3", "CGI-4.1-5", "CGI-4.1.7-1", "SCGI-3", "SCGI-11", "CGI-6.1-2", "CGI-7.2-1", "CGI-9.6-2",
        "SCGI-24",
      ]
    ) { $0.scgi.skipsEmptyValues = true },
    SCGIFault(
      "last-empty-value-refused", "SCGI-8", "A request whose last value is empty is refused.", with: ["CGI-4.1-3"]
    ) {
      $0.collects = { variables in if variables.last?.value.isEmpty ?? false { variables = [] } }
      $0.answers = { variables, steps in
        if variables.isEmpty { steps = ProbeApplication.page("no request\n", 400, "Bad Request") }
      }
    },
    SCGIFault("three-empty-values-end-the-head", "SCGI-8", "Three empty values in a row end the headers.") {
      $0.collects = { variables in
        for index in variables.indices.dropLast(2) where variables[index...(index + 2)].allSatisfy(\.value.isEmpty) {
          variables = Array(variables[..<index])
          return
        }
      }
    },
    SCGIFault(
      "scgi-header-elsewhere", "SCGI-10", "A request whose second header is not SCGI is refused.",
      with: ["SCGI-14", "SCGI-3"]
    ) {
      $0.collects = { variables in
        let isSecond = variables.count < 2 || variables[1].name.elementsEqual("SCGI".utf8)
        if !isSecond { variables.append(ProbeVariable(name: Array("REFUSED".utf8), value: [])) }
      }
      $0.answers = { variables, steps in
        if variables.value(of: "REFUSED") != nil { steps = [.crash] }
      }
    },
    SCGIFault("scgi-header-kept", "SCGI-14", "The header SCGI does not reach the application.") {
      $0.collects = { $0.removeAll { $0.name.elementsEqual("SCGI".utf8) } }
    },
    SCGIFault("no-length-kills", "SCGI-3", "A request without CONTENT_LENGTH ends the process.", with: ["SCGI-13"]) {
      $0.scgi.takesNoLength = true
      $0.measures = { variables, length in if variables.value(of: "CONTENT_LENGTH") == nil { length = nil } }
      $0.diesOf = [.malformedLength]
    },
    SCGIFault("bad-length-kills", "SCGI-3", "A CONTENT_LENGTH that is no number ends the process.") {
      $0.diesOf = [.malformedLength]
    },
    SCGIFault("no-length-taken", "SCGI-13", "A request without CONTENT_LENGTH is served.") {
      $0.scgi.takesNoLength = true
    },
    SCGIFault("late-length-taken", "SCGI-10", "A CONTENT_LENGTH that is not the first header is taken.") {
      $0.scgi.takesLateLength = true
    },
    SCGIFault("empty-length-taken", "SCGI-11", "An empty CONTENT_LENGTH is taken for 0.") {
      $0.scgi.takesEmptyLength = true
    },
    SCGIFault("signed-length-taken", "SCGI-11", "A CONTENT_LENGTH with a sign is taken.") {
      $0.measures = { variables, length in
        let text = variables.value(of: "CONTENT_LENGTH") ?? []
        if text.first == 0x2B { length = DecimalNumber.value(of: text.dropFirst()).map { Int($0) } }
      }
    },
    SCGIFault("any-version-taken", "SCGI-14", "A request without the header SCGI, or of another version, is served.") {
      $0.scgi.takesAnyVersion = true
    },
    SCGIFault("same-name-taken", "SCGI-9", "A request that has a header twice is served.") {
      $0.scgi.takesSameNames = true
    },
    SCGIFault("empty-name-taken", "SCGI-7", "A header without a name is taken.") { $0.scgi.takesEmptyNames = true },
    SCGIFault("last-nul-missing-taken", "SCGI-6", "A last value without its NUL is taken.") {
      $0.scgi.takesUnterminated = true
      $0.scgi.dropsLoneName = true
    },
  ]

  /// Faults in the form of an answer.
  private static let answers = [
    SCGIFault(
      "status-line", "SCGI-25", "The answer begins with a status line of HTTP.",
      with: ["CGI-6.2-2", "CGI-6.2.1-1", "CGI-6.2.4-1", "CGI-6.2.4-4", "CGI-6.2.2-1", "CGI-6.2.3-1", "CGI-4.3.3-1"]
    ) {
      $0.writes = { _, bytes in
        if bytes.starts(with: "Status:".utf8) { bytes.replaceSubrange(0..<7, with: Array("HTTP/1.1".utf8)) }
      }
    },
    SCGIFault(
      "no-empty-line", "CGI-6.2-1", "The empty line after the head of a page is missing.",
      with: ["CGI-6.3-3", "SCGI-3"]
    ) { $0.writes = { variables, bytes in if !variables.asksForProbe { bytes.removeLast(2) } } },
    SCGIFault("text-before-head", "CGI-6.3-3", "A line of text precedes the head.") {
      $0.writes = { _, bytes in bytes = Array("debug output\r\n".utf8) + bytes }
    },
    SCGIFault("type-stands-twice", "CGI-6.3-2", "Content-Type stands twice.") {
      $0.heads = { variables, head in
        if !variables.asksForProbe, head.code != nil { head.append("Content-Type", "text/plain") }
      }
    },
    SCGIFault(
      "type-dropped", "CGI-6.3.1-1", "The body of a page has no Content-Type.", with: ["CGI-6.2-2"]
    ) {
      $0.heads = { variables, head in
        if !variables.asksForProbe { head.fields.removeAll { $0.name == "Content-Type" } }
      }
    },
    SCGIFault("head-with-body", "CGI-4.3.3-1", "HEAD gets a body.") {
      $0.answers = { variables, steps in
        guard variables.has("REQUEST_METHOD", "HEAD"), !variables.asksForProbe else { return }
        steps.append(.output(.bytes(Array("a body\n".utf8))))
      }
    },
    SCGIFault(
      "page-unanswered", "SCGI-3", "The example of the specification is not answered.", with: ["SCGI-1", "SCGI-16"]
    ) {
      $0.answers = { variables, steps in
        if variables.has("REQUEST_URI", "/deepthought") { steps = [.crash] }
      }
    },
  ]
}

extension [ProbeVariable] {
  /// Whether the query asks for the probe at all.
  fileprivate var asksForProbe: Bool { ProbeQuery(value(of: "QUERY_STRING") ?? [])["probe"] != nil }
}
