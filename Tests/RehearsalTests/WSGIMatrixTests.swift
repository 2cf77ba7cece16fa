// What the faults and the cases of WSGI are beside those of the other protocols: enough of each kind, and a case for every
// rule of PEP 3333.
//
// The faults are held against their cases in MatrixTests, and so are the sound styles.

import Conformance
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

  @Test func thereAreEnoughFaults() {
    let middleware = Self.faults.filter { $0.name.hasPrefix("wsgi-mw-") }
    #expect(middleware.count >= 50)
    #expect(Self.faults.count - middleware.count >= 110)
  }

  @Test("each rule of PEP 3333 is listed by one case, which is about it")
  func everyRuleHasItsCase() {
    #expect(Self.cases.count >= 200)
    let listed = Dictionary(
      grouping: Self.cases.flatMap { testCase in testCase.rules.map { ($0, testCase.id) } }, by: \.0)
    for (requirement, cases) in listed { #expect(cases.count == 1, "\(requirement): \(cases.map(\.1))") }
    let rules = RuleCatalog.all.filter { $0.protocols == [.wsgi] }.map(\.requirement)
    #expect(rules.filter { listed[$0] == nil } == [])
  }
}
