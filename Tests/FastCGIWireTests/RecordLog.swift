// The decoder's events as lines, adjacent pieces of content joined: what golden files hold.

import FastCGIWire
import TestSupport
import WireBytes

/// Collects the events of one direction as text.
struct RecordLog {
  private(set) var lines: [String] = []
  private var content: [UInt8] = []
  private var contentOffset: StreamOffset = 0
  private let direction: Direction

  init(_ direction: Direction) { self.direction = direction }

  mutating func add(_ event: FastCGIRecordEvent, _ bytes: RawSpan) {
    if case .content(let offset) = event {
      if content.isEmpty { contentOffset = offset }
      content.append(contentsOf: bytes)
      return
    }
    flush()
    switch event {
    case .began(let header, let offset):
      lines.append(
        "\(offset) \(direction.mark) record type=\(header.type.name) id=\(header.requestID) "
          + "content=\(header.contentLength) padding=\(header.paddingLength)")
    case .ended(let header, let offset): lines.append("\(offset) \(direction.mark) ended type=\(header.type.name)")
    case .missing(let count, let offset): lines.append("\(offset) \(direction.mark) missing bytes=\(count)")
    case .resynchronised(let offset, let skipped):
      lines.append("\(offset) \(direction.mark) resynchronised skipped=\(skipped)")
    case .anomaly(let anomaly):
      let count = anomaly.range.upperBound - anomaly.range.lowerBound
      lines.append(
        "\(anomaly.range.lowerBound) ! anomaly \(anomaly.kind.name) bytes=\(count) value=\(anomaly.value)")
    case .content: break
    }
  }

  mutating func flush() {
    guard !content.isEmpty else { return }
    lines.append("\(contentOffset) \(direction.mark) content \"\(WireText.escape(content, limit: 64))\"")
    content = []
  }

  /// The log of one stream that comes in these pieces and then ends.
  static func log(_ pieces: [ArraySlice<UInt8>], joined: Bool = false) -> [String] {
    var decoder = FastCGIRecordDecoder(joinedInTheMiddle: joined)
    var log = RecordLog(.request)
    for piece in pieces { unsafe decoder.receive(piece.span.bytes) { log.add($0, $1) } }
    decoder.end { log.add($0, $1) }
    log.flush()
    return log.lines
  }
}
