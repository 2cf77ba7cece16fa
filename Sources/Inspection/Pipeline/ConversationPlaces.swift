// The places of conversations, and how much of the memory each takes: who is let go of is found without a walk.
//
// What a conversation takes it says itself, for a price; so it is asked only after it received something, however many
// others there are. When is decided by ConversationStore.

import Exchanges
import WireBytes

/// Conversations at places, in the order in which they were last heard of.
struct ConversationPlaces: Sendable {
  /// Changed in place, never copied out.
  private var places: [Place] = []
  /// Places that are free.
  private var free: [Int32] = []
  /// How many events came.
  private var eventCount: UInt64 = 0
  /// The places of those that received something since all were last measured, and how many events had come then.
  private var unmeasured: [Int32] = []
  private var measuredThrough: UInt64 = 0
  /// Those that took something when they were last measured, the one that was silent the longest first; some have
  /// received something since, and stand here a second time or are to be measured.
  private var queue: [(place: Int32, latestEvent: UInt64)] = []
  /// The first of them that was not let go of.
  private var queueStart = 0
  /// What all took when they were last measured, in bytes.
  private(set) var measuredByteCount = 0
  /// How many times a conversation was asked what it takes, or looked at in the queue: the price of the bound.
  private(set) var lookCount: UInt64 = 0

  private struct Place: Sendable {
    /// Nil where the place is free.
    var conversation: DetectingConversation?
    /// The number of the latest event.
    var latestEvent: UInt64 = 0
    /// What the conversation took when it was last measured, in bytes.
    var byteCount = 0

    /// Takes the next event.
    ///
    /// - Returns: About the memory that was taken with it, but for what bytes that passed were kept in.
    @inline(__always)
    mutating func receive(
      _ event: borrowing ConnectionEvent, number: UInt64, _ output: (inout Exchange) -> Void
    ) -> Int {
      latestEvent = number
      return conversation?.receive(event, output) ?? 0
    }
  }

  /// How many conversations there are.
  var count: Int { places.count - free.count }

  /// Adds a conversation.
  ///
  /// - Returns: Its place, until it is removed.
  mutating func add(_ conversation: DetectingConversation) -> Int {
    guard let place = free.popLast() else {
      places.append(Place(conversation: conversation))
      return places.count - 1
    }
    places[Int(place)].conversation = conversation
    return Int(place)
  }

  mutating func remove(_ place: Int) {
    measuredByteCount -= places[place].byteCount
    places[place].byteCount = 0
    places[place].conversation = nil
    free.append(Int32(truncatingIfNeeded: place))
  }

  func summary(of place: Int) -> ConnectionSummary? { places[place].conversation?.summary }

  func isWaiting(_ place: Int, at origin: Origin) -> Bool { places[place].conversation?.isWaiting(at: origin) ?? false }

  /// Passes on the next event of a conversation.
  ///
  /// - Returns: About the memory that was taken with it, but for what bytes that passed were kept in.
  @inline(__always)
  mutating func receive(
    _ event: borrowing ConnectionEvent, at place: Int, _ output: (inout Exchange) -> Void
  ) -> Int {
    if places[place].latestEvent <= measuredThrough { unmeasured.append(Int32(truncatingIfNeeded: place)) }
    eventCount &+= 1
    return places[place].receive(event, number: eventCount, output)
  }

  // MARK: Memory

  /// What all conversations take beside their places, in bytes.
  ///
  /// - Complexity: O(open requests).
  var heldByteCount: Int { places.reduce(0) { $0 + ($1.conversation?.heldByteCount ?? 0) } }

  /// Asks those what they take that received something since this was done last.
  ///
  /// - Complexity: O(events since then, and open requests of those that received them).
  mutating func measure() {
    for place in unmeasured {
      let byteCount = places[Int(place)].conversation?.heldByteCount ?? 0
      measuredByteCount += byteCount - places[Int(place)].byteCount
      places[Int(place)].byteCount = byteCount
    }
    lookCount &+= UInt64(unmeasured.count)
    var heard: [(place: Int32, latestEvent: UInt64)] = unmeasured.compactMap { place in
      places[Int(place)].byteCount > 0 ? (place, places[Int(place)].latestEvent) : nil
    }
    heard.sort { $0.latestEvent < $1.latestEvent }
    unmeasured.removeAll(keepingCapacity: true)
    measuredThrough = eventCount
    queue.append(contentsOf: heard)
    if queue.count > 2 * count + 1024 { dropOutdated() }
  }

  /// Lets go of the conversation that was silent the longest, of those that were measured.
  ///
  /// - Returns: Whether there was one that took anything.
  mutating func letGoOfMostSilent(at origin: Origin, _ output: (inout Exchange) -> Void) -> Bool {
    while queueStart < queue.count {
      let next = queue[queueStart]
      queueStart += 1
      lookCount &+= 1
      guard isCurrent(next) else { continue }
      let place = Int(next.place)
      measuredByteCount -= places[place].byteCount
      places[place].byteCount = 0
      places[place].conversation?.letGo(at: origin, output)
      return true
    }
    return false
  }

  /// Whether an entry of the queue says when its place was last heard of, and it takes anything.
  private func isCurrent(_ entry: (place: Int32, latestEvent: UInt64)) -> Bool {
    places[Int(entry.place)].latestEvent == entry.latestEvent && places[Int(entry.place)].byteCount > 0
  }

  /// Removes what the queue holds a second time, or without need.
  private mutating func dropOutdated() {
    lookCount &+= UInt64(queue.count - queueStart)
    queue = queue[queueStart...].filter { isCurrent($0) }
    queueStart = 0
  }
}
