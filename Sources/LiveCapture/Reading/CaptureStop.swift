// The way to end a capture loop from elsewhere.
//
// One flag; what sets it (a signal, a timer, a count) is the caller's matter.

internal import Synchronization

/// A request to end a capture loop, made from any thread.
package final class CaptureStop: Sendable {
  private let flag = Atomic<Bool>(false)
  private let requestTime = Mutex<ContinuousClock.Instant?>(nil)

  /// How long what is left to do may take: who asks for an end waits for it.
  private static var grace: Duration { .milliseconds(500) }

  package init() {}

  /// Asks the loop to end; it does within a batch of packets or a tenth of a second.
  package func request() {
    requestTime.withLock { $0 = $0 ?? .now }
    flag.store(true, ordering: .relaxed)
  }

  package var isRequested: Bool { flag.load(ordering: .relaxed) }

  /// Whether the end was asked for so long ago that what is left to do is to be left undone.
  package var isOverdue: Bool {
    guard isRequested, let time = requestTime.withLock({ $0 }) else { return false }
    return ContinuousClock.now - time > Self.grace
  }
}
