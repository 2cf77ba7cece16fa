// The facts that the CGI decoder reads from a program's output.
//
// Values with stream offsets; the bytes travel beside an event as a span that is valid for the call only. What
// the head as a whole amounts to is CGIHead's.

public import WireBytes

/// What a header field of a CGI response is to the interface.
///
/// Spec: RFC 3875 section 6.3.
public enum CGIFieldRole: UInt8, Hashable, Sendable {
  case contentType
  case location
  case status
  /// A field named `X-CGI-…`.
  case extensionField
  /// Any other field, meant for the client.
  case other
}

/// A status line as HTTP has it, at the head of a response that was to be parsed.
///
/// Spec: RFC 3875 section 5.
public struct CGIStatusLine: Hashable, Sendable {
  /// Where the line begins in the stream.
  public var offset: StreamOffset
  /// The status code, `100...999`; 0 when what stands there is not three digits.
  public var status: UInt16
  /// The reason phrase in the span beside the event.
  public var reason: Range<Int>
  /// How the line ended.
  public var end: LineEnd
}

/// The end of a response.
public struct CGIResponseEnd: Hashable, Sendable {
  /// Where the stream ended.
  public var offset: StreamOffset
  /// The form of the response, now that it is known whether there was a body; nil when its head did not end.
  public var form: CGIResponseForm?
  /// Body bytes that were in the stream.
  public var contentByteCount: UInt64
  /// Body bytes that the capture lost.
  public var missingByteCount: UInt64
}

/// One fact read from the stream.
///
/// The span beside it: for lines the line without its end (of an overlong line its beginning); for `content` and
/// `undecoded` the bytes; otherwise empty.
public enum CGIResponseEvent: Hashable, Sendable {
  /// The response begins with an HTTP status line.
  case statusLine(CGIStatusLine)
  /// A header field line.
  case fieldLine(FieldLine, CGIFieldRole)
  /// A line that would continue a field; CGI has none such.
  case foldedLine(FoldedLine)
  /// A line that could not be read as what was due.
  case unparsedLine(UnparsedLine)
  /// The head is complete.
  case headersEnd(CGIHead)
  /// Body bytes, in pieces as they arrive.
  case content(StreamOffset)
  /// Bytes of which it is not known whether they belong to head or body (after lost bytes in the head), in pieces.
  case undecoded(StreamOffset)
  /// The stream is over. Comes exactly once, last.
  case end(CGIResponseEnd)
  /// Something is odd. Follows the event of the line concerned.
  case anomaly(Anomaly)

  /// Where in the stream the event stands.
  public var offset: StreamOffset {
    switch self {
    case .statusLine(let line): line.offset
    case .fieldLine(let line, _): line.offset
    case .foldedLine(let line): line.offset
    case .unparsedLine(let line): line.offset
    case .headersEnd(let head): head.offset
    case .content(let offset), .undecoded(let offset): offset
    case .end(let end): end.offset
    case .anomaly(let anomaly): anomaly.range.lowerBound
    }
  }
}
