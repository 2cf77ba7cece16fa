// What the connections of one HTTP server share: whether its process still lives, and its clock.

internal import Synchronization

/// What the connections of one HTTP server share.
package final class HTTPProcess: Sendable {
  private let start: ServerStart
  private let hasDied = Mutex(false)

  package init(_ start: ServerStart = ServerStart()) { self.start = start }

  /// Whether it takes connections.
  var isAlive: Bool { !hasDied.withLock { $0 } }

  /// Seconds since 1970.
  var now: UInt64 { start.clock() }

  func die() { hasDied.withLock { $0 = true } }
}
