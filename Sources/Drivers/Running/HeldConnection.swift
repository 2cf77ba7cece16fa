// A connection that is held open while cases are played on others: all that counts is whether the target cuts it off.

import Synchronization
import Transports
package import WireBytes

/// An open connection on which nothing more is sent.
package final class HeldConnection: Sendable {
  private let cut = Atomic<Bool>(false)
  private let letGo: @Sendable () -> Void

  /// - Parameter letGo: Closes it.
  package init(letGo: @escaping @Sendable () -> Void) { self.letGo = letGo }

  /// Takes note that the target closed or reset it.
  package func noteCut() { cut.store(true, ordering: .relaxed) }

  /// Whether the target closed or reset it.
  package var isCut: Bool { cut.load(ordering: .relaxed) }

  /// Whether the target closes or resets it before a moment: of what ends together one comes first.
  package func isCut(by moment: Timestamp) async -> Bool {
    while !isCut, TransportClock.now < moment, !Task.isCancelled {
      try? await Task.sleep(nanoseconds: Self.lookNanoseconds)
    }
    return isCut
  }

  private static let lookNanoseconds: UInt64 = 2_000_000

  /// Closes it.
  package func close() { letGo() }
}
