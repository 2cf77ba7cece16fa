// The facts that the HTTP/1 decoder reads from one direction of a connection.
//
// Values with stream offsets; the bytes themselves travel beside an event as a span that is valid for the call
// only. No verdicts: what is odd is an anomaly.

public import WireBytes

/// What one direction of a connection carries.
public enum HTTP1Role: UInt8, Hashable, Sendable {
  /// Requests: what a client or gateway sends.
  case requests
  /// Responses: what a server sends.
  case responses
}

/// The version of a start line, `HTTP/major.minor`.
///
/// Spec: RFC 9112 section 2.3.
public struct HTTP1Version: Hashable, Comparable, Sendable {
  /// The digit before the dot.
  public var major: UInt8
  /// The digit after the dot.
  public var minor: UInt8

  /// The version `HTTP/major.minor`.
  @inlinable public init(major: UInt8, minor: UInt8) {
    self.major = major
    self.minor = minor
  }

  /// HTTP/1.0.
  public static let http10 = HTTP1Version(major: 1, minor: 0)
  /// HTTP/1.1.
  public static let http11 = HTTP1Version(major: 1, minor: 1)

  /// Whether `left` is the older version.
  @inlinable public static func < (left: HTTP1Version, right: HTTP1Version) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }
}

/// What of a request's method decides how its response is framed.
///
/// Spec: RFC 9112 section 6.3.
public enum HTTP1MethodKind: UInt8, Hashable, Sendable {
  /// Any method but the two below.
  case ordinary
  /// HEAD: the response has no body, whatever its fields say.
  case head
  /// CONNECT: a 2xx response turns the connection into a tunnel.
  case connect

  /// The kind of the method spelled `method`; methods are case-sensitive.
  public init(_ method: RawSpan) {
    self = method.equals("HEAD") ? .head : method.equals("CONNECT") ? .connect : .ordinary
  }
}

/// A request line.
///
/// The ranges are indices of the span beside the event.
///
/// Spec: RFC 9112 section 3.
public struct HTTP1RequestLine: Hashable, Sendable {
  /// Where the line begins in the stream.
  public var offset: StreamOffset
  /// The method as sent; may hold bytes that no token may.
  public var method: Range<Int>
  /// The request target as sent; empty where it is missing, with spaces inside where they were sent.
  public var target: Range<Int>
  /// The version as sent; empty where it is missing.
  public var versionText: Range<Int>
  /// The version, when it has the form `HTTP/digit.digit`.
  public var version: HTTP1Version?
  /// How the line ended.
  public var end: LineEnd
}

/// A status line.
///
/// The ranges are indices of the span beside the event.
///
/// Spec: RFC 9112 section 4.
public struct HTTP1StatusLine: Hashable, Sendable {
  /// Where the line begins in the stream.
  public var offset: StreamOffset
  /// The version as sent.
  public var versionText: Range<Int>
  /// The version, when it has the form `HTTP/digit.digit`.
  public var version: HTTP1Version?
  /// The status code, `0...999`; 0 when what stands there is not three digits.
  public var status: UInt16
  /// The status code as sent.
  public var statusText: Range<Int>
  /// The reason phrase as sent.
  public var reason: Range<Int>
  /// How the line ended.
  public var end: LineEnd
}

/// How the body of a message is delimited.
///
/// Spec: RFC 9112 section 6.3.
public enum HTTP1BodyFraming: Hashable, Sendable {
  /// There is no body: the message ends with its head.
  case none
  /// Content-Length bytes.
  case length(UInt64)
  /// Chunks, a last chunk and trailers.
  case chunked
  /// A response's body lasts until the connection ends.
  case untilEnd
  /// The request's head does not say in a reliable way; what follows until the end is taken as its body, because
  /// a server has to answer 400 and close.
  case undeterminable
  /// What follows is another protocol (101, or 2xx to CONNECT).
  case upgrade
}

