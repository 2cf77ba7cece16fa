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
  private let file: FileOutput
  private let format = CaptureFileWriter(linkType: .ethernet)
  private var writers: [UInt64: Entry] = [:]
  private var pending: [UInt8] = []

  private struct Entry {
    var writer: TCPConversationWriter
    var opened: Timestamp
    var isOpen = false
  }

  /// Stands for the port of a Unix socket.
  private static let unixPort: UInt16 = 9

  init(_ file: FileOutput) {
    self.file = file
    format.appendHeader(to: &pending)
  }

  mutating func keep(_ event: RelayEvent) {
    let number = event.connection
    switch event.kind {
    case .opened(let client, let server):
      writers[number] = Entry(
        writer: TCPConversationWriter(
          client: Self.endpoint(client, port: UInt16(1_024 + number % 60_000), like: server),
          server: Self.endpoint(server, port: Self.unixPort, like: client), file: format),
        opened: event.time)
    case .established: open(number, event.time)
    case .bytes(let direction, let bytes):
      open(number, event.time)
      bytes.withSpan { span in writers[number]?.writer.send(span, direction, at: event.time, to: &pending) }
    case .closed(let direction, .end):
      open(number, event.time)
      writers[number]?.writer.end(direction, at: event.time, to: &pending)
    case .closed(let direction, .reset):
      open(number, event.time)
      writers[number]?.writer.reset(direction, at: event.time, to: &pending)
    case .unobserved(let direction, let byteCount): writers[number]?.writer.skip(byteCount, direction)
    case .refused, .finished: writers[number] = nil
    }
    if pending.count > 1 << 20 { flush() }
  }

  private mutating func open(_ number: UInt64, _ time: Timestamp) {
    guard let entry = writers[number], !entry.isOpen else { return }
    writers[number]?.isOpen = true
    writers[number]?.writer.open(at: entry.opened, established: time, to: &pending)
  }

  mutating func flush() {
    guard !pending.isEmpty else { return }
    file.write(pending[...])
    pending.removeAll(keepingCapacity: true)
  }

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
