// The conversations of all open connections, within one bound of memory, and what becomes of what they yield.
//
// Where events come from, packets or a relay, is decided above. Here is decided when it is looked at how much all
// conversations take, and how many are let go of when that is too much; which ones ConversationPlaces says.

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

/// Takes the events of conversations, and hands over what they yield.
struct ConversationStore: Sendable {
  private(set) var tally: Tally
  private let options: InspectorOptions
  private var places = ConversationPlaces()
  private var logs: WireLogTable
  /// Copies with other bytes, by the places of their conversations: few connections have any.
  private var conflicts: [Int: (request: ConflictingCopies?, response: ConflictingCopies?)] = [:]
  /// How much more may come before it is looked at what all of them take.
  private var allowance: Int

  init(options: InspectorOptions) {
    self.options = options
    tally = Tally(options: options)
    logs = WireLogTable(byteLimit: options.wireByteCount, totalLimit: options.memory.ofWireLogs)
    allowance = Self.allowance(holding: 0, of: options.memory.ofConversations)
  }

  /// How many conversations go on.
  var openCount: Int { places.count }

  /// How many looks at a conversation the bound has cost so far.
  var lookCount: UInt64 { places.lookCount }

  /// Begins a conversation.
  ///
  /// - Returns: Its place, until it is closed.
  mutating func open(_ connection: ConnectionInfo, protocol wireProtocol: WireProtocol?) -> Int {
    tally.counters.connections &+= 1
    return places.add(DetectingConversation(connection, retention: options.retention, protocol: wireProtocol))
  }

  /// Takes the next event of a conversation.
  @inline(__always)
  mutating func receive<Sink: InspectionSink & ~Copyable>(
    _ event: borrowing ConnectionEvent, at place: Int, to sink: inout Sink
  ) {
    if options.wireByteCount > 0 { logs.note(event, place) }
    let growth = places.receive(event, at: place) { tally.take(&$0, to: &sink) }
    allowance &-= event.byteCount &+ growth
    if allowance < 0 { keepToBound(event.origin, &sink) }
  }

  /// Whether a conversation waits for its next request.
  func isWaiting(_ place: Int, at origin: Origin) -> Bool { places.isWaiting(place, at: origin) }

  /// Takes note of bytes that came again and differ from those that came first.
  mutating func noteConflict(_ direction: Direction, at offset: StreamOffset, byteCount: Int, place: Int) {
    var copies = conflicts[place] ?? (nil, nil)
    if direction == .request {
      ConflictingCopies.note(&copies.request, at: offset, byteCount: byteCount)
    } else {
      ConflictingCopies.note(&copies.response, at: offset, byteCount: byteCount)
    }
    conflicts[place] = copies
  }

  /// Ends a conversation, and hands over what belongs to its connection and to no exchange of it.
  mutating func close<Sink: InspectionSink & ~Copyable>(_ place: Int, to sink: inout Sink) {
    if var summary = places.summary(of: place) {
      if options.wireByteCount > 0 { summary.wire = logs.take(place) }
      if !conflicts.isEmpty, let copies = conflicts.removeValue(forKey: place) {
        (summary.requestConflicts, summary.responseConflicts) = copies
      }
      tally.take(summary, to: &sink)
    }
    places.remove(place)
  }

  // MARK: Memory

  /// Looks at what all conversations take, and lets go of those that were silent the longest where it is too much.
  ///
  /// Costs as much as came since the last time, however many are open, and is done once for megabytes of traffic.
  @inline(never)
  private mutating func keepToBound<Sink: InspectionSink & ~Copyable>(_ origin: Origin, _ sink: inout Sink) {
    let bound = options.memory.ofConversations
    places.measure()
    if places.measuredByteCount > bound - bound / 8 {
      // More than is needed, so that this is not done again at once.
      while places.measuredByteCount > bound / 4 * 3, letGo(origin, &sink) {}
    }
    allowance = Self.allowance(holding: places.measuredByteCount, of: bound)
  }

  /// Kept bytes take up to a few times their number, in lists that have room for more.
  private static func allowance(holding held: Int, of bound: Int) -> Int { max(bound - held, 0) / 4 }

  /// Lets go of one conversation.
  ///
  /// - Returns: Whether there was one.
  private mutating func letGo<Sink: InspectionSink & ~Copyable>(_ origin: Origin, _ sink: inout Sink) -> Bool {
    let before = tally.counters.exchanges
    guard places.letGoOfMostSilent(at: origin, { tally.take(&$0, to: &sink) }) else { return false }
    tally.counters.letGoConnections &+= 1
    tally.counters.letGoExchanges &+= tally.counters.exchanges &- before
    return true
  }

  /// What all conversations take beside their places, in bytes.
  ///
  /// - Complexity: O(open requests).
  var heldByteCount: Int { places.heldByteCount }
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
