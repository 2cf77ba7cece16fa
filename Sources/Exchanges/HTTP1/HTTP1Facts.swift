// What only HTTP/1 has, for each exchange and for the connection.
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
