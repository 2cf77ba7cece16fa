// The events of the SCGI and uwsgi decoders, as the one conversation of both takes them.
//
// Names and lengths only; what they mean for an exchange is VariableBlockConversation's.

import SCGIWire
import UWSGIWire
import WireBytes

extension VariableBlockRequestEvent {
  init(_ event: SCGIEvent) {
    switch event {
    case .began(let byteCount, _): self = .began(byteCount: byteCount)
    case .header: self = .pair
    case .name: self = .name
    case .value: self = .value
    case .headerEnd: self = .pairEnd
    case .headersEnd(let head): self = .headersEnd(contentLength: head.contentLength)
    case .content: self = .content
    case .requestEnd(let end):
      self = .requestEnd(at: end.offset, isComplete: end.isComplete, missing: end.missingByteCount)
    case .surplus(let offset): self = .surplus(offset)
    case .anomaly(let anomaly): self = .anomaly(anomaly)
    case .undecoded: self = .other
    }
  }

  init(_ event: UWSGIEvent) {
    switch event {
    case .began(let header, _): self = .began(byteCount: UInt64(header.dataByteCount))
    case .variable: self = .pair
    case .name: self = .name
    case .value: self = .value
    case .variableEnd: self = .pairEnd
    case .headersEnd(let head): self = .headersEnd(contentLength: head.contentLength)
    case .content: self = .content
    case .requestEnd(let end):
      self = .requestEnd(at: end.offset, isComplete: end.isComplete, missing: end.missingByteCount)
    case .surplus(let offset): self = .surplus(offset)
    case .anomaly(let anomaly): self = .anomaly(anomaly)
    case .data, .undecoded: self = .other
    }
  }
}

/// The decoder of one of the two protocols.
///
/// Two optionals and not an enumeration, so that it is changed in place.
struct VariableBlockRequestDecoder: Sendable {
  private var scgi: SCGIDecoder?
  private var uwsgi: UWSGIDecoder?

  init(_ wireProtocol: WireProtocol, offset: StreamOffset) {
    if wireProtocol == .scgi { scgi = SCGIDecoder(offset: offset) } else { uwsgi = UWSGIDecoder(offset: offset) }
  }

  /// Takes bytes; the sink gets the event, its bytes, and how a log has it.
  mutating func receive(_ bytes: RawSpan, _ sink: (VariableBlockRequestEvent, RawSpan, EventText) -> Void) {
    scgi?.receive(bytes) { sink(VariableBlockRequestEvent($0), $1, .scgi($0)) }
    uwsgi?.receive(bytes) { sink(VariableBlockRequestEvent($0), $1, .uwsgi($0)) }
  }

  mutating func skip(byteCount: UInt64, _ sink: (VariableBlockRequestEvent, RawSpan, EventText) -> Void) {
    scgi?.skip(byteCount: byteCount) { sink(VariableBlockRequestEvent($0), $1, .scgi($0)) }
    uwsgi?.skip(byteCount: byteCount) { sink(VariableBlockRequestEvent($0), $1, .uwsgi($0)) }
  }

  mutating func end(_ sink: (VariableBlockRequestEvent, RawSpan, EventText) -> Void) {
    scgi?.end { sink(VariableBlockRequestEvent($0), $1, .scgi($0)) }
    uwsgi?.end { sink(VariableBlockRequestEvent($0), $1, .uwsgi($0)) }
  }

  /// An event that can say itself as a line of a log, when one is kept.
  enum EventText {
    case scgi(SCGIEvent)
    case uwsgi(UWSGIEvent)

    /// uwsgi's header, where the event is that.
    var header: UWSGIHeader? {
      if case .uwsgi(.began(let header, _)) = self { header } else { nil }
    }

    /// The event without its offset and mark; nil for pieces of content.
    var line: (offset: StreamOffset, text: String)? {
      let text: String? =
        switch self {
        case .scgi(let event): event.text
        case .uwsgi(let event): event.text
        }
      guard let parts = text?.split(separator: " ", maxSplits: 2), parts.count == 3 else { return nil }
      return (StreamOffset(parts[0]) ?? 0, String(parts[2]))
    }
  }
}
