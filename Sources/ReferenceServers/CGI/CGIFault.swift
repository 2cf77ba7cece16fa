// What a named fault of the CGI program is. The faults themselves stand in the CGIFaultTable files.

/// A named way in which the reference CGI program is wrong.
package struct CGIFault: NamedFault {
  package let name: String
  package let summary: String
  package let violates: String
  package let fallsWith: [String]
  /// The options that it shows with.
  package private(set) var options = CGIOptions()
  private let policy: CGIPolicy

  /// - Parameter isNonParsed: Whether it is a fault of a program with non-parsed headers.
  init(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [], isNonParsed: Bool = false,
    _ change: (inout CGIPolicy) -> Void
  ) {
    self.name = name
    self.summary = summary
    self.violates = violates
    self.fallsWith = fallsWith
    options.isNonParsed = isNonParsed
    var policy = CGIPolicy()
    change(&policy)
    self.policy = policy
  }

  package static let interface = ProbeInterface.cgi
  package var service: ReferenceService { .program(named: options.programName, program) }

  /// A run of the program with this fault.
  package func program(_ given: CGIGiven) -> CGIProgram { CGIProgram(given, options: options, policy: policy) }

  /// Every fault, in the order of the tables.
  package static let all =
    variables + questions + inputs + commandLines + heads + forms + bodies + endings
    + ApplicationFault.faults(.cgi) { fault, breach in
      CGIFault("cgi-\(fault.name)", breach.violates, fault.summary, with: breach.fallsWith) { policy in
        policy.receives = { given in fault.change.receive(&given.variables) }
        policy.answers = { given, steps in fault.change.answer(given.variables, &steps) }
      }
    }

  /// The fault of that name.
  package static func named(_ name: String) -> CGIFault? { all.first { $0.name == name } }
}
