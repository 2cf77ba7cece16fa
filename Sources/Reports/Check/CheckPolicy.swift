// What a run's results amount to: strictness, accepted deviations, and the exit code.
//
// Pure: a report in, a report or a code out. Reading a baseline file is the command line's matter.

package import Conformance
package import Drivers
package import Fixtures

/// The exit codes of the program.
package enum ProgramStatus: Int32, Hashable, Sendable, CaseIterable {
  /// Nothing at or above `--fail-on`.
  case success = 0
  /// Findings, or more cases left unjudged than `--max-skip` allows.
  case findings = 1
  /// A usage error, or a filter or fixture that does not parse.
  case usage = 2
  /// The target is unreachable, the probe of `--probe on` does not answer, a set-up failed, a capture or an interface is unreadable.
  case unreachable = 3
  /// Nothing ran, or everything was skipped or inconclusive.
  case nothingRan = 4
  /// A bug in gatespec, or a case that ended in `error`.
  case internalError = 5
  /// `check` was interrupted.
  case interrupted = 130
}

/// How many cases may be left unjudged, skipped or inconclusive: a number, or a share of all that were to run.
package struct SkipLimit: Hashable, Sendable, CustomStringConvertible {
  private var number: Int
  private var isPercent: Bool

  /// From the option's value: `40` or `10%`; nil where it is neither.
  package init?(_ text: String) {
    isPercent = text.hasSuffix("%")
    let digits = isPercent ? text.dropLast() : text[...]
    guard let number = Int(digits), number >= 0, !isPercent || number <= 100 else { return nil }
    self.number = number
  }

  package func allows(_ unjudged: Int, of total: Int) -> Bool {
    isPercent ? unjudged * 100 <= number * total : unjudged <= number
  }

  /// As it was given.
  package var description: String { "\(number)\(isPercent ? "%" : "")" }
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

  /// The report with accepted deviations marked, and the entries listed that are of no use any more.
  ///
  /// A case belongs to the first entry that names it. An entry is stale when all of its cases ran, to their end, and
  /// passed; one of what comes and goes never is. Without the probe cases pass that would not have with it, so nothing
  /// is called stale where it was looked for in vain.
  ///
  /// - Parameter catalogue: The IDs of all cases that the target can be asked, selected or not.
  package func accepting(_ baseline: [BaselineEntry], catalogue: [String]) -> CheckReport {
    var report = self
    var owners: [String: Int] = [:]
    for id in catalogue { owners[id] = baseline.firstIndex { $0.cases.matches(id) } }
    for index in report.results.indices where report.results[index].verdict.isDeviation {
      report.results[index].acceptedBecause = owners[report.results[index].testCase.id].map { baseline[$0].because }
    }
    for (index, entry) in baseline.enumerated() {
      let own = catalogue.filter { owners[$0] == index }
      guard !own.isEmpty else {
        let other = catalogue.first { entry.cases.matches($0) }.flatMap { owners[$0] }
        report.idleBaseline.append(
          IdleBaselineEntry(
            cases: entry.cases.pattern, cause: other.map { .shadowed(by: baseline[$0].cases.pattern) } ?? .unknown))
        continue
      }
      let verdicts = results.filter { owners[$0.testCase.id] == index }.map(\.verdict)
      guard !entry.isOccasional, !verdicts.isEmpty else { continue }
      if verdicts.allSatisfy({ $0 == .skip || $0 == .inconclusive }) {
        report.idleBaseline.append(IdleBaselineEntry(cases: entry.cases.pattern, cause: .unjudged))
      } else if verdicts.count == own.count, verdicts.allSatisfy({ $0 == .pass }),
        capabilities.hasProbe || capabilities.isProbeOff
      {
        report.staleBaseline.append(entry.cases.pattern)
      }
    }
    return report
  }

  /// The report with a complaint where more cases were left unjudged than `limit` allows.
  package func limitingUnjudged(to limit: SkipLimit) -> CheckReport {
    var report = self
    let unjudged = count(.skip) + count(.inconclusive)
    guard !limit.allows(unjudged, of: results.count) else { return report }
    report.tooManyUnjudged =
      "\(unjudged) of \(results.count) cases were not judged (\(count(.skip)) skip, \(count(.inconclusive)) "
      + "inconclusive), which is more than --max-skip \(limit) allows"
    return report
  }

  /// What the run amounts to; a verdict that changes from run to run is a finding.
  ///
  /// - Parameter threshold: `fail`, `warn` or `info`: the least verdict that counts as a finding.
  package func exitStatus(failOn threshold: Verdict) -> ProgramStatus {
    if interrupted { return .interrupted }
    if count(.error) > 0 { return .internalError }
    if tooManyUnjudged != nil { return .findings }
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
