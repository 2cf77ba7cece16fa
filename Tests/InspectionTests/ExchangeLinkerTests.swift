// Which exchange with a backend an exchange with a client is linked to, and when it passes.
//
// Exchanges are made here, times in milliseconds; captures of real servers are ReportsTests' and EndToEndTests'.

import Conformance
import ConversationTesting
import Exchanges
import Inspection
import Testing
import WireBytes

@Suite struct ExchangeLinkerTests {
  /// What passes the linker: `CONNECTION.INDEX`, with what it is linked to.
  private struct Passed: LinkedOutput {
    var passed: [String] = []
    var reasons: [String] = []
    var links: [ExchangeLink?] = []

    mutating func show(_ exchange: Exchange, _ findings: [Finding], _ outcome: LinkOutcome) {
      var text = "\(exchange.connection.id).\(exchange.index)"
      links.append(outcome.link)
      if let link = outcome.link {
        text += " to \(link.back.connection.id).\(link.back.index)"
        reasons.append(link.reason)
      }
      if let reason = outcome.reasonForNone {
        text += " to none"
        reasons.append(reason)
      }
      passed.append(text)
    }

    mutating func show(_ connection: ConnectionSummary, _ findings: [Finding]) {
      passed.append("end \(connection.connection.id)")
    }
  }

  private struct Watch {
    var linker = ExchangeLinker()
    var output = Passed()
    var passed: [String] { output.passed }
    var reasons: [String] { output.reasons }

    mutating func take(_ exchanges: Exchange...) {
      for var exchange in exchanges { linker.take(&exchange, [], to: &output) }
    }

    mutating func take(_ summary: ConnectionSummary) { linker.take(summary, [], to: &output) }

    mutating func close(_ exchange: Exchange) {
      take(ConnectionSummary(connection: exchange.connection, wireProtocol: .http1))
    }

    mutating func advance(to milliseconds: Int64) {
      linker.advance(to: Timestamp(nanoseconds: milliseconds * 1_000_000), to: &output)
    }

    mutating func finish() { linker.finish(to: &output) }
  }

  private static func exchange(
    _ wireProtocol: WireProtocol, _ connection: UInt64, _ index: Int, _ times: ClosedRange<Int64>, from client: String,
    to server: String, _ target: String, status: UInt16?
  ) -> Exchange {
    var exchange = Exchange(
      wireProtocol,
      connection: ConnectionInfo(id: connection, client: Endpoint(client), server: Endpoint(server)), index: index)
    exchange.request.method = Array("GET".utf8)
    exchange.request.target = Array(target.utf8)
    exchange.timeline.requestStart = Timestamp(nanoseconds: times.lowerBound * 1_000_000)
    exchange.timeline.requestEnd = exchange.timeline.requestStart
    exchange.timeline.end = Timestamp(nanoseconds: times.upperBound * 1_000_000)
    exchange.ending = .complete
    exchange.response.status = status
    if status != nil {
      exchange.response.hasHead = true
      exchange.timeline.responseStart = exchange.timeline.end
      exchange.timeline.bodyEnd = exchange.timeline.end
    }
    return exchange
  }

  /// Client to gateway; the client's port is 40000 and the connection's number.
  private static func front(
    _ connection: UInt64, _ times: ClosedRange<Int64>, _ target: String = "/a", status: UInt16? = 200,
    nth index: Int = 1
  ) -> Exchange {
    exchange(
      .http1, connection, index, times, from: "192.0.2.1:\(40_000 + connection)", to: "10.0.0.1:80", target,
      status: status)
  }

  /// Gateway to backend.
  ///
  /// - Parameter client: The number of the client's connection, told by REMOTE_PORT; nil does not tell it.
  private static func back(
    _ connection: UInt64, _ times: ClosedRange<Int64>, _ target: String = "/a", status: UInt16? = 200,
    for client: UInt64? = nil, nth index: Int = 1
  ) -> Exchange {
    var exchange = exchange(
      .fastCGI, connection, index, times, from: "10.0.0.1:5\(connection)", to: "10.0.0.9:9000", target, status: status)
    if let client {
      exchange.request.fields.append(name: Array("REMOTE_ADDR".utf8), value: Array("192.0.2.1".utf8))
      exchange.request.fields.append(name: Array("REMOTE_PORT".utf8), value: Array("\(40_000 + client)".utf8))
    }
    return exchange
  }

