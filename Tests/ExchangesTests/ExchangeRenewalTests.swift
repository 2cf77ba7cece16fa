// An exchange that begins in the place of another one is as good as new, and its facts take no more room than they need.

import CGIWire
import FastCGIWire
import Testing
import WireBytes

@testable import Exchanges

@Suite struct ExchangeRenewalTests {
  private static func connection(_ id: UInt64) -> ConnectionInfo {
    ConnectionInfo(id: id, client: .named("client:\(id)"), server: .named("server:\(id)"))
  }

  /// An exchange of which nothing is as it is in a new one.
  private static func used() -> Exchange {
    var exchange = Exchange(.scgi, connection: connection(1), index: 1)
    exchange.request.target = [1]
    exchange.response.status = 500
    exchange.errorStream.skip(1)
    exchange.timeline.end = .zero
    exchange.ending = .lost
    exchange.anomalies.append(Anomaly(.bareLF, at: 0), .request)
    exchange.gapByteCount = 1
    exchange.bytesAfterClientClose = 1
    exchange.startedInTheMiddle = true
    exchange.packets = 1...2
    exchange.wireEvents = [WireEvent(direction: .request, offset: 0, origin: Origin(time: .zero), text: "")]
    exchange.droppedWireEvents = 1
    exchange.fastCGI = FastCGIFacts(requestID: 1)
    exchange.http1 = HTTP1Facts()
    exchange.variableBlock = VariableBlockFacts()
    exchange.cgi = CGIResponseFacts()
    exchange.process = ProcessFacts()
    exchange.wsgi = WSGIFacts()
    return exchange
  }

  @Test func nothingIsLeft() {
    let fresh = Exchange(.http1, connection: Self.connection(2), index: 2)
    var exchange = Self.used()
    let pairs = zip(Mirror(reflecting: exchange).children, Mirror(reflecting: fresh).children)
    // Whoever adds a property is reminded of it here.
    for (old, new) in pairs { #expect("\(old.value)" != "\(new.value)", "\(old.label ?? "")") }
    exchange.renew(.http1, connection: Self.connection(2), index: 2)
    #expect(exchange == fresh)
  }
}

@Suite struct CompactTests {
  private struct Facts: Hashable {
    @Compact var first: StreamOffset?
    @Compact var second: StreamOffset?
  }

  @Test func aPlaceOrNone() {
    var facts = Facts()
    #expect(facts.first == nil && facts.second == nil)
    facts.second = facts.second ?? 7
    facts.second = facts.second ?? 8
    facts.first = 0
    #expect(facts.first == 0 && facts.second == 7)
    facts.first = nil
    #expect(facts.first == nil)
    #expect(MemoryLayout<Facts>.size == 16)
  }
}
