// The time that each phase of a case may take, and what is said when it is up.
//
// Values only; the driver keeps the time.

/// How long each phase may take, in milliseconds.
package struct PhaseTimeouts: Hashable, Sendable {
  package var connect: Int64 = 5_000
  package var firstByte: Int64 = 5_000
  package var idle: Int64 = 5_000
  package var total: Int64 = 30_000
  package var close: Int64 = 1_000
  package init() {}

  /// The same for a target of which it is known that it lets questions wait: no wait for bytes is longer than
  /// `limit` milliseconds, and none gets longer than it was.
  package func waiting(atMost limit: Int64) -> PhaseTimeouts {
    var timeouts = self
    timeouts.firstByte = min(firstByte, limit)
    timeouts.idle = min(idle, limit)
    return timeouts
  }
}

/// A phase whose time was up.
package struct ElapsedPhase: Hashable, Sendable, CustomStringConvertible {
  package enum Phase: String, Sendable {
    case connect = "connecting"
    case firstByte = "the first byte"
    case idle = "the next byte"
    case total = "the whole case"
    case close = "the close"
  }

  package var phase: Phase
  /// How long it was allowed to take.
  package var milliseconds: Int64

  package init(_ phase: Phase, _ milliseconds: Int64) {
    self.phase = phase
    self.milliseconds = milliseconds
  }

  /// `the time for the first byte (5000 ms) was up`.
  package var description: String { "the time for \(phase.rawValue) (\(milliseconds) ms) was up" }
}
