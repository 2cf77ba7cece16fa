// Several runs of the same cases as one report: what changes from run to run is shown, and counts as its gravest.
//
// Pure; that there are several runs is the command line's doing.

import Conformance
import Fixtures

extension CheckReport {
  /// Lays runs of the same cases together; the first one says when it began and what the target can do.
  ///
  /// A case that a run did not come to has no verdict of that run.
  package init(repeating reports: [CheckReport]) {
    precondition(!reports.isEmpty, "there is a run")
    self = reports[0]
    guard reports.count > 1 else { return }
    var runs: [Case.Identity: [CaseResult]] = [:]
    for result in reports.joined { runs[result.testCase.identity, default: []].append(result) }
    var seen: Set<Case.Identity> = []
    results = reports.joined.compactMap { result in
      guard seen.insert(result.testCase.identity).inserted else { return nil }
      return runs[result.testCase.identity].map(CaseResult.init(repeating:))
    }
    repeats = reports.count
    durationMilliseconds = reports.reduce(0) { $0 + $1.durationMilliseconds }
    largestLagMilliseconds = reports.compactMap(\.largestLagMilliseconds).max()
    finalLatencyNanoseconds = reports.last?.finalLatencyNanoseconds
    interrupted = reports.contains(where: \.interrupted)
  }
}

extension [CheckReport] {
  /// The results of all runs, one run after the other.
  fileprivate var joined: [CaseResult] { flatMap(\.results) }
}

extension CaseResult {
  /// The gravest of several results of a case, with the verdicts of all.
  fileprivate init(repeating results: [CaseResult]) {
    func weight(_ result: CaseResult) -> Int { Self.byWeight.firstIndex(of: result.verdict) ?? 0 }
    self = results.dropFirst().reduce(results[0]) { weight($1) > weight($0) ? $1 : $0 }
    verdicts = results.map(\.verdict)
  }

  /// A verdict that says less about the target weighs less.
  private static let byWeight: [Verdict] = [.pass, .skip, .inconclusive, .info, .warn, .fail, .error]

  /// Whether the verdict is not the same in every run.
  package var changes: Bool { Set(verdicts).count > 1 }

  /// Which verdicts came how often: `pass 3, fail 2`.
  package var verdictCounts: String {
    Verdict.allCases.compactMap { verdict in
      let count = verdicts.count { $0 == verdict }
      return count == 0 ? nil : "\(verdict.rawValue) \(count)"
    }.joined(separator: ", ")
  }
}
