// A case that did not pass explains itself: difference, requirement, what was sent and came back, how to run it again.
//
// Everything shown is in the result already; nothing is decoded here.

import Conformance
import Drivers
import Exchanges
import Fixtures
import WireBytes

extension CheckTextReport {
  /// Where the words beside the labels begin; the longest label is `why it matters`.
  private static let column = 17

  /// Appends the explanation of one case.
  func explain(_ result: CaseResult, to output: inout TextBuffer) {
    output.append(result.verdict.rawValue.uppercased(), result.verdict.ink, style)
    output.append("  ")
    output.append(result.testCase.id, .bold, style)
    output.append("\n")
    output.append(paragraph: result.title, indent: 2, style)
    output.append("\n")
    renderDifference(result, to: &output)
    if let words = result.chainWords { entry("in a chain", words, to: &output) }
    for words in result.targetSays { entry("target says", words, to: &output) }
    if let because = result.acceptedBecause { entry("accepted", because, to: &output) }
    if let words = result.seenIn { entry("seen in", words, to: &output) }
    for id in result.citedRequirements { renderRequirement(id, to: &output) }
    renderExplanations(result, to: &output)
    for connection in result.evidence { render(connection, result.findings(on: connection), to: &output) }
    if let fixture = result.fixture {
      entry("as a fixture", "for a file FOLDER/http1/TOPIC.yaml and --fixtures FOLDER:", to: &output)
      output.append(fixture)
    }
    if let file = result.captureFile { copyable("capture", file, to: &output) }
    if !result.rerun.isEmpty { copyable("run it again", result.rerun, to: &output) }
    output.append("\n")
  }

  /// The explanation of one case as a text of its own, for the reports that quote it.
  func explanation(of result: CaseResult) -> String {
    var output = TextBuffer()
    explain(result, to: &output)
    output.truncate(to: output.count - 1)
    return output.text
  }

  private func label(_ label: String, to output: inout TextBuffer) {
    output.append("  ")
    output.append(label, .dim, style)
    output.append(spaces: Self.column - 2 - label.utf8.count)
  }

  private func entry(_ name: String, _ text: String, to output: inout TextBuffer) {
    label(name, to: &output)
    output.append(paragraph: text, indent: Self.column, from: Self.column, style)
  }

  /// An entry that is there to be copied, and so never wrapped.
  private func copyable(_ name: String, _ text: String, to output: inout TextBuffer) {
    label(name, to: &output)
    output.append("\(text)\n")
  }

  private func renderRequirement(_ id: RequirementID, to output: inout TextBuffer) {
    guard let requirement = registry[id] else { return entry("requirement", id.rawValue, to: &output) }
    entry("requirement", "\(id), \(requirement.citation) (\(requirement.levelWords))", to: &output)
    output.append(paragraph: requirement.statement, indent: Self.column, style)
    if let link = requirement.link {
      output.append(spaces: Self.column)
      output.append("\(link)\n")
    }
  }

  /// The first difference, then the findings that say something else; after each what would have been accepted.
  private func renderDifference(_ result: CaseResult, to output: inout TextBuffer) {
    if !result.reason.isEmpty {
      let name = result.verdict == .fail || result.verdict == .warn ? "difference" : "because"
      entry(name, result.difference, to: &output)
    }
    if let leading = result.leadingFinding { renderOutcomes(result.acceptedOutcomes(of: leading), to: &output) }
    for finding in result.furtherFindings {
      label("also", to: &output)
      output.append(finding.verdict.rawValue, finding.verdict.ink, style)
      output.append(" ")
      output.append(
        paragraph: "\(finding.requirement): \(finding.message)\(result.place(of: finding))", indent: Self.column,
        from: Self.column + finding.verdict.rawValue.utf8.count + 1, style)
      renderOutcomes(result.acceptedOutcomes(of: finding), to: &output)
    }
  }

  /// The outcomes of an expectation that has several.
  private func renderOutcomes(_ outcomes: [String], to output: inout TextBuffer) {
    guard !outcomes.isEmpty else { return }
    entry("expected", "the first of these that holds:", to: &output)
    for outcome in outcomes { output.append(paragraph: "- \(outcome)", indent: Self.column, style) }
  }

  /// Why it matters, in the words of what found it.
  private func renderExplanations(_ result: CaseResult, to output: inout TextBuffer) {
    let explanations = result.explanations
    for explanation in explanations {
      let head = explanations.count > 1 ? explanation.requirement.map { "\($0): " } ?? "" : ""
      entry("why it matters", head + explanation.text, to: &output)
    }
  }

  private func render(_ connection: ConnectionEvidence, _ findings: [Finding], to output: inout TextBuffer) {
    let lines = connection.lines(limit: Self.evidenceLimit, markedBy: findings)
    label("connection \(connection.number)", to: &output)
    let isMarked = lines.contains { if case .event(_, isMarked: true) = $0 { true } else { false } }
    output.append("> sent, < received, by offset", .dim, style)
    if isMarked { output.append("; * is where it differs", .dim, style) }
    output.append("\n")
    for line in lines {
      switch line {
      case .omitted(let count): output.append("    … \(count) more in between\n")
      case .event(let event, let isMarked):
        let offset = "\(event.offset)"
        output.append(isMarked ? "  * " : "    ")
        output.append(event.direction.mark)
        output.append(spaces: 8 - offset.utf8.count)
        output.append("\(offset)  ")
        output.append(wireText: event.text, indent: 15, from: max(15, 7 + offset.utf8.count), style)
      }
    }
    if !connection.closing.isEmpty { output.append("               \(connection.closing)\n") }
  }
}

extension TextBuffer {
  /// Appends a decoded unit and a line end; on a terminal wrapped, at a space where there is one near, else anywhere.
  ///
  /// Unlike running text it is shown to the last space: it quotes the wire.
  fileprivate mutating func append(wireText text: String, indent: Int, from column: Int, _ style: TextStyle) {
    guard let width = style.width else { return append(text + "\n") }
    var rest = Substring(text).unicodeScalars
    var room = max(width - column, 16)
    while rest.count > room {
      let line = rest.prefix(room)
      let space = line.lastIndex(of: " ").map { rest.index(after: $0) }
      let isNear = space.map { rest.distance(from: rest.startIndex, to: $0) > room / 2 } ?? false
      let end = isNear ? space ?? line.endIndex : line.endIndex
      append(String(rest[..<end]))
      append("\n")
      append(spaces: indent)
      rest = rest[end...]
      room = max(width - indent, 16)
    }
    append(String(rest))
    append("\n")
  }
}

extension Requirement {
  /// The level in words: the older documents state most things as plain facts.
  var levelWords: String {
    switch level {
    case "decl": "stated as a fact"
    case "format": "by the format"
    case "derived": "follows from the text"
    default: level
    }
  }

  /// Where the section can be read; nil for a specification without such links.
  package var link: String? {
    switch specification {
    case "SCGI": return "https://python.ca/scgi/protocol.txt"
    case "uwsgi": return "https://uwsgi-docs.readthedocs.io/en/latest/Protocol.html"
    case "PEP 3333": return "https://peps.python.org/pep-3333/"
    default: break
    }
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
