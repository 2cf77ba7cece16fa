// `gatespec check --report tap=FILE`: the Test Anything Protocol, version 13, with YAML diagnostics.
//
// `prove --exec cat FILE` reads it. A deviation that the baseline accepts is a TODO: shown, expected to fail.

package import Conformance
package import Drivers
internal import Fixtures

/// Renders a check as TAP.
package struct CheckTAPReport: Sendable {
  private let failOn: Verdict
  private let text: CheckTextReport

  /// - Parameter failOn: The least verdict that is `not ok`.
  package init(registry: RequirementRegistry, failOn: Verdict = .fail) {
    self.failOn = failOn
    text = CheckTextReport(registry: registry)
  }

  /// Appends the whole report.
  package func render(_ report: CheckReport, to output: inout TextBuffer) {
    output.append("TAP version 13\n")
    if let trouble = report.trouble { return output.append("Bail out! \(Self.line(trouble))\n") }
    let count = report.results.count + (report.tooManyUnjudged == nil ? 0 : 1)
    output.append("1..\(count)\(count == 0 ? " # SKIP no case ran" : "")\n")
    output.append("# gatespec check \(Self.line(report.target))\n")
    for fact in report.capabilities.facts { output.append("# \(fact.name): \(Self.line(fact.words))\n") }
    for (index, result) in report.results.enumerated() { render(result, number: index + 1, to: &output) }
    if let complaint = report.tooManyUnjudged {
      output.append("not ok \(count) - target/enough-is-judged: \(Self.line(complaint))\n")
    }
    for remark in report.remarks { output.append("# \(Self.line(remark))\n") }
    if report.interrupted { output.append("Bail out! interrupted: not every case ran\n") }
    output.append("# \(report.countLine)\n")
  }

  private func render(_ result: CaseResult, number: Int, to output: inout TextBuffer) {
    let directive: String
    var isOK = true
    switch result.outcome(failOn: failOn) {
    case .success: directive = ""
    case .failure, .error:
      isOK = false
      directive = ""
    case .skipped(let reason): directive = " # SKIP \(Self.line(reason))"
    case .accepted(let because):
      isOK = false
      directive = " # TODO \(Self.line(because))"
    }
    let title = Self.line("\(result.testCase.id): \(result.testCase.summary)").replacing("#", with: "\\#")
    output.append("\(isOK ? "ok" : "not ok") \(number) - \(title)\(directive)\n")
    if result.verdict.isDeviation || result.verdict == .error { renderDiagnostics(result, to: &output) }
  }

  private func renderDiagnostics(_ result: CaseResult, to output: inout TextBuffer) {
    output.append("  ---\n")
    pair("message", result.difference, to: &output)
    pair("severity", result.verdict.rawValue, to: &output)
    let requirements = result.citedRequirements.map { id in
      text.registry[id].map { "\(id), \($0.citation)" } ?? id.rawValue
    }
    output.append("  requirements:\n")
    for requirement in requirements { output.append("    - \(Self.quoted(requirement))\n") }
    pair("rerun", result.rerun, to: &output)
    if let file = result.captureFile { pair("capture", file, to: &output) }
    // A list of strings and no block: not every reader of TAP takes an empty line inside a block.
    output.append("  explanation:\n")
    for line in text.explanation(of: result).split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      output.append("    - \(Self.quoted(String(line)))\n")
    }
    output.append("  ...\n")
  }

  private func pair(_ name: StaticString, _ value: String, to output: inout TextBuffer) {
    output.append("  ")
    output.append(name)
    output.append(": \(Self.quoted(value))\n")
  }

  /// A text on one line: a line end would begin a new line of TAP.
  private static func line(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
  }

  /// A YAML string in quotes; JSON's are such.
  private static func quoted(_ text: String) -> String {
    var json = JSONWriter()
    json.string(text)
    return json.output.text
  }
}
