// Exchanges for the tests of the live view, and ways to look at its frames.

import ConversationTesting
import Exchanges
import Inspection
import Reports
import WireBytes

enum LiveSamples {
  /// The moment at which the first exchange begins.
  static let start: Int64 = 1_709_164_800_000_000_000

  static func exchange(
    _ target: String, status: UInt16? = 200, at milliseconds: Int64 = 0, took: Int64 = 10,
    server: String = "127.0.0.1:9000", body: Int = 0
  ) -> Exchange {
    bytes(Array(target.utf8), status: status, at: milliseconds, took: took, server: server, body: body)
  }

  static func bytes(
    _ target: [UInt8], status: UInt16? = 200, at milliseconds: Int64 = 0, took: Int64 = 10,
    server: String = "127.0.0.1:9000", body: Int = 0
  ) -> Exchange {
    var exchange = Exchange(
      .fastCGI, connection: ConnectionInfo(id: 1, client: Endpoint("127.0.0.1:5000"), server: Endpoint(server)),
      index: 1)
    exchange.request.method = Array("GET".utf8)
    exchange.request.target = target
    exchange.response.status = status
    exchange.ending = .complete
    let begin = start + milliseconds * 1_000_000
    exchange.timeline.requestStart = Timestamp(nanoseconds: begin)
    exchange.timeline.end = Timestamp(nanoseconds: begin + took * 1_000_000)
    let content = [UInt8](repeating: 0x61, count: body)
    unsafe exchange.response.body.append(content.span.bytes, limit: body)
    return exchange
  }

  /// A feed with these exchanges, and counters that say so.
  static func feed(_ exchanges: [Exchange]) -> LiveFeed {
    var feed = LiveFeed()
    for exchange in exchanges { feed.take(exchange, [], .none) }
    feed.counters.packets = UInt64(exchanges.count * 10)
    feed.counters.exchanges = UInt64(exchanges.count)
    return feed
  }

  static func view(judges: Bool = false) -> LiveView {
    LiveView(source: "lo port 9000", judges: judges, detail: TraceDetail())
  }

  /// So many exchanges of different targets.
  static func many(_ count: Int) -> [Exchange] {
    (0..<count).map { exchange("/number/\($0)", at: Int64($0)) }
  }
}

extension LiveView {
  /// Presses keys, and does with the feed what they ask for.
  @discardableResult
  mutating func press(_ keys: [LiveKey], on feed: inout LiveFeed) -> [LiveRequest] {
    keys.compactMap { key in
      let request = press(key, feed)
      switch request {
      case .filter(let filter): feed.apply(filter)
      case .clear: feed.clear()
      default: break
      }
      return request
    }
  }

  /// Types a text, and Enter.
  mutating func type(_ text: String, on feed: inout LiveFeed) {
    press(text.unicodeScalars.map { .character($0) } + [.enter], on: &feed)
  }

  mutating func lines(_ feed: LiveFeed, _ columns: Int = 80, _ rows: Int = 24, now: Timestamp? = nil) -> [String] {
    frame(feed, size: LiveSize(columns: columns, rows: rows), now: now).plain
  }

  /// The row that is marked.
  mutating func chosen(_ feed: LiveFeed) -> String? { lines(feed).first { $0.hasPrefix(">") } }
}
