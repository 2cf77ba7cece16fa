// The decoder's events as lines, adjacent pieces joined: what golden files hold.

import TestSupport
import UWSGIWire
import WireBytes

/// Collects the events of a connection's requests as text.
struct UWSGILog {
  private(set) var lines: [String] = []
  private var pending: (label: String, bytes: [UInt8])?

  mutating func add(_ event: UWSGIEvent, _ bytes: RawSpan) {
    switch event {
    case .name: append(bytes, "name")
    case .value: append(bytes, "value")
    case .data(let offset): append(bytes, "data", at: offset)
    case .content(let offset): append(bytes, "content", at: offset)
    case .surplus(let offset): append(bytes, "surplus", at: offset)
    case .undecoded(let offset): append(bytes, "undecoded", at: offset)
    default:
      flush()
      if let text = event.text { lines.append(text) }
    }
  }

  private mutating func append(_ bytes: RawSpan, _ label: String, at offset: StreamOffset? = nil) {
    if let (last, _) = pending, last.hasSuffix(label) {
      pending?.bytes.append(contentsOf: bytes)
      return
    }
    flush()
    pending = ((offset.map { "\($0) > " } ?? "  ") + label, bytes.copied())
  }

  mutating func flush() {
    guard let (label, bytes) = pending else { return }
    lines.append("\(label) bytes=\(bytes.count) \"\(WireText.escape(bytes, limit: 64))\"")
    pending = nil
  }

  /// The log of one stream that comes in these pieces and then ends.
  static func log(_ pieces: [ArraySlice<UInt8>]) -> [String] {
    var decoder = UWSGIDecoder()
    var log = UWSGILog()
    for piece in pieces { unsafe decoder.receive(piece.span.bytes) { log.add($0, $1) } }
    decoder.end { log.add($0, $1) }
    log.flush()
    return log.lines
  }

  /// The log of a file: bytes of the client, and `lose client COUNT`.
  static func log(_ file: WireFile) -> [String] {
    var decoder = UWSGIDecoder()
    var log = UWSGILog()
    for step in file.steps {
      switch step {
      case .bytes(.request, let bytes): unsafe decoder.receive(bytes.span.bytes) { log.add($0, $1) }
      case .action(let words) where words.first == "lose":
        decoder.skip(byteCount: UInt64(words[2]) ?? 0) { log.add($0, $1) }
      default: break
      }
    }
    decoder.end { log.add($0, $1) }
    log.flush()
    return log.lines
  }
}
