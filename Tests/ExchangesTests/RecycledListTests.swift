// The memory of a request that is over serves the next one: which must be as if it had a connection of its own.

import ConversationTesting
import Exchanges
import FastCGIWire
import Testing

@Suite struct RecycledListTests {
  private struct Tally {
    var made = 0, renewed = 0
  }

  private static func add(_ number: Int, to list: inout RecycledList<Int>, _ tally: inout Tally) {
    list.append(
      renewing: {
        $0 = number
        tally.renewed += 1
      },
      orMaking: {
        tally.made += 1
        return number
      })
  }

  private static func contents(_ list: RecycledList<Int>) -> [Int] { list.indices.map { list[$0] } }

  @Test func oneAfterAnotherUsesOnePlace() {
    var list = RecycledList<Int>(), tally = Tally()
    for number in 1...5 {
      Self.add(number, to: &list, &tally)
      #expect(Self.contents(list) == [number])
      list.remove(at: 0, emptyingOthersTo: 0)
      #expect(list.isEmpty)
    }
    #expect(tally.made == 1 && tally.renewed == 4)
  }

  @Test func orderIsKeptWhicheverGoes() {
    var list = RecycledList<Int>(), tally = Tally()
    for number in 1...4 { Self.add(number, to: &list, &tally) }
    list.remove(at: 1, emptyingOthersTo: 0)
    #expect(Self.contents(list) == [1, 3, 4])
    list.remove(at: 2, emptyingOthersTo: 0)
    #expect(Self.contents(list) == [1, 3])
    // Of those that were removed before the last only the place is kept.
    list.remove(at: 1, emptyingOthersTo: 0)
    #expect(list.heldByteCount { $0 } >= 1 + 3)
    Self.add(5, to: &list, &tally)
    Self.add(6, to: &list, &tally)
    #expect(Self.contents(list) == [1, 5, 6])
    #expect(tally.made == 4 && tally.renewed == 2)
    #expect(list.firstIndex { $0 == 6 } == 2)
    #expect(!list.contains { $0 == 4 })
    list[0] = 7
    #expect(Self.contents(list) == [7, 5, 6])
  }
}

extension RecycledListTests {
  @Test func placesStayUntilAllAreGone() {
    var list = RecycledList<Int>(), tally = Tally()
    for number in 1...5000 { Self.add(number, to: &list, &tally) }
    #expect(list.heldByteCount { _ in 0 } >= 5000 * MemoryLayout<Int>.stride)
    for number in 1...4999 {
      list.remove(at: 0, emptyingOthersTo: 0)
      #expect(list[0] == number + 1)
    }
    // What was removed and is not the next to be used holds nothing.
    #expect(list.heldByteCount { $0 == 0 ? 0 : 1 << 20 } < 3 << 20)
    list.remove(at: 0, emptyingOthersTo: 0)
    #expect(list.heldByteCount { _ in 0 } < 200)
    Self.add(7, to: &list, &tally)
    #expect(Self.contents(list) == [7] && tally.made == 5000)
  }
}

/// A second request in the memory of the first, and the same on a connection of its own.
@Suite struct RenewedExchangeTests {
  private static func bare(_ exchange: Exchange) -> Exchange {
    var bare = exchange
    bare.index = 1
    bare.timeline = Timeline()
    bare.wireEvents = []
    bare.request.range = 0..<0
    bare.response.range = 0..<0
    return bare
  }

  @Test func http() throws {
    let first: [ScriptStep] = [
      .client("POST /first?a=1 HTTP/1.1\r\nHost: first.example\r\nX-Long: \(String(repeating: "x", count: 3000))\r\n"),
      .client("Content-Length: 4\r\n\r\nbody"),
      .server("HTTP/1.1 404 Not Here\r\nContent-Length: 5\r\nX-Answer: first\r\nBad Line\r\n\r\nfirst"),
    ]
    let second: [ScriptStep] = [
      .client("GET /2 HTTP/1.1\r\nAccept: */*\r\n\r\n"), .server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    ]
    let alone = try #require(Script(.http1, second + [.serverEnd]).play().exchanges.first)
    let after = Script(.http1, first + second + [.serverEnd]).play().exchanges
    #expect(after.count == 2)
    #expect(after.first?.response.body.byteCount == 5)
    #expect(Self.bare(try #require(after.last)) == Self.bare(alone))
  }

  @Test func fastCGI() throws {
    let second: [ScriptStep] = [
      .client(
        FastCGISteps.begin(keep: true, [("REQUEST_METHOD", "GET"), ("SCRIPT_NAME", "/b")])
          + FastCGISteps.stream(.stdin, 1, "")),
      .server(FastCGISteps.page(1, "Content-Type: a/b\r\n\r\nok")),
    ]
    let first: [ScriptStep] = [
      .client(
        FastCGISteps.begin(
          keep: true,
          [("REQUEST_METHOD", "POST"), ("REQUEST_URI", "/a?b"), ("HTTP_HOST", "h"), ("CONTENT_LENGTH", "4")])
          + FastCGISteps.stream(.stdin, 1, "body")),
      .server(
        FastCGISteps.stream(.stderr, 1, "a warning", ended: false)
          + FastCGISteps.page(1, "Status: 500 Oh\r\nNo colon here\r\n\r\nlonger")),
    ]
    let alone = try #require(Script(.fastCGI, second + [.serverEnd]).play().exchanges.first)
    let after = Script(.fastCGI, first + second + [.serverEnd]).play().exchanges
    #expect(after.count == 2)
    #expect(after.first?.errorStream.byteCount == 9)
    let last = try #require(after.last)
    #expect(last.request == Self.moved(alone.request, to: last.request.range))
    #expect(Self.bare(last).response == Self.bare(alone).response)
    #expect(last.errorStream == alone.errorStream && last.anomalies == alone.anomalies && last.ending == alone.ending)
    var (facts, expected) = (last.cgi, alone.cgi)
    #expect(facts?.places.malformed == expected?.places.malformed.map { $0 + last.response.range.lowerBound })
    // Places are those of the connection.
    facts?.places = CGIResponseFacts.Places()
    expected?.places = CGIResponseFacts.Places()
    #expect(facts == expected)
    #expect(last.fastCGI?.stderr.isEmpty == true && last.fastCGI?.stdin.dataRecords == 0)
    #expect(last.fastCGI?.errorBeforeFields == nil)
  }

  private static func moved(_ request: Request, to range: Range<UInt64>) -> Request {
    var moved = request
    moved.range = range
    return moved
  }
}
