// Whether every requirement that binds a target is judged by something, or says why nothing can.

import Conformance
import Exchanges
import Fixtures
import Reports
import Testing

@Suite struct CoverageTests {
  /// Specifications of which nothing is open.
  static let complete: [Specification] = [.fastCGI10, .rfc3875, .scgiText, .uwsgiText, .pep3333]

  @Test("nothing is open", arguments: complete)
  func nothingIsOpen(_ specification: Specification) throws {
    let coverage = RequirementCoverage(rules: RuleCatalog.all, cases: try Corpus.load().cases)
    let open = try RegistryLoader.requirements(of: specification).filter { coverage[$0] == .open }
    #expect(open.isEmpty, "\(open.map(\.id))")
  }

  /// A reason that outlives the case that came after it misleads.
  @Test func whatIsCoveredIsNotCalledUncoverable() throws {
    let coverage = RequirementCoverage(rules: RuleCatalog.all, cases: try Corpus.load().cases)
    for requirement in try RegistryLoader.load().requirements where requirement.uncoverable != nil {
      if case .covered = coverage[requirement] { Issue.record("\(requirement.id) is covered after all") }
    }
  }

  @Test func totalsAddUp() throws {
    let coverage = RequirementCoverage(rules: RuleCatalog.all, cases: try Corpus.load().cases)
    let totals = coverage.totals(try RegistryLoader.load().requirements)
    #expect(totals.map(\.specification) == Specification.allCases)
    for total in totals {
      #expect(total.open >= 0)
      #expect(total.binding <= total.requirements)
    }
  }

  @Test func whatNothingCitesIsOpen() {
    let requirement = Requirement(
      id: "FCGI-9-1", specification: "FastCGI 1.0", section: "9", level: "must", severity: .must, binds: "App",
      statement: "")
    var other = requirement
    other.binds = "WS"
    var reasoned = requirement
    reasoned.uncoverable = "no"
    let testCase = Case(
      id: "fastcgi/a/b", wireProtocol: .fastCGI, summary: "", requirements: [], steps: [],
      expectations: [Expectation(requirement: "FCGI-9-1", outcomes: [])])
    let nothing = RequirementCoverage(rules: [], cases: [])
    #expect(nothing[requirement] == .open)
    #expect(nothing[other] == .otherSide)
    #expect(nothing[reasoned] == .uncoverable("no"))
    #expect(RequirementCoverage(rules: [], cases: [testCase])[requirement] == .covered(cases: 1, rules: 0))
  }
}
