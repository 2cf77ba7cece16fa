// What a named fault of a responder is. The faults themselves stand in the FaultTable files.

/// A named way in which a responder is wrong.
package struct ResponderFault: NamedFault {
  package let name: String
  package let summary: String
  package let violates: String
  package let fallsWith: [String]
  private let change: @Sendable (inout ResponderOptions, inout ResponderPolicy) -> Void

  package static let interface = ProbeInterface.fastcgi

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

  /// A fault for which such a record is passed over.
  static func overlooking(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [],
    _ isSuch: @escaping @Sendable (ReceivedRecord) -> Bool
  ) -> ResponderFault {
    ResponderFault(name, violates, summary, with: fallsWith) { $0.reacts(.ignore, to: isSuch) }
  }

  /// What is changed of a responder with these options.
  private func changed(_ options: ResponderOptions) -> (options: ResponderOptions, policy: ResponderPolicy) {
    var (options, policy) = (options, ResponderPolicy())
    change(&options, &policy)
    return (options, policy)
  }

  /// A responder with this fault.
  package func responder(
    _ options: ResponderOptions = ResponderOptions(), process: ResponderProcess = ResponderProcess()
  ) -> FastCGIResponder {
    let (options, policy) = changed(options)
    return FastCGIResponder(options, policy: policy, process: process)
  }

  package var service: ReferenceService { service(ResponderOptions()) }

  package func service(in style: any SoundStyle) -> ReferenceService {
    service((style as? ResponderStyle)?.options ?? ResponderOptions())
  }

  private func service(_ options: ResponderOptions) -> ReferenceService {
    let (options, policy) = changed(options)
    return .connections { .fastCGI($0, options, policy: policy) }
  }

  /// Every fault, in the order of the tables.
  package static let all =
    reading + requests + inputs + parameters + bodies + given + management + outputs + answers + endings + kept
    + departures + harms + processes + parameterLimits + otherLimits + paddings + states + sequences + companions
    + leftovers
    + ApplicationFault.faults(.fastcgi) { fault, breach in
      ResponderFault(fault.name, breach.violates, fault.summary, with: breach.fallsWith) { policy in
        policy.changesVariables { fault.change.receive(&$0) }
        policy.answers = { request, steps in fault.change.answer(request.variables, &steps) }
      }
    }

  /// The fault of that name.
  package static func named(_ name: String) -> ResponderFault? { all.first { $0.name == name } }
}
