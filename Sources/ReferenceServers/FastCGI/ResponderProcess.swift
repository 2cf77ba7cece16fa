// What the connections of one process share: how it was started, and what a policy keeps from one to the next.
//
// A sound process keeps nothing. The state is behind a lock since connections are values that know nothing of each
// other.

internal import Synchronization

extension ServerProcess {
  /// A process that serves FastCGI.
  package static func fastCGI(
    _ start: ServerStart, _ options: ResponderOptions = ResponderOptions(), policy: ResponderPolicy = ResponderPolicy()
  ) -> ServerProcess {
    let process = ResponderProcess(start)
    return ServerProcess(connectionLimit: options.maxConnections, exitCode: policy.exitCode) {
      FastCGIResponder(options, policy: policy, process: process)
    }
  }
}

/// What the connections of one process share.
package final class ResponderProcess: Sendable {
  /// How it was started.
  let start: ServerStart

  private struct State {
    var connectionCount = 0
    var lossCount = 0
    var abandonedCount = 0
    var places: [Int: RecordPlace] = [:]
    /// IDs that are active, each with its connection.
    var active: [UInt16: Set<Int>] = [:]
    var memory: ResponderMemory?
    /// How many requests each connection has active.
    var activeCounts: [Int: Int] = [:]
    var finishedCount = 0
  }
  private let state = Mutex(State())

  package init(_ start: ServerStart = ServerStart()) { self.start = start }

  /// The number of a new connection.
  func connect() -> Int {
    state.withLock { state in
      state.connectionCount += 1
      state.places[state.connectionCount] = .untouched
      return state.connectionCount
    }
  }

  /// What there is to say about a connection that wants to be served.
  func admission(of number: Int, from address: String?) -> Admission {
    state.withLock { state in
      Admission(
        peers: start.peers, address: address, isAllowed: start.peers?.allows(address) ?? true,
        isInherited: start.isInherited, number: number, abandonedCount: state.abandonedCount,
        others: state.places.filter { $0.key != number }.map(\.value))
    }
  }

  /// Takes note where a client stands.
  func note(_ place: RecordPlace, of number: Int) { state.withLock { $0.places[number] = place } }

  /// Takes note that a client is gone, with so many requests of its own unanswered.
  func leave(_ number: Int, abandoning count: Int) {
    state.withLock { state in
      state.places[number] = nil
      state.activeCounts[number] = nil
      state.abandonedCount += count
      for id in state.active.keys { state.active[id]?.remove(number) }
    }
  }

  /// Takes note that so many requests are active on a connection.
  func note(activeCount count: Int, of number: Int) { state.withLock { $0.activeCounts[number] = count } }

  /// How many requests are active on other connections.
  func activeCount(besides number: Int) -> Int {
    state.withLock { $0.activeCounts.reduce(0) { $1.key == number ? $0 : $0 + $1.value } }
  }

  /// Takes note that a request has ended.
  ///
  /// - Returns: How many of this process have.
  func finish() -> Int {
    state.withLock { state in
      state.finishedCount += 1
      return state.finishedCount
    }
  }

  /// Makes the connection that is next a lost one.
  func loseNext() { state.withLock { $0.lossCount += 1 } }

  /// Whether a new connection is lost.
  func takeLoss() -> Bool {
    state.withLock { state in
      guard state.lossCount > 0 else { return false }
      state.lossCount -= 1
      return true
    }
  }

  /// Takes note that a request began; returns whether its ID is active on another connection.
  func begin(_ id: UInt16, on number: Int) -> Bool {
    state.withLock { state in
      state.active[id, default: []].insert(number)
      return state.active[id, default: []].contains { $0 != number }
    }
  }

  func remember(_ memory: ResponderMemory, of number: Int) {
    state.withLock { state in
      state.memory = memory
      state.memory?.connection = number
    }
  }

  /// What a request on that connection finds of an earlier one.
  func recall(_ scope: ResponderMemory.Scope, on number: Int) -> ResponderMemory? {
    state.withLock { state in
      state.memory.flatMap { ($0.connection == number) == (scope == .connection) ? $0 : nil }
    }
  }
}
