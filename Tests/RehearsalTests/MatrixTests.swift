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

  private static func cases(for fault: ResponderFault) -> [Case] {
    let declared = Set(([fault.violates] + fault.fallsWith).map { RequirementID(rawValue: $0) })
    return Rehearsals.fastCGI.filter { !large.contains($0.id) || !declared.isDisjoint(with: $0.requirements) }
  }

  @Test("a fault is caught where its requirement is tested", arguments: ResponderFault.all.map(\.name))
  func caught(name: String) async throws {
    let fault = try #require(ResponderFault.named(name))
    let matrix = FaultMatrix(cases: Self.cases(for: fault), registry: Rehearsals.registry)
    let row = try #require(try await matrix.rows([fault]).first)
    #expect(row.outcome == .caught, "found by \(row.others)")
    #expect(row.surprises.isEmpty)
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
