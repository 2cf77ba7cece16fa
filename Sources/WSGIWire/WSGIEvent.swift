// The facts that the WSGI decoder reads from what passes between gatespec and its bridge, and the oddities of that form.
//
// Values with stream offsets; bytes travel beside an event as a span that is valid for the call only. No verdicts.

public import WireBytes

extension AnomalyKind {
  /// A line whose last word begins with `+` and is no length.
  ///
  /// Framing is lost.
  public static let wsgiInvalidLength = AnomalyKind("wsgi-invalid-length")
  /// Another byte (its value) where the line feed after the bytes of a line was due.
  ///
  /// Framing is lost.
  public static let wsgiMissingLineEnd = AnomalyKind("wsgi-missing-line-end")
}

/// A line that was read to its end.
public struct WSGILine: Hashable, Sendable {
  /// Where the line begins in the stream.
  public var offset: StreamOffset
  /// How many bytes follow the line; nil where none do.
  public var payloadByteCount: UInt64?
}

/// One fact read from the stream.
///
/// The span beside it holds the line, without its end, for `line`, bytes for `content` and `undecoded`, and is empty
/// otherwise.
public enum WSGIEvent: DecodedEvent {
  /// A line, whole.
  case line(WSGILine)
  /// The bytes that follow a line, in pieces as they arrive.
  case content(StreamOffset)
  /// The line feed after those bytes was read.
  case contentEnd(StreamOffset)
  /// Bytes of which it is not known what they are, in pieces.
  case undecoded(StreamOffset)
  /// Something is odd.
  case anomaly(Anomaly)
}

extension WSGIEvent {
  /// What the bytes beside the event are a piece of; nil for an event that is whole.
  public var piece: PieceKind? {
    switch self {
    case .content: .content
    case .undecoded: .undecoded
    case .line, .contentEnd, .anomaly: nil
    }
  }

  /// The event in words; nil for the end of content, which needs none.
  public func text(_ bytes: RawSpan, _ direction: Direction) -> EventText? {
    switch self {
    case .line(let line): EventText(at: line.offset, "line \(WireText.escape(bytes, limit: 256))")
    case .content(let offset): EventText(at: offset, .content, bytes)
    case .contentEnd: nil
    case .undecoded(let offset): EventText(at: offset, .undecoded, bytes)
    case .anomaly(let anomaly): EventText(anomaly)
    }
  }
}
