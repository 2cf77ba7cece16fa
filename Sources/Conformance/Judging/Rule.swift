// What a rule is. The rules themselves stand in one file per specification section.
//
// A rule looks at facts, never at retained bytes, does no I/O and knows no fixture: the tester and the inspector
// run the same ones.

package import Exchanges

/// Code that judges exchanges or connections by one requirement.
package struct Rule: Sendable, Identifiable {
  /// Which side's behaviour a rule judges.
  package enum Subject: String, Sendable {
    /// Who answers: the application, the target of a check.
    case server
    /// Who asks: nginx before a backend; gatespec itself in a check.
    case client
  }

  /// A requirement binds one side or both; a rule judges one.
  package struct ID: Hashable, Sendable {
    package var requirement: RequirementID
    package var subject: Subject

    package init(requirement: RequirementID, subject: Subject) {
      self.requirement = requirement
      self.subject = subject
    }
  }

  package typealias ExchangeCheck = @Sendable (Exchange, inout Findings) -> Void
  package typealias ConnectionCheck = @Sendable (ConnectionSummary, inout Findings) -> Void
  package typealias PairCheck = @Sendable (ExchangePair, inout Findings) -> Void

  /// What it reports violations of.
  package let requirement: RequirementID
  package let subject: Subject
  /// What holds when there is nothing to report, in one sentence.
  package let summary: String
  /// Why it matters, and what to change.
  package let explanation: String
  /// The protocols whose exchanges it looks at: those of others have nothing that it asks for.
  package let protocols: Set<WireProtocol>
  /// Judges an exchange; nil where only connections or pairs are judged.
  package let checkExchange: ExchangeCheck?
  /// Judges a connection that is over; nil where only exchanges or pairs are judged.
  package let checkConnection: ConnectionCheck?
  /// Judges both sides of a gateway; the inspector's only.
  package let checkPair: PairCheck?

  package var id: ID { ID(requirement: requirement, subject: subject) }

  package init(
    _ requirement: RequirementID, _ subject: Subject, summary: String, explanation: String,
    of protocols: Set<WireProtocol> = Set(WireProtocol.allCases), exchange: ExchangeCheck? = nil,
    connection: ConnectionCheck? = nil, pair: PairCheck? = nil
  ) {
    self.requirement = requirement
    self.subject = subject
    self.summary = summary
    self.explanation = explanation
    self.protocols = protocols
    checkExchange = exchange
    checkConnection = connection
    checkPair = pair
  }
}
