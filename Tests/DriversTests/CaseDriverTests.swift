// The driver's playbook: each phase's time, what steps wait for, and how connections end.

import Conformance
import Drivers
import Exchanges
import Expectations
import FastCGIWire
import Fixtures
import Testing
import WireBytes

@Suite struct CaseDriverTests {
  private let request = Step(.fastCGIRequest(FastCGIRequest()))
  private let kept = Step(.fastCGIRequest(FastCGIRequest(flags: 1)))

  // MARK: Time

  @Test func theTimeForConnectingIsUp() throws {
    var play = try Playbook([request])
    #expect(play.advance().map(\.name) == ["connect 1"])
    #expect(play.patience == 100)
    #expect(play.advance(99).isEmpty)
    #expect(!play.driver.isFinished)
    #expect(play.advance(1).map(\.name) == ["close 1"])
    #expect(play.driver.isFinished)
    #expect(play.driver.played.timeout == ElapsedPhase(.connect, 100))
    #expect(play.driver.played.unfinishedStep != nil)
  }

  @Test func theTimeForTheFirstByteIsUp() throws {
    var play = try Playbook([request])
    _ = play.advance()
    #expect(play.connect().map(\.name) == ["send 1"])
    #expect(play.patience == 200)
    #expect(play.advance(199).isEmpty)
    #expect(play.advance(1).map(\.name) == ["close 1"])
    #expect(play.driver.played.timeout == ElapsedPhase(.firstByte, 200))
    #expect(play.driver.played.unfinishedStep == nil, "every step was played")
    #expect(play.driver.played.timeout?.description == "the time for the first byte (200 ms) was up")
  }

  @Test func theTimeForTheNextByteBeginsAnewWithEachByte() throws {
    var play = try Playbook([request])
    _ = play.advance()
    _ = play.connect()
    _ = play.advance(150)
    #expect(play.give(1, .bytes(.response, Array(Records.answer().prefix(3)))).isEmpty)
    #expect(play.advance(299).isEmpty)
    #expect(play.give(1, .bytes(.response, Array(Records.answer()[3..<5]))).isEmpty)
    #expect(play.patience == 300)
    #expect(play.advance(300).map(\.name) == ["close 1"])
    #expect(play.driver.played.timeout == ElapsedPhase(.idle, 300))
  }

  @Test func aCaseThatNeverRestsIsEndedByItsTotal() throws {
    var play = try Playbook([request])
    _ = play.advance()
    _ = play.connect()
    var turns = 0
    while !play.driver.isFinished, turns < 100 {
      _ = play.advance(100)
      _ = play.give(1, .bytes(.response, [1]))
      turns += 1
    }
    #expect(play.milliseconds == 5_000)
    #expect(play.driver.played.timeout == ElapsedPhase(.total, 5_000))
  }

  @Test("writes are apart by a quarter of the latency, and by four times what the last pause was late")
  func writesAreApart() throws {
    var play = try Playbook([Step(.wire([1, 2, 3, 4, 5, 6, 7]))], latency: 20, writing: 2)
    _ = play.advance()
    #expect(play.connect() == [.send(1, [1, 2])])
    #expect(play.patience == 5)
    #expect(play.advance(4).isEmpty)
    #expect(play.advance(1) == [.send(1, [3, 4])])
    #expect(play.advance(11) == [.send(1, [5, 6])])
    #expect(play.advance(23).isEmpty)
    #expect(play.advance(1) == [.send(1, [7]), .close(1)])
  }

  @Test("all pauses of a case are bounded") func pausesAreBounded() throws {
    var play = try Playbook(
      [Step(.wire([UInt8](repeating: 0, count: 2_000)))], timeouts: PhaseTimeouts(), latency: 1_000, writing: 1)
    _ = play.advance()
    var pieces = play.connect().count
    while !play.driver.isFinished { pieces += play.advance(1).filter { $0 != .close(1) }.count }
    #expect(pieces == 2_000)
    #expect(play.milliseconds < 2_500, "a pause of less than a millisecond lasts one here")
  }

