// What only HTTP/1, a CGI response or a CGI process has, per exchange, and the summary of a connection.
//
// Bounded facts for rules: counts, first offsets, flags. Nothing here judges.

package import WireBytes

/// The four forms of a CGI response, and what is none of them.
///
/// Spec: RFC 3875 section 6.2.
package enum CGIForm: String, Hashable, Sendable {
  case document
  case localRedirect = "local-redirect"
  case clientRedirect = "client-redirect"
  case clientRedirectWithDocument = "client-redirect-with-document"
  case invalid
}

/// The CGI response that a FastCGI application or a CGI program sent.
package struct CGIResponseFacts: Hashable, Sendable {
  /// Which of the four forms of RFC 3875 section 6.2 it is; nil until the header block ended.
  package var form: CGIForm?
  /// Status, Content-Type and Location fields seen.
  package var statusFields = 0
  package var contentTypeFields = 0
  package var locationFields = 0
  /// The output began with an HTTP status line.
  package var startsWithStatusLine = false
  /// Header lines that ended with a bare line feed.
  package var bareLineFeeds: UInt64 = 0
  /// A Status field or a status line holds no code of three digits from 100 to 599.
  package var invalidStatus = false
  /// Header lines that are no field: no colon, no token before it, or a space between.
  package var malformedFieldLines = 0
  /// Bytes of output in all, the header block included.
  package var outputByteCount: UInt64 = 0
  /// Where the header block ended, in the CGI stream (STDOUT's content, or standard output).
  package var headEnd: StreamOffset?

  package init() {}
}

/// What only an HTTP/1 exchange has.
package struct HTTP1Facts: Hashable, Sendable {
  /// `HTTP/1.1` as major and minor.
  package var requestVersion: HTTPVersionFacts?
  package var responseVersion: HTTPVersionFacts?
  /// Interim (1xx) responses before the final one, and the first one's status.
  package var interimResponses = 0
  /// How the bodies were delimited.
  package var requestFraming: BodyFramingFacts?
  package var responseFraming: BodyFramingFacts?
  /// The connection left HTTP after this exchange (101, CONNECT).
  package var upgraded = false

  package init() {}
}

/// An HTTP version as two digits.
package struct HTTPVersionFacts: Hashable, Sendable {
  package var major: UInt8
  package var minor: UInt8
  package init(major: UInt8, minor: UInt8) {
    self.major = major
    self.minor = minor
  }
}

/// How a body was delimited on the wire.
package enum BodyFramingFacts: String, Hashable, Sendable {
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
  package var anomalies = AnomalyLog()
  package var gapByteCount: UInt64 = 0
  package var requestByteCount: UInt64 = 0
  package var responseByteCount: UInt64 = 0
  /// Bytes of both directions after the connection left its protocol (an HTTP upgrade).
  package var opaqueByteCount: UInt64 = 0
  /// How each direction ended; nil while it had not.
  package var requestClosing: Closing?
  package var responseClosing: Closing?
  package var opened: Timestamp?
  package var ended: Timestamp?
  package var packets: ClosedRange<UInt64> = 0...0
  package var fastCGI: FastCGIConnectionFacts?
  /// Every wire event of the connection, as far as the retention keeps them.
  package var wireEvents: [WireEvent] = []
  /// The bytes themselves, where the inspector was asked to keep them.
  package var wire = WireLog()

  package init(connection: ConnectionInfo, wireProtocol: WireProtocol?) {
    self.connection = connection
    self.wireProtocol = wireProtocol
  }

  /// Extends the range of packets to `packet`.
  @inline(__always)
  package mutating func note(packet: UInt64) {
    guard packet != 0 else { return }
    packets = packets.lowerBound == 0 ? packet...packet : packets.lowerBound...max(packets.upperBound, packet)
  }
}
