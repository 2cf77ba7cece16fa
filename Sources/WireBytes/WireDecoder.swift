// What all decoders have in common: bytes in, events out, and how an event is told to people.
//
// No format is known here. Who takes any decoder (a test of fragmentation, a fuzzer, a conversation) needs nothing else.

/// Reads one direction of one stream.
///
/// Takes any bytes, cut anywhere, and always consumes all of them. The same stream gives the same events however it is
/// cut, but for the pieces in which long content comes (``DecodedEvent/piece``).
public protocol WireDecoder: Sendable {
  /// What it reads from the bytes.
  associatedtype Event: DecodedEvent

  /// Takes the next bytes of the stream.
  ///
  /// - Parameters:
  ///   - bytes: The bytes, valid for the call.
  ///   - sink: Called for every event with its bytes, valid for the call.
  mutating func receive(_ bytes: RawSpan, _ sink: (Event, RawSpan) -> Void)

  /// Takes note that the next `byteCount` bytes of the stream were lost by the capture.
  mutating func skip(byteCount: UInt64, _ sink: (Event, RawSpan) -> Void)

  /// Takes the end of the stream.
  mutating func end(_ sink: (Event, RawSpan) -> Void)
}

/// What the first bytes of a stream say about its format.
public enum PrefixVerdict: UInt8, Hashable, Sendable {
  /// The stream has that format.
  case yes
  /// It has another one.
  case no
  /// More bytes are needed to tell.
  case needMore
}

/// One fact that a decoder read from a stream.
public protocol DecodedEvent: Hashable, Sendable {
  /// What the bytes beside the event are a piece of; nil where the event does not depend on how the stream was cut.
  var piece: PieceKind? { get }

  /// The event in words; nil where a log does not need it.
  ///
  /// - Parameters:
  ///   - bytes: The span beside the event.
  ///   - direction: Which stream it was read from.
  func text(_ bytes: RawSpan, _ direction: Direction) -> EventText?
}

/// What may come in pieces, as they arrive.
public enum PieceKind: String, Hashable, Sendable {
  /// A pair's name, and its value.
  case name, value
  /// A unit's data, of which the decoder reads nothing.
  case data
  /// A body.
  case content
  /// What follows a message and belongs to none.
  case surplus
  /// Bytes of which it is not known what they are.
  case undecoded
  /// Another protocol's bytes.
  case upgraded
}

/// An event as a log has it.
public struct EventText: Hashable, Sendable {
  /// Where in the stream the event stands; nil for what goes on where the event before it ended.
  public var offset: StreamOffset?
  /// Whether the event says that something is odd.
  public var isAnomaly = false
  /// `EVENT key=value…`, made safe for people.
  public var words: String

  /// An event that stands at `offset`.
  public init(at offset: StreamOffset?, _ words: String) {
    self.offset = offset
    self.words = words
  }

  /// An anomaly.
  public init(_ anomaly: Anomaly) {
    offset = anomaly.range.lowerBound
    isAnomaly = true
    words = "anomaly \(anomaly.kind.name) bytes=\(anomaly.range.upperBound &- anomaly.range.lowerBound)"
    if anomaly.value != 0 { words += " value=\(anomaly.value)" }
  }

  /// All bytes of something that may come in pieces; the first 64 of them are shown.
  public init(at offset: StreamOffset? = nil, _ kind: PieceKind, _ bytes: RawSpan) {
    self.init(at: offset, "\(kind.rawValue) bytes=\(bytes.byteCount) \(WireText.quoted(bytes, limit: 64))")
  }

  /// The whole line: `OFFSET MARK EVENT key=value…`, where an anomaly's mark is `!`.
  public func line(_ direction: Direction) -> String {
    guard let offset else { return "  \(words)" }
    return "\(offset) \(isAnomaly ? "!" : direction.mark) \(words)"
  }
}
