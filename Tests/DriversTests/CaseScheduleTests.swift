// Which case may start: dependencies, connections, hostile ones.

import Drivers
import Exchanges
import Fixtures
import Testing

@Suite struct CaseScheduleTests {
  private func testCase(
    _ id: String, after: [String] = [], connections: Int = 1, hostile: Bool = false, robustness: Bool = false
  ) -> Case {
    var tags: Set<String> = []
    if hostile { tags.insert(Case.hostileTag) }
    if robustness { tags.insert(Case.robustnessTag) }
    return Case(
      id: id, wireProtocol: .fastCGI, summary: "", requirements: [], tags: tags, dependsOn: after,
      steps: (1...connections).map { Step(.open, connection: $0) }, expectations: [])
  }

  @Test func asManyAsThereAreConnections() {
    var schedule = CaseSchedule(
      [testCase("a"), testCase("b", connections: 2), testCase("c"), testCase("d")], limit: 3)
    #expect(schedule.start() == 0)
    #expect(schedule.start() == 1)
    #expect(schedule.start() == nil)
    schedule.end(1)
    #expect(schedule.start() == 2)
    #expect(schedule.start() == 3)
    #expect(schedule.start() == nil)
  }

  @Test func whatMustWaitDoesNotHoldUpOthers() {
    var schedule = CaseSchedule([testCase("a"), testCase("b", after: ["a"]), testCase("c")], limit: 8)
    #expect(schedule.start() == 0)
    #expect(schedule.start() == 2)
    #expect(schedule.start() == nil)
    schedule.end(0)
    #expect(schedule.start() == 1)
  }

  @Test func aDependencyOutsideTheRunIsNotWaitedFor() {
    var schedule = CaseSchedule([testCase("a", after: ["elsewhere"])], limit: 1)
    #expect(schedule.start() == 0)
  }

  @Test func hostileCasesRunAlone() {
    var schedule = CaseSchedule([testCase("a"), testCase("h", hostile: true), testCase("b")], limit: 8)
    #expect(schedule.start() == 0)
    #expect(schedule.start() == 2)
    #expect(schedule.start() == nil)
    schedule.end(0)
    #expect(schedule.start() == nil)
    schedule.end(2)
    #expect(schedule.start() == 1)
    #expect(schedule.start() == nil)
  }

  @Test func whatBreaksTheProtocolRunsAfterTheOthersAndBesideItsLike() {
    var schedule = CaseSchedule(
      [
        testCase("r", robustness: true), testCase("a"), testCase("h", hostile: true, robustness: true),
        testCase("s", robustness: true), testCase("b", after: ["a"]),
      ], limit: 8)
    #expect(schedule.start() == 1)
    #expect(schedule.start() == nil)
    schedule.end(1)
    #expect(schedule.start() == 4)
    #expect(schedule.start() == nil)
    schedule.end(4)
    #expect(schedule.start() == 0)
    #expect(schedule.start() == 3)
    #expect(schedule.start() == nil)
    schedule.end(3)
    schedule.end(0)
    #expect(schedule.start() == 2)
  }

  @Test func whatIsPlayedAgainRunsAloneBeforeWhatDependsOnIt() {
    var schedule = CaseSchedule(
      [testCase("a"), testCase("b", after: ["a"]), testCase("c"), testCase("r", robustness: true)], limit: 8)
    #expect(schedule.start() == 0)
    #expect(!schedule.wasAccompanied(0))
    #expect(schedule.start() == 2)
    #expect(schedule.wasAccompanied(0) && schedule.wasAccompanied(2))
    schedule.playAgain(0)
    #expect(schedule.start() == nil)
    schedule.end(2)
    #expect(schedule.start() == 0)
    #expect(schedule.start() == nil)
    #expect(!schedule.wasAccompanied(0))
    schedule.end(0)
    #expect(schedule.start() == 1)
    schedule.end(1)
    #expect(schedule.start() == 3)
  }

  @Test func connectionsThatFollowEachOtherCountOnce() {
    var follows = testCase("a", connections: 2)
    follows.steps.insert(Step(.close), at: 1)
    #expect(follows.connectionCount == 1)
    #expect(testCase("b", connections: 2).connectionCount == 2)
    var schedule = CaseSchedule([follows, testCase("c"), testCase("d")], limit: 2)
    #expect(schedule.start() == 0)
    #expect(schedule.start() == 1)
    #expect(schedule.start() == nil)
  }

  @Test("a connection is held open beside each case, or one beside all", arguments: [(false, 2), (true, 3)])
  func watches(isShared: Bool, count: Int) {
    let cases = ["a", "b", "c", "d"].map { testCase($0, robustness: true) }
    var schedule = CaseSchedule(cases, limit: 4, sharesWatch: isShared) { _ in true }
    #expect((0..<4).count { _ in schedule.start() != nil } == count)
  }

  @Test func aCaseWiderThanTheLimitRunsAlone() {
    var schedule = CaseSchedule([testCase("a", connections: 3), testCase("b")], limit: 1)
    #expect(schedule.start() == 0)
    #expect(schedule.start() == nil)
    schedule.end(0)
    #expect(schedule.start() == 1)
  }

  @Test func aCircleIsNotWaitedForForever() {
    var schedule = CaseSchedule([testCase("a", after: ["b"]), testCase("b", after: ["a"])], limit: 2)
    #expect(schedule.start() == 0)
    schedule.end(0)
    #expect(schedule.start() == 1)
  }
}
