// What every report says of a case that did not pass: the difference, whose words explain it, what was expected.
//
// Values only; each renderer lays them out in its own way. A finding is explained by what found it: a rule by its own
// words, an expectation by its case's.

internal import Conformance
internal import Drivers
internal import Fixtures

/// Why a finding matters.
struct FindingExplanation: Hashable {
  /// The rule's requirement; nil where the case's own words explain its expectations.
  var requirement: RequirementID?
  var text: String
}

extension CaseResult {
  /// The first difference in words, with its place.
  var difference: String { reason + (leadingFinding.map(place) ?? "") }

  /// The findings that say something else than the reason.
  var furtherFindings: [Finding] {
    let leading = leadingFinding?.message
    return findings.filter { $0.message != leading }
  }

  /// The rule whose finding the case shows though it is about something else; nil where the case is about it.
  private var foreignRule: Rule? {
    guard let finding = leadingFinding, finding.source == .rule else { return nil }
    let own = testCase.rules + testCase.requirements
    return own.contains(finding.requirement) ? nil : RuleCatalog.rule(finding.requirement, .server)
  }

  /// What holds where nothing is wrong, in one sentence: the case's summary, or that of the rule which it broke by the
  /// way.
  var title: String { foreignRule?.summary ?? testCase.summary }

  /// The case in which a rule's finding was seen that the case is not about; nil where it is about it.
  var seenIn: String? {
    foreignRule == nil ? nil : "\(testCase.id), which is about something else: \(testCase.summary)"
  }

  /// Why the findings matter, each text once.
  var explanations: [FindingExplanation] {
    var list: [FindingExplanation] = []
    if findings.isEmpty || findings.contains(where: { $0.source != .rule }), !testCase.explanation.isEmpty {
      list.append(FindingExplanation(text: testCase.explanation))
    }
    for finding in findings where finding.source == .rule {
      guard let rule = RuleCatalog.rule(finding.requirement, .server) else { continue }
      let explanation = FindingExplanation(requirement: finding.requirement, text: rule.explanation)
      if !list.contains(explanation) { list.append(explanation) }
    }
    return list
  }

  /// Every outcome that would have been accepted, as lines, where a finding is about an expectation with several.
  func acceptedOutcomes(of finding: Finding) -> [String] {
    guard case .expectation(let index) = finding.source, testCase.expectations.indices.contains(index) else {
      return []
    }
    var expectation = ExpectationText.all(of: testCase)[index]
    guard expectation.outcomes.count > 1 else { return [] }
    expectation.outcomes.removeAll { $0.verdict == .fail }
    return expectation.lines
  }
}
