// Stalls inside and at the end of answers, in words: what was waited for, and what usually makes it.
//
// Telling stalls from other pauses is Inspection's.

internal import Exchanges
internal import Inspection

enum TraceStallText {
  /// What a reader of `-v` is told about one exchange: a line for each place where it stalled.
  static func words(for exchange: Exchange) -> [String] {
    var lines: [String] = []
    if let stall = exchange.streamStall, let pause = exchange.timeline.longestPause {
      lines.append(
        "stream stall: \(milliseconds(stall.nanoseconds)) ms without a byte, after \(pause.byteCount) of "
          + "\(exchange.response.body.byteCount) bytes of the body: "
          + cause(
            stall,
            "the application paused, or the "
              + "reader was slow to take more"))
    }
    if let stall = exchange.tailStall {
      let end =
        if case .record(let name) = exchange.wireProtocol.traits.responseEnd { name } else { "the end of the response" }
      lines.append(
        "tail stall: \(milliseconds(stall.nanoseconds)) ms between the last body byte and \(end): "
          + cause(stall, "the application went on working after its last output, or what it wrote last lay in a buffer")
      )
    }
    return lines
  }

  private static func cause(_ stall: Stall, _ other: String) -> String {
    switch stall.cause {
    case .delayedAcknowledgement: "Nagle against delayed acknowledgement; see docs/trace.md, Stalls"
    case .application: other
    }
  }

  /// What a summary says about all of them: nothing of kinds that were not met.
  static func words(for statistics: TraceStatistics) -> [String] {
    [
      words("stream stall", "inside the body", statistics.streamStalls),
      words("tail stall", "between the last body byte and the end", statistics.tailStalls),
    ].compactMap { $0 }
  }

  private static func words(_ name: String, _ place: String, _ tally: StallTally) -> String? {
    guard tally.count > 0 else { return nil }
    var text =
      "\(name): \(tally.count) \(tally.count == 1 ? "exchange" : "exchanges") lost "
      + "\(milliseconds(Int64(clamping: tally.nanoseconds))) ms \(place)"
    if tally.acknowledgements > 0 {
      let share = tally.acknowledgements == tally.count ? "" : "\(tally.acknowledgements) of them "
      text += ", \(share)by Nagle against delayed acknowledgement as it seems; see docs/trace.md, Stalls"
    }
    return text
  }

  private static func milliseconds(_ nanoseconds: Int64) -> String {
    var time = TextBuffer()
    time.append(millisecondsOf: nanoseconds)
    return time.text
  }
}
