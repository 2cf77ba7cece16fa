// Which case may start: dependencies, connections, hostile ones.

import Drivers
import Exchanges
import Fixtures
import Testing

@Suite struct CaseScheduleTests {
  private func testCase(_ id: String, after: [String] = [], connections: Int = 1, hostile: Bool = false) -> Case {
    Case(
      id: id, wireProtocol: .fastCGI, summary: "", requirements: [], tags: hostile ? [Case.hostileTag] : [],
      dependsOn: after, steps: (1...connections).map { Step(.open, connection: $0) }, expectations: [])
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
