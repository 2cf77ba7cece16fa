// Generated requests: repeatable, readable as fixtures, and expected to be answered as often as the RFC allows.

import Conformance
import Exchanges
import Expectations
import Fixtures
import Testing
import Transports
import WireBytes

@testable import Drivers

@Suite struct ExplorerTests {
  private static func explorer(seed: UInt64 = 7) throws -> HTTP1Explorer {
    HTTP1Explorer(TargetProfile(target: try Target("http://127.0.0.1:8080/app?probe=echo")), seed: seed)
  }

  @Test func soundRequestsAreOneMessageEach() {
    for request in ExploredRequest.sound(target: "/", host: "a") {
      let reading = RequestReading(request.bytes)
      #expect(reading.isWhole && reading.answers == 1, "\(WireText.escape(request.bytes))")
      #expect(reading.requirement == "H1-9112-6-1")
    }
  }

  @Test func theSameSeedMakesTheSameRequests() throws {
    var (first, second, other) = (try Self.explorer(), try Self.explorer(), try Self.explorer(seed: 8))
    let cases = try first.cases(300)
    #expect(cases.count == 300 && Set(cases.map(\.id)).count == 300)
    #expect(try second.cases(300).map { first.fixture(of: $0.id) } == cases.map { first.fixture(of: $0.id) })
    #expect(try other.cases(300).map { other.fixture(of: $0.id) } != cases.map { first.fixture(of: $0.id) })
  }

  @Test func soundRequestsComeFirst() throws {
    var explorer = try Self.explorer()
    let ids = try explorer.cases(200).map(\.id)
    let sound = ids.prefix { explorer.soundID(of: $0) == nil }
    #expect(sound.count == ExploredRequest.sound(target: "/", host: "a").count)
    #expect(ids.dropFirst(sound.count).allSatisfy { id in explorer.soundID(of: id).map { sound.contains($0) } == true })
  }

  @Test func whatIsPrintedIsWhatIsSent() throws {
    var explorer = try Self.explorer(seed: 3)
    for testCase in try explorer.cases(1_000) {
      guard case .wire(let bytes) = testCase.steps.first?.verb else {
        Issue.record("\(testCase.id) sends nothing")
        continue
      }
      #expect(bytes.count == explorer.byteCount(of: testCase.id))
      #expect(testCase.connectionCount == 1)
      let text = try #require(explorer.fixture(of: testCase.id))
      let again = try CaseLoader.cases([FixtureFile(name: "http1/kept.yaml", text: text)])
      guard case .wire(let reread) = again.first?.steps.first?.verb else {
        Issue.record("\(testCase.id) is no fixture")
        continue
      }
      #expect(reread == bytes)
    }
  }

  @Test(
    "how often bytes may be answered",
    arguments: [
      ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 1, true, "H1-9112-6-1"),
      ("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 2, false, "H1-9112-6-1"),
      // What is left over may be called malformed.
      ("GET / HTTP/1.1\r\nHost: a\r\n\r\n+0", 2, false, "H1-9112-6-1"),
      // What is not whole waits for the rest.
      ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", 1, false, "H1-9112-6-1"),
      // After these nothing more may be read.
      ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +2\r\n\r\nGET / HTTP/1.1\r\n\r\n", 1, false, "H1-9112-6.3-9"),
      ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\n\r\nGET / HTTP/1.1\r\n\r\n", 1, false, "H1-9112-6.3-7"),
      ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 2\r\n\r\nok", 1, true, "H1-9112-5.1-1"),
      // No coding at all is malformed, and not a wrong one.
      ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ,\r\n\r\nGET / HTTP/1.1\r\n\r\n", 1, false, "H1-9112-2.2-10"),
      ("POST / HTTP/1.1\r\nTransfer-Encoding:\r\n ,x\r\n\r\nGET / HTTP/1.1\r\n\r\n", 1, false, "H1-9112-6.3-7"),
      // A space before a colon has to be refused, and need not be the last.
      ("GET / HTTP/1.1\r\nX : 1\r\n\r\nx", 2, false, "H1-9112-5.1-1"),
      // A CR or a NUL may be taken for a space: the length is 5 for some, and none for others.
      ("POST / HTTP/1.1\r\nContent-Length: 5\r\r\n\r\nhelloGET / HTTP/1.1\r\n\r\n", 2, false, "H1-9112-2.2-10"),
      ("POST / HTTP/1.1\r\nX: 1\nContent-Length: 5\r\n\r\nhello", 2, false, "H1-9112-2.2-10"),
      ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\0\r\n\r\nhello", 1, false, "H1-9112-2.2-10"),
      ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\05\r\n\r\nhello", 1, false, "H1-9112-6.3-9"),
      // These are malformed, and nobody must refuse them.
      ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 1, true, "H1-9112-2.2-10"),
      ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;\r\na\r\n0\r\n\r\n", 1, true, "H1-9112-2.2-10"),
    ])
  func answers(text: String, answers: Int, isWhole: Bool, requirement: String) {
    let reading = RequestReading(Array(text.utf8))
    #expect(reading.answers == answers)
    #expect(reading.isWhole == isWhole)
    #expect(reading.requirement.rawValue == requirement)
  }

  @Test func simplerRequestsLoseOneThing() throws {
    let request = try #require(ExploredRequest.sound(target: "/", host: "a").first { $0.carriesRequest })
    let change = RequestChange(part: try part(.length, of: request), kind: .before, bytes: [0x2B])
    let other = RequestChange(part: try part(.target, of: request), kind: .after, bytes: [0x78])
    let found = ExploredCase(request, [change, other], slug: "one")
    let simpler = found.simpler.map { ExploredCase($0.request, $0.changes, slug: "two") }
    #expect(simpler.filter { $0.changes.count == 1 }.count == 2)
    for candidate in simpler where candidate.changes.count == 2 {
      #expect(candidate.bytes.count < found.bytes.count)
      #expect(String(decoding: candidate.bytes, as: UTF8.self).contains("Content-Length: +"))
      #expect(candidate.kind == found.kind)
    }
    #expect(!simpler.filter { $0.changes.count == 2 }.isEmpty)
  }

  @Test func whatIsMalformedMayBeRefusedAfterItsAnswer() throws {
    let request = try #require(ExploredRequest.sound(target: "/", host: "a").first)
    let change = RequestChange(part: try part(.separator, of: request), kind: .twice, bytes: [])
    let refusal = "{exchange: 2, status: [4xx, 501], field: {Connection: close}}"
    #expect(!ExploredCase(request, [], slug: "sound").fixture.contains(refusal))
    #expect(ExploredCase(request, [change], slug: "odd").fixture.contains(refusal))
  }

  private func part(_ place: ExploredRequest.Place, of request: ExploredRequest) throws -> Int {
    try #require(request.parts.firstIndex { $0.place == place })
  }
}
