// `gatespec check --report markdown=FILE`: a summary for a job's page, a merge request, an issue.
//
// GitHub's Markdown. Bounded, because such pages are: of very many deviations the last are named and not explained.

package import Conformance
package import Drivers
internal import Fixtures

/// Renders a check as Markdown.
package struct CheckMarkdownReport: Sendable {
  private let text: CheckTextReport
  /// How many explanations there are; a job summary of GitHub holds 1 MiB.
  static let explanationLimit = 100

  package init(registry: RequirementRegistry) { text = CheckTextReport(registry: registry) }

  /// Appends the whole report.
  package func render(_ report: CheckReport, to output: inout TextBuffer) {
    output.append("## gatespec check \(Self.code(report.target))\n\n")
    if let trouble = report.trouble {
      return output.append("**Could not be checked:** \(Self.escaped(trouble))\n")
    }
    output.append("**\(Self.escaped(report.countLine))**\n\n")
    if report.interrupted { output.append("Interrupted: not every case ran.\n\n") }
    renderTable(report, to: &output)
    let explained = report.results.filter { $0.verdict.isDeviation || $0.verdict == .error }
    for result in explained.prefix(Self.explanationLimit) { render(result, to: &output) }
    for result in explained.dropFirst(Self.explanationLimit) {
      output.append("- \(Self.title(result))\n")
    }
    renderNotes(report, to: &output)
  }

  private func renderTable(_ report: CheckReport, to output: inout TextBuffer) {
    let shown = Verdict.reportOrder.filter { report.count($0) > 0 }
    guard !shown.isEmpty else { return }
    output.append("| topic | cases |")
    for verdict in shown { output.append(" \(verdict.rawValue) |") }
    output.append("\n|---|---:|\(String(repeating: "---:|", count: shown.count))\n")
    for topic in report.topics {
      output.append("| \(Self.escaped(topic.name)) | \(topic.results.count) |")
      for verdict in shown {
        let count = topic.count(verdict)
        output.append(count == 0 ? "  |" : " \(count) |")
      }
      output.append("\n")
    }
    output.append("\n")
  }

  private func render(_ result: CaseResult, to output: inout TextBuffer) {
    let explanation = text.explanation(of: result)
    // A fence ends at a run of backquotes as long as its own.
    var fence = "```"
    while explanation.contains(fence) { fence += "`" }
    output.append("<details><summary>\(Self.html(Self.plainTitle(result)))</summary>\n\n")
    output.append("\(fence)text\n\(explanation)\(fence)\n\n</details>\n\n")
  }

  private func renderNotes(_ report: CheckReport, to output: inout TextBuffer) {
    let unjudged = report.unjudged
    if !unjudged.isEmpty { output.append("Not judged:\n\n") }
    for group in unjudged { output.append("- \(Self.escaped(group.words))\n") }
    if !unjudged.isEmpty { output.append("\n") }
    let remarks = report.remarks
    for remark in remarks { output.append("- \(Self.escaped(remark.asSentence))\n") }
    if !remarks.isEmpty { output.append("\n") }
    let facts = report.capabilities.facts.map { "\($0.name): \($0.words)" }
    output.append("<sub>\(Self.html(facts.joined(separator: " · ")))</sub>\n")
  }

  private static func title(_ result: CaseResult) -> String {
    "**\(result.verdict.rawValue)** \(code(result.testCase.id)): \(escaped(result.reason))"
  }

  private static func plainTitle(_ result: CaseResult) -> String {
    let accepted = result.acceptedBecause.map { " (accepted: \($0))" } ?? ""
    return "\(result.verdict.rawValue): \(result.testCase.id): \(result.reason)\(accepted)"
  }

  /// Running text in which nothing is markup.
  private static func escaped(_ text: String) -> String {
    var output = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\", "`", "*", "_", "[", "]", "|", "~", "#", "!", "@": output += "\\\(scalar)"
      case "<": output += "&lt;"
      case ">": output += "&gt;"
      case "&": output += "&amp;"
      default: output.unicodeScalars.append(scalar.value < 0x20 || scalar.value == 0x7F ? " " : scalar)
      }
    }
    return output
  }

  /// Code on a line, in more backquotes than it holds.
  private static func code(_ text: String) -> String {
    var fence = "`"
    while text.contains(fence) { fence += "`" }
    let space = text.hasPrefix("`") || text.hasSuffix("`") ? " " : ""
    return fence + space + text.replacing("\n", with: " ") + space + fence
  }

  private static func html(_ text: String) -> String {
    var markup = MarkupWriter()
    markup.text(text.replacing("\n", with: " "))
    return markup.output.text
  }
}
