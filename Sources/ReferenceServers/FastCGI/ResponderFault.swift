// What a named fault of a responder is. The faults themselves stand in the FaultTable files.

/// A named way in which a responder is wrong.
///
/// A fault violates exactly one requirement; others that cannot be met with it are listed beside it.
package struct ResponderFault: Sendable, Identifiable {
  /// Stable, lower-case, hyphenated.
  package let name: String
  /// What the responder does wrong, in one sentence.
  package let summary: String
  /// The ID of the requirement that it violates.
  package let violates: String
  /// The IDs of the requirements that necessarily fall with it.
  package let fallsWith: [String]
  private let change: @Sendable (inout ResponderOptions, inout ResponderPolicy) -> Void

  package var id: String { name }

  /// A fault that changes a policy.
  init(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [],
    _ change: @escaping @Sendable (inout ResponderPolicy) -> Void
  ) {
    self.init(name, violates, summary, with: fallsWith, options: { change(&$1) })
  }

  /// A fault that needs certain options to show.
  init(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [],
    options change: @escaping @Sendable (inout ResponderOptions, inout ResponderPolicy) -> Void
  ) {
    self.name = name
    self.summary = summary
    self.violates = violates
    self.fallsWith = fallsWith
    self.change = change
  }

  /// A responder with this fault.
  package func responder(
    _ options: ResponderOptions = ResponderOptions(), process: ResponderProcess = ResponderProcess()
  ) -> FastCGIResponder {
    var options = options
    var policy = ResponderPolicy()
    change(&options, &policy)
    return FastCGIResponder(options, policy: policy, process: process)
  }

  /// The exit code of a process with this fault that got SIGTERM; nil where it does not end.
  package var exitCode: Int32? {
    var options = ResponderOptions()
    var policy = ResponderPolicy()
    change(&options, &policy)
    return policy.exitCode
  }

  /// The options that the fault shows with, made from `options`.
  package func options(_ options: ResponderOptions = ResponderOptions()) -> ResponderOptions {
    var options = options
    var policy = ResponderPolicy()
    change(&options, &policy)
    return options
  }

  /// Every fault, in the order of the tables.
  package static let all =
    reading + requests + inputs + parameters + bodies + given + management + outputs + answers + endings + kept
    + departures + harms + processes + parameterLimits + otherLimits + paddings + states + sequences + companions
    + leftovers
    + ApplicationFault.all.map(\.responderFault)

  /// The fault of that name.
  package static func named(_ name: String) -> ResponderFault? { all.first { $0.name == name } }
}
