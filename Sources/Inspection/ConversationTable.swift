// The conversations of all open connections, found by the reassembler's slots.
//
// Translates reassembly events into the events that conversations take, and judges what they yield. A slot is taken for
// as long as the reassembler remembers a closed connection; a conversation, which is large, only while it goes on.

import Conformance
import Exchanges
import Packets
import TCPStreams
import WireBytes

struct ConversationTable: Sendable {
  var tally: Tally
  private let options: InspectorOptions
  /// The conversations of open connections; changed in place, never copied out.
  private var conversations: [DetectingConversation?] = []
  private var logs: WireLogTable
  /// Places of `conversations` that are free.
  private var freePlaces: [Int32] = []
  /// The place of each slot's conversation; -1 where there is none.
  private var places: [Int32] = []

  init(options: InspectorOptions) {
    self.options = options
    tally = Tally(options: options)
    logs = WireLogTable(byteLimit: options.wireByteCount)
  }

  /// How many conversations go on.
  var openCount: Int { conversations.count - freePlaces.count }

  mutating func receive<Sink: InspectionSink & ~Copyable>(_ event: borrowing StreamEvent, to sink: inout Sink) {
    switch event {
    case .opened(let info, let origin):
      open(info)
      pass(.opened(origin), to: info.handle.slot, &sink)
      // The server's answer is what was seen first of it.
      if info.start == .synAck { pass(.established(origin), to: info.handle.slot, &sink) }
    case .established(let handle, let handshake, _):
      pass(.established(Origin(time: handshake.established)), to: handle.slot, &sink)
    case .bytes(let handle, let direction, let bytes, let origin):
      if options.wireByteCount > 0 { logs.append(bytes, direction, handle.slot) }
      pass(.bytes(direction, bytes, origin), to: handle.slot, &sink)
    case .gap(let handle, let direction, let byteCount, let origin):
      if options.wireByteCount > 0 { logs.skip(byteCount, direction, handle.slot) }
      pass(.gap(direction, byteCount: byteCount, origin), to: handle.slot, &sink)
    case .conflict:
      break
    case .closed(let handle, let direction, let closing, let origin):
      if options.wireByteCount > 0 { logs.close(direction, closing == .reset ? .reset : .end, handle.slot) }
      pass(.closed(direction, closing == .reset ? .reset : .end, origin), to: handle.slot, &sink)
    case .finished(let handle, _, let origin):
      pass(.finished(origin), to: handle.slot, &sink)
      close(handle.slot, &sink)
    }
  }

  private mutating func open(_ info: TCPStreams.ConnectionInfo) {
    tally.counters.connections &+= 1
    let connection = Exchanges.ConnectionInfo(
      id: info.handle.id.rawValue, client: Exchanges.Endpoint("\(info.client)"),
      server: Exchanges.Endpoint("\(info.server)"),
      joinedInTheMiddle: info.joined)
    let conversation = DetectingConversation(
      connection, retention: options.retention, protocol: options.ports[info.server.port])
    while places.count <= info.handle.slot { places.append(-1) }
    if let place = freePlaces.popLast() {
      conversations[Int(place)] = conversation
      places[info.handle.slot] = place
    } else {
      places[info.handle.slot] = Int32(truncatingIfNeeded: conversations.count)
      conversations.append(conversation)
    }
  }

  /// Hands over what belongs to the connection and to no exchange of it, and frees its place.
  private mutating func close<Sink: InspectionSink & ~Copyable>(_ slot: Int, _ sink: inout Sink) {
    guard places[slot] >= 0 else { return }
    let place = Int(places[slot])
    if var summary = conversations[place]?.summary {
      if options.wireByteCount > 0 { summary.wire = logs.take(slot) }
      tally.take(summary, to: &sink)
    }
    conversations[place] = nil
    freePlaces.append(places[slot])
    places[slot] = -1
  }

  private mutating func pass<Sink: InspectionSink & ~Copyable>(
    _ event: borrowing ConnectionEvent, to slot: Int, _ sink: inout Sink
  ) {
    let place = places[slot]
    guard place >= 0 else { return }
    conversations[Int(place)]?.receive(event) { tally.take(&$0, to: &sink) }
  }
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
    guard options.judges else { return sink.take(summary, []) }
    var findings = Findings(severity: options.severity)
    RuleCatalog.judge(summary, [.server, .client], diagnosing: true, into: &findings)
    counters.findings &+= UInt64(findings.list.count)
    sink.take(summary, findings.list)
  }
}
