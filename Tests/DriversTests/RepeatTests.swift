// Several runs as one report: what changes is shown, and counts as its gravest.

import Conformance
import Drivers
import Exchanges
import Fixtures
import Testing
import WireBytes

@Suite struct RepeatTests {
  private static func report(_ verdicts: [(id: String, verdict: Verdict)], milliseconds: Double = 1) -> CheckReport {
    CheckReport(
      target: "fastcgi://127.0.0.1:9000", started: .zero, durationMilliseconds: milliseconds,
      results: verdicts.map { id, verdict in
        let testCase = Case(
          id: id, wireProtocol: .fastCGI, summary: "s", requirements: [], steps: [], expectations: [])
        let cause = verdict == .pass ? nil : Cause.trouble("it is \(verdict)")
        return CaseResult(testCase: testCase, verdict: verdict, cause: cause)
      })
  }

  @Test func whatChangesCountsAsItsGravest() throws {
    let report = CheckReport(repeating: [
      Self.report([("a", .pass), ("b", .pass), ("c", .skip)]), Self.report([("a", .pass), ("b", .fail), ("c", .skip)]),
      Self.report([("a", .pass), ("b", .warn), ("c", .pass)]),
    ])
    #expect(report.repeats == 3)
    #expect(report.durationMilliseconds == 3)
    #expect(report.results.map(\.verdict) == [.pass, .fail, .skip])
    #expect(report.results.map(\.changes) == [false, true, true])
    #expect(report.results[1].verdicts == [.pass, .fail, .warn])
    #expect(report.results[1].reason == "it is fail; in 3 runs: pass 1, warn 1, fail 1")
    #expect(report.results[0].reason.isEmpty)
  }

  @Test func oneRunIsLeftAsItIs() {
    let report = CheckReport(repeating: [Self.report([("a", .warn)])])
    #expect(report.repeats == 1)
    #expect(report.results[0].verdicts.isEmpty)
    #expect(report.results[0].reason == "it is warn")
  }

  @Test func whatARunDidNotComeToHasNoVerdictOfIt() {
    let report = CheckReport(repeating: [Self.report([("a", .pass), ("b", .pass)]), Self.report([("b", .pass)])])
    #expect(report.results.map(\.verdicts) == [[.pass], [.pass, .pass]])
    #expect(report.results.allSatisfy { !$0.changes })
  }
}
