// The ways in which most faults change a policy, so that a fault is one line.

extension CGIPolicy {
  /// The program ends abnormally, before any output, where that holds.
  mutating func dies(where condition: @escaping @Sendable (CGIGiven) -> Bool) {
    answers = { given, steps in if condition(given) { steps = [.crash] } }
  }

  /// The program never answers where that holds.
  mutating func hangs(where condition: @escaping @Sendable (CGIGiven) -> Bool) {
    answers = { given, steps in if condition(given) { steps = [.pause(milliseconds: .max)] } }
  }

  /// The program gives that page instead of its answer where that holds.
  mutating func shows(
    _ text: String, _ code: Int = 200, _ reason: String = "OK", where condition: @escaping @Sendable (CGIGiven) -> Bool
  ) {
    answers = { given, steps in if condition(given) { steps = ProbeApplication.page(text, code, reason) } }
  }

  /// More output follows where that holds.
  mutating func appends(_ text: String, where condition: @escaping @Sendable (CGIGiven) -> Bool = { _ in true }) {
    answers = { given, steps in if condition(given) { steps.append(.output(.bytes(Array(text.utf8)))) } }
  }

  /// A field more, where that holds.
  mutating func adds(
    _ name: String, _ value: String,
    where condition: @escaping @Sendable (CGIGiven, ProbeHead) -> Bool = { _, _ in true }
  ) {
    heads = { given, head in if condition(given, head) { head.append(name, value) } }
  }

  /// The field is left out where that holds.
  mutating func drops(
    _ name: String, where condition: @escaping @Sendable (CGIGiven, ProbeHead) -> Bool = { _, _ in true }
  ) {
    heads = { given, head in if condition(given, head) { head.fields.removeAll { $0.name == name } } }
  }

  /// The values of Location are changed in redirects without a document.
  mutating func relocates(_ change: @escaping @Sendable ([UInt8]) -> [UInt8]) {
    heads = { _, head in
      guard head.code == nil else { return }
      for index in head.fields.indices where head.fields[index].name == "Location" {
        head.fields[index].value = change(head.fields[index].value)
      }
    }
  }

  /// Every value but QUERY_STRING's, which would change what is asked for, becomes another.
  mutating func changesValues(_ change: @escaping @Sendable ([UInt8]) -> [UInt8]) {
    receives = { given in
      for index in given.variables.indices where given.variables[index].name != Array("QUERY_STRING".utf8) {
        given.variables[index].value = change(given.variables[index].value)
      }
    }
  }

  /// Every name becomes another.
  mutating func changesNames(_ change: @escaping @Sendable ([UInt8]) -> [UInt8]) {
    receives = { given in
      for index in given.variables.indices { given.variables[index].name = change(given.variables[index].name) }
    }
  }

  /// The first bytes of the head's form are replaced where they stand in it.
  mutating func rewrites(_ text: String, as other: String) {
    writes = { _, bytes in
      bytes = Array(bytes.replacing(Array(text.utf8), with: Array(other.utf8), maxReplacements: 1))
    }
  }
}

extension CGIGiven {
  /// Whether the variable is there at all, if only empty.
  func holds(_ name: String) -> Bool { variables.value(of: name) != nil }

  /// Whether the variable's value begins so.
  func begins(_ name: String, _ text: String) -> Bool { value(name).starts(with: text.utf8) }

  var isHead: Bool { has("REQUEST_METHOD", "HEAD") }
  var isPost: Bool { has("REQUEST_METHOD", "POST") }

  /// Whether that behaviour of the probe is asked for.
  func asks(_ probe: String) -> Bool {
    asksForProbe && ProbeQuery(value("QUERY_STRING")).probe.elementsEqual(probe.utf8)
  }
}
