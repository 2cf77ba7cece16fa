// The decoder of one direction between gatespec and its WSGI bridge: bytes in, facts out, no I/O.
//
// What the lines say is WSGIStatement's matter, what it means the conversation's.

public import WireBytes

/// Reads lines of words, and the bytes that may follow a line.
///
///     word *( SP word ) [ SP "+" LENGTH ] LF [ LENGTH bytes LF ]
///
/// Takes any bytes, cut anywhere, and always consumes all of them; the same stream gives the same events however it is
/// cut (content comes in pieces as it arrives). Never fails on content: what is odd becomes an anomaly. A length that
/// cannot be read, or bytes without their line feed, end decoding. Memory: one line of at most the line limit.
///
///     line ──(no length)──► line          payload ──(all bytes)──► payloadEnd ──(LF)──► line
///       └────("+" LENGTH)─► payload                                     └──(other)────► lost
public struct WSGIDecoder: WireDecoder {
  private enum State: UInt8 { case line, payload, payloadEnd, lost, ended }

  /// Offsets stop growing here, so that adding a chunk's length never overflows.
  private static let maximumOffset: StreamOffset = 1 << 62
  /// The most digits of a length that are read.
  private static let lengthDigitLimit = 15

  /// The stream offset of the next byte that ``receive(_:_:)`` takes.
  public private(set) var offset: StreamOffset = 0
  private var state = State.line
  private var reader: LineReader
  private var left: UInt64 = 0

  /// - Parameter lineLimit: The most bytes kept of a line; of a longer one the beginning is read.
  public init(lineLimit: Int = 1 << 20) { reader = LineReader(limit: max(lineLimit, 64)) }

  /// The memory that the decoder takes besides itself, in bytes.
  package var heldByteCount: Int { reader.heldByteCount }

  /// Takes the next bytes of the stream.
  ///
  /// - Parameters:
  ///   - bytes: Any number of bytes; all are consumed.
  ///   - sink: Called for every event with its bytes, valid for the call. Must not call this decoder.
  public mutating func receive(_ bytes: RawSpan, _ sink: (WSGIEvent, RawSpan) -> Void) {
    var index = 0
    while index < bytes.byteCount {
      let position = offset &+ UInt64(index)
      switch state {
      case .line:
        guard let line = reader.next(in: bytes, from: &index, at: offset) else { break }
        if line.isCarried {
          let carried = reader.carriedBytes
          unsafe take(line, carried.span.bytes.extracting(first: line.keptByteCount), sink)
        } else {
          take(line, bytes.extracting(line.index..<(line.index &+ line.keptByteCount)), sink)
        }
      case .payload:
        let count = Int(min(left, UInt64(bytes.byteCount &- index)))
        sink(.content(position), bytes.extracting(index..<(index &+ count)))
        index &+= count
        left &-= UInt64(count)
        if left == 0 { state = .payloadEnd }
      case .payloadEnd:
        let byte = bytes.u8(at: index)
        guard byte == ASCII.lf else {
          report(Anomaly(.wsgiMissingLineEnd, at: position, value: UInt64(byte)), sink)
          lose(at: position, sink)
          break
        }
        index &+= 1
        state = .line
        sink(.contentEnd(position), RawSpan())
      case .lost, .ended:
        if state == .lost { sink(.undecoded(position), bytes.extracting(droppingFirst: index)) }
        index = bytes.byteCount
      }
    }
    offset = min(offset &+ UInt64(bytes.byteCount), Self.maximumOffset)
  }

  /// Takes the end of the stream: a line or bytes that are not whole give `truncated`.
  public mutating func end(_ sink: (WSGIEvent, RawSpan) -> Void) {
    switch state {
    case .line where reader.pendingByteCount > 0:
      let pending = min(reader.pendingByteCount, offset)
      report(Anomaly(.truncated, at: offset &- pending, byteCount: pending), sink)
    case .payload, .payloadEnd:
      report(Anomaly(.truncated, at: offset, byteCount: 0, value: left), sink)
    case .line, .lost, .ended: break
    }
    reader.reset()
    state = .ended
  }

  /// Takes note that `byteCount` bytes of the stream were lost by the capture: what follows is `undecoded`.
  public mutating func skip(byteCount: UInt64, _ sink: (WSGIEvent, RawSpan) -> Void) {
    guard byteCount > 0, state != .ended else { return }
    report(Anomaly(.gap, at: offset, byteCount: byteCount, value: byteCount), sink)
    if state != .lost { lose(at: offset, sink) }
    let sum = offset.addingReportingOverflow(byteCount)
    offset = min(sum.overflow ? .max : sum.partialValue, Self.maximumOffset)
  }

  private func report(_ anomaly: Anomaly, _ sink: (WSGIEvent, RawSpan) -> Void) { sink(.anomaly(anomaly), RawSpan()) }

  private mutating func lose(at position: StreamOffset, _ sink: (WSGIEvent, RawSpan) -> Void) {
    report(Anomaly(.lostSynchronisation, at: position, byteCount: 0), sink)
    reader.reset()
    state = .lost
  }

  private mutating func take(_ line: WireLine, _ content: RawSpan, _ sink: (WSGIEvent, RawSpan) -> Void) {
    var start = content.byteCount
    while start > 0, content.u8(at: start &- 1) != ASCII.space { start &-= 1 }
    guard start < content.byteCount, content.u8(at: start) == 0x2B else {
      return sink(.line(WSGILine(offset: line.offset, payloadByteCount: nil)), content)
    }
    var length: UInt64 = 0
    var isLength = start &+ 1 < content.byteCount && content.byteCount &- start &- 1 <= Self.lengthDigitLimit
    for index in (start &+ 1)..<max(content.byteCount, start &+ 1) where isLength {
      let byte = content.u8(at: index)
      isLength = ASCII.isDigit(byte)
      length = length &* 10 &+ UInt64(byte &- 0x30)
    }
    sink(.line(WSGILine(offset: line.offset, payloadByteCount: isLength ? length : nil)), content)
    guard isLength else {
      report(Anomaly(.wsgiInvalidLength, at: line.offset &+ UInt64(start)), sink)
      return lose(at: line.nextOffset, sink)
    }
    left = length
    state = length == 0 ? .payloadEnd : .payload
  }
}

extension WSGIDecoder {
  /// What the first bytes of a stream say: gatespec begins by naming the version of the form.
  public static func looksLikeRequest(_ prefix: RawSpan) -> PrefixVerdict {
    let opening: StaticString = "gatespec-wsgi 1\n"
    let compared = min(prefix.byteCount, opening.utf8CodeUnitCount)
    for index in 0..<compared where unsafe prefix.u8(at: index) != opening.utf8Start[index] { return .no }
    return compared == opening.utf8CodeUnitCount ? .yes : .needMore
  }
}
