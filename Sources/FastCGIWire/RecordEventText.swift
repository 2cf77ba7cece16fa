// The record decoder's events as text: what golden files hold.
//
// For tests and for people; nothing here is on the hot path. What a whole record says is not known here.

public import WireBytes

extension FastCGIRecordEvent: DecodedEvent {
  /// What the bytes beside the event are a piece of; nil for an event that is whole.
  public var piece: PieceKind? {
    if case .content = self { .content } else { nil }
  }

  /// The event in words.
  public func text(_ bytes: RawSpan, _ direction: Direction) -> EventText? {
    switch self {
    case .began(let header, let offset):
      EventText(
        at: offset,
        "record type=\(header.type.name) id=\(header.requestID) content=\(header.contentLength)"
          + " padding=\(header.paddingLength)")
    case .content(let offset): EventText(at: offset, .content, bytes)
    case .missing(let byteCount, let offset): EventText(at: offset, "missing bytes=\(byteCount)")
    case .ended(let header, let offset): EventText(at: offset, "ended type=\(header.type.name)")
    case .resynchronised(let offset, let skipped): EventText(at: offset, "resynchronised skipped=\(skipped)")
    case .anomaly(let anomaly): EventText(anomaly)
    }
  }
}
