// The tester tested for CGI: every fault of the reference program is caught by a finding that cites its requirement,
// nothing else is found, no sound style raises an alarm, and every case of a must is moved by some fault.

import Conformance
import Drivers
import Exchanges
import Fixtures
import ReferenceServers
import Rehearsal
import Testing

@Suite struct CGIMatrixTests {
  /// Those of CGI, and the neutral ones: a CGI program is an application.
  private static let cases = (try? Corpus.load(protocols: [.cgi]))?.cases ?? []

  /// Cases that move a megabyte: they are played where they test what a fault declares.
  private static let large: Set<String> = [
    "cgi/error-stream/a-megabyte", "cgi/head/large", "neutral/bodies/bytes-1048576", "neutral/bodies/unread-1048576",
    "neutral/response/body-1048576",
  ]

  private static func cases(for fault: CGIFault) -> [Case] {
    let declared = Set(([fault.violates] + fault.fallsWith).map { RequirementID(rawValue: $0) })
    return cases.filter { !large.contains($0.id) || !declared.isDisjoint(with: $0.requirements) }
  }

  /// Cases of a must that no fault of a program can move, and why.
  private static let unmovable = [
    "cgi/exit/twice-the-same": "a program that is a value keeps nothing from one run to the next",
    "cgi/input/much-more-than-declared":
      "who reads too much of a large input does so of a small one first",
  ]

  @Test("a fault is caught, and nothing else is found; every case of a must is moved") func caught() async throws {
    #expect(Self.cases.count > 100)
    let rows = try await withThrowingTaskGroup(of: [FaultRow].self) { group in
      for fault in CGIFault.all {
        group.addTask {
          try await FaultMatrix(cases: Self.cases(for: fault), registry: Rehearsals.registry).rows([fault])
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(rows.count == CGIFault.all.count)
    for row in rows {
      #expect(row.outcome == .caught, "\(row.fault.name) is found by \(row.others)")
      #expect(row.surprises.isEmpty, "\(row.fault.name)")
    }
    let moved = rows.reduce(into: Set<String>()) { $0.formUnion($1.finders) }
    for testCase in Self.cases.filter({ $0.id.hasPrefix("cgi/") })
    where !moved.contains(testCase.id) && Self.unmovable[testCase.id] == nil {
      let isMust = testCase.requirements.contains { Rehearsals.registry[$0]?.severity == .must }
      #expect(!isMust, "\(testCase.id) is moved by no fault")
    }
    #expect(moved.isDisjoint(with: Self.unmovable.keys))
  }

  @Test("a sound style raises no alarm", arguments: CGIStyle.all.map(\.name))
  func sound(name: String) async throws {
    let style = try #require(CGIStyle.named(name))
    let report = try await FaultMatrix(cases: Self.cases, registry: Rehearsals.registry).report(style)
    #expect(report.count(.pass) > 90)
    #expect(report.results.map(\.testCase.id) == Self.cases.map(\.id))
    for alarm in report.alarms(style) { Issue.record("\(alarm.testCase.id) \(alarm.verdict): \(alarm.reason)") }
  }
}
