// Who a rule's finding belongs to.
//
// Rules see every exchange of every case, so that one cause shows in many: it is reported where it is tested, and in
// every run in the same place.

import Conformance
import Exchanges
import Fixtures

extension CheckRunner {
  /// What rules find in a case.
  func ruleFindings(_ played: PlayedCase) -> [Finding] {
    var findings = Findings(severity: severity)
    for (number, connection) in played.connections.sorted(by: { $0.key < $1.key }) {
      findings.connection = number
      for exchange in connection.exchanges { RuleCatalog.judge(exchange, [.server], into: &findings) }
      if let summary = connection.summary { RuleCatalog.judge(summary, [.server], into: &findings) }
    }
    return findings.list
  }

  /// Gives every rule's finding to its owners.
  ///
  /// One cause is one failure, and nothing is lost.
  ///
  /// - Parameter isThere: Whether the target can still be asked.
  func attribute(_ judged: [Judged], _ setting: Setting, isThere: Bool) async -> [CaseResult] {
    var results = judged.map(\.result)
    for id in Set(judged.flatMap { $0.ruleFindings.map(\.requirement) }).sorted() {
      let seen = judged.indices.filter { index in judged[index].ruleFindings.contains { $0.requirement == id } }
      if let finding = judged[seen[0]].ruleFindings.first(where: { $0.requirement == id }),
        let teller = Self.teller(of: finding, seen: seen, judged)
      {
        results[teller].add(finding, .seen(in: judged[seen[0]].result.testCase.id))
        continue
      }
      let owners = await owners(of: id, seen: seen, judged, setting, isThere: isThere)
      for owner in owners {
        // One that others saw is shown with what they saw.
        let source = seen.contains(owner) ? owner : seen[0]
        guard var finding = judged[source].ruleFindings.first(where: { $0.requirement == id }) else { continue }
        var elsewhere: Cause.Elsewhere?
        if source != owner {
          // What a second look does not show is told, and is held against nobody.
          finding.verdict = min(finding.verdict, .info)
          elsewhere = .seenOnce(in: judged[source].result.testCase.id)
          results[owner].evidence = judged[source].result.evidence
          results[owner].capture = judged[source].result.capture
        } else if seen.count > owners.count {
          elsewhere = .alsoSeen(caseCount: seen.count - owners.count)
        }
        results[owner].add(finding, elsewhere)
      }
    }
    if let explanation = setting.keptRequests?.explanation {
      let id = Self.keepingRequirement
      let played = judged.indices.filter { judged[$0].result.verdict.isJudged }
      if let owner = Self.byPreference(played, for: id, judged).first {
        results[owner].add(
          Finding(requirement: id, verdict: Verdict(violationOf: severity(id)), message: explanation))
      }
    }
    for index in results.indices where results[index].verdict == .pass {
      results[index].evidence = []
      results[index].targetSays = []
      results[index].capture = nil
    }
    return results
  }

  /// The case whose own expectation failed by a rule's requirement, where none of those that saw the finding claims it:
  /// the cause is told there already.
  private static func teller(of finding: Finding, seen: [Int], _ judged: [Judged]) -> Int? {
    let id = finding.requirement
    guard !seen.contains(where: { judged[$0].result.testCase.rules.contains(id) }) else { return nil }
    let telling = judged.indices.filter { index in
      judged[index].result.findings.contains { $0.requirement == id && $0.verdict >= finding.verdict }
    }
    return byPreference(telling, for: id, judged).first
  }

  /// The cases that a requirement's finding belongs to: those that list its rule and saw it; where none did, the
  /// first by preference that sees it again.
  ///
  /// What shows once and not again would stand in another place each time, by chance: it belongs to the first by
  /// preference, whether that saw it or not, and only informs.
  private func owners(
    of id: RequirementID, seen: [Int], _ judged: [Judged], _ setting: Setting, isThere: Bool
  ) async -> [Int] {
    let claiming = seen.filter { judged[$0].result.testCase.rules.contains(id) }
    guard claiming.isEmpty else { return claiming }
    let candidates = Self.byPreference(seen, for: id, judged)
    // What may do harm is not played for this.
    let harmless = candidates.filter { !judged[$0].result.testCase.isHostile }
    guard isThere, !harmless.isEmpty else { return [candidates[0]] }
    for candidate in harmless.prefix(Self.candidateLimit) where !Task.isCancelled {
      let again = await look(at: judged[candidate].result.testCase, setting)
      if again.judged.ruleFindings.contains(where: { $0.requirement == id }) { return [candidate] }
    }
    let played = judged.indices.filter { judged[$0].result.verdict.isJudged }
    let home = Self.byPreference(played, for: id, judged).first { judged[$0].result.testCase.concerns(id) }
    return [home ?? candidates[0]]
  }

  /// How many cases are asked whether they see a finding again.
  private static let candidateLimit = 4

  /// Positions in the order in which they should own a requirement's finding: what is about it first, then what depends
  /// on nothing, as all of a target's answers do, and then in the order of the catalogue.
  private static func byPreference(_ positions: [Int], for id: RequirementID, _ judged: [Judged]) -> [Int] {
    func distance(_ position: Int) -> Int {
      let testCase = judged[position].result.testCase
      let isFirst = testCase.requirements.first == id
      if testCase.rules.contains(id) { return isFirst ? 0 : 1 }
      return isFirst ? 2 : testCase.requirements.contains(id) ? 3 : testCase.dependsOn.isEmpty ? 4 : 5
    }
    return positions.sorted { (distance($0), $0) < (distance($1), $1) }
  }
}

extension Case {
  /// Whether a requirement is among those that it tests.
  fileprivate func concerns(_ id: RequirementID) -> Bool { rules.contains(id) || requirements.contains(id) }
}

extension Verdict {
  /// Whether the case was played and could be judged.
  fileprivate var isJudged: Bool { self < .skip }
}

extension CaseResult {
  /// Adds a rule's finding.
  ///
  /// - Parameter elsewhere: Where else it was seen, said where the finding is what the case did not pass by.
  fileprivate mutating func add(_ finding: Finding, _ elsewhere: Cause.Elsewhere? = nil) {
    // A finding that stands in an expectation's place is there already.
    let known = findings.firstIndex(of: finding)
    if known == nil { findings.append(finding) }
    if finding.verdict > verdict || cause == nil {
      cause = .finding(known ?? findings.count - 1, elsewhere: elsewhere)
    }
    verdict = max(verdict, finding.verdict)
  }
}
