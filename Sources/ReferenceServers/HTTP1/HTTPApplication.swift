// Applications that are wrong behind an HTTP server that is right: the faults of ApplicationFaultTable over HTTP.
//
// Which requirement of HTTP each violates nobody has written down: what they are for is that every case of an
// application has something that fails it.

/// A gateway with an application that is wrong in a named way.
package struct HTTPApplication: Sendable {
  package let name: String
  private let policy: HTTPPolicy

  /// A connection to the gateway.
  package func responder(process: HTTPProcess) -> HTTPResponder { HTTPResponder(policy, process: process) }

  private init(_ fault: ApplicationFault) {
    name = "http-\(fault.name)"
    var policy = HTTPPolicy()
    policy.isGateway = true
    switch fault.change {
    case .variables(let change): policy.receives = change
    case .answer(let change): policy.answers = change
    }
    self.policy = policy
  }

  /// Every one, in the order of the tables.
  package static let all = ApplicationFault.all.map { HTTPApplication($0) }
}
