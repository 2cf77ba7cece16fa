// The rows of the live view's two tables: what they show, and in which orders.
//
// Texts of the wire are escaped here. Fitting them into columns is LiveTable's.

internal import Exchanges
internal import Inspection
internal import WireBytes

/// A way to order a table; the first is the one that a view begins with.
enum LiveOrder: String, Sendable {
  case newest, slowest, largest
  case rate, errors, p90, time, count

  static let ofExchanges: [LiveOrder] = [.newest, .slowest, .largest]
  static let ofRoutes: [LiveOrder] = [.rate, .errors, .p90, .time, .count]
}

/// A route as its row shows it.
struct LiveRoute {
  var route: TraceStatistics.Route
  /// Exchanges a second.
  var rate: Double
  var times: Percentiles?

  var key: LiveRowKey { .route(server: route.server, method: route.method, path: route.path) }
}

enum LiveRows {
  /// Exchanges that pass the filter, in an order; of one route only where one is given.
  static func exchanges(
    _ feed: LiveFeed, of route: TraceStatistics.Route?, _ order: LiveOrder, isReversed: Bool
  ) -> [LiveFeed.Entry] {
    var rows: [LiveFeed.Entry] = []
    for kept in feed.kept.reversed() where kept.passes {
      if route?.holds(kept.entry.exchange) ?? true { rows.append(kept.entry) }
    }
    switch order {
    case .slowest: sort(&rows) { $0.exchange.durationNanoseconds ?? -1 }
    case .largest: sort(&rows) { $0.exchange.request.body.byteCount &+ $0.exchange.response.body.byteCount }
    default: break
    }
    if isReversed { rows.reverse() }
    return rows
  }

  /// Routes in an order; what has no place of its own stands last.
  ///
  /// - Parameter now: The present, where there is one; nil for what lies in the past as a whole.
  static func routes(_ feed: LiveFeed, _ order: LiveOrder, isReversed: Bool, now: Timestamp?) -> [LiveRoute] {
    let seconds = seconds(feed, now: now)
    let routes = feed.routes
    var rows = routes.filter { !$0.isOther }.map { row($0, seconds, now) }
    switch order {
    case .rate: sort(&rows) { $0.rate }
    case .errors: sort(&rows) { $0.route.failures }
    case .p90: sort(&rows) { $0.times?.p90 ?? -1 }
    case .count: sort(&rows) { $0.route.exchanges }
    default: break
    }
    if isReversed { rows.reverse() }
    return rows + routes.filter(\.isOther).map { row($0, seconds, now) }
  }

  private static func row(_ route: TraceStatistics.Route, _ seconds: Double, _ now: Timestamp?) -> LiveRoute {
    let count = now.map { route.recent.count(at: $0) } ?? route.exchanges
    return LiveRoute(route: route, rate: Double(count) / seconds, times: route.times.percentiles(.total))
  }

  /// The time that rates are of: the last ten seconds, or all of it; a second at least.
  private static func seconds(_ feed: LiveFeed, now: Timestamp?) -> Double {
    guard let first = feed.first, let last = now ?? feed.latest else { return 1 }
    let elapsed = max(Double(last.nanoseconds(since: first)) / 1e9, 1)
    return now == nil ? elapsed : min(elapsed, Double(RecentRate.seconds))
  }

  /// Sorts, the largest first; equal ones keep their order.
  private static func sort<Row>(_ rows: inout [Row], by value: (Row) -> some Comparable) {
    rows = rows.enumerated().map { ($0.offset, $0.element, value($0.element)) }
      .sorted { $0.2 == $1.2 ? $0.0 < $1.0 : $0.2 > $1.2 }.map(\.1)
  }
}

// MARK: Columns

extension LiveRows {
  static func exchangeColumns(zone: @escaping @Sendable (Int64) -> Int) -> [LiveColumn<LiveFeed.Entry>] {
    [
      LiveColumn(title: "time", width: 12, rank: 4) { time($0.exchange, zone) },
      LiveColumn(title: "proto", width: 7, rank: 5) { $0.exchange.wireProtocol.rawValue },
      LiveColumn(title: "client", width: 21, rank: 0) { endpoint($0.exchange.connection.client) },
      LiveColumn(title: "server", width: 21, rank: 1) { endpoint($0.exchange.connection.server) },
      LiveColumn(title: "request", width: nil, rank: 9) {
        name($0.exchange.request.method, $0.exchange.request.target)
      },
      LiveColumn(
        title: "status", width: 6, isRight: true, rank: 8,
        text: { $0.exchange.response.status.map { "\($0)" } ?? "---" },
        ink: { ink($0.exchange) }),
      LiveColumn(title: "bytes", width: 8, isRight: true, rank: 3) {
        TraceSummary.size($0.exchange.response.body.byteCount)
      },
      LiveColumn(title: "ms", width: 9, isRight: true, rank: 7) { milliseconds($0.exchange.durationNanoseconds) },
      LiveColumn(title: "flags", width: 5, rank: 2, text: flags, ink: { _ in .yellow }),
    ]
  }

