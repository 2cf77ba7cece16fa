// Applications that are wrong behind an HTTP server that is right: the faults of ApplicationFaultTable over HTTP.
//
// Which requirement of HTTP each violates nobody has written down: what they are for is that every case of an
// application has something that fails it.

/// A gateway with an application that is wrong in a named way.
package struct HTTPApplication: ReferenceVariant {
  package let name: String
  private let policy: HTTPPolicy

  package static let interface = ProbeInterface.http
  package var service: ReferenceService { policy.service }

  private init(_ fault: ApplicationFault) {
    name = "http-\(fault.name)"
    var policy = HTTPPolicy()
    policy.isGateway = true
    policy.receives = { fault.change.receive(&$0) }
    policy.answers = { fault.change.answer($0, &$1) }
    self.policy = policy
  }

  /// Every one, in the order of the tables.
  package static let all = ApplicationFault.all.map { HTTPApplication($0) }
}
