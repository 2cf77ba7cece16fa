// The faults that only a server of uwsgi has: in its packets, its modifiers, its answers. One entry each.

internal import WireBytes

extension UWSGIFault {
  /// Every fault, in the order of the tables.
  package static let all =
    packets + modifiers + answers + shared { $0.uwsgi }
    + applications { breach, change in
      if case .variables = change { return breach.and(["UWSGI-1", "UWSGI-6", "UWSGI-42", "UWSGI-43"]) }
      return ApplicationFault.Breach(breach, overHTTP: ())?.and(["UWSGI-1", "UWSGI-7", "UWSGI-42", "UWSGI-48"])
    }

  /// What the cases cite whose requests cannot be read.
  private static let unread = [
    "UWSGI-1", "UWSGI-2", "UWSGI-3", "UWSGI-4", "UWSGI-6", "UWSGI-7", "UWSGI-8", "UWSGI-22", "UWSGI-26", "UWSGI-38",
    "UWSGI-41", "UWSGI-42", "UWSGI-43", "UWSGI-44", "UWSGI-45", "UWSGI-48", "UWSGI-50", "CGI-4.1-5", "CGI-9.6-2",
    "CGI-7.2-1", "CGI-4.1.7-1", "CGI-6.1-2", "H-9110-15.4-1",
  ]

