// What a live view has to show: the newest exchanges, routes added up, and counters.
//
// Taking an exchange is cheap and bounded, as it delays decoding. A value: the view looks at a copy, which costs
// nothing until either changes.

package import Conformance
package import Exchanges
package import Inspection
package import WireBytes

/// Exchanges as they come, within bounds.
package struct LiveFeed: Sendable {
  /// A finished exchange.
  package final class Entry: Sendable {
    /// Its place in the run, from 1.
    package let number: UInt64
    let exchange: Exchange
    let findings: [Finding]
    let link: LinkOutcome
    let byteCount: Int

    init(_ number: UInt64, _ exchange: consuming Exchange, _ findings: [Finding], _ link: LinkOutcome) {
      self.number = number
      byteCount = exchange.heldByteCount + (link.link?.back.heldByteCount ?? 0)
      self.exchange = exchange
      self.findings = findings
      self.link = link
    }
  }

  /// An exchange that can still be looked at, and whether it passes the filter.
  package struct Kept: Sendable {
    package let entry: Entry
    var passes: Bool
  }

  /// The newest exchanges that are kept: so many, and so many bytes.
  package static let entryLimit = 500
  package static let byteLimit = 32 << 20

  /// The oldest first.
  package private(set) var kept: [Kept] = []
  private var keptByteCount = 0
  private var filter: ExchangeFilter?
  private var all = Self.noRoutes
  /// Nil where there is no filter.
  private var selected: TraceStatistics?
  /// Exchanges taken so far.
  private var count: UInt64 = 0
  /// When the first and the last exchange ended that are added up.
  private(set) var first: Timestamp?
  package private(set) var latest: Timestamp?
  /// What was seen and lost so far; open connections besides.
  package var counters = InspectionCounters()
  package var openConnections = 0
  /// Nothing comes any more.
  package var isOver = false

  private static let noRoutes = TraceStatistics(phases: [.total])

  package init(filter: ExchangeFilter? = nil) {
    self.filter = filter
    selected = filter == nil ? nil : Self.noRoutes
  }

  /// The routes of the exchanges that pass the filter.
  package var routes: [TraceStatistics.Route] { (selected ?? all).rankedRoutes }

  /// Takes a finished exchange.
  package mutating func take(_ exchange: consuming Exchange, _ findings: [Finding], _ link: LinkOutcome) {
    count &+= 1
    let entry = Entry(count, exchange, findings, link)
    let passes = filter?.matches(entry.exchange, findings) ?? true
    all.take(entry.exchange)
    if passes { selected?.take(entry.exchange) }
    if let end = entry.exchange.timeline.end {
      first = min(first ?? end, end)
      latest = max(latest ?? end, end)
    }
    kept.append(Kept(entry: entry, passes: passes))
    keptByteCount += entry.byteCount
    while kept.count > Self.entryLimit || keptByteCount > Self.byteLimit && kept.count > 1 {
      keptByteCount -= kept.removeFirst().entry.byteCount
    }
  }

  /// Takes a new filter; routes are counted anew, beginning with the exchanges that are kept.
  package mutating func apply(_ filter: ExchangeFilter?) {
    self.filter = filter
    selected = filter == nil ? nil : Self.noRoutes
    for index in kept.indices {
      let entry = kept[index].entry
      kept[index].passes = filter?.matches(entry.exchange, entry.findings) ?? true
      if kept[index].passes { selected?.take(entry.exchange) }
    }
  }

  /// Forgets exchanges and routes; the counters go on.
  package mutating func clear() {
    kept = []
    keptByteCount = 0
    all = Self.noRoutes
    selected = filter == nil ? nil : Self.noRoutes
    first = nil
    latest = nil
  }
}

extension Exchange {
  /// The memory that it takes, roughly: what grows with the traffic is counted, the rest is a constant.
  fileprivate var heldByteCount: Int {
    var count = 2000 + request.fields.byteCount + response.fields.byteCount
    count += request.method.count + request.target.count + request.host.count + response.reason.count
    for content in [request.body, response.body, errorStream] { count += content.retained.count }
    return wireEvents.reduce(count) { $0 + $1.text.utf8.count + 80 }
  }
}
