// The ways in which the reference HTTP server is right.

/// A named way to be a right HTTP server.
package struct HTTPStyle: SoundStyle {
  package let name: String
  package let summary: String
  package let declines: [String] = []
  private let policy: HTTPPolicy

  private init(_ name: String, _ summary: String, _ change: (inout HTTPPolicy) -> Void = { _ in }) {
    self.name = name
    self.summary = summary
    var policy = HTTPPolicy()
    change(&policy)
    self.policy = policy
  }

  /// A connection to the server.
  package func responder(process: HTTPProcess) -> HTTPResponder { HTTPResponder(policy, process: process) }

  /// Every style.
  package static let all = [
    HTTPStyle("http-standard", "Persistent, every body with its length, strict in what is dangerous."),
    HTTPStyle("http-gateway", "The application knows meta-variables instead of fields.") { $0.isGateway = true },
  ]
}
