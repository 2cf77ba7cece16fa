// `gatespec check` for people: what was asked, a table by topic, an explanation of all that did not pass, the count.
//
// The explanations themselves stand in CheckTextReport+Explanation. Values in, bytes out; no I/O.

package import Conformance
package import Drivers
internal import Exchanges
internal import Fixtures
internal import WireBytes

/// Renders a check as text.
package struct CheckTextReport: Sendable {
  let registry: RequirementRegistry
  let style: TextStyle
  private let listsAll: Bool
  /// Wire events shown of one connection; the middle of more is left out.
  static let evidenceLimit = 48

  /// - Parameter listsAll: Whether every case gets a line; by default only without a terminal, for scripts to read.
  package init(registry: RequirementRegistry, style: TextStyle = .plain, listsAll: Bool? = nil) {
    self.registry = registry
    self.style = style
    self.listsAll = listsAll ?? (style.width == nil)
  }

  /// Appends the whole report; its last line is the count.
  package func render(_ report: CheckReport, to output: inout TextBuffer) {
    renderHeader(report, to: &output)
    renderTable(report.topics, report, to: &output)
    if listsAll {
      let shared = report.sharedReasons
      for topic in report.topics { renderList(topic, sharing: shared, to: &output) }
    }
    let explained = report.results.filter { $0.verdict.isDeviation || $0.verdict == .error }
    for result in explained { explain(result, to: &output) }
    renderUnjudged(report, to: &output)
    renderTiers(report, to: &output)
    renderDigest(explained, to: &output)
    renderChanges(report, to: &output)
    renderEnd(report, to: &output)
  }

  /// Target and capabilities.
  private func renderHeader(_ report: CheckReport, to output: inout TextBuffer) {
    output.append("gatespec check \(report.target)", .bold, style)
    output.append("\n\n")
    for fact in report.capabilities.facts {
      output.append(label: fact.name, fact.words, indent: 2, column: 18, style)
    }
    output.append("\n")
  }

  // MARK: The table

  /// One line for every topic: how many cases, and how many of each verdict.
  private func renderTable(_ topics: [CheckTopic], _ report: CheckReport, to output: inout TextBuffer) {
    guard !topics.isEmpty else { return }
    // The verdicts that are rare have a column only where they occur.
    let shown = Verdict.reportOrder.filter { ![.inconclusive, .error].contains($0) || report.count($0) > 0 }
    let width = max(topics.map { $0.name.unicodeScalars.count }.max() ?? 0, 5)
    output.append("  ")
    output.append("topic", paddedTo: width)
    output.append("  cases")
    for verdict in shown { append(verdict.rawValue, in: verdict, column: column(verdict), to: &output) }
    output.append("\n")
    for topic in topics {
      output.append("  ")
      output.append(topic.name, paddedTo: width)
      append("\(topic.results.count)", in: nil, column: 7, to: &output)
      for verdict in shown { append(count: topic.count(verdict), of: verdict, to: &output) }
      output.append("\n")
    }
    output.append("  ")
    output.append("", paddedTo: width)
    append("\(report.results.count)", in: nil, column: 7, to: &output)
    for verdict in shown { append(count: report.count(verdict), of: verdict, to: &output) }
    output.append("\n\n")
  }

  private func column(_ verdict: Verdict) -> Int { max(verdict.rawValue.utf8.count, 4) + 2 }

  private func append(count: Int, of verdict: Verdict, to output: inout TextBuffer) {
    append(count == 0 ? "." : "\(count)", in: count == 0 ? nil : verdict, column: column(verdict), to: &output)
  }

  private func append(_ text: String, in verdict: Verdict?, column: Int, to output: inout TextBuffer) {
    output.append(spaces: column - text.utf8.count)
    if let verdict { output.append(text, verdict.ink, style) } else { output.append(text) }
  }

  // MARK: Lists

  /// One line for every case of a topic.
  ///
  /// - Parameter shared: Reasons that several cases have and that are told in full below.
  private func renderList(_ topic: CheckTopic, sharing shared: Set<String>, to output: inout TextBuffer) {
    output.append(topic.name, .bold, style)
    output.append("  \(topic.countWords)\n")
    for result in topic.results {
      let isShared = [.skip, .inconclusive].contains(result.verdict) && shared.contains(result.reason)
      renderRow(result, isShared ? result.reason.prefix { $0 != ":" } : result.reason[...], to: &output)
    }
    output.append("\n")
  }

  /// The verdict, the ID, and the reason; of a case that passed what it does.
  private func renderRow(_ result: CaseResult, _ reason: Substring, to output: inout TextBuffer) {
    output.append("  ")
    output.append(result.verdict.rawValue, result.verdict.ink, style)
    output.append(spaces: 13 - result.verdict.rawValue.utf8.count)
    let accepted = result.acceptedBecause == nil ? "" : " (accepted)"
    let words = (reason.isEmpty ? result.testCase.summary : String(reason)) + accepted
    output.append(result.testCase.id)
    if style.width == nil {
      output.append("  \(words)\n")
    } else {
      output.append("\n")
      output.append(paragraph: words, indent: 15, style)
    }
  }

  /// What was skipped or is inconclusive, by reason.
  private func renderUnjudged(_ report: CheckReport, to output: inout TextBuffer) {
    let groups = report.unjudged
    for verdict in [Verdict.inconclusive, .skip] {
      let own = groups.filter { $0.verdict == verdict }
      guard !own.isEmpty else { continue }
      output.append(verdict.rawValue, verdict.ink, style)
      output.append("\n")
      for group in own {
        output.append(paragraph: group.words, indent: 2, style)
        output.append(paragraph: group.ids.joined(separator: " "), indent: 4, style)
      }
      output.append("\n")
    }
  }

  /// What the readings mean behind another server, and which of them are dangerous there, whatever their verdicts.
  private func renderTiers(_ report: CheckReport, to output: inout TextBuffer) {
    guard let words = report.tierWords else { return }
    output.append("in a chain of servers", .bold, style)
    output.append(": \(words)\n")
    for tier in [Tier.severe, .ambiguous] {
      for result in report.cases(of: tier) {
        output.append("  \(tier.rawValue)", paddedTo: 13)
        output.append(result.testCase.id)
        output.append(result.reading.map { "  read as: \($0)\n" } ?? "\n")
      }
    }
    output.append("\n")
  }

  /// What did not pass once more in short, where the eye is when the report has run through a terminal.
  private func renderDigest(_ results: [CaseResult], to output: inout TextBuffer) {
    guard results.count > 1 else { return }
    output.append("in short", .bold, style)
    output.append("\n")
    for result in results { renderRow(result, result.reason[...], to: &output) }
    output.append("\n")
  }

  /// Whose verdict was not the same in every run.
  private func renderChanges(_ report: CheckReport, to output: inout TextBuffer) {
    guard report.repeats > 1 else { return }
    let changing = report.results.filter(\.changes)
    output.append("\(report.repeats) runs", .bold, style)
    output.append(changing.isEmpty ? ": no verdict changed\n\n" : ": verdicts that changed\n")
    for result in changing { output.append("  \(result.testCase.id)  \(result.verdictCounts)\n") }
    if !changing.isEmpty { output.append("\n") }
  }

  private func renderEnd(_ report: CheckReport, to output: inout TextBuffer) {
    let accepted = report.results.count { $0.acceptedBecause != nil }
    if accepted > 0 {
      output.append("accepted by the baseline: \(accepted)\n")
    }
    for remark in report.remarks { output.append(paragraph: remark, indent: 0, style) }
    if !report.capabilities.hasProbe, report.results.contains(where: { $0.verdict == .skip }) {
      output.append(
        paragraph: """
          Without the probe much cannot be judged. `gatespec probe list` names the probes: put one behind the target \
          and name its path.
          """, indent: 0, style)
    }
    if report.interrupted { output.append("interrupted: not every case ran\n", .yellow, style) }
    output.append(report.countLine)
    output.append("\n")
  }
}
