// What reassembly says: the life of each TCP connection as ordered events.
//
// Values only; who makes them is TCPReassembler, what they mean for a protocol is decided above.

package import WireBytes

/// The identity of a connection: unique for the life of a reassembler, counted from 1 in order of opening.
package struct ConnectionID: RawRepresentable, Hashable, Sendable {
  package var rawValue: UInt64
  @inlinable package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// A connection as events name it.
package struct ConnectionHandle: Hashable, Sendable {
  package var id: ConnectionID
  /// A small dense index, for keeping state in an array.
  ///
  /// It belongs to this connection from its ``StreamEvent/opened(_:_:)`` to its ``StreamEvent/finished(_:_:_:)``, and
  /// to another one later.
  package var slot: Int

  @inlinable package init(id: ConnectionID, slot: Int) {
    self.id = id
    self.slot = slot
  }
}

/// How the first packet of a connection showed it.
package enum ConnectionStart: String, Hashable, Sendable {
  /// By the client's SYN: the streams are known from their first byte.
  case syn
  /// By the server's SYN and ACK; the client's SYN was not captured.
  case synAck = "syn-ack"
  /// By data: the connection was under way. Which side is the client is a guess.
  case middle
}

/// A connection that was just seen.
package struct ConnectionInfo: Hashable, Sendable {
  package var handle: ConnectionHandle
  package var client: IPEndpoint
  package var server: IPEndpoint
  package var start: ConnectionStart

  package init(handle: ConnectionHandle, client: IPEndpoint, server: IPEndpoint, start: ConnectionStart) {
    self.handle = handle
    self.client = client
    self.server = server
    self.start = start
  }

  /// Whether the connection was joined in the middle, so that its streams begin anywhere.
  package var joined: Bool { start == .middle }
}

/// The times of a handshake; those that were not captured are nil.
package struct Handshake: Hashable, Sendable {
  /// The client's first SYN.
  package var syn: Timestamp?
  /// The server's first SYN and ACK.
  package var synAck: Timestamp?
  /// The first segment after them.
  package var established: Timestamp

  package init(syn: Timestamp?, synAck: Timestamp?, established: Timestamp) {
    self.syn = syn
    self.synAck = synAck
    self.established = established
  }
}

/// How one direction ended.
package enum StreamClosing: String, Hashable, Sendable {
  /// By a FIN: nothing more will come, the other direction may go on.
  case end
  /// By a RST of this direction's sender: the whole connection is over.
  case reset
}

/// Why a connection is no longer followed.
package enum ConnectionEnding: Hashable, Sendable {
  /// Both directions ended.
  case closed
  /// A RST came; the direction is that of its sender.
  case reset(by: Direction)
  /// A new connection uses the same addresses and ports.
  case superseded
  /// Nothing was seen of it for ``ReassemblyLimits/idleSeconds``.
  case idle
  /// The table was full and this connection had been quiet the longest.
  case evicted
  /// The capture ended.
  case captureEnd
}

/// One event of one connection.
///
/// For every connection: `opened` first, `finished` last, and of each direction the bytes and gaps in stream order, so
/// that the sum of their lengths is the position in the stream. A `bytes` event that was held back carries the origin
/// of its own packet: times may step back within a direction.
package enum StreamEvent: ~Escapable {
  case opened(ConnectionInfo, Origin)
  /// The handshake is complete; at most once, never for a connection joined in the middle.
  case established(ConnectionHandle, Handshake, Origin)
  /// The next bytes of a direction, valid during the call.
  case bytes(ConnectionHandle, Direction, RawSpan, Origin)
  /// The next bytes of a direction are lost to us; the origin is the packet that proved it.
  case gap(ConnectionHandle, Direction, byteCount: UInt64, Origin)
  /// A later copy of bytes differs from the first one, which counts.
  case conflict(ConnectionHandle, Direction, at: StreamOffset, byteCount: Int, Origin)
  case closed(ConnectionHandle, Direction, StreamClosing, Origin)
  /// The connection is over for the consumer; state kept for its slot is to be dropped.
  case finished(ConnectionHandle, ConnectionEnding, Origin)
}
