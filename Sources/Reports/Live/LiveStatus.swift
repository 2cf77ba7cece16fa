// The two lines at the bottom of the live view: what is set, and what was seen and lost.
//
// Numbers that say that something was lost are inked; the counters are Inspection's.

internal import Inspection

enum LiveStatus {
  /// Packets, exchanges, and what was lost; in short words where the terminal is narrow.
  static func counters(_ feed: LiveFeed, isPaused: Bool, width: Int) -> LiveLine {
    let counters = feed.counters
    func many(_ count: UInt64, _ thing: String) -> String { count == 1 ? thing : thing + "s" }
    let parts: [(count: UInt64, long: String, short: String, isLoss: Bool)] = [
      (counters.packets, many(counters.packets, "packet"), "pkt", false),
      (counters.exchanges, many(counters.exchanges, "exchange"), "exch", false),
      (counters.kernelDrops, "dropped", "drop", true),
      (counters.unknownConnections, "unknown", "unk", true),
      (counters.gapBytes, many(counters.gapBytes, "byte") + " lost", "lost", true),
      (UInt64(feed.openConnections), "open", "open", false),
    ]
    func line(isShort: Bool, _ width: Int) -> LiveLine {
      var line = LiveLine(width: width)
      for part in parts {
        line.put(spaces: line.column == 0 ? 1 : isShort ? 1 : 2)
        let text = "\(LiveRows.short(part.count)) \(isShort ? part.short : part.long)"
        line.put(text, part.isLoss && part.count > 0 ? .red : nil)
      }
      return line
    }
    let room = width - (isPaused ? 8 : 0)
    let long = line(isShort: false, 1000)
    var status = line(isShort: long.column > room, width)
    if isPaused { status.put(right: "PAUSED", .bold) }
    return status
  }
}
