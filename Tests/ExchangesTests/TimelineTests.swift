// When exchanges end, where they stall, and what is counted of a log that is full.

import ConversationTesting
import Exchanges
import FastCGIWire
import Testing
import WireBytes

@Suite struct TimelineTests {
  private typealias Steps = FastCGISteps
  private static let request = Steps.begin() + Steps.stream(.stdin, 1, "")
  private static let head = Steps.stream(.stdout, 1, "Content-Type: text/plain\r\n\r\nhello", ended: false)
  private static let http = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

  private func phases(_ script: Script) throws -> Phases {
    try #require(script.play().exchanges.first).phases
  }

  private func milliseconds(_ nanoseconds: Int64?) -> Int64? { nanoseconds.map { $0 / 1_000_000 } }

  @Test func withoutItsEndAFastCGIExchangeLastsUntilTheClose() throws {
    let silent = try phases(Script([.client(Self.request), .pause(48), .serverEnd]))
    #expect(milliseconds(silent.wait) == 50)
    #expect(silent.tail == nil)
    let cut = try phases(Script([.client(Self.request), .server(Self.head), .pause(8), .serverReset]))
    #expect(milliseconds(cut.wait) == 1)
    #expect(milliseconds(cut.tail) == 10)
    // The client left, and nothing more is known: the capture's end is not the exchange's.
    let left = Script([.client(Self.request), .pause(498), .clientEnd, .pause(9_000)]).play().exchanges.first
    #expect(milliseconds(left?.durationNanoseconds) == 500)
    #expect(milliseconds(left?.phases.wait) == 500)
    #expect(left?.flags.contains(.aborted) == true)
  }

  @Test func noWaitIsMadeOfACaptureThatEndsFirst() throws {
    #expect(try phases(Script([.client(Self.request), .pause(49)])).wait == nil)
    #expect(try phases(Script([.client(Self.http), .pause(49)])).wait == nil)
  }

  @Test(
    arguments: [
      Script([
        .client(request), .server(head), .pause(40), .server(Steps.stream(.stdout, 1, "a", ended: false)), .pause(98),
        .server(Steps.stream(.stdout, 1, "b") + Steps.end()), .serverEnd,
      ]),
      Script([
        .client(http), .server("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nhello"), .pause(40), .server("a"),
        .pause(98), .server("b"),
      ]),
      Script([
        .client(uwsgiRequest()), .server("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nhello"), .pause(40),
        .server("a"), .pause(98), .server("b"), .serverEnd,
      ]),
    ])
  func theLongestPauseInsideABodyIsNamed(_ script: Script) throws {
    let exchange = try #require(script.play().exchanges.first)
    #expect(milliseconds(exchange.timeline.longestPause?.nanoseconds) == 100)
    #expect(exchange.timeline.longestPause?.byteCount == 6)
    #expect(exchange.flags.contains(.streamStall))
    #expect(!exchange.flags.contains(.tailStall))
  }

  @Test func shortPausesAndTailsAreNoStreamStalls() throws {
    let short = Script([
      .client(Self.request), .server(Self.head), .pause(20), .server(Steps.stream(.stdout, 1, "a", ended: false)),
      .pause(50), .server(Steps.end()), .serverEnd,
    ])
    let exchange = try #require(short.play().exchanges.first)
    #expect(exchange.timeline.longestPause == nil)
    #expect(exchange.flags.contains(.tailStall))
  }

  @Test func whatALogDoesNotKeepIsCounted() throws {
    let retention = Retention(wireEventLimit: 3)
    let outcome = Script(
      retention: retention, [.client(Self.request), .server(Steps.page()), .serverEnd, .clientEnd]
    ).play()
    let exchange = try #require(outcome.exchanges.first)
    #expect(exchange.wireEvents.count == 3)
    // BEGIN_REQUEST, twice PARAMS, STDIN; twice STDOUT, END_REQUEST.
    #expect(exchange.droppedWireEvents == 4)
    #expect(outcome.summary?.droppedWireEvents == 4)
  }

  @Test func whetherAConnectionWasRefused() {
    var script = Script([.serverReset])
    script.isAccepted = false
    #expect(script.play().summary?.wasRefused == true)
    #expect(Script([.serverReset]).play().summary?.wasRefused == false)
    script.steps = [.clientReset]
    #expect(script.play().summary?.wasRefused == false)
  }
}
