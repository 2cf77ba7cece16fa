// What only HTTP/1 or a CGI process has, per exchange, and the summary of a connection.
//
// Bounded facts for rules: counts, first offsets, flags. Nothing here judges.

package import WireBytes

/// What only an HTTP/1 exchange has.
package struct HTTP1Facts: Hashable, Sendable {
  /// A request line was seen; without one the response answers nothing, or bytes that are no request.
  package var hasRequest = false
  /// The whole head of the request was seen.
  package var requestHeadIsWhole = false
  /// The request came to its end.
  package var requestIsWhole = false
  /// `HTTP/1.1` as major and minor.
  package var requestVersion: HTTP1VersionFacts?
  package var responseVersion: HTTP1VersionFacts?
  /// Interim (1xx) responses before the final one.
  package var interimResponses = 0
  /// Bytes of the final response's head, the empty line included; nil where it was not whole.
  package var responseHeadByteCount: UInt64?
  /// What the server sent could not be read as a response.
  package var responseIsUnreadable = false
  /// Where bytes followed the response that belong to none; of a response that an SCGI or uwsgi server sent.
  package var responseSurplus: StreamOffset?
  /// How the bodies were delimited.
  package var requestFraming: HTTP1BodyFramingFacts?
  package var responseFraming: HTTP1BodyFramingFacts?
  /// The connection left HTTP after this exchange (101, CONNECT).
  package var upgraded = false
  /// Another request had come when this exchange was over: a close with that one unread resets the connection, and
  /// the reset may overtake the rest of this response.
  package var wasFollowed = false

  package init() {}
}

/// What belongs to an HTTP/1 connection and to no single exchange.
package struct HTTP1ConnectionFacts: Hashable, Sendable {
  /// Bytes right after a response that are no response.
  package struct Stray: Hashable, Sendable {
    package var offset: StreamOffset
    /// The status before them.
    package var status: UInt16
    /// The response before them answered HEAD.
    package var answersHead: Bool
    /// The response before them ends with its head.
    package var hasNoBody: Bool
  }

  package var stray: Stray?
  /// Where a response began after one that said `Connection: close`.
  package var servedAfterClose: StreamOffset?

  package init() {}
}

/// An HTTP version as two digits.
package struct HTTP1VersionFacts: Hashable, Sendable {
  package var major: UInt8
  package var minor: UInt8
  package init(major: UInt8, minor: UInt8) {
    self.major = major
    self.minor = minor
  }
}

/// How a body was delimited on the wire.
package enum HTTP1BodyFramingFacts: String, Hashable, Sendable {
  case none, length, chunked
  case untilClose = "until-close"
}

/// What only a CGI process has.
package struct ProcessFacts: Hashable, Sendable {
  /// How the process ended; nil when it had to be killed or was never started.
  package var exitCode: Int32?
  /// The signal that ended it.
  package var signal: Int32?
  /// Gatespec killed it (a time-out, or too much output).
  package var killed = false
  /// Bytes of the request body that the program took before it closed its input; nil when it could not be told.
  package var inputByteCount: UInt64?

  package init() {}
}

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
