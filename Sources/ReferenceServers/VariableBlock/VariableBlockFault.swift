// What a named fault and a style of the reference servers of SCGI and uwsgi are.
//
// The faults themselves stand in the tables beside this file, where they are the same for both, and in SCGI and UWSGI.

/// A named way in which a reference server of SCGI or uwsgi is wrong.
package struct VariableBlockFault<Form: VariableBlockForm>: NamedFault {
  package let name: String
  package let summary: String
  package let violates: String
  package let fallsWith: [String]
  let change: @Sendable (inout VariableBlockPolicy) -> Void

  init(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [],
    _ change: @escaping @Sendable (inout VariableBlockPolicy) -> Void
  ) {
    self.name = "\(Form.interface.rawValue)-\(name)"
    self.summary = summary
    self.violates = violates
    // Lists that many faults share name what one of them violates itself.
    self.fallsWith = fallsWith.filter { $0 != violates }
    self.change = change
  }

  package static var interface: ProbeInterface { Form.interface }
  package var service: ReferenceService { Form.service(change) }
}

extension VariableBlockFault {
  /// The faults of applications.
  ///
  /// - Parameter derived: What one breaches for which nothing is said, from what it does over CGI; nil where it is allowed.
  static func applications(
    _ derived: (ApplicationFault.Breach, ApplicationFault.Change) -> ApplicationFault.Breach?
  ) -> [VariableBlockFault] {
    ApplicationFault.all.compactMap { fault in
      let own = fault.breaches[interface] ?? fault.breaches[.cgi].flatMap { derived($0, fault.change) }
      guard let breach = own else { return nil }
      return VariableBlockFault(fault.name, breach.violates, fault.summary, with: breach.fallsWith) {
        $0.receives = { fault.change.receive(&$0) }
        $0.answers = { fault.change.answer($0, &$1) }
      }
    }
  }
}

/// A named way to be a right server of SCGI or uwsgi.
package struct VariableBlockStyle<Form: VariableBlockForm>: SoundStyle {
  package let name: String
  package let summary: String
  package let declines: [String]
  let change: @Sendable (inout VariableBlockPolicy) -> Void

  init(
    _ name: String, _ summary: String, declines: [String] = [],
    _ change: @escaping @Sendable (inout VariableBlockPolicy) -> Void = { _ in }
  ) {
    self.name = "\(Form.interface.rawValue)-\(name)"
    self.summary = summary
    self.declines = declines
    self.change = change
  }

  package static var interface: ProbeInterface { Form.interface }
  package var service: ReferenceService { Form.service(change) }
}

package typealias SCGIFault = VariableBlockFault<SCGIForm>
package typealias SCGIStyle = VariableBlockStyle<SCGIForm>
package typealias UWSGIFault = VariableBlockFault<UWSGIForm>
package typealias UWSGIStyle = VariableBlockStyle<UWSGIForm>

extension SCGIForm {
  package static func service(_ change: (inout VariableBlockPolicy) -> Void) -> ReferenceService { served(change) }
}

extension UWSGIForm {
  package static func service(_ change: (inout VariableBlockPolicy) -> Void) -> ReferenceService { served(change) }
}

extension VariableBlockReader {
  /// How a server of this policy serves.
  static func served(_ change: (inout VariableBlockPolicy) -> Void) -> ReferenceService {
    var policy = VariableBlockPolicy()
    change(&policy)
    return .connections { [policy] _ in
      let process = VariableBlockProcess()
      return ServerProcess(connectionLimit: policy.connectionLimit) {
        VariableBlockResponder<Self>(policy, process)
      }
    }
  }
}
