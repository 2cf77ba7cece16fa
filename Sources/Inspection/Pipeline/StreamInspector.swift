// From the events of connections to judged exchanges, where there are no packets: the relay's way in.
//
// The same conversations and the same judge as for packets. Where events come from is decided elsewhere.

package import Exchanges
package import WireBytes

/// Turns connection events into exchanges.
///
/// Memory is a function of open connections, within the bound of the options.
package struct StreamInspector: Sendable {
  private var store: ConversationStore
  /// The place of each open connection's conversation.
  private var places: [UInt64: Int] = [:]
  private var gapByteCount: UInt64 = 0
  private var byteCount: UInt64 = 0

  package init(options: InspectorOptions = .init()) {
    store = ConversationStore(options: options)
  }

  /// What was seen so far; there are no packets to count.
  package var counters: InspectionCounters {
    var counters = store.tally.counters
    counters.gapBytes = gapByteCount
    counters.bytes = byteCount
    return counters
  }

  /// What the conversations of open connections take, in bytes.
  package var conversationByteCount: Int { store.heldByteCount }

  /// How many looks at a conversation the bound of memory has cost so far.
  var lookCount: UInt64 { store.lookCount }

  /// How many connections are open.
  package var openConnections: Int { places.count }

  /// Whether a connection is known to wait for its next request.
  package func isWaiting(_ connection: UInt64, at origin: Origin) -> Bool {
    places[connection].map { store.isWaiting($0, at: origin) } ?? false
  }

  /// Takes note of a new connection.
  ///
  /// - Parameter wireProtocol: The protocol, where it is settled; nil to recognise it.
  package mutating func open<Sink: InspectionSink & ~Copyable>(
    _ info: ConnectionInfo, protocol wireProtocol: WireProtocol?, at origin: Origin, to sink: inout Sink
  ) {
    places[info.id] = store.open(info, protocol: wireProtocol)
    receive(.opened(origin), on: info.id, to: &sink)
  }

  /// Takes the next event of an open connection; events of others are passed over.
  package mutating func receive<Sink: InspectionSink & ~Copyable>(
    _ event: borrowing ConnectionEvent, on connection: UInt64, to sink: inout Sink
  ) {
    guard let place = places[connection] else { return }
    var isOver = false
    switch event {
    case .bytes(_, let bytes, _): byteCount &+= UInt64(bytes.byteCount)
    case .gap(_, let count, _): gapByteCount &+= count
    case .finished: isOver = true
    case .opened, .established, .closed: break
    }
    store.receive(event, at: place, to: &sink)
    guard isOver else { return }
    places[connection] = nil
    store.close(place, to: &sink)
  }

  /// Takes note that no more events come: whatever is open is handed over as it is.
  package mutating func finish<Sink: InspectionSink & ~Copyable>(at origin: Origin, to sink: inout Sink) {
    for connection in places.keys.sorted() { receive(.finished(origin), on: connection, to: &sink) }
  }
}
