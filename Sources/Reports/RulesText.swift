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

  /// - Parameters:
  ///   - rules: Those that judge traffic.
  ///   - cases: Those that test targets.
  package init(registry: RequirementRegistry, rules: [Rule], cases: [Case], style: TextStyle = .plain) {
    self.registry = registry
    self.rules = rules
    self.cases = cases
    self.style = style
  }

  /// Appends one line for each requirement: ID, severity, what judges it (`r` a rule, `c` a case), and its words.
  package func renderList(_ requirements: [Requirement], to output: inout TextBuffer) {
    let ruled = Set(rules.map(\.requirement))
    let tested = Set(cases.flatMap { $0.requirements + $0.rules })
    let width = (requirements.map { $0.id.rawValue.utf8.count }.max() ?? 0) + 2
    for requirement in requirements {
      output.append(requirement.id.rawValue, paddedTo: width)
      output.append(requirement.severity.rawValue, paddedTo: 9)
      output.append(ruled.contains(requirement.id) ? "r" : "-")
      output.append(tested.contains(requirement.id) ? "c" : "-")
      output.append("  ")
      output.append(paragraph: requirement.statement, indent: width + 13, from: width + 13, style.forLists)
    }
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
    let related = cases.filter { $0.requirements.contains(requirement.id) || $0.rules.contains(requirement.id) }
    if !related.isEmpty {
      output.append("\ncases\n")
      for testCase in related { output.append("  \(testCase.id)\n") }
    }
    if let reason = requirement.uncoverable {
      output.append("\nnot covered\n")
      output.append(paragraph: reason, indent: 2, style)
    }
  }
}
