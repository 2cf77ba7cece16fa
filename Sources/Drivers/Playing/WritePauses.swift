// How long a case pauses between two writes, so that the target reads them apart. Values only; CaseDriver keeps the time.

import WireBytes

/// The bytes of a step that are sent piece by piece.
struct PacedBytes: Sendable {
  var rest: ArraySlice<UInt8>
  /// When the next piece goes out.
  var due: Timestamp
}

/// The pauses between the writes of one case.
///
/// A target that is woken reads what is there: a piece that comes before it woke up joins the one before. So a pause
/// is as long as the target's latency lets expect, and longer where the machine is busy: how late a pause ended says
/// how late the target may wake up. All pauses of a case together are bounded.
struct WritePauses: Sendable {
  /// The shortest pause, in nanoseconds; waking up takes a reader a tenth of it where nothing else runs.
  private static let shortest: Int64 = 1_000_000
  private static let longest: Int64 = 10_000_000
  /// What is left for the pauses of the case.
  private var budget: Int64 = 600_000_000
  private let usual: Int64

  init(latencyNanoseconds: Int64) { usual = min(max(latencyNanoseconds / 4, Self.shortest), Self.longest) }

  /// The next pause, in nanoseconds.
  ///
  /// - Parameters:
  ///   - late: How much later than it should the last pause ended.
  ///   - piecesLeft: Between how many pieces the rest of the time is divided.
  mutating func next(late: Int64, piecesLeft: Int) -> Int64 {
    let pause = min(max(usual, 4 * late), budget / Int64(max(piecesLeft, 1)))
    budget -= pause + late
    return max(pause, 0)
  }
}
