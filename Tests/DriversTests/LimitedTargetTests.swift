// A target that limits how often it is asked: what it turned away says nothing about what was asked.

import Conformance
import Drivers
import Exchanges
import Expectations
import Fixtures
import Testing
import Transports
import WireBytes

@Suite struct LimitedTargetTests {
  /// A target that answers everything by one status.
  private struct Uniform: CasePlayer {
    var status: UInt16

    func play(_ testCase: Case, _ pace: CasePace) async throws(TransportError) -> PlayedCase {
      let info = ConnectionInfo(id: 1, client: .loopback(1), server: .loopback(2))
      var exchange = Exchange(testCase.wireProtocol, connection: info, index: 1)
      exchange.response.status = status
      exchange.ending = .complete
      var played = PlayedCase(), connection = PlayedConnection()
      connection.exchanges = [exchange]
      connection.firstBytes = Array("HTTP/1.1 ".utf8)
      played.connections = [1: connection]
      return played
    }
  }

  /// The verdict of a case that expects status 200.
  private func verdict(_ status: UInt16) async throws -> Verdict? {
    let testCase = Case(
      id: "http1/test/case", wireProtocol: .http1, summary: "", requirements: ["H1-9112-3.2-6"],
      steps: [Step(.httpRequest(HTTPRequest()))],
      expectations: [
        Expectation(outcomes: [
          Outcome(conditions: [.exchange(ExchangeSelector(), ExchangeConditions.status([200]))])
        ])
      ])
    let runner = CheckRunner(
      profile: TargetProfile(target: try Target("http://127.0.0.1:80/")), options: CheckOptions(),
      registry: RequirementRegistry([]), player: Uniform(status: status))
    return try await runner.run([testCase]) { _ in }.results.first?.verdict
  }

  @Test func whatALimitTurnedAwayIsNotJudged() async throws {
    #expect(try await verdict(429) == .inconclusive)
    #expect(try await verdict(400) == .fail)
    #expect(try await verdict(200) == .pass)
  }
}
