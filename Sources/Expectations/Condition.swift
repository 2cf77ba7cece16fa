// A condition as a value: a kind with its argument, and the exchange or connection that it is about.
//
// Conditions belong to cases; what holds for every exchange is a rule, in Conformance.

package import Exchanges

/// Which exchange a condition is about.
package struct ExchangeSelector: Hashable, Sendable {
  /// The case's connection, from 1.
  package var connection: Int
  /// The exchange's number on that connection, in the order the requests began, from 1.
  package var index: Int

  package init(connection: Int = 1, index: Int = 1) {
    self.connection = connection
    self.index = index
  }
}

/// A fact that an outcome asks for.
package enum Condition: Sendable {
  case exchange(ExchangeSelector, ExchangeCondition)
  case connection(Int, ConnectionCondition)
}

/// A fact about one exchange.
package typealias ExchangeCondition = StatedCondition<ObservedExchange>
/// A fact about one connection.
package typealias ConnectionCondition = StatedCondition<ObservedConnection>

/// A kind of condition with its argument, as a case states it.
///
/// Made by calling the kind: `ExchangeConditions.status([200])`. What the argument is tells the kind again
/// (``ConditionKind/argument(of:)``).
package struct StatedCondition<Subject>: Sendable, CustomStringConvertible {
  /// Its kind's path: ``ConditionEntry/path``.
  package let path: String
  let argument: any Sendable
  /// Whether the condition holds also where there is no subject, as "nothing came" does of a request that never began.
  package let holdsOfNothing: Bool
  let wording: @Sendable (ConditionPlaces) -> String
  let judgement: @Sendable (Subject) -> Judgement

  /// Whether the condition holds of what came.
  package func judge(_ subject: Subject) -> Judgement { judgement(subject) }

  /// Kind and argument, for tests and debuggers.
  package var description: String { "\(path): \(argument)" }
}

/// What becomes of a condition.
package enum Judgement: Hashable, Sendable {
  case holds
  /// What was seen, and what was expected, in words.
  case differs(String)
  /// Nothing speaks against it, but the application has no way to know this.
  case untold(String)
}

/// An exchange of a played case, and what conditions need beside it.
package struct ObservedExchange {
  package var exchange: Exchange
  /// Why it has no answer, where it has none: who ended it, and when.
  package var ending: String
  /// The case's exchanges, which some conditions compare with.
  package var other: (ExchangeSelector) -> Exchange?

  package init(_ exchange: Exchange, ending: String, other: @escaping (ExchangeSelector) -> Exchange?) {
    self.exchange = exchange
    self.ending = ending
    self.other = other
  }
}

/// A connection of a played case, and what was asked on it.
package struct ObservedConnection {
  package var exchanges: [Exchange]
  package var summary: ConnectionSummary?
  /// Whether the server closed (or reset) its side before gatespec did.
  package var closedByServer: Bool
  /// The time in which the server was to close, in words, where it was up.
  package var closeTimeout: String?
  /// The names of the variables that each FCGI_GET_VALUES of the case asks for.
  package var questions: [Set<[UInt8]>]
  /// The first bytes from the server, at most 64.
  package var firstBytes: [UInt8]

  package init(
    exchanges: [Exchange], summary: ConnectionSummary?, closedByServer: Bool, closeTimeout: String? = nil,
    questions: [Set<[UInt8]>] = [], firstBytes: [UInt8] = []
  ) {
    self.exchanges = exchanges
    self.summary = summary
    self.closedByServer = closedByServer
    self.closeTimeout = closeTimeout
    self.questions = questions
    self.firstBytes = firstBytes
  }
}
