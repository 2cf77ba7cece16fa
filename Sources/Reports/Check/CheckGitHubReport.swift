// `gatespec check --report github=-`: workflow commands, which GitHub shows as annotations of a run.
//
// A failure is an error, a deviation below --fail-on a warning or a notice. The last line is the count.

package import Conformance
package import Drivers
internal import Fixtures

/// Renders a check as workflow commands.
package struct CheckGitHubReport: Sendable {
  private let failOn: Verdict
  private let registry: RequirementRegistry

  /// - Parameter failOn: The least verdict that is an error.
  package init(registry: RequirementRegistry, failOn: Verdict = .fail) {
    self.registry = registry
    self.failOn = failOn
  }

  /// Appends a command for each case that did not pass and was judged.
  package func render(_ report: CheckReport, to output: inout TextBuffer) {
    if let trouble = report.trouble {
      let title = Self.property("gatespec could not check \(report.target)")
      return output.append("::error title=\(title)::\(Self.data(trouble))\n")
    }
    for result in report.results {
      guard let command = command(result) else { continue }
      output.append("::\(command) title=\(Self.property("\(result.verdict.rawValue): \(result.testCase.id)"))::")
      output.append("\(Self.data(message(result)))\n")
    }
    let title = Self.property("gatespec check \(report.target)")
    for remark in report.remarks {
      output.append("::\(remark == report.tooManyUnjudged ? "error" : "notice") title=\(title)::\(Self.data(remark))\n")
    }
    output.append("\(report.countLine)\n")
  }

  private func command(_ result: CaseResult) -> String? {
    switch result.outcome(failOn: failOn) {
    case .failure, .error: "error"
    case .accepted: "notice"
    case .success: result.verdict == .pass ? nil : result.verdict == .info ? "notice" : "warning"
    case .skipped: nil
    }
  }

  private func message(_ result: CaseResult) -> String {
    var lines = [result.difference]
    if let leading = result.leadingFinding {
      let outcomes = result.acceptedOutcomes(of: leading)
      if !outcomes.isEmpty { lines.append("Expected one of these: " + outcomes.joined(separator: " | ")) }
    }
    lines += result.targetSays.map { "The target says: \($0)" }
    if let words = result.seenIn { lines.append("Seen in \(words)") }
    if let because = result.acceptedBecause { lines.append("Accepted by the baseline: \(because)") }
    for id in result.citedRequirements {
      guard let requirement = registry[id] else { continue }
      lines.append("\(id), \(requirement.citation): \(requirement.statement)")
    }
    lines += result.explanations.map(\.text)
    if !result.rerun.isEmpty { lines.append(result.rerun) }
    return lines.joined(separator: "\n")
  }

  /// A command's message.
  private static func data(_ text: String) -> String {
    text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
  }

  /// A property's value: here colons and commas separate as well.
  private static func property(_ text: String) -> String {
    data(text).replacing(":", with: "%3A").replacing(",", with: "%2C")
  }
}
