// The SCGI decoder: what a web server sends on one connection, bytes in, facts out, no I/O.
//
// A response has no format of its own: it is CGI's. Names that appear twice are the reader's matter, who keeps them.

public import WireBytes

/// Reads the request of an SCGI connection.
///
///     length ":" *( name NUL value NUL ) "," body
///
/// Takes any bytes, cut anywhere, and always consumes all of them; the same stream gives the same events however it is
/// cut (names, values and content come in pieces as they arrive). Never fails on content: what is odd becomes an
/// anomaly. A length that cannot be read, or a block without its comma, ends decoding: a connection carries one request,
/// and there is nothing to find again. Memory: a few numbers; lengths are taken as claimed and nothing is allocated for
/// them.
///
/// Spec: SCGI, 23 June 2008, sections 2 to 4.
public struct SCGIDecoder: WireDecoder {
  /// What the next byte of the head is.
  private enum State: UInt8 { case length, name, value, comma, damaged }

  /// The most digits of the block's length that are read.
  private static let lengthDigitLimit = 18

  private var state = State.length
  private var tail: OneRequestTail
  private var digitCount = 0
  private var hasLeadingZero = false
  private var length: UInt64 = 0
  /// Bytes of the block still to come.
  private var blockLeft: UInt64 = 0
  private var headerStart: StreamOffset = 0
  private var headerCount: UInt64 = 0
  private var isInHeader = false
  private var nameIsEmpty = true
  private var contentLength = ContentLengthReader()
  private var versionName = NameMatcher("SCGI")
  private var hasVersion = false
  private var isDamaged = false

  /// A decoder at the beginning of a connection, or at `offset` where a request begins there.
  public init(offset: StreamOffset = 0) { tail = OneRequestTail(at: offset) }

  /// The stream offset of the next byte that ``receive(_:_:)`` takes.
  public var offset: StreamOffset { tail.offset }

  /// Whether the request was read to its end.
  public var isComplete: Bool { tail.isComplete }

  /// Takes the next bytes of the stream.
  ///
  /// - Parameters:
  ///   - bytes: Any number of bytes; all are consumed.
  ///   - sink: Called for every event with its bytes, valid for the call. Must not call this decoder.
  /// - Complexity: O(headers), by `memchr`; the body is not touched.
  public mutating func receive(_ bytes: RawSpan, _ sink: (SCGIEvent, RawSpan) -> Void) {
    var index = 0
    while index < bytes.byteCount, tail.state == .head {
      let position = offset &+ UInt64(index)
      switch state {
      case .length:
        takeLengthByte(bytes.u8(at: index), at: position, sink)
        index &+= 1
      case .name, .value:
        takeHeader(bytes, from: &index, sink)
      case .damaged:
        let count = Int(min(blockLeft, UInt64(bytes.byteCount &- index)))
        sink(.undecoded(position), bytes.extracting(index..<(index &+ count)))
        index &+= count
        blockLeft &-= UInt64(count)
        if blockLeft == 0 { state = .comma }
      case .comma:
        takeComma(bytes.u8(at: index), at: position, sink)
        index &+= 1
      }
    }
    if index < bytes.byteCount {
      tail.receive(bytes.extracting(droppingFirst: index), at: offset &+ UInt64(index), sink)
    }
    tail.advance(by: bytes.byteCount)
  }

  /// Takes the end of the stream: a request that is not whole gives `truncated`, from its beginning.
  public mutating func end(_ sink: (SCGIEvent, RawSpan) -> Void) {
    tail.end(hasBytes: state != .length || digitCount > 0, hasBegun: state != .length, sink)
  }

  /// Takes note that `byteCount` bytes of the stream were lost by the capture.
  ///
  /// Reports `gap`. What the lengths read before cover is known to be missing, and decoding goes on after it; where the
  /// length of the block or CONTENT_LENGTH is among what was lost, synchronisation is lost for good.
  public mutating func skip(byteCount: UInt64, _ sink: (SCGIEvent, RawSpan) -> Void) {
    guard var hole = tail.beginHole(byteCount, sink) else { return }
    if tail.state == .head {
      guard state != .length else { return tail.lose(at: tail.start, sink) }
      isDamaged = true
      isInHeader = false
      blockLeft &-= hole.take(blockLeft)
      state = blockLeft == 0 ? .comma : .damaged
      if state == .comma, hole.take(1) == 1 { endHead(at: hole.offset, sink) }
    }
    tail.skip(hole, sink)
  }

  // MARK: - The block

  private mutating func takeLengthByte(
    _ byte: UInt8, at position: StreamOffset, _ sink: (SCGIEvent, RawSpan) -> Void
  ) {
    if byte == ASCII.colon, digitCount > 0 {
      if hasLeadingZero { SCGIEvent.report(Anomaly(.scgiLeadingZero, at: tail.start), sink) }
      sink(.began(byteCount: length, at: tail.start), RawSpan())
      blockLeft = length
      state = length == 0 ? .comma : .name
    } else if !ASCII.isDigit(byte) {
      SCGIEvent.report(Anomaly(.scgiInvalidLength, at: position, value: UInt64(byte)), sink)
      tail.lose(at: position, sink)
    } else if digitCount == Self.lengthDigitLimit {
      SCGIEvent.report(Anomaly(.scgiLengthTooLarge, at: tail.start, byteCount: position &- tail.start), sink)
      tail.lose(at: position, sink)
    } else {
      if digitCount == 1, length == 0 { hasLeadingZero = true }
      length = length &* 10 &+ UInt64(byte &- 0x30)
      digitCount &+= 1
    }
  }

