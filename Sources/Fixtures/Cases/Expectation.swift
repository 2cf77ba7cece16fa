// What a case expects, as values. `Drivers` compares them with what came back.
//
// Which outcomes are accepted, and what each amounts to. What an outcome may ask for is in `Expectations`.

package import Conformance
package import Expectations

/// One thing that must hold after a case, with every outcome that is accepted.
package struct Expectation: Sendable {
  /// What a failure cites; nil takes the case's first requirement.
  package var requirement: RequirementID?
  /// What the target must offer for this expectation to be judged; it is passed over otherwise.
  package var needs: Set<Need>
  /// The first outcome whose conditions all hold decides; when none does, the requirement is violated.
  package var outcomes: [Outcome]
  package var location: SourceLocation

  package init(
    requirement: RequirementID? = nil, needs: Set<Need> = [], outcomes: [Outcome],
    location: SourceLocation = .init(file: "", line: 0, column: 0)
  ) {
    self.requirement = requirement
    self.needs = needs
    self.outcomes = outcomes
    self.location = location
  }
}

/// An acceptable outcome and its verdict.
package struct Outcome: Sendable {
  /// `pass`, `info`, `warn`, `fail`, or `skip` (the target said that it cannot: the whole case is skipped, whatever
  /// its other expectations say).
  package var verdict: Verdict
  /// What this outcome cites where it is no pass; nil takes the expectation's.
  package var requirement: RequirementID?
  /// Why an outcome other than pass is what it is.
  package var because: String?
  /// How dangerous the outcome is where two servers stand in a row; nil in a case where that is no question.
  package var tier: Tier?
  /// How the server read a request that may be read in several ways: a fact, in one word of the case's.
  package var reading: String?
  package var conditions: [Condition]

  package init(
    verdict: Verdict = .pass, requirement: RequirementID? = nil, because: String? = nil, tier: Tier? = nil,
    reading: String? = nil, conditions: [Condition]
  ) {
    self.verdict = verdict
    self.requirement = requirement
    self.because = because
    self.tier = tier
    self.reading = reading
    self.conditions = conditions
  }

  /// Readings that tell nothing about where a request ends, and so contradict no other: the server did not take it,
  /// took what follows for no request, or answered and closed without showing what it would have read next.
  package static let openReadings: Set<String> = ["closed", "early", "refused", "refused-late"]
}

/// What an outcome means for a chain of servers, beside the verdict: a specification may allow what is dangerous.
package enum Tier: String, CaseIterable, Comparable, Sendable {
  /// The request was refused, or read in the one way that there is.
  case safe
  /// It was read in a way that the specification allows and that others share.
  case acceptable
  /// It was read in a way in which another server may not read it.
  case ambiguous
  /// Bytes of a body or a field were taken for a request, or a request for them.
  case severe

  package static func < (left: Tier, right: Tier) -> Bool { left.rank < right.rank }

  private var rank: Int {
    switch self {
    case .safe: 0
    case .acceptable: 1
    case .ambiguous: 2
    case .severe: 3
    }
  }
}
