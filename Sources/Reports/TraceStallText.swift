// Stalls at the end of exchanges, in words: what was waited for, and what usually makes it.
//
// Telling stalls from other tails is Inspection's.

internal import Exchanges
internal import Inspection

enum TraceStallText {
  /// What a reader of `-v` is told about one exchange; nil where there is nothing to tell.
  static func words(for exchange: Exchange) -> String? {
    guard let stall = exchange.tailStall else { return nil }
    var time = TextBuffer()
    time.append(millisecondsOf: stall.nanoseconds)
    let end = exchange.wireProtocol == .fastCGI ? "END_REQUEST" : "the end of the response"
    return "tail stall: \(time.text) ms between the last body byte and \(end): \(cause(stall.cause, end))"
  }

  private static func cause(_ cause: TailStall.Cause, _ end: String) -> String {
    switch cause {
    case .delayedAcknowledgement:
      "Nagle against delayed acknowledgement; see docs/trace.md, Tail stalls"
    case .application:
      "the application went on working after its last output, or what it wrote last lay in a buffer"
    }
  }

  /// What a summary says about all of them; nil where there was none.
  static func words(for statistics: TraceStatistics) -> String? {
    guard statistics.stalls > 0 else { return nil }
    var time = TextBuffer()
    time.append(millisecondsOf: Int64(clamping: statistics.stallNanoseconds))
    var text =
      "tail stall: \(statistics.stalls) \(statistics.stalls == 1 ? "exchange" : "exchanges") lost \(time.text) ms "
      + "between the last body byte and the end"
    if statistics.acknowledgementStalls > 0 {
      let share =
        statistics.acknowledgementStalls == statistics.stalls ? "" : "\(statistics.acknowledgementStalls) of them "
      text += ", \(share)by Nagle against delayed acknowledgement as it seems; see docs/trace.md, Tail stalls"
    }
    return text
  }
}
