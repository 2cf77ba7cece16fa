// What a trace's findings add up to: of each requirement how often, and where first.
//
// Bounded by the number of requirements; how it is shown is the reports' matter.

package import Conformance
package import Exchanges

/// Adds up findings.
package struct FindingTally: Sendable {
  /// The findings about one requirement.
  package struct Row: Sendable {
    package var requirement: RequirementID
    package var verdict: Verdict
    package var count: UInt64 = 0
    /// What was said first, and about which exchange, 0 where it was about the connection.
    package var message: String
    package var connection: UInt64
    package var index: Int
  }

  private var rows: [Row] = []
  private var places: [RequirementID: Int] = [:]

  package init() {}

  /// Of each requirement, the gravest first, and of equal ones the most frequent.
  package var ranked: [Row] {
    rows.sorted { ($0.verdict, $0.count, $1.requirement) > ($1.verdict, $1.count, $0.requirement) }
  }

  /// Takes the findings of an exchange.
  package mutating func take(_ findings: [Finding], of exchange: Exchange) {
    for finding in findings { take(finding, exchange.connection.id, exchange.index) }
  }

  /// Takes the findings of a connection.
  package mutating func take(_ findings: [Finding], of summary: ConnectionSummary) {
    for finding in findings { take(finding, summary.connection.id, 0) }
  }

  private mutating func take(_ finding: Finding, _ connection: UInt64, _ index: Int) {
    if let place = places[finding.requirement] {
      rows[place].count &+= 1
      rows[place].verdict = max(rows[place].verdict, finding.verdict)
      return
    }
    places[finding.requirement] = rows.count
    rows.append(
      Row(
        requirement: finding.requirement, verdict: finding.verdict, count: 1, message: finding.message,
        connection: connection, index: index))
  }
}
