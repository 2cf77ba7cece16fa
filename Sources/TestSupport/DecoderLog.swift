// What a decoder says, line by line: what golden files hold, and what two ways of cutting a stream are compared by.
//
// Knows no format: pieces are joined, so that a log depends on the stream alone.

public import WireBytes

/// Collects the events of one direction as text.
public struct DecoderLog<Event: DecodedEvent> {
  /// A line for each event; what came in pieces is one.
  public private(set) var lines: [String] = []
  private let direction: Direction
  private var pending: (event: Event, bytes: [UInt8])?

  /// An empty log.
  public init(_ direction: Direction = .request) { self.direction = direction }

  /// Takes an event with the bytes beside it.
  public mutating func add(_ event: Event, _ bytes: RawSpan) {
    if let piece = event.piece, piece == pending?.event.piece {
      pending?.bytes.append(contentsOf: bytes)
      return
    }
    flush()
    if event.piece == nil { write(event, bytes) } else { pending = (event, bytes.copied()) }
  }

  /// Writes down what is still waiting for its next piece.
  public mutating func flush() {
    guard let (event, bytes) = pending else { return }
    pending = nil
    unsafe write(event, bytes.span.bytes)
  }

  private mutating func write(_ event: Event, _ bytes: RawSpan) {
    if let text = event.text(bytes, direction) { lines.append(text.line(direction)) }
  }
}

extension WireDecoder {
  /// The log of a stream that comes in these pieces and then ends.
  public func log(_ pieces: [ArraySlice<UInt8>], _ direction: Direction = .request) -> [String] {
    var decoder = self
    var log = DecoderLog<Event>(direction)
    for piece in pieces { unsafe decoder.receive(piece.span.bytes) { log.add($0, $1) } }
    decoder.end { log.add($0, $1) }
    log.flush()
    return log.lines
  }

  /// The log of one direction of a file, in pieces of `length` bytes; `lose client|server COUNT` is obeyed.
  public func log(_ file: WireFile, _ direction: Direction = .request, every length: Int = .max) -> [String] {
    var decoder = self
    var log = DecoderLog<Event>(direction)
    let side = direction == .request ? "client" : "server"
    for step in file.steps {
      switch step {
      case .bytes(direction, let bytes):
        for piece in Fragmentation.pieces(of: bytes, every: length) {
          unsafe decoder.receive(piece.span.bytes) { log.add($0, $1) }
        }
      case .action(let words) where words.prefix(2) == ["lose", side]:
        decoder.skip(byteCount: UInt64(words[2]) ?? 0) { log.add($0, $1) }
      case .bytes, .action: break
      }
    }
    decoder.end { log.add($0, $1) }
    log.flush()
    return log.lines
  }
}

extension Fragmentation {
  /// The ways of cutting `bytes` by which such a decoder reads something else than from the whole stream.
  public static func verify(
    _ bytes: [UInt8], by decoder: some WireDecoder, _ direction: Direction = .request
  ) -> [Difference] {
    verify(bytes) { decoder.log($0, direction) }
  }
}
