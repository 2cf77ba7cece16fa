// Keeping connections that were seen without packets as a capture file that any analyser opens.
//
// TCPConversationWriter makes the packets that would have carried them. Unix sockets get loopback addresses.

package import Exchanges
internal import Packets
package import WireBytes

/// Writes connections to a capture file.
package struct ConversationKeeper<Destination: CaptureDestination> {
  private var destination: Destination
  private let format = CaptureFileWriter(linkType: .ethernet)
  private var writers: [UInt64: Entry] = [:]

  private struct Entry {
    var writer: TCPConversationWriter
    var opened: Timestamp
    var isOpen = false
  }

  /// Stands for the port of a Unix socket.
  private static var unixPort: UInt16 { 9 }

  package init(_ destination: Destination) {
    self.destination = destination
    var header: [UInt8] = []
    format.appendHeader(to: &header)
    self.destination.begin(with: header)
  }

  /// Whether nothing is written any more.
  package var isLost: Bool { destination.isLost }

  /// Takes note of a new connection.
  package mutating func open(_ number: UInt64, client: Endpoint, server: Endpoint, at time: Timestamp) {
    guard !destination.isLost else { return }
    writers[number] = Entry(
      writer: TCPConversationWriter(
        client: Self.endpoint(client, port: UInt16(1_024 + number % 60_000), like: server),
        server: Self.endpoint(server, port: Self.unixPort, like: client), file: format),
      opened: time)
  }

  /// Keeps what passed on a connection.
  package mutating func keep<Bytes>(
    _ event: OwnedConnectionEvent<Bytes>.Kind, on number: UInt64, at time: Timestamp
  ) {
    guard !destination.isLost else { return }
    switch event {
    case .opened: break
    case .established: write(number, time) { _, _ in }
    case .bytes(let direction, let bytes):
      bytes.withSpan { span in
        write(number, time) { writer, pending in writer.send(span, direction, at: time, to: &pending) }
      }
    case .closed(let direction, .end), .closed(let direction, .endWithoutAlert):
      write(number, time) { writer, pending in writer.end(direction, at: time, to: &pending) }
    case .closed(let direction, .reset):
      write(number, time) { writer, pending in writer.reset(direction, at: time, to: &pending) }
    case .gap(let direction, let byteCount): writers[number]?.writer.skip(byteCount, direction)
    case .finished: writers[number] = nil
    }
  }

  /// Lets a connection's writer write, behind the packets that open the connection.
  private mutating func write(
    _ number: UInt64, _ time: Timestamp, _ body: (inout TCPConversationWriter, inout [UInt8]) -> Void
  ) {
    guard var entry = writers[number] else { return }
    // Its copy in the table would make a second one of what is changed here.
    writers[number] = nil
    destination.append(at: time) { pending in
      if !entry.isOpen { entry.writer.open(at: entry.opened, established: time, to: &pending) }
      body(&entry.writer, &pending)
    }
    entry.isOpen = true
    writers[number] = entry
  }

  /// Whether not everything was written.
  package var isBroken: Bool { destination.isBroken }

  /// Writes what waits.
  package mutating func flush() { destination.flush() }

  /// Takes note that nothing more comes.
  package mutating func finish() { destination.finish() }

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
