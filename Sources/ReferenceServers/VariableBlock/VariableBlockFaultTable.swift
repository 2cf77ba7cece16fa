// Faults that a server of SCGI and one of uwsgi have alike: in how it reads, and in what it makes of a body. One entry
// each.

/// A named way in which a server of either interface is wrong: one entry gives a fault to the reference of each.
struct SharedBlockFault: Sendable {
  let name: String
  let summary: String
  /// What it violates over SCGI and over uwsgi, and what falls with it; nil where that is allowed.
  let scgi: ApplicationFault.Breach
  let uwsgi: ApplicationFault.Breach?
  let change: @Sendable (inout VariableBlockPolicy) -> Void

  init(
    _ name: String, _ scgi: ApplicationFault.Breach, _ uwsgi: ApplicationFault.Breach?, _ summary: String,
    _ change: @escaping @Sendable (inout VariableBlockPolicy) -> Void
  ) {
    self.name = name
    self.scgi = scgi
    self.uwsgi = uwsgi
    self.summary = summary
    self.change = change
  }

  /// Every one, in the order of the tables.
  static let all = reading + bodies + endings + lives + outputs
}

extension VariableBlockFault {
  /// The faults that both interfaces have.
  static func shared(_ breach: (SharedBlockFault) -> ApplicationFault.Breach?) -> [VariableBlockFault] {
    SharedBlockFault.all.compactMap { fault in
      breach(fault).map { VariableBlockFault(fault.name, $0.violates, fault.summary, with: $0.fallsWith, fault.change) }
    }
  }
}

extension ApplicationFault.Breach {
  /// A breach with what falls with it.
  static func of(_ violates: String, _ fallsWith: String...) -> Self { .init(violates, with: fallsWith) }
}

