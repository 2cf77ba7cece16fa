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
public struct SCGIDecoder: Sendable {
  private enum State: UInt8 { case length, name, value, comma, damaged, content, surplus, lost, ended }

  /// Offsets stop growing here, so that adding a length never overflows.
  private static let maximumOffset: StreamOffset = 1 << 62
  /// The most digits of the block's length that are read.
  private static let lengthDigitLimit = 18

  /// The stream offset of the next byte that ``receive(_:_:)`` takes.
  public private(set) var offset: StreamOffset = 0

  private var state = State.length
  private var start: StreamOffset = 0
  private var digitCount = 0
  private var hasLeadingZero = false
  private var length: UInt64 = 0
  /// Bytes of the block still to come.
  private var blockLeft: UInt64 = 0
  private var headerStart: StreamOffset = 0
  private var headerCount: UInt64 = 0
  private var isInHeader = false
  private var nameIsEmpty = true
  private var lengthName = NameMatcher("CONTENT_LENGTH")
  private var versionName = NameMatcher("SCGI")
  private var number = DecimalReader()
  private var hasContentLength = false
  private var contentLength: UInt64?
  private var hasVersion = false
  private var isDamaged = false
  private var contentLeft: UInt64 = 0
  private var contentByteCount: UInt64 = 0
  private var missingByteCount: UInt64 = 0
  private var hasSurplus = false

  /// A decoder at the beginning of a connection, or at `offset` where a request begins there.
  public init(offset: StreamOffset = 0) {
    self.offset = min(offset, Self.maximumOffset)
    start = self.offset
  }

  /// Whether the request was read to its end.
  public var isComplete: Bool { state == .surplus }

