// What judges a requirement: cases, rules, or a written reason why neither can.
//
// Counting only. How it is shown is RulesText's.

package import Conformance
package import Fixtures

/// What is known to judge each requirement.
package struct RequirementCoverage: Sendable {
  /// What judges one requirement.
  package enum State: Hashable, Sendable {
    case covered(cases: Int, rules: Int)
    /// Nothing can see it, for this reason.
    case uncoverable(String)
    /// It binds the side that gatespec plays in a check, and no rule judges that side by it.
    case otherSide
    /// It binds a target, and nothing judges it yet.
    case open
  }

  /// How many requirements of one specification are in which state.
  package struct Total: Hashable, Sendable {
    package var specification: Specification
    package var requirements = 0
    /// Those that bind the target of a check.
    package var binding = 0
    package var covered = 0
    package var uncoverable = 0
    /// Binding, and neither covered nor uncoverable.
    package var open: Int { binding - covered - uncoverable }
  }

  private var caseCounts: [RequirementID: Int] = [:]
  private var ruleCounts: [RequirementID: Int] = [:]

  /// - Parameters:
  ///   - rules: Those that judge traffic.
  ///   - cases: Those that test targets; a case counts once for each requirement that any part of it cites.
  package init(rules: [Rule], cases: [Case]) {
    for rule in rules { ruleCounts[rule.requirement, default: 0] += 1 }
    for testCase in cases {
      for id in testCase.citedRequirements { caseCounts[id, default: 0] += 1 }
    }
  }

  package subscript(requirement: Requirement) -> State {
    let cases = caseCounts[requirement.id] ?? 0
    let rules = ruleCounts[requirement.id] ?? 0
    if cases + rules > 0 { return .covered(cases: cases, rules: rules) }
    if let reason = requirement.uncoverable { return .uncoverable(reason) }
    return Specification(of: requirement.id)?.bindsTarget(requirement) == true ? .open : .otherSide
  }

  /// The totals of the specifications that these requirements are of, in the registry's order.
  package func totals(_ requirements: [Requirement]) -> [Total] {
    Specification.allCases.compactMap { specification in
      let rows = requirements.filter { Specification(of: $0.id) == specification }
      guard !rows.isEmpty else { return nil }
      var total = Total(specification: specification, requirements: rows.count)
      for row in rows where specification.bindsTarget(row) {
        total.binding += 1
        switch self[row] {
        case .covered: total.covered += 1
        case .uncoverable: total.uncoverable += 1
        case .otherSide, .open: break
        }
      }
      return total
    }
  }
}

extension Case {
  /// Every requirement that it, one of its rules, expectations or outcomes cites.
  var citedRequirements: Set<RequirementID> {
    var ids = Set(requirements + rules)
    for expectation in expectations {
      if let id = expectation.requirement { ids.insert(id) }
      ids.formUnion(expectation.outcomes.compactMap(\.requirement))
    }
    return ids
  }
}
