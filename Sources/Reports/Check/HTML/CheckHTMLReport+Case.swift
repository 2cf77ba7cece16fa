// One case of the HTML page: folded to a line; unfolded what went over the wire beside what was expected.
//
// Everything shown is in the result already; nothing is decoded here.

import Conformance
import Drivers
import Exchanges
import Fixtures
import WireBytes

extension CheckHTMLReport {
  /// Wire events shown of one connection; the middle of more is left out.
  private static let evidenceLimit = 120

  /// Appends one case; what failed stands open.
  func render(_ result: CaseResult, to html: inout MarkupWriter) {
    let verdict = result.verdict.rawValue
    var attributes: [MarkupWriter.Attribute] = [
      ("class", "case"), ("id", result.testCase.id), ("data-verdict", verdict),
      ("data-topic", CheckTopic.name(of: result.testCase.id)),
    ]
    if result.acceptedBecause == nil, result.verdict == .fail || result.verdict == .error {
      attributes.append(("open", ""))
    }
    html.literal("\n")
    html.element("details", attributes) { html in
      html.element("summary") { html in
        html.element("span", [("class", "badge \(verdict)")], text: verdict)
        html.literal(" ")
        html.element("code", [("class", "id")], text: result.testCase.id)
        html.literal(" ")
        html.element(
          "span", [("class", "brief")], text: result.reason.isEmpty ? result.testCase.summary : result.reason)
      }
      html.element("p", [("class", "title")], text: result.title)
      if let words = result.seenIn { html.element("p", text: "Seen in \(words)") }
      if let because = result.acceptedBecause {
        html.element("p", [("class", "notice")], text: "Accepted by the baseline: \(because)")
      }
      if result.evidence.isEmpty {
        html.element("div", [("class", "half")]) { renderExpected(result, to: &$0) }
      } else {
        html.element("div", [("class", "halves")]) { html in
          html.element("div", [("class", "half")]) { html in
            for connection in result.evidence { render(connection, result.findings(on: connection), to: &html) }
          }
          html.element("div", [("class", "half")]) { renderExpected(result, to: &$0) }
        }
      }
      renderReasons(result, to: &html)
    }
  }

  // MARK: What came

  private func render(_ connection: ConnectionEvidence, _ findings: [Finding], to html: inout MarkupWriter) {
    html.element("h3", text: "Connection \(connection.number): sent and received")
    html.element("ol", [("class", "wire")]) { html in
      for line in connection.lines(limit: Self.evidenceLimit, markedBy: findings) {
        switch line {
        case .omitted(let count): html.element("li", [("class", "omitted")], text: "… \(count) more in between")
        case .event(let event, let isMarked):
          let direction = event.direction == .request ? "sent" : "received"
          html.element("li", [("class", isMarked ? "\(direction) marked" : direction)]) { html in
            html.element("span", [("class", "way"), ("title", direction)], text: event.direction.mark)
            html.element("span", [("class", "offset")], text: "\(event.offset)")
            html.element("code", text: event.text)
          }
        }
      }
      if !connection.closing.isEmpty { html.element("li", [("class", "omitted")], text: connection.closing) }
    }
  }

  // MARK: What should have come

  private func renderExpected(_ result: CaseResult, to html: inout MarkupWriter) {
    html.element("h3", text: "Expected")
    html.element("ul", [("class", "expected")]) { html in
      for expectation in ExpectationText.all(of: result.testCase) { render(expectation, to: &html) }
      for id in result.testCase.rules {
        html.element("li", text: "no finding of the rule \(id)\(registry[id].map { ": \($0.statement)" } ?? "")")
      }
    }
    guard result.verdict != .pass, !result.reason.isEmpty else { return }
    let differs = result.verdict == .fail || result.verdict == .warn
    html.element("h3", text: differs ? "Difference" : "Because")
    html.element("p", [("class", "difference \(result.verdict.rawValue)")], text: result.difference)
    for finding in result.furtherFindings {
      html.element("p", [("class", "difference \(finding.verdict.rawValue)")]) { html in
        html.element("b", text: "\(finding.requirement)")
        html.text(" \(finding.verdict.rawValue): \(finding.message)\(result.place(of: finding))")
      }
    }
    if let words = result.chainWords { html.element("p", text: "In a chain of servers: \(words)") }
    for words in result.targetSays { html.element("p", text: "The target says: \(words)") }
  }

  private func render(_ expectation: ExpectationText, to html: inout MarkupWriter) {
    let isChoice = expectation.outcomes.count > 1
    guard isChoice || expectation.proviso != nil else {
      for line in expectation.lines { html.element("li", text: line) }
      return
    }
    html.element("li") { html in
      let head = [expectation.proviso, isChoice ? "the first of these that holds" : nil].compactMap { $0 }
      html.text(head.joined(separator: ", ") + ":")
      html.element("ul") { html in
        for line in expectation.lines { html.element("li", text: line) }
      }
    }
  }

  // MARK: Why, and how to go on

  private func renderReasons(_ result: CaseResult, to html: inout MarkupWriter) {
    html.element("dl", [("class", "reasons")]) { html in
      let cited = result.verdict == .pass ? result.testCase.requirements : result.citedRequirements
      for id in cited {
        html.element("dt", text: "Requirement")
        html.element("dd") { render(id, to: &$0) }
      }
      let explanations = result.explanations
      for explanation in explanations {
        html.element("dt", text: "Why it matters")
        html.element("dd") { html in
          if explanations.count > 1, let id = explanation.requirement { html.element("b", text: "\(id) ") }
          html.text(explanation.text)
        }
      }
      if let file = result.captureFile {
        html.element("dt", text: "Capture")
        html.element("dd") { $0.element("code", text: file) }
      }
      if !result.rerun.isEmpty {
        html.element("dt", text: "Run it again")
        html.element("dd") { $0.element("code", text: result.rerun) }
      }
    }
  }

  private func render(_ id: RequirementID, to html: inout MarkupWriter) {
    guard let requirement = registry[id] else { return html.text(id.rawValue) }
    html.element("b", text: id.rawValue)
    html.text(", ")
    if let link = requirement.link {
      html.element("a", [("href", link), ("rel", "noreferrer")], text: requirement.citation)
    } else {
      html.text(requirement.citation)
    }
    html.text(" (\(requirement.levelWords)): \(requirement.statement)")
  }
}
