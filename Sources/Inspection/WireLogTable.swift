// The kept bytes of all open connections, by the reassembler's slots, within a bound for all of them together.

import Exchanges
import TCPStreams
import WireBytes

struct WireLogTable: Sendable {
  private let byteLimit: Int
  private var logs: [WireLog] = []
  private var byteCount = 0
  /// What all open connections together may keep.
  private static let totalLimit = 256 << 20

  init(byteLimit: Int) { self.byteLimit = byteLimit }

  mutating func append(_ bytes: RawSpan, _ direction: Direction, _ slot: Int) {
    reach(slot)
    let before = logs[slot].bytes.count
    let room = max(Self.totalLimit - byteCount, 0)
    logs[slot].append(bytes, direction, limit: min(byteLimit, before + room))
    byteCount += logs[slot].bytes.count - before
  }

  mutating func skip(_ byteCount: UInt64, _ direction: Direction, _ slot: Int) {
    reach(slot)
    logs[slot].skip(byteCount, direction)
  }

  mutating func close(_ direction: Direction, _ closing: Closing, _ slot: Int) {
    reach(slot)
    logs[slot].close(direction, closing)
  }

  /// The log of a connection that is over; its place is free for the next one.
  mutating func take(_ slot: Int) -> WireLog {
    reach(slot)
    let log = logs[slot]
    byteCount -= log.bytes.count
    logs[slot] = WireLog()
    return log
  }

  private mutating func reach(_ slot: Int) {
    while logs.count <= slot { logs.append(WireLog()) }
  }
}
