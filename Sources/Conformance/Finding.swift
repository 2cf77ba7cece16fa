// Verdicts and findings: what rules and expectations say.
//
// Values only; how a finding is shown is the reports' matter.

package import WireBytes

/// The outcome of a case, or the weight of a finding.
package enum Verdict: String, Hashable, Sendable, CaseIterable, Comparable {
  case pass
  /// A may, or robustness beyond the spec's words.
  case info
  /// A should is violated, or an accepted but not preferred outcome.
  case warn
  /// A must is violated.
  case fail
  /// Not run, with the reason.
  case skip
  /// Its set-up, or a case it depends on, failed.
  case inconclusive
  /// The tool could not run it.
  case error

  /// By declaration: a later one outweighs an earlier one among findings (`pass` to `fail`).
  private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

  package static func < (left: Verdict, right: Verdict) -> Bool {
    left.rank < right.rank
  }
}

/// One statement about one requirement: where, what was seen, why it matters.
package struct Finding: Hashable, Sendable {
  package var requirement: RequirementID
  /// `pass` is never a finding; `info`, `warn` or `fail`.
  package var verdict: Verdict
  /// What was seen, in one line; wire values escaped by `WireText`.
  package var message: String
  package var direction: Direction?
  /// Where in that direction's stream.
  package var offset: StreamOffset?

  package init(
    requirement: RequirementID, verdict: Verdict, message: String, direction: Direction? = nil,
    offset: StreamOffset? = nil
  ) {
    self.requirement = requirement
    self.verdict = verdict
    self.message = message
    self.direction = direction
    self.offset = offset
  }
}

/// Where rules put what they find.
///
/// Bounded; knows the severities.
package struct Findings: Sendable {
  package private(set) var list: [Finding] = []
  /// How many findings of one judgement are kept.
  package static let limit = 64
  private let severity: @Sendable (RequirementID) -> Severity?
  /// What the rule that is running reports violations of.
  var requirement: RequirementID = ""

  /// - Parameter severity: The severity of a requirement, by the registry or a profile; nil where nothing is to be said
  ///   about it.
  package init(severity: @escaping @Sendable (RequirementID) -> Severity?) { self.severity = severity }

  /// Reports a violation by the side that is judged; its verdict follows the requirement's severity.
  package mutating func report(
    _ message: @autoclosure () -> String, _ direction: Direction? = nil, at offset: StreamOffset? = nil
  ) {
    guard list.count < Self.limit, let severity = severity(requirement) else { return }
    list.append(
      Finding(
        requirement: requirement, verdict: Verdict(violationOf: severity), message: message(),
        direction: direction, offset: offset))
  }
}

extension Verdict {
  /// What a violation of a requirement of that severity amounts to, by the side that sent it.
  package init(violationOf severity: Severity) {
    switch severity {
    case .must, .grammar: self = .fail
    case .should: self = .warn
    case .info: self = .info
    }
  }
}
