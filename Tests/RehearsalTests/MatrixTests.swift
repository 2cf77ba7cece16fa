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
    return Rehearsals.fastCGI.filter { testCase in
      let tested = testCase.requirements + testCase.expectations.compactMap(\.requirement)
      return !large.contains(testCase.id) || !declared.isDisjoint(with: tested)
    }
  }

  /// Cases that no fault makes find anything, and why.
  private static let unmoved: [String: Set<String>] = [
    "what one connection does to the next; a responder is one connection": [
      "fastcgi/connection/ids-apart-on-two-connections", "fastcgi/connection/connect-and-close",
      "fastcgi/connection/close-in-header", "fastcgi/connection/close-in-params", "fastcgi/connection/close-in-stdin",
      "fastcgi/connection/reset-in-stdin", "fastcgi/connection/http-on-the-port",
    ],
    "a process that dies; a responder is none": [
      "fastcgi/params/length-of-2-gigabytes", "fastcgi/params/lengths-that-wrap",
    ],
    "what breaks it breaks a case that it depends on first, or that depends on it more tellingly": [
      "fastcgi/bodies/one-byte", "fastcgi/bodies/body-length", "fastcgi/bodies/unread-then-next",
      "fastcgi/params/long-form-short-value", "fastcgi/roles/authorizer", "fastcgi/roles/filter",
    ],
  ]

  @Test("a fault is caught where its requirement is tested, and nothing else is found") func caught() async throws {
    let rows = try await withThrowingTaskGroup(of: [FaultRow].self) { group in
      for fault in ResponderFault.all {
        group.addTask {
          try await FaultMatrix(cases: Self.cases(for: fault), registry: Rehearsals.registry).rows([fault])
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(rows.count == ResponderFault.all.count)
    for row in rows {
      #expect(row.outcome == .caught, "\(row.fault.name) is found by \(row.others)")
      #expect(row.surprises.isEmpty, "\(row.fault.name)")
    }
    let moved = rows.reduce(into: Set<String>()) { $0.formUnion($1.finders) }
    let accounted = Self.unmoved.values.reduce(into: Set<String>()) { $0.formUnion($1) }
    for testCase in Rehearsals.fastCGI where !moved.contains(testCase.id) {
      #expect(accounted.contains(testCase.id), "no fault moves \(testCase.id)")
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
