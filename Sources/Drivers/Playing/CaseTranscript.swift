// Everything that passed on the connections of a case, in the order in which the driver saw it.
//
// The conversations of the driver are fed with these very events, so that a capture made of them says the same.

package import Exchanges
internal import Packets
package import WireBytes

/// What passed while a case was played.
///
/// Bounded: after ``byteLimit`` bytes nothing more is taken.
package struct CaseTranscript: Sendable {
  package enum Event: Hashable, Sendable {
    /// The connection was opened; it had been asked for at `since`.
    case opened(client: Exchanges.Endpoint, server: Exchanges.Endpoint, since: Timestamp)
    case bytes(Direction, [UInt8])
    case closed(Direction, Closing)
  }

  package struct Entry: Hashable, Sendable {
    /// The case's connection, from 1.
    package var connection: Int
    package var event: Event
    package var time: Timestamp
  }

  package private(set) var entries: [Entry] = []
  /// Whether there was more than is kept.
  package private(set) var isCut = false
  private var byteCount = 0

  /// The most bytes that are kept: more than the largest case of the fixtures carries, 4 MiB there and back.
  package static let byteLimit = 9 << 20
  private static let entryLimit = 1_000_000

  package init() {}

  mutating func append(_ event: Event, on connection: Int, at time: Timestamp) {
    if case .bytes(_, let bytes) = event { byteCount += bytes.count }
    isCut = isCut || byteCount > Self.byteLimit || entries.count >= Self.entryLimit
    if !isCut { entries.append(Entry(connection: connection, event: event, time: time)) }
  }

  // MARK: As a capture

  /// The packets that would have carried it, as a capture file that any analyser opens.
  ///
  /// A Unix socket, which has no packets, is shown as port ``unixServerPort`` on loopback.
  package func capture() -> [UInt8] {
    var output: [UInt8] = []
    let file = CaptureFileWriter(linkType: .ethernet)
    file.appendHeader(to: &output)
    var connections: [Int: CapturedConnection] = [:]
    var last = Timestamp(nanoseconds: 0)
    for entry in entries {
      // What is received may have been seen before what was sent last: a capture's times do not go back.
      last = max(last, entry.time)
      if case .opened(let client, let server, let since) = entry.event {
        var connection = CapturedConnection(
          client: Self.endpoint(client) ?? Self.loopback(port: 50_000 + entry.connection),
          server: Self.endpoint(server) ?? Self.loopback(port: Self.unixServerPort), file)
        connection.writer.open(at: min(since, last), established: last, to: &output)
        connections[entry.connection] = connection
      } else {
        connections[entry.connection]?.append(entry.event, at: last, to: &output)
      }
    }
    return output
  }

  /// The port that stands for a Unix socket.
  package static let unixServerPort = 9000

  private static func loopback(port: Int) -> Packets.Endpoint {
    Packets.Endpoint(IPAddress(v4: 0x7F00_0001), port: UInt16(truncatingIfNeeded: port))
  }

  private static func endpoint(_ endpoint: Exchanges.Endpoint) -> Packets.Endpoint? {
    let text = endpoint.description
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { return nil }
    let host = text[..<colon].drop { $0 == "[" }.prefix { $0 != "]" && $0 != "%" }
    return IPAddress(String(host)).map { Packets.Endpoint($0, port: port) }
  }
}

/// A connection on its way into a capture.
private struct CapturedConnection {
  var writer: TCPConversationWriter
  private var isReset = false

  init(client: Packets.Endpoint, server: Packets.Endpoint, _ file: CaptureFileWriter) {
    writer = TCPConversationWriter(client: client, server: server, file: file)
  }

  mutating func append(_ event: CaseTranscript.Event, at time: Timestamp, to output: inout [UInt8]) {
    // After a reset there is no connection that could carry more.
    guard !isReset else { return }
    switch event {
    case .opened: break
    case .bytes(let direction, let bytes): unsafe writer.send(bytes.span.bytes, direction, at: time, to: &output)
    case .closed(let direction, .end): writer.end(direction, at: time, to: &output)
    case .closed(let direction, .reset):
      writer.reset(direction, at: time, to: &output)
      isReset = true
    }
  }
}
