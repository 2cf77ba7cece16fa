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
    while logs.count <= place { logs.append(WireLog()) }
    let before = logs[place].heldByteCount
    switch event {
    case .bytes(let direction, let bytes, _):
      let room = max(totalLimit - byteCount, 0)
      logs[place].append(bytes, direction, limit: min(byteLimit, logs[place].bytes.count + room))
    case .gap(let direction, let count, _): logs[place].skip(count, direction)
    case .closed(let direction, let closing, _): logs[place].close(direction, closing)
    case .opened, .established, .finished: break
    }
    byteCount += logs[place].heldByteCount - before
  }

  /// The log of a connection that is over; its place is free for the next one.
  mutating func take(_ place: Int) -> WireLog {
    guard place < logs.count else { return WireLog() }
    let log = logs[place]
    byteCount -= log.heldByteCount
    logs[place] = WireLog()
    return log
  }
}
