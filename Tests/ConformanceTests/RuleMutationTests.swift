// The judge tested: every rule is left out in turn, and a test must notice.
//
// `PRINT_RULE_MUTATIONS=1 swift test --filter RuleMutationTests` shows which one does.

import Conformance
import Foundation
import Testing

@Suite struct RuleMutationTests {
  /// A test that expects a finding, and what it finds by a list of rules.
  private struct Witness: Sendable {
    var name: String
    var id: Rule.ID
    var find: @Sendable (RuleList) -> [Finding]

    /// Whether it passes: the finding that it expects is there.
    func passes(with rules: RuleList) -> Bool { find(rules).contains { $0.requirement == id.requirement } }
  }

  /// Every row of every table of wrong connections and pairs.
  private static let witnesses: [Witness] =
    RuleTests.cases.map { row in
      Witness(name: "RuleTests.found(\(row.testDescription))", id: row.ruleID) { rules in
        findings(in: row.bad, [row.subject], by: rules)
      }
    }
    + GatewayPairTests.rows.map { row in
      Witness(name: "GatewayPairTests.found(\(row.testDescription))", id: row.ruleID) { rules in
        GatewayPairTests.findings(row.bad, by: rules)
      }
    }

  @Test func everyRuleLeftOutIsNoticed() {
    var lines: [String] = []
    for (index, rule) in RuleCatalog.all.enumerated() {
      var rest = RuleCatalog.all
      rest.remove(at: index)
      let without = RuleList(rest)
      // A row that expects another rule's finding passes or fails without regard to this one.
      let noticed = Self.witnesses.filter { $0.id == rule.id && $0.passes(with: .all) && !$0.passes(with: without) }
      #expect(!noticed.isEmpty, "no test notices that \(rule.requirement) \(rule.subject.rawValue) is gone")
      lines.append("\(rule.requirement) \(rule.subject.rawValue) → \(noticed.map(\.name).joined(separator: ", "))")
    }
    #expect(lines.count == RuleCatalog.all.count)
    guard ProcessInfo.processInfo.environment["PRINT_RULE_MUTATIONS"] != nil else { return }
    print((lines + ["\(lines.count) rules left out in turn"]).joined(separator: "\n"))
  }
}
