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

  /// The cases that list a rule or are short, and of the others every seventh; what moves a body of some size is left out.
  private static func cases(at place: Int) -> [Case] {
    cases.enumerated().filter { index, testCase in
      let isLarge = ["1048576", "200000", "65536", "65537", "65535", "100000"].contains { testCase.id.hasSuffix($0) }
      return testCase.id == "wsgi/call/baseline" || !testCase.rules.isEmpty || (!isLarge && index % 7 == place % 7)
    }.map(\.element)
  }

  @Test("a fault is found by its requirement and by nothing undeclared")
  func caught() async throws {
    #expect(Self.cases.count >= 200)
    let rows = try await withThrowingTaskGroup(of: [FaultRow].self) { group in
      for (place, fault) in Self.faults.enumerated() {
        group.addTask {
          // What shows in one request only is held against every case.
          let narrow = fault.name.contains("needs") || fault.name.contains("raises-on")
          let cases = narrow ? Self.cases.filter { !$0.id.contains("bytes-") } : Self.cases(at: place)
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
