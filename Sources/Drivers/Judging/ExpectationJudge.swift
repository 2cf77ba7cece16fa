// Compares what a case expects with what came back. Pure; only exchanges and connection summaries are looked at.
//
// Here: which outcome is met, and whose finding it is. When a condition holds is its own matter, in Expectations; what
// holds for every exchange is a rule's, in Conformance.

package import Conformance
import Exchanges
import Expectations
package import Fixtures
import WireBytes

/// Judges the expectations of one case.
package struct ExpectationJudge {
  private let testCase: Case
  private let played: PlayedCase
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

  /// What a case's expectations say of a target.
  package struct Judged {
    package var findings: [Finding] = []
    /// The reason for which the target cannot be judged by this case.
    package var skip: String?
    /// The most dangerous of the outcomes that were met.
    package var tier: Tier?
    /// How the target read the request: the first of the outcomes that were met and say so.
    package var reading: String?
  }

  /// Judges what came back.
  package func judge() -> Judged {
    if let untold = played.untold { return Judged(skip: untold) }
    var judged = Judged()
    var untold: String?
    if let missing = played.missingWords, let timeout = played.timeout, let id = testCase.requirements.first {
      judged.findings.append(
        Finding(
          requirement: id, verdict: Verdict(violationOf: severity(id)), message: "\(missing); \(timeout)",
          connection: played.unfinishedStep?.connection))
    }
    for (index, expectation) in testCase.expectations.enumerated() where expectation.needs.isSubset(of: offered) {
      var first: Difference?
      var isMet = false
      for outcome in expectation.outcomes {
        let (difference, unknown) = judge(outcome.conditions)
        if let difference {
          first = first ?? difference
          continue
        }
        isMet = true
        judged.tier = [judged.tier, outcome.tier].compactMap(\.self).max()
        judged.reading = judged.reading ?? outcome.reading
        let cited = outcome.requirement ?? requirement(expectation)
        if outcome.verdict != .skip, outcome.verdict != .pass,
          let cause = cause(in: outcome.conditions, insteadOf: cited)
        {
          if !judged.findings.contains(cause) { judged.findings.append(cause) }
          break
        }
        untold = untold ?? unknown.map { "the probe cannot tell \($0)" }
        if outcome.verdict == .skip { return Judged(skip: outcome.because ?? "the target says that it cannot") }
        if outcome.verdict != .pass {
          judged.findings.append(
            Finding(
              requirement: cited, verdict: outcome.verdict,
              message: outcome.because ?? "an accepted outcome, but not the preferred one",
              source: .expectation(index)))
        }
        break
      }
      guard !isMet, let first else { continue }
      let id = requirement(expectation)
      if let cause = cause(in: expectation.outcomes.flatMap(\.conditions), insteadOf: id) {
        if !judged.findings.contains(cause) { judged.findings.append(cause) }
        continue
      }
      let late = played.timeout.map { "; \($0)" } ?? played.remark.map { "; \($0)" } ?? ""
      judged.findings.append(
        Finding(
          requirement: id, verdict: Verdict(violationOf: severity(id)), message: first.text + late,
          direction: first.offset == nil ? nil : .response, offset: first.offset, connection: first.connection,
          source: .expectation(index)))
    }
    judged.skip = judged.findings.isEmpty ? untold : nil
    return judged
  }

  /// Whether all that an outcome asks for holds.
  func holds(_ outcome: Outcome) -> Bool { judge(outcome.conditions).difference == nil }

  /// What a rule says of an exchange that these conditions ask about and that has no response, or one that is none.
  ///
  /// Nothing else that RFC 3875 demands of the response can be told of it: that is what is wrong, and not what the case
  /// asks for. A requirement of another specification stays: that there is no response is how it shows.
  private func cause(in conditions: [Condition], insteadOf id: RequirementID) -> Finding? {
    guard Specification(of: id) == .rfc3875 else { return nil }
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
  private struct Difference {
    var text: String
    var connection: Int
    var offset: StreamOffset?
  }

  /// The first difference between conditions and what came, nil when all hold; else the first thing that the application
  /// has no way to know.
  private func judge(_ conditions: [Condition]) -> (difference: Difference?, untold: String?) {
    var untold: String?
    for condition in conditions {
      let (judgement, connection, offset) = judge(condition)
      switch judgement {
      case .holds: break
      case .untold(let what): untold = untold ?? what
      case .differs(let text): return (Difference(text: text, connection: connection, offset: offset), nil)
      }
    }
    return (nil, untold)
  }

  /// What becomes of a condition, the connection that it is about, and where on it the answer begins.
  private func judge(_ condition: Condition) -> (Judgement, connection: Int, offset: StreamOffset?) {
    switch condition {
    case .exchange(let selector, let condition):
      let number = selector.connection
      guard let exchange = exchange(selector) else {
        let absence = "there is no exchange \(selector.index) on connection \(number)"
        return (condition.holdsOfNothing ? .holds : .differs(absence), number, nil)
      }
      let observed = ObservedExchange(exchange, ending: played.endingWords(exchange), other: self.exchange)
      // Where nothing came there is no place to point at.
      let range = exchange.response.range
      return (condition.judge(observed), number, range.isEmpty ? nil : range.lowerBound)
    case .connection(let number, let condition):
      guard let connection = played.connections[number] else {
        return (.differs("connection \(number) was not opened"), number, nil)
      }
      let observed = ObservedConnection(
        exchanges: connection.exchanges, summary: connection.summary, closedByServer: connection.closedByServer,
        closeTimeout: connection.closeTimeout.map { "\($0)" }, questions: testCase.questions,
        firstBytes: connection.firstBytes)
      return (condition.judge(observed), number, nil)
    }
  }

  private func exchange(_ selector: ExchangeSelector) -> Exchange? {
    played.connections[selector.connection]?.exchanges.first { $0.index == selector.index }
  }
}

extension Case {
  /// The names of the variables that each FCGI_GET_VALUES of the case asks for.
  fileprivate var questions: [Set<[UInt8]>] {
    steps.compactMap { step in
      if case .getValues(let pairs, _) = step.verb { Set(pairs.map(\.name.bytes)) } else { nil }
    }
  }
}