  /// - Parameter width: The table's: where it is narrow, of a server the port is shown.
  static func routeColumns(width: Int) -> [LiveColumn<LiveRoute>] {
    [
      LiveColumn(title: "count", width: 7, isRight: true, rank: 4) { short($0.route.exchanges) },
      LiveColumn(title: "per s", width: 7, isRight: true, rank: 8) { tenths($0.rate) },
      LiveColumn(
        title: "failed", width: 6, isRight: true, rank: 7,
        text: { TraceSummary.percent($0.route.failures, of: $0.route.exchanges) },
        ink: { $0.route.failures > 0 ? .red : nil }),
      LiveColumn(title: "p50 ms", width: 9, isRight: true, rank: 3) { milliseconds($0.times?.p50) },
      LiveColumn(title: "p90 ms", width: 9, isRight: true, rank: 6) { milliseconds($0.times?.p90) },
      LiveColumn(title: "sum s", width: 9, isRight: true, rank: 5) {
        milliseconds(Int64(clamping: $0.route.nanoseconds / 1000))
      },
      width < 110
        ? LiveColumn(title: "port", width: 6, rank: 6) { port($0.route.server) }
        : LiveColumn(title: "server", width: 21, rank: 6) { WireText.escape($0.route.server.utf8) },
      LiveColumn(title: "route", width: nil, rank: 9) { title($0.route) },
    ]
  }

  /// A route's name.
  static func title(_ route: TraceStatistics.Route) -> String {
    route.isOther ? "(other)" : name(route.method, route.path)
  }

  private static func name(_ method: [UInt8], _ target: [UInt8]) -> String {
    // More than a line holds is never seen.
    let shown = 1000
    return (method.isEmpty ? "-" : WireText.escape(method, limit: shown)) + " "
      + (target.isEmpty ? "-" : WireText.escape(target, limit: shown))
  }

  private static func endpoint(_ endpoint: Endpoint) -> String { WireText.escape(endpoint.description.utf8) }

  /// The end of an endpoint, which tells most: a port, or a socket's name.
  private static func port(_ server: String) -> String {
    let start = server.lastIndex { $0 == ":" || $0 == "/" }
    return start.map { WireText.escape(server[$0...].utf8) } ?? "-"
  }

  private static func time(_ exchange: Exchange, _ zone: (Int64) -> Int) -> String {
    guard let start = exchange.start else { return "" }
    var text = TextBuffer()
    text.append(timeOfDay: start, secondsEast: zone(start.nanoseconds / 1_000_000_000))
    return text.text
  }

  private static func ink(_ exchange: Exchange) -> Ink? {
    guard let status = exchange.response.status else { return .red }
    return status >= 500 ? .red : status >= 400 ? .yellow : nil
  }

  private static func flags(_ entry: LiveFeed.Entry) -> String {
    let flags = entry.findings.isEmpty ? entry.exchange.flags : entry.exchange.flags.union(.finding)
    return ExchangeFlags.letters.filter { flags.contains($0.flag) }.map { String(Unicode.Scalar($0.letter)) }.joined()
  }

  /// Milliseconds with three decimals, and without them where they are more than 99,999.
  private static func milliseconds(_ nanoseconds: Int64?) -> String {
    guard let nanoseconds else { return "-" }
    if nanoseconds >= 99_999_500_000 { return "\(nanoseconds / 1_000_000)" }
    var text = TextBuffer()
    text.append(millisecondsOf: nanoseconds)
    return text.text
  }

  /// A number in at most seven characters.
  static func short(_ number: UInt64) -> String {
    number < 10_000_000
      ? "\(number)" : number < 10_000_000_000 ? "\(number / 1_000_000)M" : "\(number / 1_000_000_000)G"
  }

  private static func tenths(_ number: Double) -> String {
    let tenths = UInt64(min(max((number * 10).rounded(), 0), 1e12))
    return number >= 10_000 ? short(tenths / 10) : "\(tenths / 10).\(tenths % 10)"
  }
}
