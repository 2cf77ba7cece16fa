// What a named fault of the HTTP server is. The faults themselves stand in the HTTPFaultTable files.

/// A named way in which the reference HTTP server is wrong.
package struct HTTPFault: NamedFault {
  package let name: String
  package let summary: String
  package let violates: String
  package let fallsWith: [String]
  private let change: @Sendable (inout HTTPPolicy) -> Void

  init(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [],
    _ change: @escaping @Sendable (inout HTTPPolicy) -> Void
  ) {
    self.name = "http-\(name)"
    self.summary = summary
    self.violates = violates
    self.fallsWith = fallsWith.filter { $0 != violates }
    self.change = change
  }

  /// A fault for which such oddities are passed over.
  static func taking(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [], _ oddities: HTTPOddity...
  ) -> HTTPFault {
    HTTPFault(name, violates, summary, with: fallsWith) { $0.takes.formUnion(oddities) }
  }

  /// A fault for which such rules are neglected.
  static func neglecting(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [], _ rules: HTTPNeglect...
  ) -> HTTPFault {
    HTTPFault(name, violates, summary, with: fallsWith) { $0.neglects.formUnion(rules) }
  }

  /// A fault for which an oddity is refused in another way.
  static func refusing(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [], _ oddity: HTTPOddity,
    _ refusal: HTTPPolicy.Refusal
  ) -> HTTPFault {
    HTTPFault(name, violates, summary, with: fallsWith) {
      $0.takes.remove(oddity)
      $0.refusals[oddity] = refusal
    }
  }

  /// A fault for which answers are changed as they are ready to be written.
  static func answering(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [],
    _ change: @escaping @Sendable (ServedRequest, inout HTTPAnswer) -> Void
  ) -> HTTPFault {
    HTTPFault(name, violates, summary, with: fallsWith) { $0.changesAnswer = change }
  }

  /// A fault for which answers are changed before they are framed.
  static func deciding(
    _ name: String, _ violates: String, _ summary: String, with fallsWith: [String] = [],
    _ change: @escaping @Sendable (ServedRequest, inout HTTPAnswer) -> Void
  ) -> HTTPFault {
    HTTPFault(name, violates, summary, with: fallsWith) { $0.decides = change }
  }

  package static let interface = ProbeInterface.http
  package var service: ReferenceService { service(HTTPPolicy()) }

  package func service(in style: any SoundStyle) -> ReferenceService {
    service((style as? HTTPStyle)?.policy ?? HTTPPolicy())
  }

  private func service(_ policy: HTTPPolicy) -> ReferenceService {
    var policy = policy
    change(&policy)
    return policy.service
  }

  /// Every fault, in the order of the tables.
  package static let all =
    lines + requestLines + versions + hosts + fields + lengths + codings + chunks + connections + expectations + methods
    + conditions + ranges + heads + responseFields + responseBodies + sequences + saidOfAnswers
}
