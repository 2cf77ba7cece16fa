// All conversations together stay within one bound, whatever fills them, and what that costs is counted.

import Conformance
import ConversationTesting
import Exchanges
import FastCGIWire
import Testing
import WireBytes

@testable import Inspection

@Suite struct MemoryBoundTests {
  private static let bound = MemoryBound(byteCount: 8 << 20)

  private struct Seen: InspectionSink {
    var exchanges: [Exchange] = []
    var connections: [ConnectionSummary] = []
    mutating func take(_ exchange: inout Exchange, _ findings: [Finding]) { exchanges.append(exchange) }
    mutating func take(_ connection: ConnectionSummary, _ findings: [Finding]) { connections.append(connection) }
  }

  private static func pass(
    _ bytes: [UInt8], _ direction: Direction = .request, on connection: UInt64, _ inspector: inout StreamInspector,
    _ seen: inout Seen
  ) {
    unsafe inspector.receive(.bytes(direction, bytes.span.bytes, Origin(time: .zero)), on: connection, to: &seen)
  }

  private static func open(
    _ connection: UInt64, protocol wireProtocol: WireProtocol? = nil, _ inspector: inout StreamInspector,
    _ seen: inout Seen
  ) {
    let info = ConnectionInfo(id: connection, client: Endpoint("client"), server: Endpoint("server"))
    inspector.open(info, protocol: wireProtocol, at: Origin(time: .zero), to: &seen)
  }

  private static let request = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"

  /// What each of many connections sends and never gets an answer to, and how many exchanges that is.
  private static let shapes: [(name: String, bytes: [UInt8], exchanges: Int)] = [
    ("a short request", Array(request.utf8), 1), ("a request that goes on", Array(request.utf8.dropLast(2)), 1),
    ("a long line", Array("GET / HTTP/1.1\r\nX: \(String(repeating: "x", count: 60_000))".utf8), 1),
    ("pipelined requests", Array(String(repeating: request, count: 200).utf8), 200),
    ("begun requests", (1...200).flatMap { FastCGISteps.beginRecord($0) }, 200),
    ("requests with parameters", (1...200).flatMap { FastCGISteps.begin($0) }, 200),
    (
      "many small parameters",
      FastCGISteps.beginRecord()
        + FastCGISteps.stream(
          .params, 1, FastCGISteps.pairs((0..<2000).map { ("N\($0)", "") }), ended: false), 1
    ),
    (
      "one large parameter",
      FastCGISteps.beginRecord()
        + FastCGISteps.stream(
          .params, 1, FastCGISteps.pairs([("X", String(repeating: "x", count: 60_000))]), ended: false), 1
    ),
    ("an open record", [1, 4, 0, 1, 0xFF, 0xFF, 0, 0] + [UInt8](repeating: 0x41, count: 60_000), 0),
    ("SCGI", Array(scgiRequest().dropLast(1)), 1), ("uwsgi", uwsgiRequest(), 1),
    ("nothing known", Array("*1\r\n$4\r\nPING\r\n".utf8), 0),
    ("a beginning that does not tell", Array(repeating: 0x41, count: 60), 0),
  ]

