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

  mutating func receive(_ event: borrowing StreamEvent, _ output: (consuming InspectionOutput) -> Void) {
    switch event {
    case .opened(let info, let origin):
      open(info)
      pass(.opened(origin), to: info.handle.slot, output)
      // The server's answer is what was seen first of it.
      if info.start == .synAck { pass(.established(origin), to: info.handle.slot, output) }
    case .established(let handle, let handshake, _):
      pass(.established(Origin(time: handshake.established)), to: handle.slot, output)
    case .bytes(let handle, let direction, let bytes, let origin):
      if options.wireByteCount > 0 { logs.append(bytes, direction, handle.slot) }
      pass(.bytes(direction, bytes, origin), to: handle.slot, output)
    case .gap(let handle, let direction, let byteCount, let origin):
      if options.wireByteCount > 0 { logs.skip(byteCount, direction, handle.slot) }
      pass(.gap(direction, byteCount: byteCount, origin), to: handle.slot, output)
    case .conflict:
      break
    case .closed(let handle, let direction, let closing, let origin):
      if options.wireByteCount > 0 { logs.close(direction, closing == .reset ? .reset : .end, handle.slot) }
      pass(.closed(direction, closing == .reset ? .reset : .end, origin), to: handle.slot, output)
    case .finished(let handle, _, let origin):
      let log = options.wireByteCount > 0 ? logs.take(handle.slot) : nil
      pass(.finished(origin), to: handle.slot) { result in
        if let log { output(result.holding(log)) } else { output(result) }
      }
      close(handle.slot)
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

  private mutating func close(_ slot: Int) {
    guard places[slot] >= 0 else { return }
    conversations[Int(places[slot])] = nil
    freePlaces.append(places[slot])
    places[slot] = -1
  }

  private mutating func pass(
    _ event: borrowing ConnectionEvent, to slot: Int, _ output: (consuming InspectionOutput) -> Void
  ) {
    let place = places[slot]
    guard place >= 0 else { return }
    conversations[Int(place)]?.receive(event) { tally.take($0, output) }
  }
}

/// Counts and judges what conversations yield; apart from them, so that both can change at once.
struct Tally: Sendable {
  var counters = InspectionCounters()
  private let options: InspectorOptions

  init(options: InspectorOptions) { self.options = options }

  mutating func take(_ result: consuming ConversationOutput, _ output: (consuming InspectionOutput) -> Void) {
    // Consumed, so that what it holds is moved on.
    switch consume result {
    case .exchange(let exchange):
      counters.exchanges &+= 1
      let isWhole = exchange.ending == .complete || exchange.ending == .aborted
      if !isWhole || exchange.startedInTheMiddle { counters.incomplete &+= 1 }
      // Not judged, an exchange is passed on as it is: one that a closure looks at would be copied.
      guard options.judges else { return output(.exchange(exchange, findings: [])) }
      output(
        .exchange(
          exchange, findings: judge { RuleCatalog.judge(exchange, [.server, .client], diagnosing: true, into: &$0) }))
    case .connection(let summary):
      if summary.wireProtocol == nil, summary.requestByteCount &+ summary.responseByteCount > 0 {
        counters.unknownConnections &+= 1
      }
      guard options.judges else { return output(.connection(summary, findings: [])) }
      output(
        .connection(
          summary, findings: judge { RuleCatalog.judge(summary, [.server, .client], diagnosing: true, into: &$0) }))
    }
  }

  private mutating func judge(_ run: (inout Findings) -> Void) -> [Finding] {
    var findings = Findings(severity: options.severity)
    run(&findings)
    counters.findings &+= UInt64(findings.list.count)
    return findings.list
  }
}
