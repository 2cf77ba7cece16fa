// The narrow waist, input side: what any producer says about a connection.
//
// The sniffer's reassembler, the tester's transport and the relay all speak these events and nothing else. No
// protocol knowledge lives here.

package import WireBytes

/// How a direction of a connection came to its end, as a capture can show it.
package enum Closing: String, Hashable, Sendable {
  /// An orderly end (FIN).
  case end
  /// An end below an encryption that did not announce it, as TLS does with a closure alert. No capture shows it.
  case endWithoutAlert
  /// A reset (RST): everything in flight may be lost.
  case reset
}

/// What happened on a connection.
///
/// Borrowed: the bytes are valid for the call.
package enum ConnectionEvent: ~Escapable {
  /// The connection was opened, or joined in the middle.
  case opened(Origin)
  /// The handshake was completed: the server's side answered.
  case established(Origin)
  /// The next bytes of one direction, in order.
  case bytes(Direction, RawSpan, Origin)
  /// Bytes of one direction that the capture lost. Only the passive side makes these.
  case gap(Direction, byteCount: UInt64, Origin)
  /// One direction ended. A reset ends both.
  case closed(Direction, Closing, Origin)
  /// Nothing more is known of the connection (capture ended, table full, tester left).
  case finished(Origin)

  /// How many bytes passed with it.
  @inline(__always)
  package var byteCount: Int {
    switch self {
    case .bytes(_, let bytes, _): bytes.byteCount
    case .opened, .established, .gap, .closed, .finished: 0
    }
  }

  /// When it happened.
  package var origin: Origin {
    switch self {
    case .opened(let origin), .established(let origin), .bytes(_, _, let origin), .gap(_, _, let origin),
      .closed(_, _, let origin), .finished(let origin):
      origin
    }
  }
}

/// Who speaks on a connection.
package struct ConnectionInfo: Hashable, Sendable {
  /// Number of the connection in this run, from 1.
  package var id: UInt64
  /// Whether the beginning of the connection was not seen.
  package var joinedInTheMiddle: Bool
  /// Shared by all exchanges of the connection: each holds a reference, where the ends themselves take eighty bytes.
  private var ends: ConnectionEnds

  package init(id: UInt64, client: Endpoint, server: Endpoint, joinedInTheMiddle: Bool = false) {
    self.id = id
    self.joinedInTheMiddle = joinedInTheMiddle
    ends = ConnectionEnds(client: client, server: server)
  }

  package var client: Endpoint {
    get { ends.client }
    set { ends = ConnectionEnds(client: newValue, server: ends.server) }
  }
  package var server: Endpoint {
    get { ends.server }
    set { ends = ConnectionEnds(client: ends.client, server: newValue) }
  }
}

/// The two ends of a connection.
private final class ConnectionEnds: Hashable, Sendable {
  let client: Endpoint
  let server: Endpoint

  init(client: Endpoint, server: Endpoint) {
    self.client = client
    self.server = server
  }

  static func == (left: ConnectionEnds, right: ConnectionEnds) -> Bool {
    left === right || left.client == right.client && left.server == right.server
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(client)
    hasher.combine(server)
  }
}