  /// Takes the next bytes of the stream.
  ///
  /// - Parameters:
  ///   - bytes: Any number of bytes; all are consumed.
  ///   - sink: Called for every event with its bytes, valid for the call. Must not call this decoder.
  /// - Complexity: O(headers), by `memchr`; the body is not touched.
  public mutating func receive(_ bytes: RawSpan, _ sink: (SCGIEvent, RawSpan) -> Void) {
    var index = 0
    while index < bytes.byteCount {
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
      case .content:
        let count = Int(min(contentLeft, UInt64(bytes.byteCount &- index)))
        sink(.content(position), bytes.extracting(index..<(index &+ count)))
        index &+= count
        contentByteCount &+= UInt64(count)
        contentLeft &-= UInt64(count)
        if contentLeft == 0 { endRequest(at: position &+ UInt64(count), isComplete: true, sink) }
      case .surplus, .lost, .ended:
        let rest = bytes.extracting(index..<bytes.byteCount)
        if state == .surplus { takeSurplus(rest, at: position, sink) }
        if state == .lost { sink(.undecoded(position), rest) }
        index = bytes.byteCount
      }
    }
    offset = min(offset &+ UInt64(bytes.byteCount), Self.maximumOffset)
  }

  /// Takes the end of the stream: a request that is not whole gives `truncated`, from its beginning.
  public mutating func end(_ sink: (SCGIEvent, RawSpan) -> Void) {
    switch state {
    case .length where digitCount > 0, .name, .value, .damaged, .comma, .content:
      report(Anomaly(.truncated, at: start, byteCount: offset &- start, value: contentLeft), sink)
      if state != .length { endRequest(at: offset, isComplete: false, sink) }
    default: break
    }
    state = .ended
  }

  /// Takes note that `byteCount` bytes of the stream were lost by the capture.
  ///
  /// Reports `gap`. What the lengths read before cover is known to be missing, and decoding goes on after it; where the
  /// length of the block or CONTENT_LENGTH is among what was lost, synchronisation is lost for good.
  public mutating func skip(byteCount: UInt64, _ sink: (SCGIEvent, RawSpan) -> Void) {
    guard byteCount > 0, state != .ended else { return }
    report(Anomaly(.gap, at: offset, byteCount: byteCount, value: byteCount), sink)
    let sum = offset.addingReportingOverflow(byteCount)
    var position = offset
    offset = min(sum.overflow ? .max : sum.partialValue, Self.maximumOffset)
    var left = byteCount
    if state == .length { return lose(at: start, sink) }
    if state == .name || state == .value || state == .damaged {
      let lost = min(left, blockLeft)
      isDamaged = true
      isInHeader = false
      blockLeft &-= lost
      left &-= lost
      position = min(position &+ lost, Self.maximumOffset)
      state = blockLeft == 0 ? .comma : .damaged
    }
    if state == .comma, left > 0 {
      isDamaged = true
      left &-= 1
      endHead(at: min(position &+ 1, Self.maximumOffset), sink)
      position = min(position &+ 1, Self.maximumOffset)
    }
    if state == .content, left > 0 {
      let lost = min(left, contentLeft)
      missingByteCount &+= lost
      contentLeft &-= lost
      if contentLeft == 0 { endRequest(at: min(position &+ lost, Self.maximumOffset), isComplete: true, sink) }
    }
  }

  private mutating func takeSurplus(
    _ bytes: RawSpan, at position: StreamOffset, _ sink: (SCGIEvent, RawSpan) -> Void
  ) {
    if !hasSurplus { report(Anomaly(.scgiSurplus, at: position), sink) }
    hasSurplus = true
    sink(.surplus(position), bytes)
  }

  private func report(_ anomaly: Anomaly, _ sink: (SCGIEvent, RawSpan) -> Void) { sink(.anomaly(anomaly), RawSpan()) }

  private mutating func lose(at position: StreamOffset, _ sink: (SCGIEvent, RawSpan) -> Void) {
    report(Anomaly(.lostSynchronisation, at: position, byteCount: 0), sink)
    state = .lost
  }

  // MARK: - The block

  private mutating func takeLengthByte(
    _ byte: UInt8, at position: StreamOffset, _ sink: (SCGIEvent, RawSpan) -> Void
  ) {
    if byte == ASCII.colon, digitCount > 0 {
      if hasLeadingZero { report(Anomaly(.scgiLeadingZero, at: start), sink) }
      sink(.began(byteCount: length, at: start), RawSpan())
      blockLeft = length
      state = length == 0 ? .comma : .name
    } else if !ASCII.isDigit(byte) {
      report(Anomaly(.scgiInvalidLength, at: position, value: UInt64(byte)), sink)
      lose(at: position, sink)
    } else if digitCount == Self.lengthDigitLimit {
      report(Anomaly(.scgiLengthTooLarge, at: start, byteCount: position &- start), sink)
      lose(at: position, sink)
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
      number.receive(piece)
      if nul != nil { endHeader(sink) }
    }
    index = nul == nil ? stop : stop &+ 1
    blockLeft &-= UInt64(index &- begin)
    guard blockLeft == 0 else { return }
    state = .comma
    if isInHeader {
      let end = offset &+ UInt64(index)
      report(Anomaly(.scgiUnterminatedPair, at: headerStart, byteCount: end &- headerStart), sink)
    }
  }

  private mutating func beginHeader(at position: StreamOffset, _ sink: (SCGIEvent, RawSpan) -> Void) {
    isInHeader = true
    headerStart = position
    nameIsEmpty = true
    lengthName.reset()
    versionName.reset()
    number = DecimalReader()
    sink(.header(at: position), RawSpan())
  }

  private mutating func takeName(_ piece: RawSpan, isOver: Bool, _ sink: (SCGIEvent, RawSpan) -> Void) {
    if piece.byteCount > 0 {
      nameIsEmpty = false
      lengthName.receive(piece)
      versionName.receive(piece)
      sink(.name, piece)
    }
    guard isOver else { return }
    if nameIsEmpty { report(Anomaly(.scgiEmptyName, at: headerStart), sink) }
    state = .value
  }

  private mutating func endHeader(_ sink: (SCGIEvent, RawSpan) -> Void) {
    headerCount &+= 1
    isInHeader = false
    state = .name
    sink(.headerEnd, RawSpan())
    if lengthName.isMatch {
      if hasContentLength {
        report(Anomaly(.scgiRepeatedContentLength, at: headerStart), sink)
      } else {
        hasContentLength = true
        contentLength = number.value
        if headerCount > 1 { report(Anomaly(.scgiContentLengthNotFirst, at: headerStart), sink) }
        if contentLength == nil { report(Anomaly(.scgiInvalidContentLength, at: headerStart), sink) }
      }
    } else if versionName.isMatch {
      hasVersion = true
      if number.value != 1 || number.byteCount != 1 { report(Anomaly(.scgiVersionNotOne, at: headerStart), sink) }
    }
  }

  private mutating func takeComma(_ byte: UInt8, at position: StreamOffset, _ sink: (SCGIEvent, RawSpan) -> Void) {
    guard byte == 0x2C else {
      report(Anomaly(.scgiMissingComma, at: position, value: UInt64(byte)), sink)
      endRequest(at: position, isComplete: false, sink)
      lose(at: position, sink)
      return
    }
    endHead(at: position &+ 1, sink)
  }

  private mutating func endHead(at bodyOffset: StreamOffset, _ sink: (SCGIEvent, RawSpan) -> Void) {
    if isDamaged, !hasContentLength {
      endRequest(at: bodyOffset, isComplete: false, sink)
      return lose(at: bodyOffset, sink)
    }
    if !hasContentLength { report(Anomaly(.scgiNoContentLength, at: start, byteCount: bodyOffset &- start), sink) }
    if !isDamaged, !hasVersion { report(Anomaly(.scgiNoVersion, at: start, byteCount: bodyOffset &- start), sink) }
    let head = SCGIHead(
      offset: start, bodyOffset: bodyOffset, byteCount: length, headerCount: headerCount, contentLength: contentLength)
    sink(.headersEnd(head), RawSpan())
    contentLeft = contentLength ?? 0
    state = .content
    if contentLeft == 0 { endRequest(at: bodyOffset, isComplete: true, sink) }
  }

  private mutating func endRequest(
    at end: StreamOffset, isComplete: Bool, _ sink: (SCGIEvent, RawSpan) -> Void
  ) {
    state = .surplus
    let facts = SCGIRequestEnd(
      offset: end, contentByteCount: contentByteCount, missingByteCount: missingByteCount, isComplete: isComplete)
    sink(.requestEnd(facts), RawSpan())
  }
}

extension SCGIDecoder {
  /// What the first bytes of a stream say: SCGI is a length, a colon and `CONTENT_LENGTH`.
  ///
  /// - Returns: Nil when more bytes are needed to tell.
  public static func looksLikeRequest(_ prefix: RawSpan) -> Bool? {
    var index = 0
    while index < prefix.byteCount, ASCII.isDigit(prefix.u8(at: index)) {
      index &+= 1
      // No web server sends a block of 10 MB.
      if index > 7 { return false }
    }
    guard index < prefix.byteCount else { return nil }
    guard index > 1, prefix.u8(at: 0) != 0x30, prefix.u8(at: index) == ASCII.colon else { return false }
    let name: StaticString = "CONTENT_LENGTH"
    for position in 0..<15 {
      let at = index &+ 1 &+ position
      guard at < prefix.byteCount else { return nil }
      let due = position < 14 ? unsafe name.utf8Start[position] : 0
      guard prefix.u8(at: at) == due else { return false }
    }
    return true
  }
}
