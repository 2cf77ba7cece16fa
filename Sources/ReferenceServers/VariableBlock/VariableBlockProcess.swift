// What the connections of one reference server of SCGI or uwsgi share: whether it lives, and what leaks.

internal import Synchronization

/// What the connections of one server share.
final class VariableBlockProcess: Sendable {
  /// What earlier requests left behind.
  struct Memory: Sendable {
    var variables: [ProbeVariable] = []
    var body: [UInt8] = []
    var code: Int?
    var cookies: [ProbeHead.Field] = []
  }

  private let hasDied = Mutex(false)
  private let memory = Mutex(Memory())

  /// Whether it takes connections.
  var isAlive: Bool { !hasDied.withLock { $0 } }

  func die() { hasDied.withLock { $0 = true } }

  /// Looks at what was left behind, and leaves more.
  func remember<Result: Sendable>(_ change: (inout Memory) -> sending Result) -> Result {
    memory.withLock { change(&$0) }
  }
}
