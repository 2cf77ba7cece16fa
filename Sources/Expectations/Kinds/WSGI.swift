// Conditions on what only calls of a WSGI application have.

import Exchanges

extension ExchangeConditions {
  static let wsgi: [any ConditionEntry<ObservedExchange>] = [noException]

  package static let noException = ExchangeKind(
    "no-exception", takes: "`true`", holdsWhen: "no exception of the application came to the server (WSGI)", OnlyTrue(),
    words: { _, _ in "the application raises no exception" },
    judgement: { _, seen in
      guard let facts = seen.exchange.wsgi, facts.isDone else { return .differs("the call did not come to its end") }
      for observation in [WSGIObservation.raised, .refusesTwoArguments, .closeRaised, .earlyCloseRaised] {
        guard let note = facts.first(observation) else { continue }
        let place = note.place.isEmpty ? "" : " (\(note.place))"
        return .differs("an exception came to the server: \(note.detail)\(place)")
      }
      return .holds
    })
}
