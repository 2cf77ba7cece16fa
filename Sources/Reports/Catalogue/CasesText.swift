// `gatespec cases`: the catalogue of cases, and one case in full.
//
// What a case says, in words; nothing is played here.

package import Conformance
package import Fixtures

/// Renders cases.
package struct CasesText: Sendable {
  private let registry: RequirementRegistry
  private let style: TextStyle

  package init(registry: RequirementRegistry, style: TextStyle = .plain) {
    self.registry = registry
    self.style = style
  }

  /// Appends one line for each case: its ID and what it does.
  package func renderList(_ cases: [Case], to output: inout TextBuffer) {
    let width = min(cases.map { $0.id.utf8.count }.max() ?? 0, 56) + 2
    for testCase in cases {
      output.append(testCase.id)
      let end = testCase.id.utf8.count
      output.append(spaces: max(width - end, 2))
      var text = testCase.summary
      if testCase.tags.contains(Case.hostileTag) { text += " (hostile)" }
      output.append(paragraph: text, indent: width, from: max(width, end + 2), style.forLists)
    }
  }

  /// Appends one case in full; `source` is how its file has it.
  package func renderCase(_ testCase: Case, source: String?, to output: inout TextBuffer) {
    output.append(testCase.id, .bold, style)
    output.append("  (\(testCase.location))\n\n")
    output.append(paragraph: testCase.summary, indent: 2, style)
    if !testCase.explanation.isEmpty {
      output.append("\n")
      output.append(paragraph: testCase.explanation, indent: 2, style)
    }
    output.append("\nrequirements\n")
    for id in testCase.requirements + testCase.rules where !id.rawValue.isEmpty {
      output.append(label: id.rawValue, registry[id]?.statement ?? "", indent: 2, column: 20, style)
    }
    renderExpectations(ExpectationText.all(of: testCase), testCase.rules, to: &output)
    list("needs", testCase.needs.map(\.rawValue).sorted(), to: &output)
    list("depends on", testCase.dependsOn, to: &output)
    list("tags", testCase.tags.sorted(), to: &output)
    if let source {
      output.append("\nas written\n")
      for line in source.split(separator: "\n", omittingEmptySubsequences: false) {
        output.append(line.isEmpty ? "\n" : "  \(line)\n")
      }
    }
  }

  /// What must hold, in words; the rules that must find nothing.
  private func renderExpectations(
    _ expectations: [ExpectationText], _ rules: [RequirementID], to output: inout TextBuffer
  ) {
    output.append("\nexpected\n")
    for expectation in expectations {
      let lines = expectation.lines
      var indent = 2
      if expectation.outcomes.count > 1 || expectation.proviso != nil {
        let head = [expectation.proviso, expectation.outcomes.count > 1 ? "the first of these that holds" : nil]
        output.append(paragraph: head.compactMap { $0 }.joined(separator: ", ") + ":", indent: 2, style)
        indent = 4
      }
      for line in lines {
        output.append(spaces: indent)
        output.append("- ")
        output.append(paragraph: line, indent: indent + 2, from: indent + 2, style)
      }
    }
    if !rules.isEmpty {
      let ids = rules.map(\.rawValue).joined(separator: ", ")
      output.append("  - ")
      output.append(paragraph: "no finding of the rules \(ids)", indent: 4, from: 4, style)
    }
  }

  private func list(_ label: String, _ items: [String], to output: inout TextBuffer) {
    guard !items.isEmpty else { return }
    output.append("\n\(label)\n")
    for item in items { output.append("  \(item)\n") }
  }

  /// The lines of a file that hold one case: from its first line up to the next entry of the list.
  package static func source(of testCase: Case, in file: String) -> String? {
    let lines = file.split(separator: "\n", omittingEmptySubsequences: false)
    // The location is that of the map, or of its first key: the dash stands on the same line.
    let start = testCase.location.line - 1
    guard lines.indices.contains(start) else { return nil }
    let rest = lines[(start + 1)...]
    var end = rest.firstIndex { $0.hasPrefix("- ") || $0.hasPrefix("#") } ?? lines.endIndex
    while end > start + 1, lines[end - 1].allSatisfy(\.isWhitespace) { end -= 1 }
    return lines[start..<end].joined(separator: "\n")
  }
}
