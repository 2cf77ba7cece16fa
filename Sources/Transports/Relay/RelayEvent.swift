// What a relay tells of the connections that pass through it.
//
// Values with their time. They become ConnectionEvents on the thread that decodes; traffic never waits for that.

package import Exchanges
package import WireBytes

/// Something that happened on a relayed connection.
package struct RelayEvent: Sendable {
  package enum Kind: Sendable {
    /// A client connected. Always a connection's first event.
    case opened(client: Endpoint, server: Endpoint)
    /// The server's side is connected too.
    case established
    /// Bytes that were read from one side, and are on their way to the other.
    case bytes(Direction, TransportBytes)
    /// Bytes that passed and were not kept for decoding, because decoding lagged behind.
    case unobserved(Direction, byteCount: UInt64)
    /// One direction ended.
    case closed(Direction, Closing)
    /// The server could not be reached; the client was sent away.
    case refused(TransportError)
    /// Both sides are gone. Always a connection's last event.
    case finished
  }

  /// Number of the connection, from 1, over all routes of a relay.
  package var connection: UInt64
  package var kind: Kind
  package var time: Timestamp
}
