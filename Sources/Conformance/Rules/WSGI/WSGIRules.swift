// How rules of PEP 3333 are written: over the first observation of each kind, told with file and line of the application.
//
// The rules stand beside this file: those of applications, and those of middleware as a server.

import Exchanges
import WireBytes

extension RuleCatalog {
  /// What a rule says of an observation.
  typealias WSGIWords = @Sendable (_ detail: String) -> String

  /// A rule that reports the first observation of each of these kinds.
  ///
  /// - Parameter excusesProvoked: What the case did to the application is no fault of it: the client left, say.
  static func wsgi(
    _ requirement: RequirementID, _ observations: [(WSGIObservation, WSGIWords)], excusesProvoked: Bool = false,
    summary: String, explanation: String
  ) -> Rule {
    Rule(
      requirement, .server, summary: summary, explanation: explanation, of: [.wsgi],
      exchange: { exchange, findings in
        guard let facts = exchange.wsgi, !(excusesProvoked && facts.isProvoked) else { return }
        for (observation, words) in observations {
          guard let note = facts.first(observation) else { continue }
          let place = note.place.isEmpty ? "" : " (\(note.place))"
          findings.report(words(note.detail) + place, .response, at: note.offset)
        }
      })
  }

  /// What an application said of the length of a body that came whole and is to be sent; nil where nothing is to be said of
  /// it.
  static func wsgiLengths(_ exchange: Exchange) -> [ArraySlice<UInt8>]? {
    guard let facts = exchange.wsgi, facts.isDone, !facts.isServersAnswer, !facts.isProvoked,
      exchange.response.isComplete, exchange.response.fields.droppedCount == 0
    else { return nil }
    let fields = exchange.response.fields
    return fields.indices.filter { fields.name($0).equalsIgnoringCase("content-length") }.map { fields.value($0) }
  }
}
