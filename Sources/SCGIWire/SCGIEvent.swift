// The facts that the SCGI decoder reads from a connection's requests, and the oddities that only SCGI has.
//
// Values with stream offsets; bytes travel beside an event as a span that is valid for the call only. No verdicts.

public import WireBytes

extension AnomalyKind {
  /// The length of the header block does not begin with a digit, or a byte other than a digit stands before its colon;
  /// its value is the byte.
  ///
  /// Framing is lost.
  public static let scgiInvalidLength = AnomalyKind("scgi-invalid-length")
  /// The length of the header block has more than 18 digits.
  ///
  /// Framing is lost.
  public static let scgiLengthTooLarge = AnomalyKind("scgi-length-too-large")
  /// The length of the header block begins with a zero that is not all of it.
  public static let scgiLeadingZero = AnomalyKind("scgi-leading-zero")
  /// Another byte (its value) where the comma after the header block was due.
  ///
  /// Framing is lost.
  public static let scgiMissingComma = AnomalyKind("scgi-missing-comma")
  /// The header block ends inside a name or a value: the pair that began here lacks a NUL.
  public static let scgiUnterminatedPair = AnomalyKind("scgi-unterminated-pair")
  /// A header without a name.
  public static let scgiEmptyName = AnomalyKind("scgi-empty-name")
  /// CONTENT_LENGTH stands after another header.
  public static let scgiContentLengthNotFirst = AnomalyKind("scgi-content-length-not-first")
  /// No header CONTENT_LENGTH; what follows the header block is then no body.
  public static let scgiNoContentLength = AnomalyKind("scgi-no-content-length")
  /// A CONTENT_LENGTH that is empty, not all digits, or 2^63 or more.
  public static let scgiInvalidContentLength = AnomalyKind("scgi-invalid-content-length")
  /// CONTENT_LENGTH given again; the first one counts.
  public static let scgiRepeatedContentLength = AnomalyKind("scgi-repeated-content-length")
  /// No header SCGI.
  public static let scgiNoVersion = AnomalyKind("scgi-no-version")
  /// A header SCGI whose value is not 1.
  public static let scgiVersionNotOne = AnomalyKind("scgi-version-not-one")
  /// Bytes after the end of the body.
  public static let scgiSurplus = AnomalyKind("scgi-surplus")
}

/// The header block as a whole.
public struct SCGIHead: Hashable, Sendable {
  /// Where the length of the block begins in the stream.
  public var offset: StreamOffset
  /// Where the body begins.
  public var bodyOffset: StreamOffset
  /// The bytes of the block, as its length says.
  public var byteCount: UInt64
  /// How many headers there are.
  public var headerCount: UInt64
  /// CONTENT_LENGTH; nil where it is missing or no number.
  public var contentLength: UInt64?
}

/// One fact read from the stream.
///
/// The span beside it holds bytes for `name`, `value`, `content`, `surplus` and `undecoded`, and is empty otherwise.
public enum SCGIEvent: DecodedEvent, OneRequestEvent {
  /// The length of the header block was read; its first digit stands at that offset.
  case began(byteCount: UInt64, at: StreamOffset)
  /// A header begins.
  case header(at: StreamOffset)
  /// The next piece of its name.
  case name
  /// The next piece of its value.
  case value
  /// The NUL after its value was read.
  case headerEnd
  /// The header block and the comma after it are over.
  case headersEnd(SCGIHead)
  /// Bytes of the body, in pieces as they arrive.
  case content(StreamOffset)
  /// The request is over; comes once, after `began`.
  case requestEnd(OneRequestEnd)
  /// Bytes after the request, in pieces.
  case surplus(StreamOffset)
  /// Bytes of which it is not known what they are, in pieces.
  case undecoded(StreamOffset)
  /// Something is odd.
  case anomaly(Anomaly)
}

extension SCGIEvent {
  /// What bytes after the request are called.
  public static var surplusKind: AnomalyKind { .scgiSurplus }

  /// What the bytes beside the event are a piece of; nil for an event that is whole.
  public var piece: PieceKind? {
    switch self {
    case .name: .name
    case .value: .value
    case .content: .content
    case .surplus: .surplus
    case .undecoded: .undecoded
    case .began, .header, .headerEnd, .headersEnd, .requestEnd, .anomaly: nil
    }
  }

  /// The event in words; nil for the end of a header, which its value shows.
  public func text(_ bytes: RawSpan, _ direction: Direction) -> EventText? {
    switch self {
    case .began(let byteCount, let offset): EventText(at: offset, "scgi headers=\(byteCount)")
    case .header(let offset): EventText(at: offset, "header")
    case .name: EventText(.name, bytes)
    case .value: EventText(.value, bytes)
    case .headerEnd: nil
    case .headersEnd(let head):
      EventText(
        at: head.bodyOffset,
        "headers-end count=\(head.headerCount) content-length=\(head.contentLength.map { "\($0)" } ?? "none")")
    case .content(let offset): EventText(at: offset, .content, bytes)
    case .requestEnd(let end): end.text
    case .surplus(let offset): EventText(at: offset, .surplus, bytes)
    case .undecoded(let offset): EventText(at: offset, .undecoded, bytes)
    case .anomaly(let anomaly): EventText(anomaly)
    }
  }
}
