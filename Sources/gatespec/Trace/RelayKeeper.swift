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
    case .established: write(number, event.time) { _, _ in }
    case .bytes(let direction, let bytes):
      bytes.withSpan { span in
        write(number, event.time) { writer, pending in writer.send(span, direction, at: event.time, to: &pending) }
      }
    case .closed(let direction, .end):
      write(number, event.time) { writer, pending in writer.end(direction, at: event.time, to: &pending) }
    case .closed(let direction, .reset):
      write(number, event.time) { writer, pending in writer.reset(direction, at: event.time, to: &pending) }
    case .unobserved(let direction, let byteCount): writers[number]?.writer.skip(byteCount, direction)
    case .refused, .finished: writers[number] = nil
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
  private static func endpoint(
    _ endpoint: Exchanges.Endpoint, port: UInt16, like other: Exchanges.Endpoint
  ) -> Packets.Endpoint {
    let isV6 = parse(other)?.address.version == .v6
    return parse(endpoint)
      ?? Packets.Endpoint(isV6 ? IPAddress(v6High: 0, low: 1) : IPAddress(v4: 0x7F00_0001), port: port)
  }

  private static func parse(_ endpoint: Exchanges.Endpoint) -> Packets.Endpoint? {
    let text = endpoint.description
    guard !text.hasPrefix("unix:"), let colon = text.lastIndex(of: ":"),
      let port = UInt16(text[text.index(after: colon)...])
    else { return nil }
    let host = text[..<colon].drop { $0 == "[" }.prefix { $0 != "]" }
    return IPAddress(host == "localhost" ? "127.0.0.1" : String(host)).map { Packets.Endpoint($0, port: port) }
  }
}
