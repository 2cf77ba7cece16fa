// `gatespec rules`: the requirements, and what judges each of them.
//
// Texts and JSON from the registry, the rules and the cases; no judging.

package import Conformance
package import Fixtures

/// Renders the requirement registry.
package struct RulesText: Sendable {
  private let registry: RequirementRegistry
  private let rules: [Rule]
  private let cases: [Case]
  private let style: TextStyle
  private let coverage: RequirementCoverage

  /// - Parameters:
  ///   - rules: Those that judge traffic.
  ///   - cases: Those that test targets.
  package init(registry: RequirementRegistry, rules: [Rule], cases: [Case], style: TextStyle = .plain) {
    self.registry = registry
    self.rules = rules
    self.cases = cases
    self.style = style
    coverage = RequirementCoverage(rules: rules, cases: cases)
  }

  /// Appends one line for each requirement: ID, severity, how many cases and rules judge it, and its words; then the
  /// totals of each specification.
  package func renderList(_ requirements: [Requirement], to output: inout TextBuffer) {
    let width = (requirements.map { $0.id.rawValue.utf8.count }.max() ?? 0) + 2
    let column = width + 18
    for requirement in requirements {
      output.append(requirement.id.rawValue, paddedTo: width)
      output.append(requirement.severity.rawValue, paddedTo: 9)
      var words = requirement.statement
      switch coverage[requirement] {
      case .covered(let cases, let rules):
        let counts = [(cases, "c"), (rules, "r")].filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }
        output.append(counts.joined(separator: " "), paddedTo: 9)
      case .uncoverable(let reason):
        output.append("-", paddedTo: 9)
        words += " (Not coverable: \(reason))"
      case .otherSide: output.append(spaces: 9)
      case .open: output.append("open", paddedTo: 9)
      }
      output.append(paragraph: words, indent: column, from: column, style.forLists)
    }
    output.append("\n")
    let totals = coverage.totals(requirements)
    let nameWidth = totals.map(\.specification.name.count).max() ?? 0
    for total in totals { renderTotal(total, nameWidth + 2, to: &output) }
  }

  private func renderTotal(_ total: RequirementCoverage.Total, _ width: Int, to output: inout TextBuffer) {
    output.append(total.specification.name, paddedTo: width)
    if total.binding == 0 { return output.append("\(total.requirements) requirements, none binds a target\n") }
    output.append("\(total.requirements) requirements, \(total.binding) bind a target: ")
    output.append("\(total.covered) covered, \(total.uncoverable) not coverable, \(total.open) open\n")
  }

  /// Appends everything there is to say about one requirement.
  package func renderExplanation(_ requirement: Requirement, to output: inout TextBuffer) {
    output.append(requirement.id.rawValue, .bold, style)
    output.append("  \(requirement.citation)\n")
    output.append("level \(requirement.level), severity \(requirement.severity.rawValue), ")
    output.append("binds \(requirement.binds)\n\n")
    output.append(paragraph: requirement.statement, indent: 2, style)
    if let link = requirement.link { output.append("  \(link)\n") }
    for rule in rules where rule.requirement == requirement.id {
      output.append("\nrule on the \(rule.subject == .server ? "application" : "web server")'s side\n")
      output.append(paragraph: rule.summary, indent: 2, style)
      output.append(paragraph: rule.explanation, indent: 2, style)
    }
    let related = cases.filter { $0.citedRequirements.contains(requirement.id) }
    if !related.isEmpty {
      output.append("\ncases\n")
      for testCase in related { output.append("  \(testCase.id)\n") }
    }
    if let reason = requirement.uncoverable {
      output.append("\nnot coverable\n")
      output.append(paragraph: reason, indent: 2, style)
    }
  }
}