  private mutating func takeHeader(_ bytes: RawSpan, from index: inout Int, _ sink: (SCGIEvent, RawSpan) -> Void) {
    let begin = index
    let position = offset &+ UInt64(begin)
    let available = Int(min(blockLeft, UInt64(bytes.byteCount &- begin)))
    let nul = bytes.firstIndex(of: 0, in: begin..<(begin &+ available))
    let stop = nul ?? begin &+ available
    let piece = bytes.extracting(begin..<stop)
    if !isInHeader { beginHeader(at: position, sink) }
    if state == .name {
      takeName(piece, isOver: nul != nil, sink)
    } else {
      if piece.byteCount > 0 { sink(.value, piece) }
      contentLength.receiveValue(piece)
      if nul != nil { endHeader(sink) }
    }
    index = nul == nil ? stop : stop &+ 1
    blockLeft &-= UInt64(index &- begin)
    guard blockLeft == 0 else { return }
    state = .comma
    if isInHeader {
      let end = offset &+ UInt64(index)
      SCGIEvent.report(Anomaly(.scgiUnterminatedPair, at: headerStart, byteCount: end &- headerStart), sink)
    }
  }

  private mutating func beginHeader(at position: StreamOffset, _ sink: (SCGIEvent, RawSpan) -> Void) {
    isInHeader = true
    headerStart = position
    nameIsEmpty = true
    contentLength.begin()
    versionName.reset()
    sink(.header(at: position), RawSpan())
  }

  private mutating func takeName(_ piece: RawSpan, isOver: Bool, _ sink: (SCGIEvent, RawSpan) -> Void) {
    if piece.byteCount > 0 {
      nameIsEmpty = false
      contentLength.receiveName(piece)
      versionName.receive(piece)
      sink(.name, piece)
    }
    guard isOver else { return }
    if nameIsEmpty { SCGIEvent.report(Anomaly(.scgiEmptyName, at: headerStart), sink) }
    state = .value
  }

  private mutating func endHeader(_ sink: (SCGIEvent, RawSpan) -> Void) {
    headerCount &+= 1
    isInHeader = false
    state = .name
    sink(.headerEnd, RawSpan())
    switch contentLength.end() {
    case .counts:
      if headerCount > 1 { SCGIEvent.report(Anomaly(.scgiContentLengthNotFirst, at: headerStart), sink) }
      if contentLength.value == nil { SCGIEvent.report(Anomaly(.scgiInvalidContentLength, at: headerStart), sink) }
    case .repeated:
      SCGIEvent.report(Anomaly(.scgiRepeatedContentLength, at: headerStart), sink)
    case .otherName where versionName.isMatch:
      hasVersion = true
      let version = contentLength.number
      if version.value != 1 || version.byteCount != 1 {
        SCGIEvent.report(Anomaly(.scgiVersionNotOne, at: headerStart), sink)
      }
    case .otherName: break
    }
  }

  private mutating func takeComma(_ byte: UInt8, at position: StreamOffset, _ sink: (SCGIEvent, RawSpan) -> Void) {
    guard byte == 0x2C else {
      SCGIEvent.report(Anomaly(.scgiMissingComma, at: position, value: UInt64(byte)), sink)
      tail.endRequest(at: position, isComplete: false, sink)
      tail.lose(at: position, sink)
      return
    }
    endHead(at: position &+ 1, sink)
  }

  private mutating func endHead(at bodyOffset: StreamOffset, _ sink: (SCGIEvent, RawSpan) -> Void) {
    if isDamaged, !contentLength.isFound {
      tail.endRequest(at: bodyOffset, isComplete: false, sink)
      return tail.lose(at: bodyOffset, sink)
    }
    let byteCount = bodyOffset &- tail.start
    if !contentLength.isFound {
      SCGIEvent.report(Anomaly(.scgiNoContentLength, at: tail.start, byteCount: byteCount), sink)
    }
    if !isDamaged, !hasVersion {
      SCGIEvent.report(Anomaly(.scgiNoVersion, at: tail.start, byteCount: byteCount), sink)
    }
    let head = SCGIHead(
      offset: tail.start, bodyOffset: bodyOffset, byteCount: length, headerCount: headerCount,
      contentLength: contentLength.value)
    sink(.headersEnd(head), RawSpan())
    tail.beginContent(contentLength.value ?? 0, at: bodyOffset, sink)
  }
}

extension SCGIDecoder {
  /// What the first bytes of a stream say: SCGI is a length, a colon and `CONTENT_LENGTH`.
  public static func looksLikeRequest(_ prefix: RawSpan) -> PrefixVerdict {
    var index = 0
    while index < prefix.byteCount, ASCII.isDigit(prefix.u8(at: index)) {
      index &+= 1
      // No web server sends a block of 10 MB.
      if index > 7 { return .no }
    }
    guard index < prefix.byteCount else { return .needMore }
    guard index > 1, prefix.u8(at: 0) != 0x30, prefix.u8(at: index) == ASCII.colon else { return .no }
    let name: StaticString = "CONTENT_LENGTH"
    for position in 0..<15 {
      let at = index &+ 1 &+ position
      guard at < prefix.byteCount else { return .needMore }
      let due = position < 14 ? unsafe name.utf8Start[position] : 0
      guard prefix.u8(at: at) == due else { return .no }
    }
    return .yes
  }
}
