// What passed through a relay and waits to be decoded: a queue between the event loops and one reader.
//
// Bounded by bytes. The event loops never wait: what finds no room is not kept, and the connection says so later.

internal import DequeModule
internal import Exchanges
internal import Glibc
internal import NIOConcurrencyHelpers
internal import NIOCore
internal import Synchronization

/// Events of all connections of a relay, in order.
package final class RelayQueue: Sendable {
  private struct State: Sendable {
    var events: Deque<RelayEvent> = []
    var heldByteCount = 0
  }

  /// The lock's condition: whether the reader has something to do.
  private enum Signal: Int { case quiet, ready }

  /// The most memory that waiting events may hold, in bytes.
  package let limit: Int
  private let lock = ConditionLock(value: Signal.quiet.rawValue)
  private let state: NIOLockedValueBox<State>
  private let unobserved = Atomic<UInt64>(0)

  /// What an event costs beside its bytes.
  private static let eventByteCount = 256

  package init(limit: Int = 32 << 20) {
    self.limit = limit
    state = NIOLockedValueBox(State())
  }

  /// Connections of which nothing could be kept, for want of room.
  package var unobservedConnections: UInt64 { unobserved.load(ordering: .relaxed) }

  func noteUnobservedConnection() { unobserved.add(1, ordering: .relaxed) }

  /// Appends an event.
  ///
  /// - Parameter isOptional: Refuse it where there is no room; the others come at most a few to a connection whose
  ///   first event was taken.
  /// - Returns: Whether it was taken.
  func append(_ event: RelayEvent, isOptional: Bool) -> Bool {
    let cost = Self.cost(event)
    let (isTaken, wasEmpty) = state.withLockedValue { state in
      guard !isOptional || state.heldByteCount + cost <= limit else { return (false, false) }
      let wasEmpty = state.events.isEmpty
      state.heldByteCount += cost
      state.events.append(event)
      return (true, wasEmpty)
    }
    if wasEmpty { wake() }
    return isTaken
  }

  /// Lets the reader go without an event.
  package func wake() {
    lock.lock()
    lock.unlock(withValue: Signal.ready.rawValue)
  }

  /// Microseconds in which the reader lets events gather once there is one.
  ///
  /// Without them it would be woken for each, and push the event loop off its processor to read it.
  private static let gatheringMicroseconds: UInt32 = 2_000

  /// All events that wait, in order; waits for one, at most that long, and for what comes just behind it.
  package func take(waitingSeconds: Double) -> [RelayEvent] {
    if lock.lock(whenValue: Signal.ready.rawValue, timeoutSeconds: waitingSeconds) {
      lock.unlock(withValue: Signal.quiet.rawValue)
      if waitingSeconds > 0 { usleep(Self.gatheringMicroseconds) }
    }
    return state.withLockedValue { state in
      let events = Array(state.events)
      state.events.removeAll(keepingCapacity: true)
      state.heldByteCount = 0
      return events
    }
  }

  private static func cost(_ event: RelayEvent) -> Int {
    // A read's buffer is held whole, however little of it was filled.
    if case .passed(.bytes(_, let bytes)) = event.kind { return eventByteCount + bytes.buffer.storageCapacity }
    return eventByteCount
  }
}
