// Compares what a case expects with what came back. Pure; only exchanges and connection summaries are looked at.
//
// Here: which outcome is met, and whose finding it is. What an exchange's condition asks is in +Exchanges, what a
// connection's asks in +Connections. What holds for every exchange is a rule's matter, in Conformance.

package import Conformance
import Exchanges
package import Fixtures
import WireBytes

/// Judges the expectations of one case.
package struct ExpectationJudge {
  let testCase: Case
  let played: PlayedCase
  private let severity: @Sendable (RequirementID) -> Severity
  private let offered: Set<Need>

  /// - Parameter offered: What the target offers: an expectation that needs more is passed over.
  package init(
    testCase: Case, played: PlayedCase, severity: @escaping @Sendable (RequirementID) -> Severity, offered: Set<Need>
  ) {
    self.testCase = testCase
    self.played = played
    self.severity = severity
    self.offered = offered
  }

  /// The findings, or the reason for which the target cannot be judged by this case.
  package func judge() -> (findings: [Finding], skip: String?) {
    var findings: [Finding] = []
    var untold: String?
    if let missing = played.missingWords, let timeout = played.timeout, let id = testCase.requirements.first {
      findings.append(
        Finding(
          requirement: id, verdict: Verdict(violationOf: severity(id)), message: "\(missing); \(timeout)",
          connection: played.unfinishedStep?.connection))
    }
    for (index, expectation) in testCase.expectations.enumerated() where expectation.needs.isSubset(of: offered) {
      var differences: [Difference] = []
      var isMet = false
      for outcome in expectation.outcomes {
        if let difference = outcome.conditions.lazy.compactMap(difference).first {
          differences.append(difference)
          continue
        }
        isMet = true
        let cited = outcome.requirement ?? requirement(expectation)
        if outcome.verdict != .skip, outcome.verdict != .pass,
          let cause = cause(in: outcome.conditions, insteadOf: cited)
        {
          if !findings.contains(cause) { findings.append(cause) }
          break
        }
        untold = untold ?? outcome.conditions.lazy.compactMap(self.untold).first
        if outcome.verdict == .skip { return ([], outcome.because ?? "the target says that it cannot") }
        if outcome.verdict != .pass {
          findings.append(
            Finding(
              requirement: cited, verdict: outcome.verdict,
              message: outcome.because ?? "an accepted outcome, but not the preferred one",
              source: .expectation(index)))
        }
        break
      }
      guard !isMet, let first = differences.first else { continue }
      let id = requirement(expectation)
      if let cause = cause(in: expectation.outcomes.flatMap(\.conditions), insteadOf: id) {
        if !findings.contains(cause) { findings.append(cause) }
        continue
      }
      let late = played.timeout.map { "; \($0)" } ?? played.remark.map { "; \($0)" } ?? ""
      findings.append(
        Finding(
          requirement: id, verdict: Verdict(violationOf: severity(id)), message: first.text + late,
          direction: first.offset == nil ? nil : .response, offset: first.offset, connection: first.connection,
          source: .expectation(index)))
    }
    return findings.isEmpty ? (findings, untold) : (findings, nil)
  }

  /// What a condition asks and the application has no way to know; nil where it can be told.
  private func untold(_ condition: Condition) -> String? {
    guard case .exchange(let selector, let condition) = condition, let body = exchange(selector)?.response.body else {
      return nil
    }
    return EchoReport(body.retained)?.untold(condition).map { "the probe cannot tell \($0)" }
  }

  /// What a rule says of an exchange that these conditions ask about and that has no response, or one that is none.
  ///
  /// Nothing else that RFC 3875 demands of the response can be told of it: that is what is wrong, and not what the case
  /// asks for. A requirement of another specification stays: that there is no response is how it shows.
  private func cause(in conditions: [Condition], insteadOf id: RequirementID) -> Finding? {
    guard Specification(of: id) == .cgi else { return nil }
    for condition in conditions {
      guard case .exchange(let selector, _) = condition, let exchange = exchange(selector) else { continue }
      var findings = Findings(severity: severity)
      RuleCatalog.judge(exchange, [.server], into: &findings)
      if let cause = findings.list.first(where: { RuleCatalog.properResponse.contains($0.requirement) }) {
        return cause
      }
    }
    return nil
  }

  private func requirement(_ expectation: Expectation) -> RequirementID {
    expectation.requirement ?? testCase.requirements.first ?? ""
  }

  /// What is not as it should be, and where.
  struct Difference {
    var text: String
    var connection: Int
    var offset: StreamOffset?
  }

  /// The difference between a condition and what came; nil when it holds.
  private func difference(_ condition: Condition) -> Difference? {
    switch condition {
    case .exchange(let selector, let condition):
      guard let exchange = exchange(selector) else {
        // A request that never began has no output.
        if case .noOutput = condition { return nil }
        return Difference(
          text: "there is no exchange \(selector.index) on connection \(selector.connection)",
          connection: selector.connection)
      }
      return difference(exchange, condition).map {
        // Where nothing came there is no place to point at.
        Difference(
          text: $0, connection: selector.connection,
          offset: exchange.response.range.isEmpty ? nil : exchange.response.range.lowerBound)
      }
    case .connection(let number, let condition):
      guard let connection = played.connections[number] else {
        return Difference(text: "connection \(number) was not opened", connection: number)
      }
      return difference(connection, condition).map { Difference(text: $0, connection: number) }
    }
  }

  func exchange(_ selector: ExchangeSelector) -> Exchange? {
    played.connections[selector.connection]?.exchanges.first { $0.index == selector.index }
  }
}
