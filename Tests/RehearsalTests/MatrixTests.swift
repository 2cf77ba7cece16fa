// The tester tested: every fault of the reference is caught by a finding that cites its requirement, nothing else is
// found, and no sound style raises an alarm. `gatespec faults matrix` prints the whole.

import Conformance
import Drivers
import Fixtures
import ReferenceServers
import Rehearsal
import Testing

@Suite struct MatrixTests {
  /// Cases that move a megabyte: a fault is held against them only where they test what it declares.
  private static let large: Set<String> = [
    "fastcgi/bodies/bytes-1048576", "fastcgi/bodies/unread", "fastcgi/output/stderr-large",
    "fastcgi/responder/large-response", "fastcgi/output/client-without-interest",
  ]

  /// The cases that test what the fault declares, every fourth of the others, and what those depend on.
  ///
  /// `gatespec faults matrix` plays all. Neutral cases are about what an application makes of a request, not about
  /// faults of the protocol.
  private static func cases(for fault: ResponderFault, at place: Int) -> [Case] {
    let declared = Set(([fault.violates] + fault.fallsWith).map { RequirementID(rawValue: $0) })
    var wanted: Set<String> = []
    func want(_ testCase: Case) {
      guard wanted.insert(testCase.id).inserted else { return }
      for id in testCase.dependsOn { Rehearsals.fastCGI.first { $0.id == id }.map(want) }
    }
    for (index, testCase) in Rehearsals.fastCGI.filter({ $0.id.hasPrefix("fastcgi/") }).enumerated() {
      let tested = testCase.requirements + testCase.rules + testCase.expectations.compactMap(\.requirement)
      let isSample = index % 4 == place % 4 && !large.contains(testCase.id)
      if isSample || !declared.isDisjoint(with: tested) { want(testCase) }
    }
    return Rehearsals.fastCGI.filter { wanted.contains($0.id) }
  }

  @Test("a fault is caught where its requirement is tested, and nothing else is found") func caught() async throws {
    let rows = try await withThrowingTaskGroup(of: [FaultRow].self) { group in
      for (place, fault) in ResponderFault.all.enumerated() {
        group.addTask {
          try await FaultMatrix(cases: Self.cases(for: fault, at: place), registry: Rehearsals.registry).rows([fault])
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(rows.count == ResponderFault.all.count)
    for row in rows {
      #expect(row.outcome == .caught, "\(row.fault.name) is found by \(row.others)")
      #expect(row.surprises.isEmpty, "\(row.fault.name)")
    }
  }

  @Test("a sound style raises no alarm", arguments: ResponderStyle.all.map(\.name))
  func sound(name: String) async throws {
    let style = try #require(ResponderStyle.named(name))
    let matrix = FaultMatrix(cases: Rehearsals.fastCGI, registry: Rehearsals.registry)
    let report = try await matrix.report(style)
    #expect(report.count(.pass) > 100)
    #expect(report.results.map(\.testCase.id) == Rehearsals.fastCGI.map(\.id))
    for alarm in report.alarms(style) { Issue.record("\(alarm.testCase.id) \(alarm.verdict): \(alarm.reason)") }
  }
}
