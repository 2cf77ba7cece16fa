// The kept bytes of all open connections, by the places of their conversations, within a bound for all of them
// together.

import Exchanges
import WireBytes

struct WireLogTable: Sendable {
  /// What one connection may keep, and all open ones together.
  private let byteLimit: Int
  private let totalLimit: Int
  private var logs: [WireLog] = []
  private var byteCount = 0

  init(byteLimit: Int, totalLimit: Int) {
    self.byteLimit = byteLimit
    self.totalLimit = totalLimit
  }

  mutating func note(_ event: borrowing ConnectionEvent, _ place: Int) {
    switch event {
    case .bytes(let direction, let bytes, _): append(bytes, direction, place)
    case .gap(let direction, let count, _):
      reach(place)
      logs[place].skip(count, direction)
    case .closed(let direction, let closing, _):
      reach(place)
      logs[place].close(direction, closing)
    case .opened, .established, .finished: break
    }
  }

  private mutating func append(_ bytes: RawSpan, _ direction: Direction, _ place: Int) {
    reach(place)
    let before = logs[place].bytes.count
    let room = max(totalLimit - byteCount, 0)
    logs[place].append(bytes, direction, limit: min(byteLimit, before + room))
    byteCount += logs[place].bytes.count - before
  }

  /// The log of a connection that is over; its place is free for the next one.
  mutating func take(_ place: Int) -> WireLog {
    reach(place)
    let log = logs[place]
    byteCount -= log.bytes.count
    logs[place] = WireLog()
    return log
  }

  private mutating func reach(_ place: Int) {
    while logs.count <= place { logs.append(WireLog()) }
  }
}
