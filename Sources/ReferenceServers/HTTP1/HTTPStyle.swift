// The ways in which the reference HTTP server is right.

/// A named way to be a right HTTP server.
package struct HTTPStyle: SoundStyle {
  package let name: String
  package let summary: String
  private let policy: HTTPPolicy

  private init(_ name: String, _ summary: String, _ change: (inout HTTPPolicy) -> Void = { _ in }) {
    self.name = name
    self.summary = summary
    var policy = HTTPPolicy()
    change(&policy)
    self.policy = policy
  }

  package static let interface = ProbeInterface.http
  package var service: ReferenceService { policy.service }

  /// Every style.
  package static let all = [
    HTTPStyle("http-standard", "Persistent, every body with its length, strict in what is dangerous."),
    HTTPStyle("http-gateway", "The application knows meta-variables instead of fields.") { $0.isGateway = true },
  ]
}
