// The facts that the uwsgi decoder reads from a connection's requests, and the oddities that only uwsgi has.
//
// Values with stream offsets; bytes travel beside an event as a span that is valid for the call only. No verdicts.

public import WireBytes

extension AnomalyKind {
  /// The size of a name or value reaches past the packet's data; its value is the size.
  ///
  /// The rest of the data is not decoded.
  public static let uwsgiSizePastEnd = AnomalyKind("uwsgi-size-past-end")
  /// The packet's data ends inside a size, or between a name and its value.
  public static let uwsgiCutPair = AnomalyKind("uwsgi-cut-pair")
  /// A variable without a name.
  public static let uwsgiEmptyName = AnomalyKind("uwsgi-empty-name")
  /// A modifier that is set aside (its value).
  public static let uwsgiReservedModifier = AnomalyKind("uwsgi-reserved-modifier")
  /// A second modifier other than 0 (its value) where only 0 is defined.
  public static let uwsgiSecondModifier = AnomalyKind("uwsgi-second-modifier")
  /// A CONTENT_LENGTH that is not all digits, or 2^63 or more.
  public static let uwsgiInvalidContentLength = AnomalyKind("uwsgi-invalid-content-length")
  /// CONTENT_LENGTH given again; the first one counts.
  public static let uwsgiRepeatedContentLength = AnomalyKind("uwsgi-repeated-content-length")
  /// Bytes after the end of the request.
  public static let uwsgiSurplus = AnomalyKind("uwsgi-surplus")
}

/// A packet's header and variables as a whole.
public struct UWSGIHead: Hashable, Sendable {
  /// The four bytes.
  public var header: UWSGIHeader
  /// Where they stand in the stream.
  public var offset: StreamOffset
  /// Where the body begins.
  public var bodyOffset: StreamOffset
  /// How many variables were read.
  public var variableCount: UInt64
  /// CONTENT_LENGTH; nil where it is missing, empty or no number.
  public var contentLength: UInt64?
}

/// One fact read from the stream.
///
/// The span beside it holds bytes for `name`, `value`, `data`, `content`, `surplus` and `undecoded`, and is empty
/// otherwise.
public enum UWSGIEvent: DecodedEvent, OneRequestEvent {
  /// A packet begins at that offset.
  case began(UWSGIHeader, at: StreamOffset)
  /// A variable begins: its first size byte stands there.
  case variable(at: StreamOffset)
  /// The next piece of its name.
  case name
  /// The next piece of its value.
  case value
  /// The variable is whole.
  case variableEnd
  /// Data of a packet that holds no variables, in pieces.
  case data(StreamOffset)
  /// The packet's data are over.
  case headersEnd(UWSGIHead)
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

extension UWSGIEvent {
  /// What bytes after the request are called.
  public static var surplusKind: AnomalyKind { .uwsgiSurplus }

  /// What the bytes beside the event are a piece of; nil for an event that is whole.
  public var piece: PieceKind? {
    switch self {
    case .name: .name
    case .value: .value
    case .data: .data
    case .content: .content
    case .surplus: .surplus
    case .undecoded: .undecoded
    case .began, .variable, .variableEnd, .headersEnd, .requestEnd, .anomaly: nil
    }
  }

  /// The event in words; nil for the end of a variable, which its value shows.
  public func text(_ bytes: RawSpan, _ direction: Direction) -> EventText? {
    switch self {
    case .began(let header, let offset):
      EventText(
        at: offset,
        "uwsgi modifier=\(header.modifier.name) data=\(header.dataByteCount) modifier2=\(header.secondModifier)")
    case .variable(let offset): EventText(at: offset, "variable")
    case .name: EventText(.name, bytes)
    case .value: EventText(.value, bytes)
    case .variableEnd: nil
    case .data(let offset): EventText(at: offset, .data, bytes)
    case .headersEnd(let head):
      EventText(
        at: head.bodyOffset,
        "headers-end count=\(head.variableCount) content-length=\(head.contentLength.map { "\($0)" } ?? "none")")
    case .content(let offset): EventText(at: offset, .content, bytes)
    case .requestEnd(let end): end.text
    case .surplus(let offset): EventText(at: offset, .surplus, bytes)
    case .undecoded(let offset): EventText(at: offset, .undecoded, bytes)
    case .anomaly(let anomaly): EventText(anomaly)
    }
  }
}
