// From the events of connections to judged exchanges, where there are no packets: the relay's way in.
//
// The same conversations and the same judge as for packets. Where events come from is decided elsewhere.

internal import Conformance
package import Exchanges
package import WireBytes

/// Turns connection events into exchanges.
///
/// Memory is a function of open connections.
package struct StreamInspector: Sendable {
  private let options: InspectorOptions
  private var tally: Tally
  private var conversations: [UInt64: DetectingConversation] = [:]
  /// What is kept of each connection's bytes, where that was asked for.
  private var logs: [UInt64: WireLog] = [:]
  private var gapByteCount: UInt64 = 0
  private var byteCount: UInt64 = 0

  package init(options: InspectorOptions = .init()) {
    self.options = options
    tally = Tally(options: options)
  }

  /// What was seen so far; there are no packets to count.
  package var counters: InspectionCounters {
    var counters = tally.counters
    counters.gapBytes = gapByteCount
    counters.bytes = byteCount
    return counters
  }

  /// How many connections are open.
  package var openConnections: Int { conversations.count }

  /// Takes note of a new connection.
  ///
  /// - Parameter wireProtocol: The protocol, where it is settled; nil to recognise it.
  package mutating func open<Sink: InspectionSink & ~Copyable>(
    _ info: ConnectionInfo, protocol wireProtocol: WireProtocol?, at origin: Origin, to sink: inout Sink
  ) {
    tally.counters.connections &+= 1
    conversations[info.id] = DetectingConversation(info, retention: options.retention, protocol: wireProtocol)
    receive(.opened(origin), on: info.id, to: &sink)
  }

  /// Takes the next event of an open connection; events of others are passed over.
  package mutating func receive<Sink: InspectionSink & ~Copyable>(
    _ event: borrowing ConnectionEvent, on connection: UInt64, to sink: inout Sink
  ) {
    var isOver = false
    switch event {
    case .bytes(_, let bytes, _): byteCount &+= UInt64(bytes.byteCount)
    case .gap(_, let count, _): gapByteCount &+= count
    case .finished: isOver = true
    case .opened, .established, .closed: break
    }
    if options.wireByteCount > 0 { log(event, on: connection) }
    // By its index it is changed where it is; by its key it would be moved out and in again, large as it is.
    guard let place = conversations.index(forKey: connection) else { return }
    conversations.values[place].receive(event) { tally.take(&$0, to: &sink) }
    guard isOver else { return }
    var summary = conversations.values[place].summary
    if let log = logs.removeValue(forKey: connection) { summary.wire = log }
    conversations[connection] = nil
    tally.take(summary, to: &sink)
  }

  /// Takes note that no more events come: whatever is open is handed over as it is.
  package mutating func finish<Sink: InspectionSink & ~Copyable>(at origin: Origin, to sink: inout Sink) {
    for connection in conversations.keys.sorted() { receive(.finished(origin), on: connection, to: &sink) }
  }

  private mutating func log(_ event: borrowing ConnectionEvent, on connection: UInt64) {
    switch event {
    case .bytes(let direction, let bytes, _):
      logs[connection, default: WireLog()].append(bytes, direction, limit: options.wireByteCount)
    case .gap(let direction, let count, _): logs[connection, default: WireLog()].skip(count, direction)
    case .closed(let direction, let closing, _): logs[connection, default: WireLog()].close(direction, closing)
    case .opened, .established, .finished: break
    }
  }
}
