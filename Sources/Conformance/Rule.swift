// What a rule is. The rules themselves stand in one file per specification section.
//
// A rule looks at facts, never at retained bytes, does no I/O and knows no fixture: the tester and the inspector
// run the same ones.

package import Exchanges

/// Code that judges an exchange or a connection by one requirement.
package struct Rule: Sendable, Identifiable {
  /// What a rule looks at.
  package enum Check: Sendable {
    case exchange(@Sendable (Exchange, inout Findings) -> Void)
    case connection(@Sendable (ConnectionSummary, inout Findings) -> Void)
  }

  /// Which side's behaviour a rule judges.
  package enum Subject: String, Sendable {
    /// The application, the backend: the target of a check.
    case server
    /// The web server, the gateway: gatespec itself in a check.
    case client
  }

  /// The requirement that it reports violations of; also the rule's identity.
  package let requirement: RequirementID
  package let subject: Subject
  /// What holds when there is nothing to report, in one sentence.
  package let summary: String
  /// Why it matters, and what to change.
  package let explanation: String
  package let check: Check

  package var id: RequirementID { requirement }

  package init(
    _ requirement: RequirementID, _ subject: Subject, summary: String, explanation: String, check: Check
  ) {
    self.requirement = requirement
    self.subject = subject
    self.summary = summary
    self.explanation = explanation
    self.check = check
  }
}
