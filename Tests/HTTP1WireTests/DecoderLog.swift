// Runs the HTTP/1 decoder over pieces of a stream and writes down what it says.
//
// Content that arrives in pieces is joined, so that the log depends on the stream alone.

import HTTP1Wire
import WireBytes

/// The log of one direction: a line for each event.
struct DecoderLog {
  let direction: Direction
  private(set) var lines: [String] = []
  private var pending: (event: HTTP1Event, bytes: [UInt8])?

  init(_ direction: Direction) { self.direction = direction }

  mutating func add(_ event: HTTP1Event, _ bytes: RawSpan) {
    switch (event, pending?.event) {
    case (.content, .content), (.upgraded, .upgraded):
      pending?.bytes.append(contentsOf: bytes)
    case (.content, _), (.upgraded, _):
      flush()
      pending = (event, bytes.copied())
    default:
      flush()
      lines.append(event.text(bytes, direction))
    }
  }

  mutating func flush() {
    guard let (event, bytes) = pending else { return }
    lines.append(unsafe event.text(bytes.span.bytes, direction))
    pending = nil
  }
}

/// What to feed a decoder besides bytes.
struct DecoderSetting: Sendable {
  var role = HTTP1Role.requests
  var joinedInTheMiddle = false
  var methods: [HTTP1MethodKind] = []
  var lineLimit = 65536

  func decoder() -> HTTP1Decoder {
    var decoder = HTTP1Decoder(role: role, joinedInTheMiddle: joinedInTheMiddle, lineLimit: lineLimit)
    for method in methods { decoder.expectResponse(to: method) }
    return decoder
  }

  /// The log of a stream that arrives in `pieces` and then ends.
  func log(_ pieces: [ArraySlice<UInt8>]) -> [String] {
    var decoder = decoder()
    var log = DecoderLog(role == .requests ? .request : .response)
    for piece in pieces {
      unsafe decoder.receive(piece.span.bytes) { log.add($0, $1) }
    }
    decoder.end { log.add($0, $1) }
    log.flush()
    return log.lines
  }

  func log(_ text: String) -> [String] { log([Array(text.utf8)[...]]) }
}

/// The lines of `log` that are anomalies, by name.
func anomalies(_ log: [String]) -> [String] {
  log.compactMap { line in
    let words = line.split(separator: " ")
    return words.count > 3 && words[1] == "!" ? String(words[3]) : nil
  }
}
