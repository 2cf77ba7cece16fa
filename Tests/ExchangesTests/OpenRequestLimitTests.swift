// More requests at once than are followed on one connection: counted, and nobody is accused of what was not looked at.

import ConversationTesting
import Exchanges
import FastCGIWire
import Testing
import WireBytes

@Suite struct OpenRequestLimitTests {
  private static let limit = UInt16(FastCGIConversation.openRequestLimit)

  private static func request(_ id: UInt16) -> [UInt8] {
    FastCGISteps.begin(id) + FastCGISteps.stream(.stdin, id, "")
  }

  @Test(arguments: [Retention.tester, .inspector]) func fastCGI(_ retention: Retention) throws {
    let ids = 1...(Self.limit + 80), last = Self.limit + 80
    var steps = ids.map { ScriptStep.client(Self.request($0)) }
    steps += ids.map { .server(FastCGISteps.page($0)) }
    // One that was not followed is begun a second time, and now there is room for it.
    steps += [.client(Self.request(last)), .server(FastCGISteps.page(last)), .serverEnd]
    let outcome = Script(.fastCGI, retention: retention, steps).play()
    let summary = try #require(outcome.summary), facts = try #require(summary.fastCGI)
    #expect(summary.unfollowedRequests == 80)
    #expect(outcome.exchanges.count == Int(Self.limit) + 1)
    #expect(outcome.exchanges.allSatisfy { $0.ending == .complete })
    #expect(facts.fromClient.neverBegun.count == 0 && facts.fromClient.afterEnd.count == 0)
    #expect(facts.fromServer.neverBegun.count == 0 && facts.fromServer.afterEnd.count == 0)
    #expect(facts.fromServer.repeatedEnd.count == 0)
    // Whether the requests that were not followed asked to keep the connection, nobody knows.
    #expect(facts.closedDespiteKeep == nil)
  }

  @Test(arguments: [Retention.tester, .inspector]) func whatWasNeverBegunIsStillSeen(_ retention: Retention) throws {
    let last = Self.limit + 10
    var steps = (1...last).map { ScriptStep.client(FastCGISteps.beginRecord($0)) }
    steps += [.client(FastCGISteps.stream(.stdin, last + 1, "x")), .server(FastCGISteps.page(last + 2))]
    steps += [.server(FastCGISteps.page(last)), .server(FastCGISteps.stream(.stdout, last, "late"))]
    let facts = try #require(Script(.fastCGI, retention: retention, steps).play().summary?.fastCGI)
    #expect(facts.fromClient.neverBegun.first?.requestID == last + 1)
    #expect(facts.fromServer.neverBegun.first?.requestID == last + 2)
    #expect(facts.fromServer.afterEnd.first?.requestID == last)
  }

  @Test func http() throws {
    let limit = HTTP1Conversation.openRequestLimit
    let request = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
    let response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nBad Line\r\n\r\nok"
    var steps: [ScriptStep] = [.client(String(repeating: request, count: limit + 7))]
    // All but the last are answered, and one of those that are not followed by two responses.
    steps.append(.server(String(repeating: response, count: limit + 2)))
    steps.append(.server("HTTP/1.1 103 Early Hints\r\n\r\n" + String(repeating: response, count: 5)))
    steps += [.client(request), .server(response), .serverEnd]
    let outcome = Script(.http1, steps).play()
    let summary = try #require(outcome.summary)
    #expect(summary.unfollowedRequests == 7)
    #expect(outcome.exchanges.count == limit + 1)
    #expect(outcome.exchanges.allSatisfy { $0.ending == .complete && $0.request.target == Array("/a".utf8) })
    #expect(outcome.exchanges.map(\.index) == Array(1...(limit + 1)))
    #expect(summary.anomalies.isEmpty && summary.http1?.stray == nil)
  }

  /// While one request that is not followed is unanswered, the next response is its own.
  @Test func httpGoesOnOnlyWhenAllAreAnswered() throws {
    let limit = HTTP1Conversation.openRequestLimit
    let request = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n", response = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    let steps: [ScriptStep] = [
      .client(String(repeating: request, count: limit + 1)), .server(String(repeating: response, count: limit)),
      .client("GET /b HTTP/1.1\r\nHost: a\r\n\r\n"), .server(response), .server(response),
      .client("GET /c HTTP/1.1\r\nHost: a\r\n\r\n"), .server(response),
    ]
    let outcome = Script(.http1, steps).play()
    #expect(outcome.summary?.unfollowedRequests == 2)
    #expect(outcome.exchanges.last?.request.target == Array("/c".utf8))
    #expect(outcome.exchanges.count == limit + 1)
  }
}
