// What a fault of an application is, whatever interface brings it its requests: one entry gives a fault to the reference of
// each interface for which it says what is breached there. The faults stand in ApplicationFaultTable.

internal import WireBytes

/// A named way in which an application, or the library that it is written with, is wrong.
struct ApplicationFault: Sendable {
  /// What it violates over each interface that has a word to say about it.
  typealias Breaches = [ProbeInterface: Breach]

  /// What it violates over one interface, and what falls with that.
  struct Breach: Sendable {
    var violates: String
    var fallsWith: [String]

    init(_ violates: String, with fallsWith: [String] = []) {
      self.violates = violates
      self.fallsWith = fallsWith
    }

    /// The same, with what the cases of an interface cite besides.
    func and(_ more: [String]) -> Breach {
      Breach(violates, with: fallsWith + more.filter { $0 != violates && !fallsWith.contains($0) })
    }
  }

  /// What is changed.
  enum Change: Sendable {
    /// The variables before the application sees them.
    case variables(@Sendable (inout [ProbeVariable]) -> Void)
    /// The steps of its answer.
    case answer(@Sendable ([ProbeVariable], inout [ProbeStep]) -> Void)

    /// Changes the variables, where it is they that are changed.
    func receive(_ variables: inout [ProbeVariable]) { if case .variables(let change) = self { change(&variables) } }

    /// Changes the steps of an answer to these variables, where it is they that are changed.
    func answer(_ variables: [ProbeVariable], _ steps: inout [ProbeStep]) {
      if case .answer(let change) = self { change(variables, &steps) }
    }
  }

  /// That of the FastCGI fault; the fault of another interface's reference has the interface's name before it.
  let name: String
  let summary: String
  let breaches: Breaches
  let change: Change

  init(_ name: String, _ summary: String, _ breaches: Breaches, _ change: Change) {
    self.name = name
    self.summary = summary
    self.breaches = breaches
    self.change = change
  }

  /// The faults of one interface, each with what it breaches there.
  static func faults<Fault>(_ interface: ProbeInterface, _ make: (ApplicationFault, Breach) -> Fault) -> [Fault] {
    all.compactMap { fault in fault.breaches[interface].map { make(fault, $0) } }
  }

  /// Every fault, in the order of the tables.
  static let all = fields + paths + queries + methods + responses + heads + contents + kinds
}

extension ApplicationFault.Breach: ExpressibleByStringLiteral {
  init(stringLiteral violates: String) { self.init(violates) }
}

extension ApplicationFault.Breaches {
  /// A variable is not what the client sent.
  static let variables: Self = [.fastcgi: "FCGI-6.2-1", .cgi: "CGI-4.1-5"]
  /// QUERY_STRING is not what the client sent.
  static let query: Self = [.fastcgi: "FCGI-6.2-1", .cgi: "CGI-4.1.7-1"]
  /// The method is not what the client sent, or not heeded.
  static let method: Self = [.fastcgi: "FCGI-6.2-1", .cgi: "CGI-6.1-2"]

  /// The same over every interface that has a reference for such faults.
  static func shared(_ violates: String, with fallsWith: [String] = []) -> Self {
    variables.mapValues { _ in ApplicationFault.Breach(violates, with: fallsWith) }
  }

  /// These breaches, others over some interfaces.
  func but(_ others: Self) -> Self { merging(others) { $1 } }

  /// These breaches, with what falls besides over some interfaces, named first.
  func with(_ fallsWith: [ProbeInterface: [String]]) -> Self {
    var breaches = self
    for (interface, requirements) in fallsWith {
      breaches[interface]?.fallsWith.insert(contentsOf: requirements, at: 0)
    }
    return breaches
  }
}

extension [ProbeVariable] {
  /// Changes the value of the variable, where it is there.
  mutating func change(_ name: String, _ change: ([UInt8]) -> [UInt8]) {
    for index in indices where self[index].name.elementsEqual(name.utf8) {
      self[index].value = change(self[index].value)
    }
  }

  /// Changes the values of the variables that are made of fields.
  mutating func changeFields(_ change: ([UInt8]) -> [UInt8]) {
    for index in indices where self[index].name.starts(with: "HTTP_".utf8) {
      self[index].value = change(self[index].value)
    }
  }

  /// Takes on the variables of others that it has not.
  mutating func adopt(_ others: [ProbeVariable]) {
    for other in others where !contains(where: { $0.name == other.name }) { append(other) }
  }

  /// Whether the variable has exactly that value.
  func has(_ name: String, _ value: String) -> Bool { self.value(of: name)?.elementsEqual(value.utf8) ?? false }
}

extension [ProbeStep] {
  /// Changes the head of the answer.
  mutating func changeHead(_ change: (inout ProbeHead) -> Void) {
    for index in indices {
      guard case .head(var head) = self[index] else { continue }
      change(&head)
      self[index] = .head(head)
    }
  }
}

extension [UInt8] {
  /// The path with its dot segments resolved.
  var withoutDotSegments: [UInt8] {
    var segments: [ArraySlice<UInt8>] = []
    for segment in split(separator: 0x2F, omittingEmptySubsequences: false) {
      switch String(decoding: segment, as: UTF8.self) {
      case ".": break
      case "..": if segments.count > 1 { segments.removeLast() }
      default: segments.append(segment)
      }
    }
    return Array(segments.joined(separator: [0x2F]))
  }
}