  @Test func theOnlyCandidateIsLinked() {
    var watch = Watch()
    watch.take(Self.back(2, 10...20), Self.front(1, 5...25))
    #expect(watch.passed == ["2.1", "1.1 to 2.1"])
    #expect(watch.reasons == ["same URI, method and gateway address, nested in time; only candidate"])
  }

  @Test func whatIsNotNestedOrNotTheSameIsNoCandidate() {
    var watch = Watch()
    watch.take(Self.back(2, 4...20), Self.back(3, 10...20, "/b"), Self.back(4, 26...27))
    watch.take(Self.front(1, 5...25))
    watch.finish()
    #expect(watch.passed.last == "1.1")
  }

  /// A gateway that asks again after a server has closed without an answer.
  @Test func theLastOfSeveralTriesIsLinked() {
    func failed(_ connection: UInt64, _ times: ClosedRange<Int64>) -> Exchange {
      var exchange = Self.back(connection, times, status: nil)
      exchange.ending = .serverClosed
      return exchange
    }
    var watch = Watch()
    watch.take(failed(2, 6...7), failed(3, 8...9), Self.front(1, 5...10, status: 502))
    watch.take(failed(4, 16...19), failed(5, 18...19), Self.front(1, 15...20, status: 502, nth: 2))
    watch.finish()
    #expect(watch.passed == ["2.1", "3.1", "1.1 to 3.1", "4.1", "5.1", "1.2 to none"])
    #expect(
      watch.reasons == [
        "same URI, method and gateway address, nested in time; last of 2 tries", "2 candidates fit equally well",
      ])
  }

  @Test func keptConnectionsOfBothSides() {
    var watch = Watch()
    for round in 0..<3 {
      let start = Int64(round * 100)
      watch.take(
        Self.back(2, (start + 2)...(start + 8), nth: round + 1), Self.front(1, start...(start + 10), nth: round + 1))
    }
    #expect(watch.passed == ["2.1", "1.1 to 2.1", "2.2", "1.2 to 2.2", "2.3", "1.3 to 2.3"])
  }

  /// All three requests came in one packet; a gateway answers them one after another.
  @Test func pipelinedRequests() {
    var watch = Watch()
    watch.take(Self.back(2, 1...9, for: 1, nth: 1), Self.front(1, 0...10, nth: 1))
    watch.take(Self.back(2, 11...19, for: 1, nth: 2), Self.front(1, 0...20, nth: 2))
    watch.take(Self.back(2, 21...29, for: 1, nth: 3), Self.front(1, 0...30, nth: 3))
    #expect(watch.passed.suffix(3) == ["1.2 to 2.2", "2.3", "1.3 to 2.3"])
  }

  @Test func overlappingRequestsAreToldApartByTheClientsPort() {
    var watch = Watch()
    watch.take(Self.back(4, 3...20, for: 1), Self.back(3, 2...22, for: 2))
    watch.take(Self.front(1, 0...30), Self.front(2, 1...31))
    #expect(watch.passed.suffix(2) == ["1.1 to 4.1", "2.1 to 3.1"])
    #expect(watch.reasons.first == "same URI, method and client port, nested in time; only candidate")
  }

  @Test func withoutAnythingToTellThemApartNoneIsLinked() {
    var watch = Watch()
    watch.take(Self.back(4, 3...20), Self.back(3, 2...22), Self.front(1, 0...30))
    #expect(watch.passed.last == "1.1 to none")
    #expect(watch.reasons == ["2 candidates fit equally well"])
  }

  @Test func theStatusTellsARetryFromWhatFailed() {
    var watch = Watch()
    watch.take(Self.back(3, 2...5, status: 500), Self.back(4, 6...20), Self.front(1, 0...30))
    #expect(watch.passed.last == "1.1 to 4.1")
    #expect(watch.reasons.last?.hasSuffix("best of 2 candidates") == true)
  }

  @Test func anAddressThatTheGatewayWasToldSaysNothingOfThePort() {
    var watch = Watch()
    var back = Self.back(2, 10...20)
    back.request.fields.append(name: Array("REMOTE_ADDR".utf8), value: Array("203.0.113.7".utf8))
    back.request.fields.append(name: Array("REMOTE_PORT".utf8), value: Array("7".utf8))
    watch.take(back, Self.front(1, 5...25))
    #expect(watch.passed.last == "1.1 to 2.1")
    #expect(watch.reasons.last?.contains("client port") == false)
  }

  @Test func aBackendThatEndsLaterIsWaitedFor() {
    var watch = Watch()
    let front = Self.front(1, 5...25)
    watch.take(Self.back(9, 0...1, "/other"), front)
    watch.close(front)
    #expect(watch.passed == ["9.1"])
    watch.take(Self.back(2, 10...30))
    #expect(watch.passed == ["9.1", "2.1", "1.1 to 2.1", "end 1"])
  }

  @Test func aClientThatLeftIsLinkedOnceTheBackendIsDone() {
    var watch = Watch()
    var front = Self.front(1, 0...300, status: nil)
    front.ending = .clientClosed
    watch.take(front)
    watch.advance(to: 2_000)
    #expect(watch.passed.isEmpty)
    watch.take(Self.back(2, 1...2_500))
    #expect(watch.passed == ["2.1", "1.1 to 2.1"])
  }

  @Test func waitingIsBounded() {
    var watch = Watch()
    watch.take(Self.back(9, 0...1, "/other"))
    let front = Self.front(1, 5...25, "/static.css")
    watch.take(front)
    watch.close(front)
    watch.advance(to: 224)
    #expect(watch.passed == ["9.1"])
    watch.advance(to: 225)
    #expect(watch.passed == ["9.1", "1.1", "end 1"])
    for number in 1...400 { watch.take(Self.front(UInt64(number) + 10, 300...301, "/\(number)")) }
    #expect(watch.passed.count == 3 + 400 - ExchangeLinker.waitingLimit)
    #expect(watch.passed[3] == "11.1")
  }

  /// Few large ones are as much as many small ones.
  @Test func whatWaitsAndWhatIsRememberedIsBoundedInBytes() {
    var options = InspectorOptions()
    options.memory = MemoryBound(byteCount: MemoryBound.least)
    func large(_ exchange: Exchange) -> Exchange {
      var exchange = exchange
      exchange.request.fields.append(
        name: Array("cookie".utf8), value: [UInt8](repeating: 0x61, count: MemoryBound.least / 64))
      return exchange
    }
    var waiting = Watch(linker: ExchangeLinker(options: options))
    waiting.take(Self.back(9, 0...1, "/other"))
    for number in 1...40 { waiting.take(large(Self.front(UInt64(number) + 10, 300...301, "/\(number)"))) }
    #expect(waiting.passed.count > 30)
    waiting.finish()
    #expect(waiting.passed.count == 41)
    var remembered = Watch(linker: ExchangeLinker(options: options))
    for number in 1...40 { remembered.take(large(Self.back(UInt64(number), 10...20, "/\(number)"))) }
    remembered.take(Self.front(50, 5...25, "/39"), Self.front(51, 5...25, "/2"))
    remembered.finish()
    #expect(remembered.passed.suffix(2) == ["50.1 to 39.1", "51.1"])
  }

  @Test func nobodyWaitsWhereNoBackendWasSeen() {
    var watch = Watch()
    watch.take(Self.front(1, 5...25))
    #expect(watch.passed == ["1.1"])
  }

  @Test func oldExchangesMakeRoom() {
    var watch = Watch()
    watch.take(Self.back(2, 10...20))
    for number in 0..<1_100 { watch.take(Self.back(3, 10...20, "/\(number)", nth: number + 1)) }
    watch.take(Self.front(1, 5...25), Self.front(4, 5...25, "/1099"))
    watch.finish()
    #expect(watch.passed.suffix(2) == ["4.1 to 3.1100", "1.1"])
  }

  /// Two requests of one client to a server are nested in time by chance, and so may be one to another server.
  @Test func httpIsLinkedOnlyWhereItWasForwarded() {
    func application(_ connection: UInt64, from client: String, forwarded: Bool) -> Exchange {
      var exchange = Self.exchange(
        .http1, connection, 1, 10...20, from: client, to: "10.0.0.9:8080", "/a", status: 200)
      if forwarded {
        exchange.request.fields.append(name: Array("X-Forwarded-For".utf8), value: Array("192.0.2.1".utf8))
      }
      return exchange
    }
    let front = Self.front(1, 5...25)
    let expectations: [(Exchange, String)] = [
      (application(2, from: "10.0.0.1:50000", forwarded: true), "1.1 to 2.1"),
      (application(2, from: "10.0.0.1:50000", forwarded: false), "1.1"),
      (application(2, from: "10.0.0.2:50000", forwarded: true), "1.1"),
      (Self.front(3, 10...20), "1.1"),
    ]
    for (other, expected) in expectations {
      var watch = Watch()
      watch.take(other, front)
      watch.finish()
      #expect(watch.passed.last == expected)
    }
  }

  @Test("a flood of requests for the same, linked to nothing, does not hide the one that was caused")
  func floods() {
    var watch = Watch()
    // More than are kept, one after another; then two at once, of which one began before its gateway was asked.
    for number in 0..<1500 { watch.take(Self.back(2, Int64(number)...Int64(number))) }
    watch.take(Self.back(3, 1990...2006), Self.back(4, 2002...2008))
    watch.take(Self.front(1, 2000...2010))
    #expect(watch.passed.last == "1.1 to 4.1")
    #expect(watch.reasons.last?.hasSuffix("only candidate") == true)
    // Fronts that wait are found by the one that they wait for, whatever else comes meanwhile.
    watch.take(Self.front(5, 3000...3020))
    for number in 0..<300 { watch.take(Self.back(6, Int64(3021 + number % 50)...3080)) }
    #expect(watch.passed.last == "6.1")
    watch.take(Self.back(7, 3010...3090))
    #expect(watch.passed.last == "5.1 to 7.1")
  }

  @Test func theGatewaysShareIsWhatNeitherSideWaitedFor() throws {
    var watch = Watch()
    var front = Self.front(1, 0...30), back = Self.back(2, 10...20)
    front.timeline.requestEnd = Timestamp(nanoseconds: 4_000_000)
    back.timeline.connectStart = Timestamp(nanoseconds: 7_000_000)
    watch.take(back, front)
    let gateway = try #require(watch.output.links.last??.gateway)
    #expect(gateway.before == 3_000_000)
    #expect(gateway.after == 10_000_000)
    #expect(gateway.total == 13_000_000)
  }

  @Test("a gateway's own 502 is explained by the connection that was refused")
  func refusedConnections() {
    func refused(_ milliseconds: Int64, from client: String, to server: String) -> ConnectionSummary {
      var summary = ConnectionSummary(
        connection: ConnectionInfo(id: 9, client: Endpoint(client), server: Endpoint(server)), wireProtocol: nil)
      summary.opened = Timestamp(nanoseconds: milliseconds * 1_000_000)
      summary.responseClosing = .reset
      return summary
    }
    func reasons(status: UInt16, _ summaries: ConnectionSummary...) -> [String] {
      var watch = Watch()
      for summary in summaries { watch.take(summary) }
      watch.take(Self.front(1, 10...20, status: status))
      watch.finish()
      return watch.reasons
    }
    let gateway = String(Self.front(1, 0...1).connection.server.description.split(separator: ":")[0])
    let own = refused(15, from: "\(gateway):50000", to: "10.0.0.5:9000")
    #expect(reasons(status: 502, own) == ["the gateway's connection to 10.0.0.5:9000 was refused"])
    let other = refused(16, from: "\(gateway):50001", to: "10.0.0.6:9000")
    #expect(
      reasons(status: 502, own, own, other)
        == ["the gateway's connection to 10.0.0.5:9000, and to 10.0.0.6:9000 was refused"])
    #expect(reasons(status: 404, own).isEmpty)
    #expect(reasons(status: 502, refused(5, from: "\(gateway):50000", to: "10.0.0.5:9000")).isEmpty)
    #expect(reasons(status: 502, refused(15, from: "10.9.9.9:50000", to: "10.0.0.5:9000")).isEmpty)
  }
}
