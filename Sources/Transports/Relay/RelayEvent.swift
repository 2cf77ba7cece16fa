// What a relay tells of the connections that pass through it.
//
// Values with their time. A conversation takes them on the thread that decodes; traffic never waits for that.

package import Exchanges
package import WireBytes

/// Something that happened on a relayed connection.
package struct RelayEvent: Sendable {
  package enum Kind: Sendable {
    /// A client connected. Always a connection's first event.
    case opened(client: Endpoint, server: Endpoint)
    /// What passed after that. Bytes are on their way to the other side; a gap is what was not kept for decoding, because
    /// decoding lagged behind; that a connection is finished, with both sides gone, is always its last event.
    case passed(OwnedConnectionEvent<TransportBytes>.Kind)
    /// The server could not be reached; the client was sent away.
    case refused(TransportError)
  }

  /// Number of the connection, from 1, over all routes of a relay.
  package var connection: UInt64
  package var kind: Kind
  package var time: Timestamp
}

extension TransportBytes: OwnedBytes {}
