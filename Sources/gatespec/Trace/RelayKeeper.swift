// Keeping relayed traffic as a capture file that any analyser opens.
//
// What passes a relay has no packets; TCPConversationWriter makes those that would have carried it. Unix sockets get
// loopback addresses.

import Exchanges
import Packets
import Transports
import WireBytes

/// Writes relayed connections to a capture file.
struct RelayKeeper {
  private var copy: CaptureCopy
  private let format = CaptureFileWriter(linkType: .ethernet)
  private var writers: [UInt64: Entry] = [:]

  private struct Entry {
    var writer: TCPConversationWriter
    var opened: Timestamp
    var isOpen = false
  }

  /// Stands for the port of a Unix socket.
  private static let unixPort: UInt16 = 9

  init(_ copy: CaptureCopy) {
    self.copy = copy
    var header: [UInt8] = []
    format.appendHeader(to: &header)
    self.copy.begin(with: header)
  }

  /// Whether nothing is written any more.
  var isLost: Bool { copy.isLost }

  mutating func keep(_ event: RelayEvent) {
    guard !copy.isLost else { return }
    let number = event.connection
    switch event.kind {
    case .opened(let client, let server):
      writers[number] = Entry(
        writer: TCPConversationWriter(
          client: Self.endpoint(client, port: UInt16(1_024 + number % 60_000), like: server),
          server: Self.endpoint(server, port: Self.unixPort, like: client), file: format),
        opened: event.time)
    case .passed(.opened): break
    case .passed(.established): write(number, event.time) { _, _ in }
    case .passed(.bytes(let direction, let bytes)):
      bytes.withSpan { span in
        write(number, event.time) { writer, pending in writer.send(span, direction, at: event.time, to: &pending) }
      }
    case .passed(.closed(let direction, .end)):
      write(number, event.time) { writer, pending in writer.end(direction, at: event.time, to: &pending) }
    case .passed(.closed(let direction, .reset)):
      write(number, event.time) { writer, pending in writer.reset(direction, at: event.time, to: &pending) }
    case .passed(.gap(let direction, let byteCount)): writers[number]?.writer.skip(byteCount, direction)
    case .passed(.finished), .refused: writers[number] = nil
    }
  }

  /// Lets a connection's writer write, behind the packets that open the connection.
  private mutating func write(
    _ number: UInt64, _ time: Timestamp, _ body: (inout TCPConversationWriter, inout [UInt8]) -> Void
  ) {
    guard var entry = writers[number] else { return }
    // Its copy in the table would make a second one of what is changed here.
    writers[number] = nil
    copy.append(at: time) { pending in
      if !entry.isOpen { entry.writer.open(at: entry.opened, established: time, to: &pending) }
      body(&entry.writer, &pending)
    }
    entry.isOpen = true
    writers[number] = entry
  }

  /// Whether not everything was written.
  var isBroken: Bool { copy.isBroken }

  /// Writes what waits.
  mutating func flush() { copy.flush() }

  /// Takes note that nothing more comes.
  mutating func finish() { copy.finish() }

  /// An endpoint for packets; one without an address gets the loopback address of the other one's family.
  private static func endpoint(_ endpoint: Endpoint, port: UInt16, like other: Endpoint) -> IPEndpoint {
    if case .ip(let end) = endpoint { return end }
    if case .host("localhost", let port) = endpoint { return IPEndpoint(IPAddress(v4: 0x7F00_0001), port: port) }
    guard case .ip(let end) = other, end.address.version == .v6 else {
      return IPEndpoint(IPAddress(v4: 0x7F00_0001), port: port)
    }
    return IPEndpoint(IPAddress(v6High: 0, low: 1), port: port)
  }
}
