// A case that did not pass explains itself: requirement, difference, what was sent and came back, how to run it again.
//
// Everything shown is in the result already; nothing is decoded here.

import Conformance
import Drivers
import Exchanges
import Fixtures
import WireBytes

extension CheckTextReport {
  /// Appends the explanation of one case.
  func explain(_ result: CaseResult, to output: inout TextBuffer) {
    output.append(result.verdict.rawValue.uppercased(), result.verdict.ink, style)
    output.append("  ")
    output.append(result.testCase.id, .bold, style)
    output.append("\n")
    output.append(paragraph: result.testCase.summary, indent: 2, style)
    if let because = result.acceptedBecause { paragraph("accepted", because, to: &output) }
    renderRequirements(result, to: &output)
    renderDifference(result, to: &output)
    if !result.testCase.explanation.isEmpty { paragraph("why it matters", result.testCase.explanation, to: &output) }
    for connection in result.evidence { render(connection, result.findings, to: &output) }
    if let file = result.captureFile { paragraph("capture", file, to: &output) }
    if !result.rerun.isEmpty {
      // Not wrapped: it is there to be copied.
      output.append("  run it again\n    \(result.rerun)\n")
    }
    output.append("\n")
  }

  private func paragraph(_ label: String, _ text: String, to output: inout TextBuffer) {
    output.append("  ")
    output.append(label, .dim, style)
    output.append("\n")
    output.append(paragraph: text, indent: 4, style)
  }

  /// The requirements that the findings cite; of the case where there are none.
  private func renderRequirements(_ result: CaseResult, to output: inout TextBuffer) {
    var cited: [RequirementID] = []
    for id in result.findings.map(\.requirement) where !cited.contains(id) { cited.append(id) }
    if cited.isEmpty { cited = Array(result.testCase.requirements.prefix(1)) }
    for id in cited {
      guard let requirement = registry[id] else {
        output.append("  \(id)\n")
        continue
      }
      output.append("  \(id)  \(requirement.citation), \(requirement.level)\n")
      output.append(paragraph: requirement.statement, indent: 4, style)
      if let link = requirement.link { output.append("    \(link)\n") }
    }
  }

  /// The first difference, then the findings that say something else.
  private func renderDifference(_ result: CaseResult, to output: inout TextBuffer) {
    if !result.reason.isEmpty {
      let finding = result.findings.first { $0.message == result.reason }
      paragraph(
        result.verdict == .fail || result.verdict == .warn ? "difference" : "because",
        result.reason + (finding.map(Self.place(of:)) ?? ""), to: &output)
    }
    for finding in result.findings where finding.message != result.reason {
      output.append("  ")
      output.append(finding.verdict.rawValue, finding.verdict.ink, style)
      output.append(" ")
      output.append(
        paragraph: "\(finding.requirement): \(finding.message)" + Self.place(of: finding), indent: 4,
        from: 3 + finding.verdict.rawValue.utf8.count, style)
    }
  }

  private static func place(of finding: Finding) -> String {
    guard let offset = finding.offset else { return "" }
    guard let direction = finding.direction else { return ", at byte \(offset)" }
    return ", at byte \(offset) of the \(direction == .request ? "request" : "response")"
  }

  private func render(_ connection: ConnectionEvidence, _ findings: [Finding], to output: inout TextBuffer) {
    output.append("  ")
    output.append("connection \(connection.number), sent (>) and received (<)", .dim, style)
    output.append("\n")
    let marked = connection.marked(by: findings)
    let head = Self.evidenceLimit * 2 / 3
    let tail = Self.evidenceLimit - head
    var isCut = false
    for (index, event) in connection.events.enumerated() {
      let isShown = index < head || index >= connection.events.count - tail || marked.contains(index)
      guard isShown else {
        if !isCut { output.append("       … \(connection.events.count - head - tail) more in between\n") }
        isCut = true
        continue
      }
      output.append(marked.contains(index) ? "  * " : "    ")
      output.append(event.direction.mark)
      let offset = "\(event.offset)"
      output.append(spaces: 7 - offset.count)
      output.append(" \(offset)  \(event.text)\n")
    }
    if !connection.closing.isEmpty { output.append("      \(connection.closing)\n") }
  }
}

extension ConnectionEvidence {
  /// The events that findings point at: of the finding's direction, the last one that begins at or before its offset.
  fileprivate func marked(by findings: [Finding]) -> Set<Int> {
    var marked: Set<Int> = []
    for finding in findings {
      guard let direction = finding.direction, let offset = finding.offset else { continue }
      let index = events.lastIndex { $0.direction == direction && $0.offset <= offset }
      if let index { marked.insert(index) }
    }
    return marked
  }
}

extension Requirement {
  /// Where the section can be read; nil for a specification without such links.
  package var link: String? {
    let number = section.prefix { $0.isNumber || $0 == "." }
    guard !number.isEmpty, number.first != "." else { return nil }
    switch specification {
    case "FastCGI 1.0": return "https://fastcgi-archives.github.io/FastCGI_Specification.html#S\(number)"
    case "RFC 3875": return "https://www.rfc-editor.org/rfc/rfc3875#section-\(number)"
    case "RFC 9110": return "https://www.rfc-editor.org/rfc/rfc9110#section-\(number)"
    case "RFC 9112": return "https://www.rfc-editor.org/rfc/rfc9112#section-\(number)"
    default: return nil
    }
  }
}
