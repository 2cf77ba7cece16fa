// A target whose answers do not end is asked no more than it takes to see that, and fills no memory.

import Conformance
import Drivers
import Exchanges
import Fixtures
import Synchronization
import Testing
import Transports
import WireBytes

@Suite struct EndlessTargetTests {
  /// A target that begins an answer after a millisecond and never ends it, and what it was asked.
  private final class Endless: CasePlayer {
    let asked = Mutex<[CasePace]>([])

    func play(_ testCase: Case, _ pace: CasePace) async throws(TransportError) -> PlayedCase {
      asked.withLock { $0.append(pace) }
      let info = ConnectionInfo(id: 1, client: .loopback(1), server: .loopback(2))
      var exchange = Exchange(testCase.wireProtocol, connection: info, index: 1)
      let now = TransportClock.now.nanoseconds
      exchange.timeline.requestStart = Timestamp(nanoseconds: now)
      exchange.timeline.responseStart = Timestamp(nanoseconds: now + 1_000_000)
      exchange.timeline.end = Timestamp(nanoseconds: now + 6_000_000_000)
      var played = PlayedCase(), connection = PlayedConnection()
      connection.exchanges = [exchange]
      connection.firstBytes = [1]
      played.connections = [1: connection]
      played.timeout = ElapsedPhase(.total, 6_000)
      return played
    }
  }

  @Test func questionsAreShortOnceAnAnswerHasNoEnd() async throws {
    let target = Endless()
    let profile = TargetProfile(target: try Target("fastcgi://127.0.0.1:9000/"))
    let runner = CheckRunner(
      profile: profile, options: CheckOptions(), registry: RequirementRegistry([]), player: target)
    let report = try await runner.run([]) { _ in }
    #expect(!report.capabilities.servesPlainRequests && report.capabilities.concurrentConnections == 1)
    let asked = target.asked.withLock { $0 }
    // A plain request, variables and two roles: how many connections are served at once is not asked then.
    #expect(asked.count == 4)
    #expect(asked[0].timeouts.total <= 8_000)
    #expect(asked.dropFirst().allSatisfy { $0.timeouts.firstByte <= 1_000 && $0.timeouts.total <= 4_000 })
    #expect(asked.allSatisfy { !$0.keepsTranscript }, "only captures are made of it")
  }

  @Test func whatPassesIsKeptWhereItIsWanted() throws {
    for isWanted in [true, false] {
      var pace = CasePace()
      pace.keepsTranscript = isWanted
      let testCase = Case(
        id: "fastcgi/test/case", wireProtocol: .fastCGI, summary: "", requirements: [],
        steps: [Step(.fastCGIRequest(FastCGIRequest()))], expectations: [])
      var driver = CaseDriver(
        testCase, TargetProfile(target: try Target("fastcgi://127.0.0.1:9000/")), pace, at: .zero)
      _ = driver.advance(.zero)
      driver.connected(1, client: .loopback(1), server: .loopback(2), at: .zero)
      _ = driver.advance(.zero)
      #expect(driver.played.transcript.entries.isEmpty != isWanted)
    }
  }
}
