// The conversations of all open connections, found by the reassembler's slots.
//
// Translates reassembly events into the events that conversations take. A slot is taken for as long as the reassembler
// remembers a closed connection; a conversation only while it goes on.

import Exchanges
import Packets
import TCPStreams
import WireBytes

struct ConversationTable: Sendable {
  private var store: ConversationStore
  private let options: InspectorOptions
  /// The place of each slot's conversation; -1 where there is none.
  private var places: [Int32] = []

  init(options: InspectorOptions) {
    self.options = options
    store = ConversationStore(options: options)
  }

  /// How many conversations go on.
  var openCount: Int { store.openCount }
  var counters: InspectionCounters { store.tally.counters }
  /// What all conversations take, in bytes.
  var heldByteCount: Int { store.heldByteCount }

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
      pass(.bytes(direction, bytes, origin), to: handle.slot, &sink)
    case .gap(let handle, let direction, let byteCount, let origin):
      pass(.gap(direction, byteCount: byteCount, origin), to: handle.slot, &sink)
    case .conflict(let handle, let direction, let offset, let byteCount, _):
      let place = places[handle.slot]
      if place >= 0 { store.noteConflict(direction, at: offset, byteCount: byteCount, place: Int(place)) }
    case .closed(let handle, let direction, let closing, let origin):
      pass(.closed(direction, closing == .reset ? .reset : .end, origin), to: handle.slot, &sink)
    case .finished(let handle, _, let origin):
      pass(.finished(origin), to: handle.slot, &sink)
      close(handle.slot, &sink)
    }
  }

  private mutating func open(_ info: TCPStreams.ConnectionInfo) {
    let connection = Exchanges.ConnectionInfo(
      id: info.handle.id.rawValue, client: .ip(info.client), server: .ip(info.server),
      joinedInTheMiddle: info.joined)
    let place = store.open(connection, protocol: options.ports[info.server.port])
    while places.count <= info.handle.slot { places.append(-1) }
    places[info.handle.slot] = Int32(truncatingIfNeeded: place)
  }

  private mutating func close<Sink: InspectionSink & ~Copyable>(_ slot: Int, _ sink: inout Sink) {
    guard places[slot] >= 0 else { return }
    store.close(Int(places[slot]), to: &sink)
    places[slot] = -1
  }

  @inline(__always)
  private mutating func pass<Sink: InspectionSink & ~Copyable>(
    _ event: borrowing ConnectionEvent, to slot: Int, _ sink: inout Sink
  ) {
    let place = places[slot]
    guard place >= 0 else { return }
    store.receive(event, at: Int(place), to: &sink)
  }
}
