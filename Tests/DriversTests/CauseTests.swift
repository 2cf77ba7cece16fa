// Why a case did not pass, in words: made of the cause, the findings and the verdicts of all runs.

import Conformance
import Drivers
import Exchanges
import Fixtures
import Testing

@Suite struct CauseTests {
  private static let rows: [(cause: Cause, words: String)] = [
    (.finding(1), "second"), (.finding(0, elsewhere: .seen(in: "a/b/c")), "first; seen in a/b/c"),
    (.finding(0, elsewhere: .seenOnce(in: "a/b/c")), "first; seen in a/b/c, and not when that was played again"),
    (.finding(0, elsewhere: .alsoSeen(caseCount: 1)), "first; also seen in 1 other case"),
    (.finding(0, elsewhere: .alsoSeen(caseCount: 2)), "first; also seen in 2 other cases"),
    (.need(.filter), "the target does not offer filter"),
    (.need(.spawned), "untested: needs a process of its own, started as the case says; `--spawn` starts it"),
    (.noProbe("none answered"), "needs the probe: none answered"), (.dependency("a/b/c"), "a/b/c did not pass"),
    (.dead("it is gone"), "it is gone"), (.trouble("refused"), "refused"), (.untold("it cannot"), "it cannot"),
    (.unclear("the machine stalled"), "the machine stalled"),
  ]

  private static func result(_ cause: Cause?) -> CaseResult {
    let testCase = Case(
      id: "a/b/d", wireProtocol: .fastCGI, summary: "s", requirements: [], steps: [], expectations: [])
    let findings = ["first", "second"].map { Finding(requirement: "FCGI-6.1-1", verdict: .warn, message: $0) }
    return CaseResult(testCase: testCase, verdict: .warn, cause: cause, findings: findings)
  }

  @Test(arguments: 0..<rows.count) func words(_ row: Int) {
    let (cause, words) = Self.rows[row]
    #expect(Self.result(cause).reason == words)
  }

  @Test func whatIsMeantIsToldFromTheCauseAlone() {
    #expect(Self.result(.finding(1)).leadingFinding?.message == "second")
    #expect(Self.result(.dependency("first")).leadingFinding == nil && Self.result(nil).reason.isEmpty)
    #expect(Self.result(.dependency("a/b/c")).dependency == "a/b/c" && Self.result(.dead("gone")).dependency == nil)
  }
}
