// What the connections of one HTTP server share: whether its process still lives.

internal import Synchronization

/// What the connections of one HTTP server share.
package final class HTTPProcess: Sendable {
  private let hasDied = Mutex(false)

  package init() {}

  /// Whether it takes connections.
  var isAlive: Bool { !hasDied.withLock { $0 } }

  func die() { hasDied.withLock { $0 = true } }
}