  /// Faults in how a packet is read.
  private static let packets = [
    UWSGIFault(
      "names-of-8-bits", "UWSGI-43", "The size of a name is its first byte.",
      with: unread
    ) {
      $0.uwsgi.nameSizeMask = 0xFF
    },
    UWSGIFault("names-of-255-lost", "UWSGI-43", "Variables whose name has 255 bytes are lost.") {
      $0.collects = { $0.removeAll { $0.name.count == 255 } }
    },
    UWSGIFault(
      "values-of-8-bits", "UWSGI-43", "The size of a value is its first byte.",
      with: unread
    ) {
      $0.uwsgi.valueSizeMask = 0xFF
    },
    UWSGIFault(
      "values-of-7-bits", "UWSGI-43", "The size of a value is a byte with a sign.",
      with: unread
    ) {
      $0.collects = { $0.removeAll { 128..<256 ~= $0.value.count } }
    },
    UWSGIFault(
      "values-of-15-bits", "UWSGI-1", "The size of a value is a number with a sign.",
      with: unread
    ) {
      $0.uwsgi.valueSizeMask = 0x7FFF
    },
    UWSGIFault("any-order", "UWSGI-4", "A block whose size makes sense in big-endian order alone is served.") {
      $0.alters = { index, bytes in
        guard index == 0, bytes.count > 4, bytes.count == 4 + (Int(bytes[1]) << 8 | Int(bytes[2])) else { return }
        bytes.swapAt(1, 2)
      }
    },
    UWSGIFault("any-order-of-sizes", "UWSGI-43", "Sizes in big-endian order are served.") {
      $0.alters = { index, bytes in
        if index == 0, bytes.count > 6, bytes[4] == 0, bytes[5] == 14 { bytes = [0, 0, 0, 0] }
      }
    },
    UWSGIFault(
      "blocks-cut-at-4096", "UWSGI-6", "A block of more than 4 096 bytes is cut there.",
      with: unread
    ) {
      $0.uwsgi.blockByteLimit = 4_096
      $0.uwsgi.cutsLargeBlocks = true
    },
    UWSGIFault(
      "blocks-cut-at-16384", "UWSGI-6", "A block of more than 16 384 bytes is cut there.",
      with: unread
    ) {
      $0.uwsgi.blockByteLimit = 16_384
      $0.uwsgi.cutsLargeBlocks = true
    },
    UWSGIFault(
      "large-blocks-kill", "UWSGI-1", "A block of more than 4 096 bytes ends the process.",
      with: unread
    ) {
      $0.uwsgi.blockByteLimit = 4_096
      $0.diesOf = [.malformed]
    },
    UWSGIFault(
      "reads-past-end", "UWSGI-44", "A size that reaches past the block takes what there is.",
      with: ["UWSGI-42", "UWSGI-43"]
    ) {
      $0.uwsgi.readsPastEnd = true
    },
    UWSGIFault(
      "last-value-cut", "UWSGI-42", "A value that reaches one byte past the block is taken.", with: ["UWSGI-44"]
    ) {
      $0.alters = { index, bytes in
        if index == 0, 20..<40 ~= bytes.count, Int(bytes[1]) | Int(bytes[2]) << 8 == bytes.count - 5 { bytes[1] &+= 1 }
      }
    },
    UWSGIFault("empty-name-taken", "UWSGI-45", "A variable without a name is taken.") {
      $0.uwsgi.takesEmptyNames = true
    },
    UWSGIFault(
      "empty-value-ends-block", "UWSGI-42", "An empty value ends the variables.",
      with: [
        "UWSGI-43", "CGI-4.1-3", "CGI-4.1-5", "CGI-4.1.7-1", "CGI-7.2-1", "CGI-9.6-2", "UWSGI-48", "UWSGI-1",
        "CGI-6.1-2",
      ]
    ) {
      $0.collects = { variables in
        let isEnd = { (variable: ProbeVariable) in variable.value.isEmpty && variable.name.starts(with: "HTTP_X".utf8) }
        if let end = variables.firstIndex(where: isEnd) { variables = Array(variables[..<end]) }
      }
    },
    UWSGIFault(
      "last-empty-value-refused", "UWSGI-42", "A block that ends with an empty value is refused.",
      with: ["UWSGI-43", "UWSGI-48", "CGI-4.1-3"]
    ) {
      $0.collects = { variables in if variables.last?.value.isEmpty ?? false { variables = [] } }
      $0.answers = { variables, steps in
        if variables.isEmpty { steps = ProbeApplication.page("no request\n", 400, "Bad Request") }
      }
    },
    UWSGIFault("empty-block-kills", "UWSGI-1", "An empty block ends the process.", with: ["UWSGI-4"]) {
      $0.collects = { variables in
        if variables.isEmpty { variables = [ProbeVariable(name: Array("CONTENT_LENGTH".utf8), value: [0x2D])] }
      }
      $0.diesOf = [.malformedLength]
    },
    UWSGIFault("joined-names", "UWSGI-46", "The values of a variable that stands twice are joined.") {
      $0.collects = { variables in
        var seen: [[UInt8]: Int] = [:]
        for (index, variable) in variables.enumerated() {
          if let first = seen[variable.name] {
            variables[first].value += [0x2C] + variable.value
            variables[index].value = variables[first].value
          }
          seen[variable.name] = index
        }
      }
    },
    UWSGIFault(
      "length-needs-its-place", "UWSGI-48", "A CONTENT_LENGTH behind the request's own fields is not seen.",
      with: ["UWSGI-42"]
    ) {
      $0.measures = { variables, length in
        guard variables.last?.name.elementsEqual("CONTENT_LENGTH".utf8) ?? false else { return }
        if variables.dropLast().last?.name.starts(with: "HTTP_X".utf8) ?? false { length = 0 }
      }
    },
    UWSGIFault(
      "empty-length-awaited", "UWSGI-48", "With an empty CONTENT_LENGTH a byte of a body is waited for.",
      with: ["CGI-4.1-3"]
    ) {
      $0.measures = { variables, length in if variables.value(of: "CONTENT_LENGTH") == [] { length = 1 } }
    },
    UWSGIFault(
      "no-length-awaited", "UWSGI-48", "A DELETE request without CONTENT_LENGTH waits for the client's end.",
      with: ["CGI-6.1-2"]
    ) {
      $0.awaitsEnd = { $0.value(of: "CONTENT_LENGTH") == nil && $0.has("REQUEST_METHOD", "DELETE") }
    },
  ]

  /// Faults in what is made of modifiers.
  private static let modifiers = [
    UWSGIFault(
      "any-modifier-runs", "UWSGI-41", "A packet of whatever modifier runs the application.",
      with: ["UWSGI-9", "UWSGI-22", "UWSGI-31", "UWSGI-32", "UWSGI-38", "UWSGI-40", "UWSGI-1"]
    ) { $0.uwsgi.ignoresModifiers = true },
    UWSGIFault("script-name-kept", "UWSGI-22", "With modifier 30 PATH_INFO keeps the script's name.") {
      $0.uwsgi.keepsScriptName = true
    },
    UWSGIFault(
      "script-name-cut-always", "UWSGI-22", "PATH_INFO loses the script's name unasked.",
      with: ["UWSGI-7", "CGI-4.1-5"]
    ) {
      $0.collects = { variables in
        guard variables.has("SCRIPT_NAME", "/app") else { return }
        variables.change("PATH_INFO") { Array($0.suffix(5)) }
      }
    },
    UWSGIFault("pong-of-ping", "UWSGI-31", "A ping is answered by a ping.") { $0.uwsgi.pongModifier = 0 },
    UWSGIFault("echo-changed", "UWSGI-32", "A packet to be echoed comes back changed.") {
      $0.uwsgi.changesEchoes = true
    },
    UWSGIFault(
      "second-modifier-kills", "UWSGI-8", "A second modifier other than 0 ends the process.",
      with: ["UWSGI-1", "UWSGI-41"]
    ) {
      $0.uwsgi.ignoresSecondModifier = false
      $0.diesOf = [.malformed]
    },
  ]

