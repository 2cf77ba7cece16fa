// Two reference responders, one with a fault, side by side over real sockets.

import Conformance
import Drivers
import ReferenceServers
import Reports
import Testing

@Suite struct CompareTests {
  @Test func aFaultShowsInTheGridAndInTheResponses() async throws {
    let fault = try #require(ResponderFault.named("content-type-dropped"))
    let only = ["fastcgi/responder/baseline", "fastcgi/responder/cgi-header-fields"]
    let sound = try await ReferenceTests.check(ResponderStyle.all[0], only: only)
    let faulty = try await ReferenceTests.check(fault, only: only)
    let comparison = CheckComparison([sound, faulty])
    let differing = comparison.rows.filter(\.isRemarkable)
    #expect(differing.map(\.id) == ["fastcgi/responder/cgi-header-fields"])
    let verdicts = differing.flatMap { row in row.results.compactMap { result in result?.verdict } }
    #expect(verdicts == [.pass, .fail])
    #expect(differing.first?.differences.map(\.what) == ["field content-type"])
    #expect(differing.first?.differences.map(\.values) == [["text/plain", "absent"]])
    #expect(comparison.exitStatus(failOn: .fail) == .findings)
    #expect(CheckComparison([sound, sound]).sharedDifferences.isEmpty)
    #expect(CheckComparison([sound, sound]).exitStatus(failOn: .info) == .success)
  }
}