/// The empty line that ends a head, and what was decided there.
public struct HTTP1HeadersEnd: Hashable, Sendable {
  /// Where the empty line begins in the stream.
  public var offset: StreamOffset
  /// How the body is delimited.
  public var framing: HTTP1BodyFraming
  /// Whether the message is an interim response (1xx but 101), which another response follows.
  public var isInterim: Bool
  /// How the empty line ended.
  public var end: LineEnd
}

/// A chunk's first line.
///
/// The last chunk has size 0 and no data.
///
/// Spec: RFC 9112 section 7.1.
public struct HTTP1ChunkHeader: Hashable, Sendable {
  /// Where the line begins in the stream.
  public var offset: StreamOffset
  /// How many bytes of data follow.
  public var size: UInt64
  /// The size as sent, as indices of the span beside the event.
  public var sizeText: Range<Int>
  /// Everything after the size, from the semicolon or whitespace on.
  public var extensions: Range<Int>
  /// How the line ended.
  public var end: LineEnd
}

/// How a message came to its end.
public enum HTTP1MessageCompletion: UInt8, Hashable, Sendable {
  /// Where its framing says.
  case complete
  /// With the stream, as its framing says, or because nothing else could delimit it (``HTTP1BodyFraming/undeterminable``).
  case streamEnd
  /// The stream ended before the message did.
  case truncated
  /// The decoder lost it: see the anomaly `lost-synchronisation`.
  case lost

  /// The name in event logs.
  public var name: String {
    switch self {
    case .complete: "complete"
    case .streamEnd: "stream-end"
    case .truncated: "truncated"
    case .lost: "lost"
    }
  }
}

/// The end of a message.
///
/// Every message whose start line was reported gets exactly one.
public struct HTTP1MessageEnd: Hashable, Sendable {
  /// Where the byte after the message stands in the stream.
  public var offset: StreamOffset
  /// How it came about.
  public var completion: HTTP1MessageCompletion
  /// Body bytes of the message, without chunk framing, that were in the stream; missing ones are not counted.
  public var contentByteCount: UInt64
  /// Body bytes that the capture lost.
  public var missingByteCount: UInt64
  /// Whether it was an interim response.
  public var isInterim: Bool
}

/// One fact read from the stream.
///
/// The span beside it: for lines the line without its end (of an overlong line its beginning); for `content` and
/// `upgraded` the bytes; otherwise empty.
public enum HTTP1Event: Hashable, Sendable {
  /// A request begins.
  case requestLine(HTTP1RequestLine)
  /// A response begins.
  case statusLine(HTTP1StatusLine)
  /// A header field line.
  case fieldLine(FieldLine)
  /// A continuation of the header or trailer field line before it.
  case foldedLine(FoldedLine)
  /// The head is complete.
  case headersEnd(HTTP1HeadersEnd)
  /// Body bytes without chunk framing, in pieces as they arrive.
  case content(StreamOffset)
  /// A chunk begins.
  case chunkHeader(HTTP1ChunkHeader)
  /// A chunk's data is complete; at the offset of the line end after it. Not for the last chunk.
  case chunkEnd(StreamOffset)
  /// A trailer field line.
  case trailerLine(FieldLine)
  /// The message is over.
  case messageEnd(HTTP1MessageEnd)
  /// Bytes of another protocol, in pieces as they arrive.
  case upgraded(StreamOffset)
  /// A line that could not be read as what was due.
  case unparsedLine(UnparsedLine)
  /// Something is odd. Follows the event of the line concerned.
  case anomaly(Anomaly)

  /// Where in the stream the event stands.
  public var offset: StreamOffset {
    switch self {
    case .requestLine(let line): line.offset
    case .statusLine(let line): line.offset
    case .fieldLine(let line), .trailerLine(let line): line.offset
    case .foldedLine(let line): line.offset
    case .headersEnd(let end): end.offset
    case .content(let offset), .chunkEnd(let offset), .upgraded(let offset): offset
    case .chunkHeader(let chunk): chunk.offset
    case .messageEnd(let end): end.offset
    case .unparsedLine(let line): line.offset
    case .anomaly(let anomaly): anomaly.range.lowerBound
    }
  }
}
