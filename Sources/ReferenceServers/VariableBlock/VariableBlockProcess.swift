// What the connections of one reference server of SCGI or uwsgi share: whether it lives, and what leaks.

internal import Synchronization

/// What the connections of one server share.
final class VariableBlockProcess: Sendable {
  /// What requests left behind, and what is open.
  struct Memory: Sendable {
    var hasDied = false
    var variables: [ProbeVariable] = []
    var body: [UInt8] = []
    var cutBody: [UInt8] = []
    var code: Int?
    var cookies: [ProbeHead.Field] = []
    var answerCount = 0
    var connectionCount = 0
    /// What the connections that are open are in, by their numbers.
    var states: [Int: VariableBlockPolicy.Trial] = [:]
    /// The bodies of the requests that are being answered.
    var bodies: [Int: [UInt8]] = [:]

    /// A number for a new connection.
    mutating func connect() -> Int {
      connectionCount += 1
      return connectionCount
    }

    /// Whether another connection is in one of these.
    func hasOther(than number: Int, in trials: Set<VariableBlockPolicy.Trial>) -> Bool {
      states.contains { $0.key != number && trials.contains($0.value) }
    }
  }

  private let memory = Mutex(Memory())

  /// Whether it takes connections.
  var isAlive: Bool { !remember { $0.hasDied } }

  func die() { remember { $0.hasDied = true } }

  /// Looks at what is shared, and changes it.
  func remember<Result: Sendable>(_ change: (inout Memory) -> sending Result) -> Result {
    memory.withLock { change(&$0) }
  }
}
