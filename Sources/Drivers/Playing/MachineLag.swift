// How late the machine lets gatespec's own timers come: where it stalls, a time that was up says nothing about a target.

import Synchronization
import Transports
package import WireBytes

/// Notes by how much timers come late while it watches.
package final class MachineLag: Sendable {
  /// A stretch in which nothing of gatespec ran though it should have.
  private struct Stall: Sendable {
    var end: Timestamp
    var nanoseconds: Int64
  }

  private struct State: Sendable {
    var stalls: [Stall] = []
    var largest: Int64 = 0
    /// When the timer that runs was started; nil while nothing watches.
    var asleepSince: Timestamp?
  }

  private let state = Mutex(State())

  private static let interval: Int64 = 50_000_000
  /// What is no stall: the clock's own unevenness.
  private static let least: Int64 = 10_000_000
  private static let stallLimit = 1_000

  private let isMeasuring: Bool

  /// - Parameter isMeasuring: Whether it watches timers of its own; a test notes stalls itself.
  package init(isMeasuring: Bool = true) { self.isMeasuring = isMeasuring }

  /// Measures until its task is cancelled.
  package func watch() async {
    guard isMeasuring else { return }
    while !Task.isCancelled {
      let before = TransportClock.now
      state.withLock { $0.asleepSince = before }
      try? await Task.sleep(nanoseconds: UInt64(Self.interval))
      let now = TransportClock.now
      // One that was woken early was cancelled.
      note(now.nanoseconds(since: before) - Self.interval, at: now)
    }
    state.withLock { $0.asleepSince = nil }
  }

  /// Takes note of a timer that came late.
  package func note(_ nanoseconds: Int64, at end: Timestamp) {
    guard nanoseconds >= Self.least else { return }
    state.withLock { state in
      state.largest = max(state.largest, nanoseconds)
      state.stalls.append(Stall(end: end, nanoseconds: nanoseconds))
      if state.stalls.count > Self.stallLimit { state.stalls.removeFirst(Self.stallLimit / 2) }
    }
  }

  /// The largest of all.
  package var largestNanoseconds: Int64 { state.withLock { $0.largest } }

  /// The largest that ended after a moment, or goes on.
  package func largestNanoseconds(since moment: Timestamp) -> Int64 {
    let now = TransportClock.now
    return state.withLock { state in
      let current = state.asleepSince.map { now.nanoseconds(since: $0) - Self.interval } ?? 0
      return state.stalls.reversed().prefix { $0.end > moment }.map(\.nanoseconds).reduce(max(current, 0), max)
    }
  }
}
