// The clocks: that of the active side, and the system's.
//
// Times of the tester come from here and go on as data: state machines never read a clock.

internal import Glibc
package import WireBytes

/// The moment now, as seconds since 1970, that never steps back during a run.
package enum TransportClock {
  /// What the monotonic clock has to be moved by, taken once.
  private static let shift: Int64 = read(CLOCK_REALTIME) &- read(CLOCK_MONOTONIC)

  /// The moment now: the wall clock at the program's start, advanced by the monotonic clock.
  package static var now: Timestamp { Timestamp(nanoseconds: read(CLOCK_MONOTONIC) &+ shift) }

  private static func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
  }
}

/// The system's clock, by which packets are stamped: it may be set, and then steps.
package enum SystemClock {
  /// The moment now.
  package static var now: Timestamp {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }
}
