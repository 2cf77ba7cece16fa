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
  package var requestTrailers = HTTP1TrailerFacts()
  package var responseTrailers = HTTP1TrailerFacts()
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
    /// The response before them said how long its body is.
    package var hasLength = false
  }

  package var stray: Stray?
  /// Where a response began after one that said `Connection: close`.
  package var servedAfterClose: StreamOffset?
  /// A final response 2xx, 3xx or 4xx had a Date, and where one began that had none.
  package var hasDate = false
  package var undated: StreamOffset?
  /// Where a response began that answers no request, of a connection that has more final responses than requests; none
  /// where a request was odd, so that it may have been read for more than one, and no 408, which answers silence.
  package var unasked: StreamOffset?

  package init() {}
}

/// What is to be known of the trailers of a message.
package struct HTTP1TrailerFacts: Hashable, Sendable {
  /// Where the first one stands that frames, routes or controls the message, and has to stand in its head.
  @Compact package var forbidden: StreamOffset?
  /// Where the first one stands that the field Trailer does not name.
  @Compact package var unannounced: StreamOffset?
  /// How many were looked at: each is looked for in all that Trailer names.
  private var count: UInt8 = 0

  /// How many trailers are looked at in a message.
  private static let countLimit: UInt8 = 64

  /// Fields that no recipient may find in trailers.
  ///
  /// Spec: RFC 9110 section 6.5.1.
  private static let headNames: [StaticString] = [
    "content-length", "transfer-encoding", "host", "trailer", "content-encoding", "content-type", "content-range", "te",
    "connection", "upgrade", "authorization", "proxy-authorization", "www-authenticate", "cookie", "set-cookie",
    "expect",
    "max-forwards", "range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range", "age",
    "cache-control", "date", "expires", "location", "retry-after", "vary",
  ]

  package init() {}

  /// Takes note of a trailer.
  ///
  /// - Parameter fields: Those of the head.
  mutating func note(_ name: RawSpan, at offset: StreamOffset, _ fields: FieldList) {
    guard count < Self.countLimit else { return }
    count &+= 1
    if forbidden == nil, Self.headNames.contains(where: { name.equalsIgnoringCase($0) }) { forbidden = offset }
    guard unannounced == nil, fields.droppedCount == 0 else { return }
    let isNamed = fields.listElements("trailer").contains { element in
      element.count == name.byteCount
        && element.enumerated().allSatisfy { ASCII.lowercased($1) == ASCII.lowercased(name.u8(at: $0)) }
    }
    if !isNamed { unannounced = offset }
  }
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
