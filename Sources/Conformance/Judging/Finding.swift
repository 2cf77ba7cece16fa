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
  /// The connection of the case, from 1; nil where it is about none, and in a trace.
  package var connection: Int?
  package var source: Source

  /// What found it: that decides whose words explain it.
  package enum Source: Hashable, Sendable {
    /// A rule, which explains itself whatever case saw it.
    case rule
    /// The case's expectation of that index.
    case expectation(Int)
    /// The course of the case: a step that waited in vain, a target that no longer serves.
    case course
  }

  package init(
    requirement: RequirementID, verdict: Verdict, message: String, direction: Direction? = nil,
    offset: StreamOffset? = nil, connection: Int? = nil, source: Source = .course
  ) {
    self.requirement = requirement
    self.verdict = verdict
    self.message = message
    self.direction = direction
    self.offset = offset
    self.connection = connection
    self.source = source
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
  /// The connection of the case that is judged; nil in a trace.
  package var connection: Int?

  /// - Parameter severity: The severity of a requirement, by the registry or a profile; nil where nothing is to be said
  ///   about it.
  package init(severity: @escaping @Sendable (RequirementID) -> Severity?) { self.severity = severity }

  /// Reports a violation by the side that is judged; its verdict follows the requirement's severity.
  ///
  /// - Parameter isProvoked: The other side had broken the same requirement first: what answers it only warns.
  package mutating func report(
    _ message: @autoclosure () -> String, _ direction: Direction? = nil, at offset: StreamOffset? = nil,
    isProvoked: Bool = false
  ) {
    guard list.count < Self.limit, let severity = severity(requirement) else { return }
    let verdict = Verdict(violationOf: severity)
    list.append(
      Finding(
        requirement: requirement, verdict: isProvoked ? min(verdict, .warn) : verdict, message: message(),
        direction: direction, offset: offset, connection: connection, source: .rule))
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
