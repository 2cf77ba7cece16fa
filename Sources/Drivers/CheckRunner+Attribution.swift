// Who a rule's finding belongs to.
//
// Rules see every exchange of every case, so that one cause shows in many: it is reported where it is tested.

import Conformance
import Exchanges
import Fixtures

extension CheckRunner {
  /// What rules find in a case.
  func ruleFindings(_ played: PlayedCase) -> [Finding] {
    var findings = Findings(severity: severity)
    for (_, connection) in played.connections.sorted(by: { $0.key < $1.key }) {
      for exchange in connection.exchanges { RuleCatalog.judge(exchange, [.server], into: &findings) }
      if let summary = connection.summary { RuleCatalog.judge(summary, [.server], into: &findings) }
    }
    return findings.list
  }

  /// Gives every rule's finding to the cases that test its requirement; where none does, to the first case that saw it.
  ///
  /// One cause is one failure, and nothing is lost.
  func attribute(_ judged: [Judged]) -> [CaseResult] {
    var results = judged.map(\.result)
    let ids = Set(judged.flatMap { $0.ruleFindings.map(\.requirement) })
    for id in ids.sorted() {
      let seen = judged.indices.filter { index in judged[index].ruleFindings.contains { $0.requirement == id } }
      let claiming = seen.filter { results[$0].testCase.rules.contains(id) }
      let owners = claiming.isEmpty ? Array(seen.prefix(1)) : claiming
      for index in owners {
        guard let finding = judged[index].ruleFindings.first(where: { $0.requirement == id }) else { continue }
        results[index].findings.append(finding)
        let more = seen.count - owners.count
        if finding.verdict > results[index].verdict || results[index].reason.isEmpty {
          results[index].reason =
            finding.message + (more > 0 ? "; also seen in \(more) other \(more == 1 ? "case" : "cases")" : "")
        }
        results[index].verdict = max(results[index].verdict, finding.verdict)
      }
    }
    for index in results.indices where results[index].verdict == .pass {
      results[index].evidence = []
      results[index].capture = nil
    }
    return results
  }
}
