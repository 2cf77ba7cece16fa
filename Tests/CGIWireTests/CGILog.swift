// Runs the CGI decoder over pieces of a stream and writes down what it says.
//
// Content that arrives in pieces is joined, so that the log depends on the stream alone.

import CGIWire
import WireBytes

/// The log of one response: a line for each event.
struct CGILog {
  private(set) var lines: [String] = []
  private var pending: (event: CGIResponseEvent, bytes: [UInt8])?

  mutating func add(_ event: CGIResponseEvent, _ bytes: RawSpan) {
    switch (event, pending?.event) {
    case (.content, .content), (.undecoded, .undecoded):
      pending?.bytes.append(contentsOf: bytes)
    case (.content, _), (.undecoded, _):
      flush()
      pending = (event, bytes.copied())
    default:
      flush()
      lines.append(event.text(bytes))
    }
  }

  mutating func flush() {
    guard let (event, bytes) = pending else { return }
    lines.append(unsafe event.text(bytes.span.bytes))
    pending = nil
  }

  /// The log of a stream that arrives in `pieces` and then ends.
  static func of(_ pieces: [ArraySlice<UInt8>], lineLimit: Int = 65536) -> [String] {
    var decoder = CGIResponseDecoder(lineLimit: lineLimit)
    var log = CGILog()
    for piece in pieces {
      unsafe decoder.receive(piece.span.bytes) { log.add($0, $1) }
    }
    decoder.end { log.add($0, $1) }
    log.flush()
    return log.lines
  }

  static func of(_ text: String) -> [String] { of([Array(text.utf8)[...]]) }
}
