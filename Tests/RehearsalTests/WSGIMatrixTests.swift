// The tester of applications tested: every fault of the reference for WSGI is found by a finding that cites its
// requirement, and nothing else is found that it does not declare.
//
// The faults that applications have over every interface are played with the others, by `make faults`; the sound styles
// meet all cases in MatrixTests.

import Conformance
import Drivers
import Exchanges
import Fixtures
import ReferenceServers
import Rehearsal
import Testing

@Suite struct WSGIMatrixTests {
  private static let cases = (try? Corpus.load(protocols: [.wsgi]))?.cases.filter { $0.id.hasPrefix("wsgi/") } ?? []

  /// Faults of calls, and none that an application has behind any interface.
  private static let faults = WSGIFault.all.filter { fault in
    !WSGIFault.contents.contains { $0.name == fault.name }
  }

  /// What shows in one kind of request only is held against all of them.
  private static let kinds = [
    "wsgi/call/", "wsgi/environ/without", "wsgi/environ/empty", "wsgi/environ/method", "wsgi/environ/path-of",
    "wsgi/head/",
    "wsgi/input/length", "wsgi/input/no-length", "wsgi/input/short-reads-7",
  ]

  /// The case that everything rests on, those that list the fault's requirement as a rule, and a sample of the others.
  private static func cases(for fault: WSGIFault, at place: Int) -> [Case] {
    let isNarrow = fault.name.contains("needs-") || fault.name.contains("raises-on-")
    return cases.enumerated().filter { index, testCase in
      let isLarge = ["1048576", "200000", "65536", "65537", "65535", "100000"].contains { testCase.id.hasSuffix($0) }
      return testCase.id == "wsgi/call/baseline"
        || testCase.rules.contains(RequirementID(rawValue: fault.violates))
        || fault.violates.hasPrefix("H-") && testCase.id.hasPrefix("wsgi/middleware/")
          && fault.name.hasPrefix("wsgi-mw-")
        || isNarrow && kinds.contains { testCase.id.hasPrefix($0) } || !isLarge && index % 40 == place % 40
    }.map(\.element)
  }

  @Test("a fault is found by its requirement and by nothing undeclared")
  func caught() async throws {
    #expect(Self.cases.count >= 200)
    let rows = try await withThrowingTaskGroup(of: [FaultRow].self) { group in
      for (place, fault) in Self.faults.enumerated() {
        group.addTask {
          let cases = Self.cases(for: fault, at: place)
          return try await FaultMatrix(cases: cases, registry: Rehearsals.registry).rows([fault])
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(rows.count == Self.faults.count)
    for row in rows {
      #expect(row.outcome == .caught, "\(row.fault.name) is found by \(row.others)")
      #expect(row.surprises.isEmpty, "\(row.fault.name)")
    }
  }

  @Test func thereAreEnoughFaults() {
    let middleware = Self.faults.filter { $0.name.hasPrefix("wsgi-mw-") }
    #expect(middleware.count >= 35)
    #expect(Self.faults.count - middleware.count >= 60)
  }

  @Test("each rule of PEP 3333 is listed by one case, which is about it")
  func everyRuleHasItsCase() {
    let listed = Dictionary(
      grouping: Self.cases.flatMap { testCase in testCase.rules.map { ($0, testCase.id) } }, by: \.0)
    for (requirement, cases) in listed { #expect(cases.count == 1, "\(requirement): \(cases.map(\.1))") }
    let rules = RuleCatalog.all.filter { $0.protocols == [.wsgi] }.map(\.requirement)
    #expect(rules.filter { listed[$0] == nil } == [])
  }
}
