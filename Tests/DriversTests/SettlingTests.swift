// Answers that may come and need not, and requests that repeat what an answer said.

import Drivers
import Exchanges
import Expectations
import Fixtures
import Testing
import WireBytes

@Suite struct SettlingTests {
  private static let request = Step(.wire(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)))
  private static let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nETag: \"v1\"\r\n\r\nok".utf8)

  private func begun(_ steps: [Step]) throws -> Playbook {
    var play = try Playbook(steps, protocol: .http1)
    _ = play.advance()
    _ = play.connect()
    return play
  }

  @Test func aSilentServerIsLeftAfterTheTimeForTheCloseAndBlamedForNothing() throws {
    var play = try begun([Self.request, Step(.settle)])
    #expect(play.patience == 400)
    #expect(play.advance(399).isEmpty)
    #expect(play.advance(1) == [.close(1)])
    #expect(play.driver.isFinished && play.driver.played.timeout == nil)
  }

  @Test func anAnswerIsFollowedByAQuietPeriod() throws {
    var play = try begun([Self.request, Step(.settle)])
    _ = play.advance(50)
    #expect(play.give(1, .bytes(.response, Self.answer)).isEmpty)
    #expect(play.patience == 100)
    #expect(play.advance(60).isEmpty)
    #expect(play.give(1, .bytes(.response, Self.answer)).isEmpty, "a second answer begins the period anew")
    #expect(play.patience == 100)
    #expect(play.advance(100) == [.close(1)])
    #expect(play.driver.played.connections[1]?.exchanges.count == 2)
  }

  @Test func halfAnAnswerIsWaitedForLonger() throws {
    var play = try begun([Self.request, Step(.settle)])
    #expect(play.give(1, .bytes(.response, Array(Self.answer.dropLast()))).isEmpty)
    #expect(play.patience == 400)
  }

  @Test func aCloseEndsIt() throws {
    var play = try begun([Self.request, Step(.settle)])
    #expect(play.give(1, .closed(.response, .end)) == [.close(1)])
  }

  @Test func theSecondOneWaitsForAnAnswerOfItsOwn() throws {
    var play = try begun([Self.request, Step(.settle), Self.request, Step(.settle)])
    _ = play.give(1, .bytes(.response, Self.answer))
    #expect(play.advance(100).map(\.name) == ["send 1"])
    #expect(play.patience == 400)
  }

  @Test func whatRawBytesBroughtIsNotTheAnswerToTheRequestAfterThem() throws {
    var play = try begun([Self.request, Step(.settle), Step(.httpRequest(HTTPRequest()))])
    _ = play.give(1, .bytes(.response, Self.answer))
    #expect(play.advance(100).map(\.name) == ["send 1"])
    #expect(!play.driver.isFinished, "the second request is owed an answer of its own")
    #expect(play.give(1, .bytes(.response, Self.answer)) == [.close(1)])
  }

  private static let conditional: Step = {
    var request = HTTPRequest()
    request.fieldsFromResponse = [Pair(name: .bytes(Array("If-None-Match".utf8)), value: .bytes(Array("etag".utf8)))]
    return Step(.httpRequest(request))
  }()

  @Test func aFieldTakesTheValueOfTheLatestAnswer() throws {
    var play = try begun([Step(.httpRequest(HTTPRequest())), Step(.waitFor(.response(count: 1))), Self.conditional])
    guard case .send(1, let bytes) = try #require(play.give(1, .bytes(.response, Self.answer)).first) else {
      Issue.record("nothing was sent")
      return
    }
    #expect(String(decoding: bytes, as: UTF8.self).contains("\r\nIf-None-Match: \"v1\"\r\n"))
  }

  @Test func withoutThatFieldTheCaseEndsAndSaysSo() throws {
    var play = try begun([Step(.httpRequest(HTTPRequest())), Step(.waitFor(.response(count: 1))), Self.conditional])
    let answer = Array("HTTP/1.1 204 No Content\r\n\r\n".utf8)
    #expect(play.give(1, .bytes(.response, answer)) == [.close(1)])
    #expect(play.driver.played.untold == "the target's response has no field etag")
  }
}

/// Whether the driver waits for a close, which some outcome asks for.
@Suite struct ExpectedCloseTests {
  private static let answer = Array("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".utf8)
  private static let refused = Outcome(conditions: [.exchange(ExchangeSelector(), ExchangeConditions.status([400]))])
  private static let accepted = Outcome(conditions: [.exchange(ExchangeSelector(), ExchangeConditions.status([200]))])
  private static func closed(_ others: ConnectionCondition...) -> Outcome {
    let conditions = [ConnectionConditions.closedByServer(true)] + others
    return Outcome(conditions: conditions.map { .connection(1, $0) })
  }

  /// How long the driver still waits after a whole answer; nil where it is done.
  private func patience(_ outcomes: Outcome...) throws -> Int64? {
    var play = try Playbook(
      [Step(.httpRequest(HTTPRequest()))], expecting: [Expectation(outcomes: outcomes)], protocol: .http1)
    _ = play.advance()
    _ = play.connect()
    _ = play.give(1, .bytes(.response, Self.answer))
    return play.driver.isFinished ? nil : play.patience
  }

  @Test func itIsWaitedForWhereItDecides() throws {
    #expect(try patience(Self.closed()) == 400)
    #expect(try patience(Self.accepted, Self.closed()) == 400)
    #expect(try patience(Self.closed(), Self.refused) == 400)
  }

  @Test func itIsNotWaitedForWhereAnEarlierOutcomeHolds() throws {
    #expect(try patience(Self.refused, Self.closed()) == nil)
  }

  @Test func itIsNotWaitedForWhereTheAnswerRulesItOut() throws {
    #expect(try patience(Self.closed(ConnectionConditions.silent())) == nil)
    #expect(try patience(Self.closed(ConnectionConditions.completedExchanges(0))) == nil)
    #expect(try patience(Self.closed(ConnectionConditions.completedExchanges(1))) == 400)
  }
}