  /// A fault in the bytes of the head of an answer to a plain request.
  private static func head(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [],
    _ change: @escaping @Sendable (inout [UInt8]) -> Void
  ) -> UWSGIFault {
    UWSGIFault(name, violates, summary, with: fallsWith) {
      $0.writes = { variables, bytes in
        if variables.value(of: "QUERY_STRING") == [], variables.has("REQUEST_METHOD", "GET") { change(&bytes) }
      }
    }
  }

  private static func text(_ text: String, as other: String) -> @Sendable (inout [UInt8]) -> Void {
    { $0 = Array($0.replacing(Array(text.utf8), with: Array(other.utf8), maxReplacements: 1)) }
  }

  /// Faults in the form of an answer.
  private static let answers = [
    UWSGIFault(
      "answers-as-cgi", "UWSGI-26", "The answer begins with a Status field.",
      with: ["CGI-6.2-1", "CGI-4.3.3-1", "H-9110-9.3.2-1", "UWSGI-1", "H1-9112-8-3"]
    ) { $0.writes = { _, bytes in bytes.replaceSubrange(0..<8, with: Array("Status:".utf8)) } },
    head(
      "status-line-with-two-spaces", "H1-9112-4-1", "Two spaces stand in the status line.", text(" 200 ", as: "  200 ")),
    head(
      "status-line-without-reason", "H1-9112-4-2", "The status line ends after the code.", text(" 200 OK", as: " 200")),
    head(
      "version-without-a-dot", "H1-9112-2.3-1", "The version is HTTP/11.",
      with: ["UWSGI-1", "H1-9112-4-1", "UWSGI-26"], text("HTTP/1.1", as: "HTTP/11")),
    head("control-byte-in-reason", "H1-9112-4-5", "The reason holds a control byte.", text(" OK", as: " O\u{1}K")),
    head("lines-end-with-line-feeds", "H1-9112-2.1-1", "Lines end with a line feed alone.") {
      $0.removeAll { $0 == 0x0D }
    },
    head(
      "lone-cr", "H1-9112-2.2-3", "A CR stands alone in a field.", with: ["H-9110-2.2-1", "H-9110-8.3-2"],
      text("text/plain", as: "text/\rplain")),
    head(
      "folded-field", "H1-9112-5.2-1", "A field goes on in the next line.",
      text("text/plain", as: "text/plain;\r\n charset=x")),
    head(
      "space-before-colon", "H1-9112-5-1", "A space stands before a colon.", with: ["H1-9112-5.1-4"],
      text("Content-Type:", as: "Content-Type :")),
    head(
      "odd-field-name", "H1-9112-5.1-4", "The name of a field holds a slash.",
      text("Content-Type:", as: "X/Y: 1\r\nContent-Type:")),
    head(
      "space-before-first-field", "H1-9112-2.2-8", "A line that begins with a space follows the status line.",
      with: ["H1-9112-5.2-1", "H1-9112-5-1"], text("Content-Type:", as: " X: 1\r\nContent-Type:")),
    head(
      "zero-byte-in-value", "H-9110-2.2-1", "A field holds a zero byte.", with: ["H-9110-8.3-2"],
      text("text/plain", as: "text/\0plain")),
    head(
      "type-stands-twice", "H-9110-5.3-3", "Content-Type stands twice.",
      text("Content-Type: text/plain\r\n", as: "Content-Type: text/plain\r\nContent-Type: text/html\r\n")),
    head(
      "length-too-small", "H-9110-8.6-10", "Content-Length is 1.", with: ["UWSGI-1", "UWSGI-26", "CGI-4.1.7-1"],
      text("Content-Type:", as: "Content-Length: 1\r\nContent-Type:")),
    UWSGIFault("head-with-body", "H-9110-9.3.2-1", "HEAD gets a body.", with: ["H1-9112-6.3-1"]) {
      $0.answers = { variables, steps in
        if variables.has("REQUEST_METHOD", "HEAD") { steps.append(.output(.bytes(Array("HTTP body\n".utf8)))) }
      }
    },
  ]
}
