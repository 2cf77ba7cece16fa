// The conversations of all open connections, within one bound of memory, and what becomes of what they yield.
//
// Where events come from, packets or a relay, is decided above. How much a conversation takes it says itself; here is
// decided which are let go of when all of them take too much.

import Conformance
import Exchanges
import WireBytes

/// The memory that traffic may take, shared out.
package struct MemoryBound: Hashable, Sendable {
  /// About the most that everything together may take, in bytes.
  package var byteCount: Int

  package init(byteCount: Int = 256 << 20) { self.byteCount = max(byteCount, Self.least) }

  /// What is asked for below this is not kept to: it would follow next to nothing.
  package static let least = 4 << 20

  /// What open conversations may take; what no share is named for is left to the tables in which connections are found.
  var ofConversations: Int { byteCount / 2 }
  /// What may be held of data that waits for an earlier segment.
  var ofSegments: Int { byteCount / 4 }
  /// What exchanges may take that are remembered to be linked, and those that wait for it.
  var ofLinks: Int { byteCount / 16 }
  /// What may be kept of the bytes of connections as they came, where they are to be written: as much again.
  var ofWireLogs: Int { byteCount }
}

/// Holds conversations at places, takes their events, and hands over what they yield.
struct ConversationStore: Sendable {
  private(set) var tally: Tally
  private let options: InspectorOptions
  /// Changed in place, never copied out.
  private var places: [Place] = []
  /// Places that are free.
  private var free: [Int32] = []
  private var logs: WireLogTable
  /// How many events came.
  private var eventCount: UInt64 = 0
  /// How much more may come before it is looked at what all of them take.
  private var allowance: Int

  private struct Place: Sendable {
    /// Nil where the place is free.
    var conversation: DetectingConversation?
    /// The number of the latest event.
    var latestEvent: UInt64 = 0
  }

  init(options: InspectorOptions) {
    self.options = options
    tally = Tally(options: options)
    logs = WireLogTable(byteLimit: options.wireByteCount, totalLimit: options.memory.ofWireLogs)
    allowance = Self.allowance(holding: 0, of: options.memory.ofConversations)
  }

  /// How many conversations go on.
  var openCount: Int { places.count - free.count }

  /// Begins a conversation.
  ///
  /// - Returns: Its place, until it is closed.
  mutating func open(_ connection: ConnectionInfo, protocol wireProtocol: WireProtocol?) -> Int {
    tally.counters.connections &+= 1
    let conversation = DetectingConversation(connection, retention: options.retention, protocol: wireProtocol)
    guard let place = free.popLast() else {
      places.append(Place(conversation: conversation))
      return places.count - 1
    }
    places[Int(place)].conversation = conversation
    return Int(place)
  }

  /// Takes the next event of a conversation.
  @inline(__always)
  mutating func receive<Sink: InspectionSink & ~Copyable>(
    _ event: borrowing ConnectionEvent, at place: Int, to sink: inout Sink
  ) {
    if options.wireByteCount > 0 { logs.note(event, place) }
    places[place].conversation?.receive(event) { tally.take(&$0, to: &sink) }
    eventCount &+= 1
    places[place].latestEvent = eventCount
    allowance &-= event.byteCount &+ (places[place].conversation?.takeGrowth() ?? 0)
    if allowance < 0 { keepToBound(event.origin, &sink) }
  }

  /// Ends a conversation, and hands over what belongs to its connection and to no exchange of it.
  mutating func close<Sink: InspectionSink & ~Copyable>(_ place: Int, to sink: inout Sink) {
    if var summary = places[place].conversation?.summary {
      if options.wireByteCount > 0 { summary.wire = logs.take(place) }
      tally.take(summary, to: &sink)
    }
    places[place].conversation = nil
    free.append(Int32(truncatingIfNeeded: place))
  }

  // MARK: Memory

  /// Looks at what all conversations take, and lets go of those that were silent the longest where it is too much.
  ///
  /// Costs as much as there are open requests, and is done once for megabytes of traffic.
  @inline(never)
  private mutating func keepToBound<Sink: InspectionSink & ~Copyable>(_ origin: Origin, _ sink: inout Sink) {
    let bound = options.memory.ofConversations
    var held = heldByteCount
    if held > bound - bound / 8 {
      let takers = places.indices.compactMap { place in
        let taken = places[place].conversation?.heldByteCount ?? 0
        return taken > 0 ? (place: place, taken: taken, latestEvent: places[place].latestEvent) : nil
      }
      // More than is needed, so that this is not done again at once.
      for taker in takers.sorted(by: { $0.latestEvent < $1.latestEvent }) where held > bound / 4 * 3 {
        held -= taker.taken
        letGo(of: taker.place, origin, &sink)
      }
    }
    allowance = Self.allowance(holding: held, of: bound)
  }

  /// Kept bytes take up to a few times their number, in lists that have room for more.
  private static func allowance(holding held: Int, of bound: Int) -> Int { max(bound - held, 0) / 4 }

  private mutating func letGo<Sink: InspectionSink & ~Copyable>(of place: Int, _ origin: Origin, _ sink: inout Sink) {
    let before = tally.counters.exchanges
    places[place].conversation?.letGo(at: origin) { tally.take(&$0, to: &sink) }
    tally.counters.letGoConnections &+= 1
    tally.counters.letGoExchanges &+= tally.counters.exchanges &- before
  }

  /// What all conversations take beside their places, in bytes.
  ///
  /// - Complexity: O(open requests).
  var heldByteCount: Int { places.reduce(0) { $0 + ($1.conversation?.heldByteCount ?? 0) } }
}

/// Counts and judges what conversations yield; apart from them, so that both can change at once.
struct Tally: Sendable {
  var counters = InspectionCounters()
  private let options: InspectorOptions

  init(options: InspectorOptions) { self.options = options }

  mutating func take<Sink: InspectionSink & ~Copyable>(_ exchange: inout Exchange, to sink: inout Sink) {
    counters.exchanges &+= 1
    let isWhole = exchange.ending == .complete || exchange.ending == .aborted
    if !isWhole || exchange.startedInTheMiddle { counters.incomplete &+= 1 }
    guard options.judges else { return sink.take(&exchange, []) }
    var findings = Findings(severity: options.severity)
    RuleCatalog.judge(exchange, [.server, .client], diagnosing: true, into: &findings)
    counters.findings &+= UInt64(findings.list.count)
    sink.take(&exchange, findings.list)
  }

  mutating func take<Sink: InspectionSink & ~Copyable>(_ summary: ConnectionSummary, to sink: inout Sink) {
    if summary.wireProtocol == nil, summary.requestByteCount &+ summary.responseByteCount > 0 {
      counters.unknownConnections &+= 1
    }
    counters.unfollowedRequests &+= summary.unfollowedRequests
    guard options.judges else { return sink.take(summary, []) }
    var findings = Findings(severity: options.severity)
    RuleCatalog.judge(summary, [.server, .client], diagnosing: true, into: &findings)
    counters.findings &+= UInt64(findings.list.count)
    sink.take(summary, findings.list)
  }
}
