// What a fault of an application is, whatever interface brings it its requests: one entry gives a fault of the FastCGI
// responder and one of the CGI program. The faults stand in ApplicationFaultTable.

internal import WireBytes

/// A named way in which an application, or the library that it is written with, is wrong.
struct ApplicationFault: Sendable {
  /// What it violates over one interface, and what falls with that.
  struct Breach: Sendable {
    var violates: String
    var fallsWith: [String]

    init(_ violates: String, with fallsWith: [String] = []) {
      self.violates = violates
      self.fallsWith = fallsWith
    }
  }

  /// What is changed.
  enum Change: Sendable {
    /// The variables before the application sees them.
    case variables(@Sendable (inout [ProbeVariable]) -> Void)
    /// The steps of its answer.
    case answer(@Sendable ([ProbeVariable], inout [ProbeStep]) -> Void)
  }

  /// That of the FastCGI fault; the CGI fault's has `cgi-` before it.
  let name: String
  let summary: String
  let fastCGI: Breach
  let cgi: Breach
  let change: Change

  init(_ name: String, _ summary: String, fastCGI: Breach, cgi: Breach, _ change: Change) {
    self.name = name
    self.summary = summary
    self.fastCGI = fastCGI
    self.cgi = cgi
    self.change = change
  }

  var responderFault: ResponderFault {
    ResponderFault(name, fastCGI.violates, summary, with: fastCGI.fallsWith) { policy in
      switch change {
      case .variables(let change): policy.receives = { _, variables in change(&variables) }
      case .answer(let change): policy.answers = { request, steps in change(request.variables, &steps) }
      }
    }
  }

  var cgiFault: CGIFault {
    CGIFault("cgi-\(name)", cgi.violates, summary, with: cgi.fallsWith) { policy in
      switch change {
      case .variables(let change): policy.receives = { given in change(&given.variables) }
      case .answer(let change): policy.answers = { given, steps in change(given.variables, &steps) }
      }
    }
  }

  /// Every fault, in the order of the tables.
  static let all = fields + paths + queries + methods + responses + heads + contents + kinds
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