extension SharedBlockFault {
  /// Faults in how a request is read.
  static let reading: [SharedBlockFault] = [
    SharedBlockFault(
      "split-head-closes", .of("SCGI-1", "SCGI-3", "SCGI-16", "SCGI-12", "SCGI-17"),
      .of("UWSGI-2", "UWSGI-1", "UWSGI-48"), "A head that comes in two reads closes the connection."
    ) { $0.needsWholeHead = true },
    SharedBlockFault(
      "first-read-of-three-bytes-lost", .of("SCGI-1"), .of("UWSGI-2"),
      "A first read of three bytes is taken for nothing."
    ) { $0.alters = { index, bytes in if index == 0, bytes.count == 3 { bytes = [] } } },
    SharedBlockFault(
      "long-names-lost", .of("SCGI-7"), .of("UWSGI-43"), "Variables whose name has more than 280 bytes are lost."
    ) { $0.collects = { $0.removeAll { $0.name.count > 280 } } },
    SharedBlockFault(
      "short-names-lost", .of("SCGI-7"), .of("UWSGI-42"), "Fields whose name has one character are lost."
    ) { $0.collects = { $0.removeAll { $0.name.elementsEqual("HTTP_X".utf8) } } },
    SharedBlockFault(
      "names-capitalised", .of("SCGI-7"), .of("UWSGI-42"), "Names are folded to capitals."
    ) {
      $0.collects = { variables in
        for index in variables.indices {
          variables[index].name = variables[index].name.map { 0x61...0x7A ~= $0 ? $0 - 32 : $0 }
        }
      }
    },
    SharedBlockFault(
      "hyphens-become-underscores", .of("SCGI-7"), .of("UWSGI-42"), "Hyphens in names become underscores."
    ) {
      $0.collects = { variables in
        for index in variables.indices { variables[index].name = variables[index].name.map { $0 == 0x2D ? 0x5F : $0 } }
      }
    },
    SharedBlockFault(
      "variables-beyond-hundred-lost", .of("SCGI-6"), .of("UWSGI-6", "UWSGI-42"),
      "Variables beyond the hundredth are lost."
    ) { $0.collects = { $0 = Array($0.prefix(100)) } },
    SharedBlockFault(
      "variables-beyond-thousand-lost", .of("SCGI-6"), .of("UWSGI-6"), "Variables beyond the thousandth are lost."
    ) { $0.collects = { $0 = Array($0.prefix(1_000)) } },
    SharedBlockFault(
      "values-end-at-line-feeds", .of("SCGI-8", "CGI-4.1-5"), .of("UWSGI-42", "CGI-4.1-5"),
      "Values end at a line feed."
    ) { $0.changesValues { Array($0.prefix { $0 != 0x0A }) } },
    SharedBlockFault(
      "values-made-text", .of("SCGI-8", "CGI-7.2-1", "CGI-4.1-5", "CGI-4.1.7-1"),
      .of("UWSGI-42", "CGI-7.2-1", "CGI-4.1-5", "CGI-4.1.7-1"),
      "Bytes of values that are no text become question marks."
    ) { $0.changesValues { $0.map { $0 < 0x80 ? $0 : 0x3F } } },
    SharedBlockFault(
      "values-cut-at-2000", .of("SCGI-8", "CGI-9.6-2", "CGI-4.1-5", "CGI-4.1.7-1"),
      .of("UWSGI-6", "UWSGI-43", "CGI-9.6-2", "CGI-4.1-5"), "Values are cut to 2 000 bytes."
    ) { $0.changesValues { Array($0.prefix(2_000)) } },
    SharedBlockFault(
      "method-read-from-its-place", .of("SCGI-10", "SCGI-3", "CGI-6.1-2", "CGI-4.1-5"),
      .of("UWSGI-42", "UWSGI-1", "CGI-6.1-2"),
      "A request whose REQUEST_METHOD is the first or the last variable gets none."
    ) {
      $0.collects = { variables in
        let place = variables.firstIndex { $0.name.elementsEqual("REQUEST_METHOD".utf8) }
        guard let place, variables.count > 6, place > variables.count - 4 || place < 8 else { return }
        variables.remove(at: place)
      }
    },
    SharedBlockFault(
      "few-variables-unanswered", .of("SCGI-3", "SCGI-1", "SCGI-16"), .of("UWSGI-1", "UWSGI-48"),
      "A request without SERVER_NAME is not answered."
    ) { $0.answers = { variables, steps in if variables.value(of: "SERVER_NAME") == nil { steps = [.crash] } } },
    SharedBlockFault(
      "unknown-variables-unanswered", .of("SCGI-3"), .of("UWSGI-1", "UWSGI-50"),
      "A request with UNIQUE_ID or UWSGI_SCHEME is not answered."
    ) {
      $0.answers = { variables, steps in
        let known = ["UNIQUE_ID", "UWSGI_SCHEME"]
        if known.contains(where: { variables.value(of: $0) != nil }) { steps = [.crash] }
      }
    },
  ]

  private static let bodyOfSCGI = [
    "SCGI-6", "SCGI-8", "SCGI-12", "SCGI-16", "SCGI-17", "SCGI-18", "CGI-4.2-4", "CGI-4.2-2", "CGI-4.1.3-2",
  ]
  private static let bodyOfUWSGI = ["UWSGI-48", "UWSGI-7", "UWSGI-42", "CGI-4.2-4", "CGI-4.2-2", "H-9110-8.3-2"]

  /// A fault in the bytes of a body.
  private static func body(
    _ name: String, _ summary: String, scgi: String = "SCGI-12", uwsgi: String? = "UWSGI-48",
    _ change: @escaping @Sendable (inout VariableBlockPolicy) -> Void
  ) -> SharedBlockFault {
    SharedBlockFault(
      name, .init(scgi, with: bodyOfSCGI + bodyOfResponses),
      uwsgi.map { ApplicationFault.Breach($0, with: bodyOfUWSGI + bodyOfResponses) }, summary,
      change)
  }

