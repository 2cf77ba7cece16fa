// Everything that passed on the connections of a case, in the order in which the driver saw it.
//
// The conversations of the driver are fed with these very events, so that a capture made of them says the same.

package import Exchanges
internal import Packets
import WireBytes

/// What passed while a case was played.
///
/// Bounded: after ``byteLimit`` bytes nothing more is taken.
package struct CaseTranscript: Sendable {
  package struct Entry: Hashable, Sendable {
    /// The case's connection, from 1.
    package var connection: Int
    package var event: OwnedConnectionEvent<[UInt8]>
  }

  package private(set) var entries: [Entry] = []
  /// The case's connections, by their numbers.
  package internal(set) var connections: [Int: ConnectionInfo] = [:]
  /// Whether there was more than is kept.
  package private(set) var isCut = false
  private var byteCount = 0

  /// The most bytes that are kept: more than the largest case of the fixtures carries, 4 MiB there and back.
  package static let byteLimit = 9 << 20
  private static let entryLimit = 1_000_000

  package init() {}

  mutating func append(_ event: OwnedConnectionEvent<[UInt8]>, on connection: Int) {
    if case .bytes(_, let bytes) = event.kind { byteCount += bytes.count }
    isCut = isCut || byteCount > Self.byteLimit || entries.count >= Self.entryLimit
    if !isCut { entries.append(Entry(connection: connection, event: event)) }
  }

  // MARK: As a capture

  /// The packets that would have carried it, as a capture file that any analyser opens.
  ///
  /// A Unix socket, which has no packets, is shown as port ``unixServerPort`` on loopback.
  package func capture() -> [UInt8] {
    var output: [UInt8] = []
    let file = CaptureFileWriter(linkType: .ethernet)
    file.appendHeader(to: &output)
    var captured: [Int: CapturedConnection] = [:]
    var last = Timestamp(nanoseconds: 0)
    for entry in entries {
      guard entry.event.kind != .opened else {
        guard let ends = connections[entry.connection] else { continue }
        captured[entry.connection] = CapturedConnection(
          client: Self.endpoint(ends.client) ?? Self.loopback(port: 50_000 + entry.connection),
          server: Self.endpoint(ends.server) ?? Self.loopback(port: Self.unixServerPort), opened: entry.event.time, file
        )
        continue
      }
      // What is received may have been seen before what was sent last: a capture's times do not go back.
      last = max(last, entry.event.time)
      captured[entry.connection]?.append(entry.event.kind, at: last, to: &output)
    }
    return output
  }

  /// The port that stands for a Unix socket.
  package static let unixServerPort = 9000

  private static func loopback(port: Int) -> IPEndpoint {
    IPEndpoint(IPAddress(v4: 0x7F00_0001), port: UInt16(truncatingIfNeeded: port))
  }

  private static func endpoint(_ endpoint: Endpoint) -> IPEndpoint? {
    if case .ip(let end) = endpoint { end } else { nil }
  }
}

/// A connection on its way into a capture.
private struct CapturedConnection {
  private var writer: TCPConversationWriter
  private let opened: Timestamp
  private var isReset = false

  init(client: IPEndpoint, server: IPEndpoint, opened: Timestamp, _ file: CaptureFileWriter) {
    writer = TCPConversationWriter(client: client, server: server, file: file)
    self.opened = opened
  }

  mutating func append(_ event: OwnedConnectionEvent<[UInt8]>.Kind, at time: Timestamp, to output: inout [UInt8]) {
    // After a reset there is no connection that could carry more.
    guard !isReset else { return }
    switch event {
    case .opened, .gap, .finished: break
    case .established: writer.open(at: min(opened, time), established: time, to: &output)
    case .bytes(let direction, let bytes): unsafe writer.send(bytes.span.bytes, direction, at: time, to: &output)
    case .closed(let direction, .end), .closed(let direction, .endWithoutAlert):
      writer.end(direction, at: time, to: &output)
    case .closed(let direction, .reset):
      writer.reset(direction, at: time, to: &output)
      isReset = true
    }
  }
}
