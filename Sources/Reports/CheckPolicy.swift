// What a run's results amount to: strictness, accepted deviations, and the exit code.
//
// Pure: a report in, a report or a code out. Reading a baseline file is the command line's matter.

package import Conformance
package import Drivers
internal import Fixtures

/// The exit codes of the program.
package enum ProgramStatus: Int32, Hashable, Sendable, CaseIterable {
  /// Nothing at or above `--fail-on`.
  case success = 0
  /// Findings.
  case findings = 1
  /// A usage error, or a filter or fixture that does not parse.
  case usage = 2
  /// The target is unreachable, a set-up failed, a capture or an interface is unreadable.
  case unreachable = 3
  /// Nothing ran, or everything was skipped or inconclusive.
  case nothingRan = 4
  /// A bug in gatespec, or a case that ended in `error`.
  case internalError = 5
  /// `check` was interrupted.
  case interrupted = 130
}

/// A deviation that the user accepts.
package struct BaselineEntry: Hashable, Sendable {
  /// A case's ID, or a pattern of them.
  package var cases: Glob
  package var because: String
  /// The deviation comes and goes: that it is not there says nothing.
  package var isOccasional: Bool

  package init(cases: Glob, because: String, isOccasional: Bool = false) {
    self.cases = cases
    self.because = because
    self.isOccasional = isOccasional
  }
}

extension CheckReport {
  /// The report with every `warn` turned into `fail`.
  package func strict() -> CheckReport {
    var report = self
    for index in report.results.indices {
      if report.results[index].verdict == .warn { report.results[index].verdict = .fail }
      report.results[index].verdicts = report.results[index].verdicts.map { $0 == .warn ? .fail : $0 }
      for finding in report.results[index].findings.indices
      where report.results[index].findings[finding].verdict == .warn {
        report.results[index].findings[finding].verdict = .fail
      }
    }
    return report
  }

  /// The report with accepted deviations marked, and the entries listed whose deviation is gone.
  ///
  /// An entry is stale when cases that it names ran and all of them passed; one whose cases did not run says nothing, nor
  /// does one of what comes and goes.
  package func accepting(_ baseline: [BaselineEntry]) -> CheckReport {
    var report = self
    for entry in baseline {
      let named = report.results.indices.filter { entry.cases.matches(report.results[$0].testCase.id) }
      for index in named where report.results[index].verdict.isDeviation {
        report.results[index].acceptedBecause = entry.because
      }
      guard !entry.isOccasional else { continue }
      let ran = named.filter { report.results[$0].verdict == .pass || report.results[$0].verdict.isDeviation }
      if !ran.isEmpty, ran.allSatisfy({ report.results[$0].verdict == .pass }) {
        report.staleBaseline.append(entry.cases.pattern)
      }
    }
    return report
  }

  /// What the run amounts to; a verdict that changes from run to run is a finding.
  ///
  /// - Parameter threshold: `fail`, `warn` or `info`: the least verdict that counts as a finding.
  package func exitStatus(failOn threshold: Verdict) -> ProgramStatus {
    if interrupted { return .interrupted }
    if count(.error) > 0 { return .internalError }
    if results.contains(where: { result in
      result.acceptedBecause == nil
        && (result.verdict.isDeviation && result.verdict >= threshold || result.changes)
    }) {
      return .findings
    }
    if results.allSatisfy({ $0.verdict == .skip || $0.verdict == .inconclusive }) { return .nothingRan }
    return .success
  }
}

extension Verdict {
  /// Whether something was found: `info`, `warn` or `fail`.
  package var isDeviation: Bool { self == .info || self == .warn || self == .fail }
}
