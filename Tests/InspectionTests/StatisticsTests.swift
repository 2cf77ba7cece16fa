// What `--summary` adds up, and that it stays within its bounds.

import ConversationTesting
import Exchanges
import Inspection
import Testing
import WireBytes

@Suite struct StatisticsTests {
  static func exchange(_ target: String, milliseconds: Int64, status: UInt16 = 200, server: String = "a:1") -> Exchange
  {
    var exchange = Exchange(
      .http1, connection: ConnectionInfo(id: 1, client: Endpoint("c:1"), server: Endpoint(server)), index: 1)
    exchange.request.method = Array("GET".utf8)
    exchange.request.target = Array(target.utf8)
    exchange.response.status = status
    exchange.ending = .complete
    exchange.timeline.requestStart = Timestamp(nanoseconds: 0)
    exchange.timeline.requestEnd = Timestamp(nanoseconds: 0)
    exchange.timeline.responseStart = Timestamp(nanoseconds: milliseconds * 1_000_000)
    exchange.timeline.bodyEnd = exchange.timeline.responseStart
    exchange.timeline.end = exchange.timeline.responseStart
    return exchange
  }

  @Test func percentilesOfARoute() throws {
    var statistics = TraceStatistics()
    for milliseconds in (1...1000).reversed() {
      statistics.take(Self.exchange("/a?\(milliseconds)", milliseconds: Int64(milliseconds)))
    }
    try #require(statistics.rankedRoutes.count == 1)
    let route = statistics.rankedRoutes[0]
    #expect(route.path == Array("/a".utf8))
    let wait = try #require(route.times.percentiles(.wait))
    #expect(wait.count == 1000)
    // Two digits: within one per cent.
    for (seen, expected) in [(wait.p50, 500), (wait.p90, 900), (wait.p99, 990)] as [(Int64, Double)] {
      #expect(abs(Double(seen) / 1e6 - expected) <= expected / 100)
    }
    #expect(wait.max == 1_000_000_000)
    #expect(route.times.percentiles(.connect) == nil)
    #expect(statistics.slowest.map(\.nanoseconds) == (991...1000).reversed().map { Int64($0) * 1_000_000 })
    #expect(statistics.slowest.allSatisfy { $0.phase == .wait })
  }

  @Test func onlyThePhasesAskedForAreKept() throws {
    var statistics = TraceStatistics(phases: [.total])
    statistics.take(Self.exchange("/a", milliseconds: 3))
    let times = try #require(statistics.rankedRoutes.first?.times)
    #expect(times.percentiles(.total)?.max == 3_000_000)
    #expect(times.percentiles(.wait) == nil)
  }

  @Test func recentEventsAreThoseOfTenSeconds() {
    func at(_ milliseconds: Int64) -> Timestamp { Timestamp(nanoseconds: milliseconds * 1_000_000) }
    var rate = RecentRate()
    #expect(rate.count(at: at(0)) == 0)
    for milliseconds in stride(from: Int64(-5000), to: 5000, by: 500) { rate.take(at: at(milliseconds)) }
    #expect(rate.count(at: at(4999)) == 20)
    #expect(rate.count(at: at(5000)) == 18)
    #expect(rate.count(at: at(13_999)) == 2)
    #expect(rate.count(at: at(14_000)) == 0)
    // What is older than the window is passed over, what comes much later begins anew.
    rate.take(at: at(-6000))
    #expect(rate.count(at: at(4999)) == 20)
    rate.take(at: at(3_600_000))
    #expect(rate.count(at: at(3_600_000)) == 1)
    for extreme in [Int64.min, .max] {
      rate.take(at: Timestamp(nanoseconds: extreme))
      #expect(rate.count(at: Timestamp(nanoseconds: extreme)) <= 1)
    }
  }

  @Test func routesPastTheBoundBecomeOne() {
    var statistics = TraceStatistics()
    for number in 0..<300 { statistics.take(Self.exchange("/\(number)", milliseconds: 300 - Int64(number))) }
    let routes = statistics.rankedRoutes
    #expect(routes.count == 201)
    #expect(routes.last?.isOther == true)
    #expect(routes.last?.exchanges == 100)
    #expect(routes[0].path == Array("/0".utf8))
    for number in 0..<300 {
      statistics.take(Self.exchange("/", milliseconds: 1, server: "s\(number):1"))
    }
    #expect(statistics.rankedServers.count == 201)
    #expect(statistics.rankedServers.map(\.exchanges).reduce(0, +) == 600)
  }

  @Test func failuresAreTheServers() {
    var statistics = TraceStatistics()
    statistics.take(Self.exchange("/", milliseconds: 1, status: 404))
    statistics.take(Self.exchange("/", milliseconds: 1, status: 500))
    var broken = Self.exchange("/", milliseconds: 1)
    for ending in [Ending.serverClosed, .clientClosed, .aborted, .unfinished, .lost] {
      broken.ending = ending
      statistics.take(broken)
    }
    #expect(statistics.rankedRoutes[0].failures == 2)
  }

  @Test(
    arguments: [(29, nil), (31, .application), (41, .delayedAcknowledgement), (100, .application)]
      as [(Int64, Stall.Cause?)])
  func tailStalls(_ milliseconds: Int64, _ cause: Stall.Cause?) {
    var exchange = Self.exchange("/", milliseconds: 1)
    exchange.timeline.end = Timestamp(nanoseconds: (1 + milliseconds) * 1_000_000)
    #expect(exchange.tailStall?.cause == cause)
    var statistics = TraceStatistics()
    statistics.take(exchange)
    #expect(statistics.tailStalls.count == (cause == nil ? 0 : 1))
    #expect(statistics.tailStalls.acknowledgements == (cause == .delayedAcknowledgement ? 1 : 0))
  }

  @Test func timesThatCannotBeAreHeldToADay() {
    var statistics = TraceStatistics()
    statistics.take(Self.exchange("/", milliseconds: 9_000_000_000_000))
    statistics.take(Self.exchange("/", milliseconds: -5))
    #expect(statistics.rankedRoutes[0].times.percentiles(.total)?.max == 86_400_000_000_000)
  }
}
