// What a case expects, in plain words: for `gatespec cases show`, and beside the conversation in the HTML report.
//
// How outcomes are put together. The words of a condition, and of its differences, stand with its entry in Expectations.

package import Conformance
internal import Expectations
package import Fixtures

/// One expectation in words.
package struct ExpectationText: Hashable, Sendable {
  /// An outcome that is accepted, or known and judged.
  package struct Outcome: Hashable, Sendable {
    package var verdict: Verdict
    /// What must hold, as sentences without a full stop.
    package var conditions: [String]
    package var because: String?
  }

  /// What the target must offer for the expectation to count, sorted.
  package var needs: [String]
  /// The first whose conditions all hold decides.
  package var outcomes: [Outcome]

  /// Everything that the case expects.
  package static func all(of testCase: Case) -> [ExpectationText] {
    let conditions = testCase.expectations.flatMap(\.outcomes).flatMap(\.conditions)
    let places = ConditionPlaces(of: conditions)
    return testCase.expectations.map { expectation in
      ExpectationText(
        needs: expectation.needs.map(\.words).sorted(),
        outcomes: expectation.outcomes.map { outcome in
          Outcome(
            verdict: outcome.verdict, conditions: outcome.conditions.map { places.sentence($0) },
            because: outcome.because)
        })
    }
  }

  /// The head of the expectation: `where the target has the probe`; nil where it always counts.
  package var proviso: String? {
    needs.isEmpty ? nil : "where the target has \(needs.joined(separator: " and "))"
  }

  /// The expectation as lines: one for each condition, or, of several outcomes, one for each outcome.
  package var lines: [String] {
    if outcomes.count == 1, let only = outcomes.first, only.verdict == .pass, only.because == nil {
      return only.conditions
    }
    return outcomes.map { outcome in
      let because = outcome.because.map { " (\($0))" } ?? ""
      return "\(outcome.verdict.rawValue): \(outcome.conditions.joined(separator: "; "))\(because)"
    }
  }
}

extension Need {
  /// What the target has, in words.
  package var words: String {
    switch self {
    case .probe: "the probe"
    case .authorizer: "the authorizer role"
    case .filter: "the filter role"
    case .noAuthorizer: "no authorizer role"
    case .noFilter: "no filter role"
    case .twoConnections: "two connections served at once"
    case .nonParsedHeaders: "a name that begins with nph-"
    case .parsedHeaders: "no name that begins with nph-"
    case .middleware: "a middleware round gatespec's application"
    case .noMiddleware: "an application, not a middleware"
    // The others read well as they are written: multiplexing, no-multiplexing.
    default: rawValue.replacing("-", with: " ")
    }
  }
}
