// What the connections of one HTTP server share: its process and its clock, and what a faulty one shares besides.

internal import Synchronization

/// What the connections of one HTTP server share.
package final class HTTPProcess: Sendable {
  private let start: ServerStart
  private let hasDied = Mutex(false)
  private let requestCount = Mutex(0)
  private let firstFields = Mutex<[ProbeVariable]?>(nil)
  private let holderCount = Mutex(0)

  package init(_ start: ServerStart = ServerStart()) { self.start = start }

  /// Whether it takes connections.
  var isAlive: Bool { !hasDied.withLock { $0 } }

  /// Seconds since 1970.
  var now: UInt64 { start.clock() }

  func die() { hasDied.withLock { $0 = true } }

  /// The number of the next request.
  func countRequest() -> Int {
    requestCount.withLock {
      $0 += 1
      return $0
    }
  }

  /// The fields of the first request of all, which are these where there was none.
  func firstFields(or fields: [ProbeVariable]) -> [ProbeVariable] {
    firstFields.withLock { first in
      first = first ?? fields
      return first ?? fields
    }
  }

  /// Whether a connection holds all others up.
  var isHeld: Bool { holderCount.withLock { $0 > 0 } }

  /// Takes note that a connection holds all others up, or no longer does.
  func hold(_ holds: Bool) { holderCount.withLock { $0 += holds ? 1 : -1 } }
}
