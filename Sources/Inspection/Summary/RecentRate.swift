// How often something happened in the last seconds.
//
// Ten counters, one for each second; time is the traffic's and arrives as data.

package import WireBytes

/// Counts events of the last ten seconds.
package struct RecentRate: Sendable {
  /// Seconds that are looked back.
  package static let seconds = 10

  private var counts: [10 of UInt32] = .init(repeating: 0)
  /// The latest second in which something happened, since 1970.
  private var latest = Int64.min

  package init() {}

  /// Takes note of an event; one that is older than the window is passed over.
  package mutating func take(at time: Timestamp) {
    let second = Self.second(of: time)
    if second > latest {
      // Seconds in which nothing happened are emptied, at most the whole window.
      let quiet = latest == .min ? Int64(Self.seconds) : min(second - latest, Int64(Self.seconds))
      for passed in 0..<quiet { counts[Self.slot(second - passed)] = 0 }
      latest = second
    }
    guard second > latest - Int64(Self.seconds) else { return }
    counts[Self.slot(second)] &+= 1
  }

  /// Events of the ten seconds that end with the one of `time`.
  package func count(at time: Timestamp) -> UInt64 {
    guard latest != .min else { return 0 }
    let oldest = Self.second(of: time) - Int64(Self.seconds)
    return (0..<Int64(Self.seconds)).reduce(0) { sum, passed in
      let second = latest - passed
      return second > oldest ? sum + UInt64(counts[Self.slot(second)]) : sum
    }
  }

  private static func second(of time: Timestamp) -> Int64 {
    // Rounded down, so that no second is twice as long as the others; far from the ends of what an Int64 holds.
    let (quotient, remainder) = time.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    return remainder < 0 ? quotient - 1 : quotient
  }

  private static func slot(_ second: Int64) -> Int {
    let rest = Int(second % Int64(seconds))
    return rest < 0 ? rest + seconds : rest
  }
}
