// Two reference responders, one with a fault, side by side over real sockets.

import Conformance
import Drivers
import ReferenceServers
import Reports
import Testing

@Suite struct CompareTests {
  @Test func aFaultShowsInTheGridAndInTheResponses() async throws {
    let fault = try #require(ResponderFault.named("keep-conn-closes"))
    let only = ["fastcgi/responder/baseline", "fastcgi/connection/keep-open"]
    let sound = try await ReferenceTests.check(FastCGIServerOptions(), only: only)
    let faulty = try await ReferenceTests.check(FastCGIServerOptions(fault: fault), only: only)
    let comparison = CheckComparison([sound, faulty])
    let differing = comparison.rows.filter(\.isRemarkable)
    #expect(differing.map(\.id) == ["fastcgi/connection/keep-open"])
    let verdicts = differing.flatMap { row in row.results.compactMap { result in result?.verdict } }
    #expect(verdicts == [.pass, .fail])
    // The second request on the connection got no answer from the faulty one.
    #expect(differing.first?.differences.map(\.what) == ["status"])
    #expect(differing.first?.differences.map(\.index) == [2])
    #expect(comparison.exitStatus(failOn: .fail) == .findings)
    #expect(CheckComparison([sound, sound]).sharedDifferences.isEmpty)
    #expect(CheckComparison([sound, sound]).exitStatus(failOn: .info) == .success)
  }
}
