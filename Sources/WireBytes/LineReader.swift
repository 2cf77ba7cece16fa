// Lines of a byte stream, found in place.
//
// What HTTP/1 heads, chunk headers, trailers and CGI header blocks share: where a line begins and how it ends.
// Only a line that a chunk's end cuts is copied, within a bound. No grammar lives here: what a line says is
// FieldLine's and the codecs' matter.

/// How a line ended on the wire.
public enum LineEnd: UInt8, Hashable, Sendable {
  /// CR LF.
  case crlf
  /// LF without a CR before it.
  case lf
  /// Not at all: the stream ended inside the line.
  case none

  /// How many bytes the end takes: 2, 1 or 0.
  @inlinable public var byteCount: Int { self == .crlf ? 2 : self == .lf ? 1 : 0 }

  /// The name in event logs: `crlf`, `lf` or `none`.
  public var name: String { self == .crlf ? "crlf" : self == .lf ? "lf" : "none" }
}

/// One line that ``LineReader`` found.
public struct WireLine: Hashable, Sendable {
  /// Where the line's first byte stands in the stream.
  public var offset: StreamOffset
  /// Bytes before the line end, all of them, even those that were not kept.
  public var byteCount: UInt64
  /// Bytes before the line end that can be read, at most the reader's limit.
  public var keptByteCount: Int
  /// How the line ended.
  public var end: LineEnd
  /// Where the line stands in the chunk, unless it is carried.
  public var index: Int
  /// Whether the line was cut by a chunk and is to be read from ``LineReader/carriedBytes``.
  public var isCarried: Bool

  /// Whether the line was longer than the reader's limit, so that only its beginning can be read.
  @inlinable public var isCut: Bool { byteCount > UInt64(keptByteCount) }
  /// Where the line end stands in the stream.
  @inlinable public var endOffset: StreamOffset { offset &+ byteCount }
  /// Where the next line begins.
  @inlinable public var nextOffset: StreamOffset { endOffset &+ UInt64(end.byteCount) }

  @inlinable
  init(offset: StreamOffset, byteCount: UInt64, keptByteCount: Int, end: LineEnd, index: Int, isCarried: Bool) {
    self.offset = offset
    self.byteCount = byteCount
    self.keptByteCount = keptByteCount
    self.end = end
    self.index = index
    self.isCarried = isCarried
  }
}

/// Finds the lines of a stream that arrives in chunks.
///
/// A line ends with LF; a CR right before it belongs to the end. Lines that stand whole in a chunk are found in
/// place; of a line that a chunk cuts, the beginning is carried within the limit. Of a line longer than the limit
/// the first bytes are kept and the rest is only counted, the same whether it was cut or not.
///
///     while let line = reader.next(in: bytes, from: &index, at: base) {
///       if line.isCarried {
///         let carried = reader.carriedBytes
///         unsafe use(line, carried.span.bytes.extracting(first: line.keptByteCount))
///       } else {
///         use(line, bytes.extracting(line.index..<(line.index + line.keptByteCount)))
///       }
///     }
///
/// - Complexity: O(bytes), by `memchr`.
public struct LineReader: Sendable {
  /// The most bytes of a line's content that can be read.
  public let limit: Int
  private var carried: CarriedBytes
  private var carriedOffset: StreamOffset = 0
  private var carriedTotal: UInt64 = 0
  private var lastIsCR = false
  private var isHandedOut = false

  /// - Parameter limit: The bound of a line's kept content in bytes, at least 1.
  public init(limit: Int = 65536) {
    self.limit = limit
    // One more byte than the content: the CR of a line end whose LF has not arrived.
    carried = CarriedBytes(limit: limit &+ 1)
  }

  /// The bytes of the line last returned with `isCarried`, until the next call; the line's kept content first.
  public var carriedBytes: [UInt8] { carried.bytes }

  /// Bytes of an unfinished line that have been taken so far.
  public var pendingByteCount: UInt64 { isHandedOut ? 0 : carriedTotal }

  /// The memory that the reader takes besides itself, in bytes.
  package var heldByteCount: Int { carried.bytes.capacity }

  /// The next line of `bytes` from `index` on, or nil when the rest is the beginning of a line (now carried).
  ///
  /// - Parameters:
  ///   - bytes: A chunk of the stream.
  ///   - index: Where to go on in `bytes`; moved behind the line found, or to the end.
  ///   - base: The stream offset of the chunk's first byte.
  public mutating func next(in bytes: RawSpan, from index: inout Int, at base: StreamOffset) -> WireLine? {
    if isHandedOut { reset() }
    let start = index
    guard let lf = bytes.firstIndex(of: ASCII.lf, in: start..<bytes.byteCount) else {
      index = bytes.byteCount
      carry(bytes.extracting(start..<bytes.byteCount), at: base &+ UInt64(start))
      return nil
    }
    index = lf &+ 1
    guard carriedTotal == 0 else {
      carry(bytes.extracting(start..<lf), at: base)
      isHandedOut = true
      let count = lastIsCR ? carriedTotal &- 1 : carriedTotal
      return WireLine(
        offset: carriedOffset, byteCount: count, keptByteCount: Int(min(count, UInt64(limit))),
        end: lastIsCR ? .crlf : .lf, index: 0, isCarried: true)
    }
    let isCRLF = lf > start && bytes.u8(at: lf &- 1) == ASCII.cr
    let count = isCRLF ? lf &- start &- 1 : lf &- start
    return WireLine(
      offset: base &+ UInt64(start), byteCount: UInt64(count), keptByteCount: min(count, limit),
      end: isCRLF ? .crlf : .lf, index: start, isCarried: false)
  }

  /// The unfinished line at the end of the stream, or nil when there is none.
  ///
  /// A CR at its end is content.
  public mutating func finish() -> WireLine? {
    if isHandedOut { reset() }
    guard carriedTotal > 0 else { return nil }
    isHandedOut = true
    return WireLine(
      offset: carriedOffset, byteCount: carriedTotal, keptByteCount: Int(min(carriedTotal, UInt64(limit))),
      end: .none, index: 0, isCarried: true)
  }

  /// Forgets the unfinished line, as after lost bytes.
  public mutating func reset() {
    carried.clear()
    carriedTotal = 0
    lastIsCR = false
    isHandedOut = false
  }

  private mutating func carry(_ part: RawSpan, at offset: StreamOffset) {
    guard part.byteCount > 0 else { return }
    if carriedTotal == 0 { carriedOffset = offset }
    carriedTotal &+= UInt64(part.byteCount)
    lastIsCR = part.u8(at: part.byteCount &- 1) == ASCII.cr
    _ = carried.append(part)
  }
}