  /// A program that answers before the body's end may read it before it closes: the close is due from then on.
  @Test("an early answer, and the rest of the body after it", arguments: [100, 600])
  func theCloseIsDueAfterTheBody(_ delay: Int64) throws {
    var timeouts = Playbook.timeouts
    timeouts.close = 550
    timeouts.total = 20_000
    let params = RequestVariables(method: Array("POST".utf8), contentLength: 10)
    var play = try Playbook(
      [
        Step(.beginRequest(ids: 1...1, role: .responder, flags: 0, reserved: 0, framing: RecordFraming())),
        Step(.params(id: 1, params, end: true, framing: RecordFraming())),
        Step(.stdin(id: 1, .bytes(Array("hello".utf8)), end: false, framing: RecordFraming())),
      ] + Array(repeating: Step(.quiet), count: 12) + [
        Step(.stdin(id: 1, .bytes(Array("again".utf8)), end: true, framing: RecordFraming()))
      ], timeouts: timeouts)
    _ = play.advance()
    #expect(play.connect().map(\.name) == ["send 1", "send 1", "send 1"])
    #expect(play.give(1, .bytes(.response, Records.answer())).isEmpty)
    var sent: [DriverAction] = []
    while sent.isEmpty { sent = play.advance(200) }
    #expect(sent.map(\.name) == ["send 1"])
    #expect(play.milliseconds >= 2_000)
    #expect(play.patience == 550)
    if delay < 550 {
      #expect(play.advance(delay).isEmpty)
      #expect(play.give(1, .closed(.response, .end)).map(\.name) == ["close 1"])
    } else {
      #expect(play.advance(550).map(\.name) == ["close 1"])
    }
    let connection = try #require(play.driver.played.connections[1])
    var found = Findings { _ in .must }
    RuleCatalog.judge(try #require(connection.summary), [.server], into: &found)
    #expect(found.list.map(\.requirement) == (delay < 550 ? [] : ["FCGI-5.1-4"]))
  }

  @Test func aServerThatMustCloseIsGivenTheTimeForIt() throws {
    var play = try Playbook([request])
    _ = play.advance()
    _ = play.connect()
    #expect(play.give(1, .bytes(.response, Records.answer())).isEmpty)
    #expect(play.patience == 400)
    #expect(play.advance(399).isEmpty)
    #expect(play.advance(1).map(\.name) == ["close 1"])
    let played = play.driver.played
    #expect(played.timeout == nil, "the case itself went well")
    #expect(played.connections[1]?.closeTimeout == ElapsedPhase(.close, 400))
    #expect(played.connections[1]?.closedByServer == false)
  }

  @Test func aServerThatMayStayIsNotWaitedFor() throws {
    var play = try Playbook([kept])
    _ = play.advance()
    _ = play.connect()
    #expect(play.give(1, .bytes(.response, Records.answer())).map(\.name) == ["close 1"])
    #expect(play.driver.played.connections[1]?.closeTimeout == nil)
  }

  @Test func anExpectedCloseIsWaitedFor() throws {
    let closes = Condition.connection(1, ConnectionConditions.closedByServer(true))
    let expectation = Expectation(outcomes: [Outcome(conditions: [closes])])
    var play = try Playbook([Step(.wire([1, 2, 3]))], expecting: [expectation])
    _ = play.advance()
    #expect(play.connect().map(\.name) == ["send 1"])
    #expect(play.patience == 400)
    #expect(play.give(1, .closed(.response, .end)).map(\.name) == ["close 1"])
    #expect(play.driver.played.connections[1]?.closedByServer == true)
    #expect(play.driver.played.connections[1]?.closeTimeout == nil)
  }

  // MARK: Steps that wait

  @Test func aMilestoneLetsTheNextStepGo() throws {
    var play = try Playbook([kept, Step(.waitFor(.endRequest(id: 1))), request])
    _ = play.advance()
    #expect(play.connect().map(\.name) == ["send 1"])
    #expect(play.give(1, .bytes(.response, Records.record(.stdout, 1, [0x41]))).isEmpty)
    #expect(play.give(1, .bytes(.response, Records.end(2))).isEmpty, "another request's end")
    #expect(play.give(1, .bytes(.response, Records.end(1))).map(\.name) == ["send 1"])
    // The second request has the same ID: the first one's end is not its own.
    #expect(play.patience == 300)
  }

  @Test func aMilestoneThatCannotComeAnyMoreIsNotWaitedFor() throws {
    var play = try Playbook([kept, Step(.waitFor(.endRequest(id: 1))), Step(.open, connection: 2)])
    _ = play.advance()
    _ = play.connect()
    #expect(play.give(1, .closed(.response, .end)).map(\.name) == ["connect 2"])
  }

  @Test func aMilestoneThatDoesNotComeCutsTheCaseShort() throws {
    var play = try Playbook([kept, Step(.waitFor(.record(.getValuesResult, id: nil))), request])
    _ = play.advance()
    _ = play.connect()
    #expect(play.advance(200).map(\.name) == ["close 1"])
    #expect(play.driver.played.unfinishedStep != nil)
    #expect(play.driver.played.timeout == ElapsedPhase(.firstByte, 200))
  }

  @Test("records are told apart by type and ID") func records() throws {
    var play = try Playbook([kept, Step(.waitFor(.record(.stderr, id: 1))), Step(.close)])
    _ = play.advance()
    _ = play.connect()
    #expect(play.give(1, .bytes(.response, Records.record(.stderr, 2, [0x41]))).isEmpty)
    #expect(play.give(1, .bytes(.response, Records.record(.stdout, 1, [0x41]))).isEmpty)
    #expect(play.give(1, .bytes(.response, Records.record(.stderr, 1, [0x41]))).map(\.name) == ["close 1"])
  }

  @Test func quietLastsAsLongAsTheLatencyAsksFor() throws {
    var play = try Playbook([kept, Step(.quiet), Step(.close)], latency: 50)
    _ = play.advance()
    #expect(play.connect().map(\.name) == ["send 1"])
    #expect(play.patience == 500)
    // What comes meanwhile does not end it; it is for expectations to judge.
    #expect(play.give(1, .bytes(.response, Records.answer())).isEmpty)
    #expect(play.advance(499).isEmpty)
    #expect(play.advance(1).map(\.name) == ["close 1"])
    #expect(play.driver.played.connections[1]?.exchanges.count == 1)
  }

  @Test func aRestLastsAsLongAsTheCaseSays() throws {
    var play = try Playbook([kept, Step(.rest(milliseconds: 200)), Step(.close)], latency: 50)
    _ = play.advance()
    #expect(play.connect().map(\.name) == ["send 1"])
    #expect(play.patience == 200)
    #expect(play.give(1, .bytes(.response, Records.answer())).isEmpty)
    #expect(play.advance(199).isEmpty)
    #expect(play.advance(1).map(\.name) == ["close 1"])
  }

  // MARK: How connections end

  @Test func afterAHalfCloseTheAnswerIsStillHeard() throws {
    var play = try Playbook([request, Step(.halfClose)])
    _ = play.advance()
    #expect(play.connect().map(\.name) == ["send 1", "half-close 1"])
    #expect(play.give(1, .bytes(.response, Records.answer())).isEmpty)
    #expect(play.give(1, .closed(.response, .end)).map(\.name) == ["close 1"])
    let connection = try #require(play.driver.played.connections[1])
    #expect(connection.exchanges.first?.ending == .complete)
    #expect(connection.summary?.requestClosing == .end)
    #expect(connection.summary?.responseClosing == .end)
  }

  @Test func afterACloseNothingIsHeard() throws {
    var play = try Playbook([kept, Step(.close), Step(.open, connection: 2)])
    _ = play.advance()
    #expect(play.connect().map(\.name) == ["send 1", "close 1", "connect 2"])
    _ = play.give(1, .bytes(.response, Records.answer()))
    _ = play.give(1, .closed(.response, .end))
    #expect(play.connect(2).map(\.name) == ["close 2"])
    let connection = try #require(play.driver.played.connections[1])
    #expect(connection.firstBytes.isEmpty)
    #expect(!connection.closedByServer)
    #expect(connection.exchanges.first?.ending == .clientClosed)
  }

  @Test func whatIsSentAfterTheServersResetLeavesNoTrace() throws {
    var play = try Playbook([kept, Step(.waitFor(.close)), kept])
    _ = play.advance()
    _ = play.connect()
    #expect(play.give(1, .closed(.response, .reset)).map(\.name) == ["close 1"])
    let sent = play.driver.played.transcript.entries.filter { if case .bytes = $0.event.kind { true } else { false } }
    #expect(sent.count == 1)
    #expect(play.driver.played.connections[1]?.summary?.responseClosing == .reset)
  }

  @Test func connectionsAreApart() throws {
    let second = Step(.fastCGIRequest(FastCGIRequest()), connection: 2)
    var play = try Playbook([kept, second])
    _ = play.advance()
    #expect(play.connect(1).map(\.name) == ["send 1", "connect 2"])
    #expect(play.connect(2).map(\.name) == ["send 2"])
    #expect(play.give(2, .bytes(.response, Records.answer())).isEmpty, "the first one's answer is still owed")
    #expect(play.give(1, .bytes(.response, Records.answer())).isEmpty, "the second one must close")
    #expect(play.give(2, .closed(.response, .end)).map(\.name) == ["close 1", "close 2"])
    #expect(play.driver.played.connections.mapValues(\.exchanges.count) == [1: 1, 2: 1])
  }

  @Test func aConnectionThatBreaksEndsTheCase() throws {
    var play = try Playbook([request])
    _ = play.advance()
    #expect(play.fail(1, "no route").map(\.name) == ["close 1"])
    #expect(play.driver.played.connections[1]?.failure == "no route")
  }
}
