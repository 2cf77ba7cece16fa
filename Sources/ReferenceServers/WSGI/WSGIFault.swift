// What a named fault and a style of the reference for WSGI are.
//
// The faults stand in the tables beside this file.

/// A named way in which an application or a middleware is wrong.
package struct WSGIFault: NamedFault {
  package let name: String
  package let summary: String
  package let violates: String
  package let fallsWith: [String]
  private let change: @Sendable (inout WSGIPolicy) -> Void

  init(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [],
    policy change: @escaping @Sendable (inout WSGIPolicy) -> Void
  ) {
    self.name = "wsgi-\(name)"
    self.summary = summary
    self.violates = violates
    self.fallsWith = fallsWith.filter { $0 != violates }
    self.change = change
  }

  /// A fault that shows in what is told of a call.
  init(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [],
    _ tells: @escaping @Sendable (WSGIAsked, inout [WSGIFrame]) -> Void
  ) {
    self.init(name, violates, summary, with: fallsWith) { $0.tells = tells }
  }

  package static var interface: ProbeInterface { .wsgi }
  package var service: ReferenceService { Self.service(change) }

  fileprivate static func service(_ change: @escaping @Sendable (inout WSGIPolicy) -> Void) -> ReferenceService {
    var policy = WSGIPolicy()
    change(&policy)
    let made = policy
    return .connections { _ in ServerProcess { WSGIResponder(made) } }
  }

  /// Every fault: of applications, of what they answer, of middleware.
  package static let all = heads + bodies + lives + contents + middleware
}

/// A named way to be a right application, or a right middleware.
package struct WSGIStyle: SoundStyle {
  package let name: String
  package let summary: String
  package let declines: [String]
  private let change: @Sendable (inout WSGIPolicy) -> Void

  private init(
    _ name: String, _ summary: String, declines: [String] = [],
    _ change: @escaping @Sendable (inout WSGIPolicy) -> Void = { _ in }
  ) {
    self.name = "wsgi-\(name)"
    self.summary = summary
    self.declines = declines
    self.change = change
  }

  package static var interface: ProbeInterface { .wsgi }
  package var service: ReferenceService { WSGIFault.service(change) }

  package static let all = [
    WSGIStyle("list", "Returns a list of one item."),
    WSGIStyle("generator", "A generator, which calls start_response with its first item.") { $0.form = .generator },
    WSGIStyle("object", "Returns an object with an iterator and close().") { $0.form = .object },
    WSGIStyle("parts", "Gives its body in small parts, empty ones among them.") { $0.form = .parts },
    WSGIStyle("length", "Says how long the body is.") { $0.saysLength = true },
    WSGIStyle("write", "Gives its body to write().", declines: ["WSGI-17"]) { $0.form = .write },
    WSGIStyle("through", "A middleware that returns what the application below returns.") {
      $0.isMiddleware = true
      $0.middleware.passing = .returned
    },
    WSGIStyle("each", "A middleware whose own iterable gives each item on.") { $0.isMiddleware = true },
  ]
}
