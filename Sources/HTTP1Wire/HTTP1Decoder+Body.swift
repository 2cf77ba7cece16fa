// Bodies: counted bytes, and the lines around chunks. Body bytes are handed on, never looked at.

internal import WireBytes

extension HTTP1Decoder {
  /// Hands on bytes of a body or chunk whose length is known.
  mutating func takeCounted(_ bytes: RawSpan, from index: inout Int, _ sink: (HTTP1Event, RawSpan) -> Void) {
    let available = bytes.byteCount &- index
    let count = remaining < UInt64(available) ? Int(remaining) : available
    sink(.content(offset &+ UInt64(index)), bytes.extracting(index..<(index &+ count)))
    index &+= count
    remaining &-= UInt64(count)
    head.contentByteCount &+= UInt64(count)
    if remaining == 0 { endCounted(at: offset &+ UInt64(index), sink) }
  }

  /// All bytes of the body or chunk are there (or known to be lost).
  mutating func endCounted(at end: StreamOffset, _ sink: (HTTP1Event, RawSpan) -> Void) {
    if state == .chunkData {
      state = .chunkEnd
    } else {
      finishMessage(.complete, at: end, sink)
    }
  }

  /// Takes one byte of the line end after chunk data.
  mutating func takeChunkEnd(_ bytes: RawSpan, from index: inout Int, _ sink: (HTTP1Event, RawSpan) -> Void) {
    let byte = bytes.u8(at: index)
    let position = offset &+ UInt64(index)
    switch (state, byte) {
    case (.chunkEnd, ASCII.cr):
      index &+= 1
      state = .chunkEndLF
    case (.chunkEndLF, ASCII.lf):
      index &+= 1
      sink(.chunkEnd(position &- 1), RawSpan())
      state = .chunkSize
    case (.chunkEnd, ASCII.lf):
      index &+= 1
      sink(.chunkEnd(position), RawSpan())
      report(Anomaly(.bareLF, at: position), sink)
      state = .chunkSize
    default:
      let due = state == .chunkEndLF ? position &- 1 : position
      report(Anomaly(.missingChunkEnd, at: due, value: UInt64(byte)), sink)
      loseSynchronisation(at: position, .insideLine, sink)
    }
  }

  /// Takes the first line of a chunk.
  ///
  /// Spec: RFC 9112 section 7.1.
  mutating func takeChunkHeader(_ line: WireLine, _ content: RawSpan, _ sink: (HTTP1Event, RawSpan) -> Void) {
    var digits = 0
    var size: UInt64 = 0
    var isTooLarge = false
    while digits < content.byteCount, let value = ASCII.hexValue(content.u8(at: digits)) {
      if size >> 59 != 0 { isTooLarge = true }
      size = size << 4 | UInt64(value)
      digits &+= 1
    }
    var next = digits
    while next < content.byteCount, content.u8(at: next) == ASCII.space || content.u8(at: next) == ASCII.tab {
      next &+= 1
    }
    let isComplete = next == content.byteCount || content.u8(at: next) == 0x3B
    guard digits > 0, isComplete, !isTooLarge else {
      sink(.unparsedLine(UnparsedLine(offset: line.offset, end: line.end)), content)
      if digits > 0, isComplete {
        report(Anomaly(.chunkSizeTooLarge, at: line.offset, byteCount: UInt64(digits)), sink)
      } else {
        report(Anomaly(.invalidChunkSize, at: line.offset, byteCount: line.byteCount), sink)
      }
      line.reportOddities { report($0, sink) }
      loseSynchronisation(at: line.offset, .afterLineEnd, sink)
      return
    }
    let extensions = digits..<content.byteCount
    let header = HTTP1ChunkHeader(
      offset: line.offset, size: size, sizeText: 0..<digits, extensions: extensions, end: line.end)
    sink(.chunkHeader(header), content)
    if next == content.byteCount, next > digits {
      report(
        Anomaly(.spaceAfterChunkSize, at: line.offset &+ UInt64(digits), byteCount: UInt64(next &- digits)), sink)
    }
    content.reportControlBytes(in: extensions, at: line.offset, .controlByteInChunkExtension) { report($0, sink) }
    line.reportOddities { report($0, sink) }
    remaining = size
    head.hasFields = false
    state = size == 0 ? .trailers : .chunkData
  }
}
