// The way to end a capture loop from elsewhere.
//
// One flag; what sets it (a signal, a timer, a count) is the caller's matter.

internal import Synchronization

/// A request to end a capture loop, made from any thread.
package final class CaptureStop: Sendable {
  private let flag = Atomic<Bool>(false)

  package init() {}

  /// Asks the loop to end; it does within a batch of packets or a tenth of a second.
  package func request() { flag.store(true, ordering: .relaxed) }

  package var isRequested: Bool { flag.load(ordering: .relaxed) }
}
