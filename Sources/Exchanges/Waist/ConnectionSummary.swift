// What a connection amounts to beside its exchanges.
//
// Bounded facts for rules: counts, first offsets, flags. Nothing here judges.

package import WireBytes

/// What belongs to a connection and to no single exchange.
package struct ConnectionSummary: Hashable, Sendable {
  package var wireProtocol: WireProtocol?
  package var connection: ConnectionInfo
  /// Exchanges that this connection yielded.
  package var exchangeCount = 0
  /// Requests that began while so many were open that they were not followed: no exchange, and no rule, tells of them.
  package var unfollowedRequests: UInt64 = 0
  package var anomalies = AnomalyLog()
  package var gapByteCount: UInt64 = 0
  package var requestByteCount: UInt64 = 0
  package var responseByteCount: UInt64 = 0
  /// Bytes of both directions after the connection left its protocol (an HTTP upgrade).
  package var opaqueByteCount: UInt64 = 0
  /// Copies of bytes that differ from those that came first; nil where there were none.
  package var requestConflicts: ConflictingCopies?
  package var responseConflicts: ConflictingCopies?
  /// How each direction ended; nil while it had not.
  package var requestClosing: Closing?
  package var responseClosing: Closing?
  /// The direction that ended first: the client's side closed first, or the server's; nil while neither has.
  package var firstToClose: Direction?
  package var opened: Timestamp?
  /// When the server's side was known to have answered the handshake; nil where it was never seen to.
  package var established: Timestamp?
  package var ended: Timestamp?
  package var packets: ClosedRange<UInt64> = 0...0
  package var fastCGI: FastCGIConnectionFacts?
  package var http1: HTTP1ConnectionFacts?
  /// What the first bytes of each direction are, where that is not what the connection was taken for.
  package var requestOpening: DetectionVerdict?
  package var responseOpening: DetectionVerdict?
  /// The protocol of a connection that gatespec knows by name only.
  package var foreign: ForeignProtocol?
  /// Every wire event of the connection, as far as the retention keeps them, and how many more there were.
  package var wireEvents: [WireEvent] = []
  package var droppedWireEvents: UInt64 = 0
  /// The bytes themselves, where the inspector was asked to keep them.
  package var wire = WireLog()

  package init(connection: ConnectionInfo, wireProtocol: WireProtocol?) {
    self.connection = connection
    self.wireProtocol = wireProtocol
  }

  /// Whether the connection was asked for, and never seen to be accepted.
  package var isUnanswered: Bool { established == nil && requestByteCount == 0 && responseByteCount == 0 }

  /// Whether the server's side answered the handshake with a reset: nothing listens there.
  package var wasRefused: Bool { isUnanswered && requestClosing == nil && responseClosing == .reset }

  /// Takes note that a direction ended; what it ended with first counts.
  mutating func note(_ direction: Direction, _ closing: Closing) {
    firstToClose = firstToClose ?? direction
    if direction == .request {
      requestClosing = requestClosing ?? closing
    } else {
      responseClosing = responseClosing ?? closing
    }
  }

  /// Takes note of when something of the connection was seen, and in which packet.
  @inline(__always)
  mutating func note(_ origin: Origin) {
    note(packet: origin.packet)
    if opened == nil { opened = origin.time }
    ended = origin.time
  }

  /// Extends the range of packets to `packet`.
  @inline(__always)
  package mutating func note(packet: UInt64) {
    guard packet != 0 else { return }
    packets = packets.lowerBound == 0 ? packet...packet : packets.lowerBound...max(packets.upperBound, packet)
  }
}

/// Copies of a direction's bytes that differ from those that came first, which count.
package struct ConflictingCopies: Hashable, Sendable {
  /// How many.
  package var count: UInt64 = 0
  /// Where the first of them lies, and how long it is.
  package var offset: StreamOffset
  package var byteCount: Int

  package init(at offset: StreamOffset, byteCount: Int) {
    self.offset = offset
    self.byteCount = byteCount
  }

  /// Takes note of one in a direction's record of them.
  package static func note(_ record: inout ConflictingCopies?, at offset: StreamOffset, byteCount: Int) {
    var copies = record ?? ConflictingCopies(at: offset, byteCount: byteCount)
    copies.count &+= 1
    record = copies
  }
}