  @Test(arguments: shapes.map(\.name), [0, 100]) func theBoundHolds(_ name: String, _ logged: Int) throws {
    let shape = try #require(Self.shapes.first { $0.name == name })
    var options = InspectorOptions()
    options.memory = Self.bound
    options.retention = Retention(bodyByteCount: 1 << 20, wireEventLimit: logged)
    var inspector = StreamInspector(options: options), seen = Seen()
    // About three times what there is room for.
    Self.open(1, &inspector, &seen)
    Self.pass(shape.bytes, on: 1, &inspector, &seen)
    let each = max(inspector.conversationByteCount, 1)
    let count = UInt64(min(3 * Self.bound.ofConversations / each + 1, 4000))
    for connection in 2...count {
      Self.open(connection, &inspector, &seen)
      Self.pass(shape.bytes, on: connection, &inspector, &seen)
      if connection % (count / 50 + 1) == 0 {
        #expect(inspector.conversationByteCount <= Self.bound.ofConversations * 5 / 4)
      }
    }
    let counters = inspector.counters
    if UInt64(each) * count > UInt64(Self.bound.ofConversations * 2) { #expect(counters.letGoConnections > 0) }
    #expect(counters.letGoExchanges == counters.exchanges)
    inspector.finish(at: Origin(time: .zero), to: &seen)
    // Each is reported once, let go of or not, and so is each connection.
    #expect(seen.exchanges.count == shape.exchanges * Int(count))
    #expect(Set(seen.exchanges.map { [UInt64($0.index), $0.connection.id] }).count == seen.exchanges.count)
    #expect(seen.exchanges.allSatisfy { $0.ending == .unfinished || $0.ending == .lost })
    #expect(Set(seen.connections.map(\.connection.id)).count == Int(count))
    #expect(seen.connections.count == Int(count))
    #expect(seen.connections.allSatisfy { $0.exchangeCount == shape.exchanges })
    #expect(inspector.conversationByteCount == 0)
  }

  /// How many looks the bound costs for each of `count` connections with one request each, which are never over.
  private static func looksEach(_ count: UInt64) -> Double {
    var options = InspectorOptions()
    options.memory = bound
    var inspector = StreamInspector(options: options), seen = Seen()
    for connection in 1...count {
      open(connection, protocol: .http1, &inspector, &seen)
      pass(Array(request.utf8), on: connection, &inspector, &seen)
    }
    #expect(inspector.counters.letGoConnections > count / 2)
    return Double(inspector.lookCount) / Double(count)
  }

  @Test func theBoundCostsTheSameHoweverManyAreOpen() {
    let few = Self.looksEach(4_000)
    #expect(few < 4)
    #expect(Self.looksEach(16_000) < few * 1.2)
  }

  /// Those that were silent the longest are let go of, whatever order they were opened in.
  @Test func whoSpokeLastStays() {
    var options = InspectorOptions()
    options.memory = Self.bound
    var inspector = StreamInspector(options: options), seen = Seen()
    let early = 1...100 as ClosedRange<UInt64>
    for connection in early {
      Self.open(connection, protocol: .http1, &inspector, &seen)
      Self.pass(Array(Self.request.utf8), on: connection, &inspector, &seen)
    }
    for connection in 101...4_000 as ClosedRange<UInt64> {
      Self.open(connection, protocol: .http1, &inspector, &seen)
      Self.pass(Array(Self.request.utf8), on: connection, &inspector, &seen)
      // One of the first goes on, so slowly that it is let go of before its turn comes only where order is by opening.
      if connection % 10 == 0 { Self.pass([0x0D, 0x0A], on: 50, &inspector, &seen) }
    }
    #expect(inspector.counters.letGoConnections > 1_000)
    let letGo = Set(seen.exchanges.map(\.connection.id))
    #expect(!letGo.contains(50))
    #expect(early.filter { $0 != 50 }.allSatisfy { letGo.contains($0) })
    // The latest are all there.
    #expect(letGo.allSatisfy { $0 < 3_500 })
  }

  @Test func aConnectionWithoutBytesTakesNothing() {
    var inspector = StreamInspector(), seen = Seen()
    for (id, wireProtocol) in [nil, WireProtocol.http1, .fastCGI, .scgi].enumerated() {
      Self.open(UInt64(id), protocol: wireProtocol, &inspector, &seen)
      inspector.receive(.established(Origin(time: .zero)), on: UInt64(id), to: &seen)
    }
    #expect(inspector.conversationByteCount == 0)
    inspector.finish(at: Origin(time: .zero), to: &seen)
    #expect(seen.connections.map(\.wireProtocol) == [nil, .http1, .fastCGI, .scgi])
    #expect(seen.connections.allSatisfy { $0.established != nil && $0.ended != nil })
  }

  @Test func aBegunRequestTakesLittleMoreThanItsRecord() {
    var inspector = StreamInspector(), seen = Seen()
    Self.open(1, &inspector, &seen)
    for id in 1...1000 as ClosedRange<UInt16> { Self.pass(FastCGISteps.beginRecord(id), on: 1, &inspector, &seen) }
    #expect(inspector.conversationByteCount < 100_000)
    Self.pass((1...1000).flatMap { FastCGISteps.page($0) }, .response, on: 1, &inspector, &seen)
    #expect(seen.exchanges.count == 1000)
  }

  @Test func anOpenRequestTakesLittleMoreThanItCarried() {
    var inspector = StreamInspector(), seen = Seen()
    Self.open(1, &inspector, &seen)
    for _ in 1...1000 { Self.pass(Array(Self.request.utf8), on: 1, &inspector, &seen) }
    #expect(inspector.conversationByteCount < 1000 * 4000)
    // The lists grow to twice of what is in them.
    Self.pass(
      Array(String(repeating: "HTTP/1.1 204 No\r\n\r\n", count: 1000).utf8), .response, on: 1, &inspector, &seen)
    #expect(seen.exchanges.count == 1000)
    #expect(inspector.conversationByteCount < 50_000)
  }

  /// Who was let go of is followed on: as from the middle, with the numbers going on.
  @Test(arguments: [WireProtocol.fastCGI, .http1]) func aConnectionThatWasLetGoIsFollowedOn(
    _ wireProtocol: WireProtocol
  ) throws {
    var options = InspectorOptions()
    options.memory = Self.bound
    var inspector = StreamInspector(options: options), seen = Seen()
    let (request, response) =
      wireProtocol == .http1
      ? (Array(Self.request.utf8), Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8))
      : (
        FastCGISteps.beginRecord() + FastCGISteps.stream(.params, 1, FastCGISteps.pairs(FastCGISteps.plain))
          + FastCGISteps.stream(.stdin, 1, ""), FastCGISteps.page()
      )
    Self.open(1, &inspector, &seen)
    Self.pass(request, on: 1, &inspector, &seen)
    Self.pass(response, .response, on: 1, &inspector, &seen)
    Self.pass(request, on: 1, &inspector, &seen)
    let flood = Self.shapes[3].bytes
    for connection in 2...40 as ClosedRange<UInt64> {
      Self.open(connection, &inspector, &seen)
      Self.pass(flood, on: connection, &inspector, &seen)
    }
    var own: [Exchange] { seen.exchanges.filter { $0.connection.id == 1 } }
    #expect(own.map(\.ending) == [.complete, .unfinished])
    Self.pass(request, on: 1, &inspector, &seen)
    Self.pass(response, .response, on: 1, &inspector, &seen)
    inspector.receive(.finished(Origin(time: .zero)), on: 1, to: &seen)
    #expect(own.map(\.ending) == [.complete, .unfinished, .complete])
    #expect(own.map(\.index) == [1, 2, 3])
    let summary = try #require(seen.connections.first { $0.connection.id == 1 })
    #expect(summary.exchangeCount == 3 && summary.wireProtocol == wireProtocol)
    #expect(summary.requestByteCount == UInt64(3 * request.count))
  }
}
