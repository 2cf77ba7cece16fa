// What a failure says: who closed and when, which step waited for what, and what was wrong with an answer.

import Conformance
import Drivers
import Fixtures
import ReferenceServers
import Rehearsal
import Testing
import WireBytes

@Suite struct WordsTests {
  @Test(
    "a failure says what did not happen",
    arguments: [
      (
        "get-values-closes", "fastcgi/management/keeps-connection",
        "no response head came: the target had closed the connection before this request was sent"
      ),
      (
        "unknown-role-closes", "fastcgi/roles/unknown-role",
        "no FCGI_END_REQUEST came: the target closed the connection"
      ),
      (
        "get-values-unknown-names", "fastcgi/management/unknown-name",
        "the result names \"GATESPEC_NO_SUCH_VARIABLE\", though a name that is not known is to be left out"
      ),
      (
        "get-values-ignored", "fastcgi/management/get-values",
        "no FCGI_GET_VALUES_RESULT came; the time for the first byte ("
      ),
    ])
  func reasons(_ faultName: String, _ id: String, _ words: String) async throws {
    let fault = try #require(ResponderFault.named(faultName))
    var wanted: Set<String> = [id]
    // What it depends on runs before it.
    for testCase in Rehearsals.fastCGI.reversed() where wanted.contains(testCase.id) {
      wanted.formUnion(testCase.dependsOn)
    }
    let report = try await Rehearsals.run(Rehearsals.fastCGI.filter { wanted.contains($0.id) }) { fault.responder() }
    let result = try #require(report.results.first { $0.testCase.id == id })
    let messages = result.findings.filter { $0.source != .rule }.map(\.message)
    #expect(messages.contains { $0.hasPrefix(words) }, "\(result.verdict) \(result.reason) \(messages)")
    #expect(result.findings.filter { $0.source != .rule }.allSatisfy { $0.connection == 1 })
  }

  @Test("what the target answers to its client's own mistake only warns")
  func provoked() throws {
    let rule = try #require(RuleCatalog.rule("FCGI-3.3-19", .server))
    #expect(Rehearsals.registry[rule.requirement]?.severity == .must)
    var findings = Findings { _ in .must }
    findings.report("in answer", .response, at: 0, isProvoked: true)
    findings.report("by itself", .response, at: 0)
    #expect(findings.list.map(\.verdict) == [.warn, .fail])
    var informing = Findings { _ in .info }
    informing.report("in answer", isProvoked: true)
    #expect(informing.list.map(\.verdict) == [.info])
  }
}
