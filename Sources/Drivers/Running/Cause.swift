// Why a case did not pass, as a value; its words are made where it is shown.

package import Conformance
package import Fixtures

/// Why a case did not pass.
package enum Cause: Hashable, Sendable {
  /// The finding of that index in the result's ``CaseResult/findings``.
  case finding(Int, elsewhere: Elsewhere? = nil)
  /// The target does not offer this.
  case need(Need)
  /// The case needs the probe, and why it is believed that there is none.
  case noProbe(String)
  /// The case of that ID, on which this one depends, did not pass.
  case dependency(String)
  /// The target could not be asked any more, and why.
  case dead(String)
  /// The target could not be reached, or not be played against.
  case trouble(String)
  /// The target says that it cannot, or the probe has no way to tell.
  case untold(String)
  /// What was seen may be somebody else's doing than the target's.
  case unclear(String)

  /// The other cases in which a finding was seen.
  package enum Elsewhere: Hashable, Sendable {
    /// A case that is not about it saw what this one failed by.
    case seen(in: String)
    /// A case saw it once, and not again.
    case seenOnce(in: String)
    case alsoSeen(caseCount: Int)
  }

  /// The cause in one line.
  ///
  /// - Parameter findings: Those of the result.
  package func words(_ findings: [Finding]) -> String {
    switch self {
    case .finding(let index, let elsewhere):
      findings[index].message + (elsewhere.map { "; \($0.words)" } ?? "")
    case .need(.spawned): "untested: needs a process of its own, started as the case says; `--spawn` starts it"
    case .need(let need): "the target does not offer \(need.rawValue)"
    case .noProbe(let reason): "needs the probe: \(reason)"
    case .dependency(let id): "\(id) did not pass"
    case .dead(let words), .trouble(let words), .untold(let words), .unclear(let words): words
    }
  }
}

extension Cause.Elsewhere {
  fileprivate var words: String {
    switch self {
    case .seen(let id): "seen in \(id)"
    case .seenOnce(let id): "seen in \(id), and not when that was played again"
    case .alsoSeen(let count): "also seen in \(count) other \(count == 1 ? "case" : "cases")"
    }
  }
}

extension CaseResult {
  /// Why the case has its verdict, in one line; empty on pass.
  package var reason: String {
    let words = cause?.words(findings)
    return [words, changes ? "in \(verdicts.count) runs: \(verdictCounts)" : nil].compactMap(\.self)
      .joined(separator: "; ")
  }

  /// The finding that the reason repeats, if it is one.
  package var leadingFinding: Finding? {
    if case .finding(let index, _) = cause { findings[index] } else { nil }
  }

  /// The case that it depends on and that did not pass, where that is why it was not played.
  package var dependency: String? {
    if case .dependency(let id) = cause { id } else { nil }
  }
}