  /// What the cases about responses cite that have their bodies from requests.
  private static let bodyOfResponses = [
    "H-9110-8.6-10", "CGI-6.3.1-1", "CGI-6.1-2", "CGI-4.3.2-2", "CGI-4.3.2-1", "CGI-6.1-1", "CGI-4.2-5", "CGI-6.3-3",
    "SCGI-1", "SCGI-3", "SCGI-4", "SCGI-10", "SCGI-22", "SCGI-24", "UWSGI-1", "UWSGI-2", "H-9110-8.4-1", "H1-9112-8-3",
    "H-9110-8.6-7", "H-9110-9.3.2-1", "H-9110-15.4-1", "H1-9112-9.3-4", "UWSGI-4", "UWSGI-26", "CGI-4.1-5",
    "CGI-4.3.3-1", "CGI-6.2-1", "CGI-6.2.4-1",
  ]

  /// Faults in what is read of a body.
  static let bodies: [SharedBlockFault] = [
    body("body-ignored", "A body is not read, and the application gets none.") { $0.takes = { $0 = [] } },
    body("body-of-one-read", "Of a body that comes in several reads the first one is taken.", scgi: "SCGI-16") {
      $0.bodyIsOneRead = true
    },
    body("body-cut-at-8000", "A body is cut to 8 000 bytes.") { $0.takes = { $0 = Array($0.prefix(8_000)) } },
    body("body-cut-at-65535", "A body is cut to 65 535 bytes.") { $0.takes = { $0 = Array($0.prefix(65_535)) } },
    body("body-cut-at-megabyte", "A body is cut to 1 000 000 bytes.") {
      $0.takes = { $0 = Array($0.prefix(1_000_000)) }
    },
    body("one-byte-request-lost", "A request body of one byte is lost.") {
      $0.takes = { if $0.count == 1 { $0 = [] } }
    },
    body("body-ends-at-zero", "A body ends at its first zero byte.") {
      $0.takes = { $0 = Array($0.prefix { $0 != 0 }) }
    },
    body("body-without-line-ends", "CR is taken out of a body.") { $0.takes = { $0.removeAll { $0 == 0x0D } } },
    body("surplus-read", "Bytes after the body belong to it.", scgi: "SCGI-18") { $0.takesSurplus = true },
    body("comma-of-body-skipped", "A comma that a body begins with is skipped.", scgi: "SCGI-16", uwsgi: nil) {
      $0.takes = { if $0.first == 0x2C { $0.removeFirst() } }
    },
    body("empty-body-counted", "A body of no byte counts as one byte.", scgi: "CGI-4.2-4", uwsgi: "CGI-4.2-4") {
      $0.takes = { if $0.isEmpty { $0 = [0x0A] } }
    },
    body("zeros-mean-octal", "A CONTENT_LENGTH that begins with a zero is an octal number.") {
      $0.measures = { variables, length in
        let text = variables.value(of: "CONTENT_LENGTH") ?? []
        if text.count > 1, text.first == 0x30 { length = Int(String(decoding: text, as: UTF8.self), radix: 8) }
      }
    },
    body("empty-body-awaited", "Where CONTENT_LENGTH of a POST request is 0, a byte is waited for.", scgi: "SCGI-17") {
      $0.measures = { variables, length in
        if variables.value(of: "CONTENT_LENGTH") == [0x30], variables.has("REQUEST_METHOD", "POST") { length = 1 }
      }
    },
    body("short-body-taken", "A body that is cut is taken for a whole one, and filled with zeros.") {
      $0.cut = .serves
    },
    body("end-awaited-with-body", "The answer to a request with a body waits for the client's end.", scgi: "SCGI-17") {
      $0.awaitsEnd = { !($0.value(of: "CONTENT_LENGTH") ?? [0x30]).elementsEqual([0x30]) }
    },
  ]
}

extension VariableBlockPolicy {
  /// Every value but QUERY_STRING's, which says what is asked for, becomes another.
  mutating func changesValues(_ change: @escaping @Sendable ([UInt8]) -> [UInt8]) {
    collects = { variables in
      for index in variables.indices where !variables[index].name.elementsEqual("QUERY_STRING".utf8) {
        variables[index].value = change(variables[index].value)
      }
    }
  }
}
