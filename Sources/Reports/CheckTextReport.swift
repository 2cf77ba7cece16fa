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
  /// Wire events shown of one connection; the middle of more is left out.
  static let evidenceLimit = 48

  package init(registry: RequirementRegistry, style: TextStyle = .plain) {
    self.registry = registry
    self.style = style
  }

  /// Appends the whole report; its last line is the count.
  package func render(_ report: CheckReport, to output: inout TextBuffer) {
    renderHeader(report, to: &output)
    renderTable(report, to: &output)
    for result in report.results where result.verdict != .pass && result.verdict != .skip {
      explain(result, to: &output)
    }
    renderEnd(report, to: &output)
  }

  /// Target and capabilities.
  private func renderHeader(_ report: CheckReport, to output: inout TextBuffer) {
    output.append("gatespec check \(report.target)", .bold, style)
    output.append("\n\n")
    for (name, value) in facts(report.capabilities) {
      output.append(label: name, value, indent: 2, column: 18, style)
    }
    output.append("\n")
  }

  private func facts(_ capabilities: Capabilities) -> [(String, String)] {
    var facts: [(String, String)] = []
    if let software = capabilities.software { facts.append(("software", software)) }
    let reason = capabilities.probeReason.isEmpty ? "" : ": \(capabilities.probeReason)"
    facts.append(("probe", (capabilities.hasProbe ? "answers" : "none") + reason))
    facts.append(
      ("roles", "responder; authorizer \(word(capabilities.authorizer)); filter \(word(capabilities.filter))"))
    facts.append(("multiplexing", word(capabilities.multiplexing)))
    let variables = capabilities.variables.map { list in
      list.isEmpty ? "answered without a variable" : list.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
    }
    facts.append(("GET_VALUES", variables ?? "not answered"))
    facts.append(("connections", "\(capabilities.concurrentConnections) at once"))
    if capabilities.latencyNanoseconds > 0 {
      var time = TextBuffer()
      time.append(millisecondsOf: capabilities.latencyNanoseconds)
      facts.append(("latency", "\(time.text) ms"))
    }
    return facts
  }

  private func word(_ answer: Bool?) -> String { answer.map { $0 ? "yes" : "no" } ?? "not asked" }

  /// One line for every case, grouped by topic.
  private func renderTable(_ report: CheckReport, to output: inout TextBuffer) {
    var topics: [String] = []
    var members: [String: [CaseResult]] = [:]
    for result in report.results {
      let topic = Self.topic(of: result.testCase.id)
      if members[topic] == nil { topics.append(topic) }
      members[topic, default: []].append(result)
    }
    let longest = report.results.map { $0.testCase.id.utf8.count }.max() ?? 0
    // Running text keeps at least 28 columns beside the IDs.
    let column = min(2 + 13 + min(longest, 48) + 2, max(style.forLists.wrappingWidth - 28, 17))
    for topic in topics {
      output.append(topic, .bold, style)
      output.append("\n")
      for result in members[topic] ?? [] { renderRow(result, column: column, to: &output) }
      output.append("\n")
    }
  }

  private func renderRow(_ result: CaseResult, column: Int, to output: inout TextBuffer) {
    output.append("  ")
    output.append(result.verdict.rawValue, result.verdict.ink, style)
    output.append(spaces: 13 - result.verdict.rawValue.utf8.count)
    var title = result.testCase.summary
    if result.verdict == .skip || result.verdict == .inconclusive { title = result.reason }
    if result.acceptedBecause != nil { title += " (accepted)" }
    output.append(result.testCase.id)
    let end = 15 + result.testCase.id.utf8.count
    if end + 2 > column {
      output.append("\n")
      output.append(paragraph: title, indent: column, style)
    } else {
      output.append(spaces: column - end)
      output.append(paragraph: title, indent: column, from: column, style.forLists)
    }
  }

  /// `fastcgi/records` of `fastcgi/records/padding-255`.
  static func topic(of id: String) -> String {
    id.split(separator: "/").dropLast().joined(separator: "/")
  }

  private func renderEnd(_ report: CheckReport, to output: inout TextBuffer) {
    let accepted = report.results.count { $0.acceptedBecause != nil }
    if accepted > 0 {
      output.append("accepted by the baseline: \(accepted)\n")
    }
    for entry in report.staleBaseline {
      output.append("the baseline accepts \(entry), which passes now: the entry can go\n")
    }
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
