// The uwsgi decoder: what a web server sends on one connection, bytes in, facts out, no I/O.
//
// A response has no format of its own: it is HTTP's or CGI's. Names that appear twice are the reader's matter, who keeps
// them.

public import WireBytes

/// Reads the request of a uwsgi connection: one packet, and for a request its body.
///
///     modifier1, size (2, little-endian), modifier2
///     *( name size (2, little-endian), name, value size (2, little-endian), value )
///     body of CONTENT_LENGTH bytes
///
/// Takes any bytes, cut anywhere, and always consumes all of them; the same stream gives the same events however it is
/// cut (names, values and content come in pieces as they arrive). Never fails on content: what is odd becomes an
/// anomaly. A size that reaches past the packet ends the reading of its variables, not of the packet. Memory: a few
/// numbers and the four bytes of a cut header.
///
/// Spec: the uwsgi protocol.
public struct UWSGIDecoder: WireDecoder {
  /// What the next byte of the packet is.
  private enum State: UInt8 { case header, nameSize, name, valueSize, value, data, damaged }

  private var state = State.header
  private var tail: OneRequestTail
  private var header = UWSGIHeader(dataSize: 0)
  /// The bytes of a header or of a size that were read, the first one lowest.
  private var word: UInt32 = 0
  private var wordByteCount = 0
  /// Bytes of the packet's data still to come, and of the name or value that is read.
  private var dataLeft: UInt64 = 0
  private var partLeft: UInt64 = 0
  private var variableStart: StreamOffset = 0
  private var variableCount: UInt64 = 0
  private var contentLength = ContentLengthReader()
  private var isDamaged = false

  /// A decoder at the beginning of a connection, or at `offset` where a packet begins there.
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
  /// - Complexity: O(variables); names, values and the body are not touched.
  public mutating func receive(_ bytes: RawSpan, _ sink: (UWSGIEvent, RawSpan) -> Void) {
    var index = 0
    while index < bytes.byteCount, tail.state == .head {
      let position = offset &+ UInt64(index)
      switch state {
      case .header:
        if takeWordByte(bytes.u8(at: index), of: 4) { beginPacket(after: position, sink) }
        index &+= 1
      case .nameSize, .valueSize:
        takeSizeByte(bytes.u8(at: index), at: position, sink)
        index &+= 1
      case .name, .value:
        takePart(bytes, from: &index, sink)
      case .data, .damaged:
        let count = Int(min(dataLeft, UInt64(bytes.byteCount &- index)))
        let piece = bytes.extracting(index..<(index &+ count))
        sink(state == .data ? .data(position) : .undecoded(position), piece)
        index &+= count
        dataLeft &-= UInt64(count)
        if dataLeft == 0 { endHead(at: position &+ UInt64(count), sink) }
      }
    }
    if index < bytes.byteCount {
      tail.receive(bytes.extracting(droppingFirst: index), at: offset &+ UInt64(index), sink)
    }
    tail.advance(by: bytes.byteCount)
  }

  /// Takes the end of the stream: a request that is not whole gives `truncated`, from its beginning.
  public mutating func end(_ sink: (UWSGIEvent, RawSpan) -> Void) {
    tail.end(hasBytes: state != .header || wordByteCount > 0, hasBegun: state != .header, sink)
  }

  /// Takes note that `byteCount` bytes of the stream were lost by the capture.
  ///
  /// Reports `gap`. What the sizes read before cover is known to be missing, and decoding goes on after it; where the
  /// header or CONTENT_LENGTH may be among what was lost, synchronisation is lost for good.
  public mutating func skip(byteCount: UInt64, _ sink: (UWSGIEvent, RawSpan) -> Void) {
    guard var hole = tail.beginHole(byteCount, sink) else { return }
    if tail.state == .head {
      guard state != .header else { return tail.lose(at: tail.start, sink) }
      if state != .data {
        isDamaged = true
        state = .damaged
      }
      dataLeft &-= hole.take(dataLeft)
      if dataLeft == 0 { endHead(at: hole.offset, sink) }
    }
    tail.skip(hole, sink)
  }

  // MARK: - The packet

  /// Takes a byte of a little-endian integer.
  ///
  /// - Returns: Whether it is whole.
  private mutating func takeWordByte(_ byte: UInt8, of byteCount: Int) -> Bool {
    if wordByteCount == 0 { word = 0 }
    word |= UInt32(byte) << UInt32(8 * wordByteCount)
    wordByteCount &+= 1
    guard wordByteCount == byteCount else { return false }
    wordByteCount = 0
    return true
  }

  private mutating func beginPacket(after position: StreamOffset, _ sink: (UWSGIEvent, RawSpan) -> Void) {
    header = UWSGIHeader(
      modifier: UWSGIModifier(rawValue: UInt8(truncatingIfNeeded: word)),
      dataSize: UInt16(truncatingIfNeeded: word >> 8), secondModifier: UInt8(truncatingIfNeeded: word >> 24))
    sink(.began(header, at: tail.start), RawSpan())
    let modifier = header.modifier
    if modifier.isReserved {
      UWSGIEvent.report(Anomaly(.uwsgiReservedModifier, at: tail.start, value: UInt64(modifier.rawValue)), sink)
    }
    if modifier.fixesSecondModifier, header.secondModifier != 0 {
      UWSGIEvent.report(Anomaly(.uwsgiSecondModifier, at: tail.start &+ 3, value: UInt64(header.secondModifier)), sink)
    }
    dataLeft = UInt64(header.dataByteCount)
    state = modifier.holdsVariables ? .nameSize : .data
    if dataLeft == 0 { endHead(at: position &+ 1, sink) }
  }

  private mutating func takeSizeByte(
    _ byte: UInt8, at position: StreamOffset, _ sink: (UWSGIEvent, RawSpan) -> Void
  ) {
    if state == .nameSize, wordByteCount == 0 {
      variableStart = position
      contentLength.begin()
      sink(.variable(at: position), RawSpan())
    }
    dataLeft &-= 1
    if takeWordByte(byte, of: 2) { beginPart(after: position, sink) }
    guard dataLeft == 0, isReadingVariable else { return }
    UWSGIEvent.report(Anomaly(.uwsgiCutPair, at: variableStart, byteCount: position &+ 1 &- variableStart), sink)
    endHead(at: position &+ 1, sink)
  }

  /// Whether a variable has begun that is not whole.
  private var isReadingVariable: Bool {
    switch state {
    case .nameSize: wordByteCount > 0
    case .name, .valueSize, .value: true
    default: false
    }
  }

  /// A size is whole: the name or the value begins.
  private mutating func beginPart(after position: StreamOffset, _ sink: (UWSGIEvent, RawSpan) -> Void) {
    partLeft = UInt64(word)
    guard partLeft <= dataLeft else {
      UWSGIEvent.report(Anomaly(.uwsgiSizePastEnd, at: position &- 1, byteCount: 2, value: partLeft), sink)
      isDamaged = true
      state = .damaged
      if dataLeft == 0 { endHead(at: position &+ 1, sink) }
      return
    }
    if state == .nameSize {
      if partLeft == 0 { UWSGIEvent.report(Anomaly(.uwsgiEmptyName, at: variableStart), sink) }
      state = partLeft == 0 ? .valueSize : .name
    } else {
      state = .value
      if partLeft == 0 { endVariable(at: position &+ 1, sink) }
    }
  }

  private mutating func takePart(_ bytes: RawSpan, from index: inout Int, _ sink: (UWSGIEvent, RawSpan) -> Void) {
    let count = Int(min(partLeft, UInt64(bytes.byteCount &- index)))
    let piece = bytes.extracting(index..<(index &+ count))
    index &+= count
    partLeft &-= UInt64(count)
    dataLeft &-= UInt64(count)
    let end = offset &+ UInt64(index)
    if state == .name {
      contentLength.receiveName(piece)
      sink(.name, piece)
      guard partLeft == 0 else { return }
      state = .valueSize
      if dataLeft == 0 {
        UWSGIEvent.report(Anomaly(.uwsgiCutPair, at: variableStart, byteCount: end &- variableStart), sink)
        endHead(at: end, sink)
      }
    } else {
      contentLength.receiveValue(piece)
      sink(.value, piece)
      if partLeft == 0 { endVariable(at: end, sink) }
    }
  }

  private mutating func endVariable(at end: StreamOffset, _ sink: (UWSGIEvent, RawSpan) -> Void) {
    variableCount &+= 1
    state = .nameSize
    sink(.variableEnd, RawSpan())
    switch contentLength.end() {
    // Web servers send an empty one where there is no body.
    case .counts where contentLength.value == nil && contentLength.number.byteCount > 0:
      UWSGIEvent.report(Anomaly(.uwsgiInvalidContentLength, at: variableStart), sink)
    case .repeated: UWSGIEvent.report(Anomaly(.uwsgiRepeatedContentLength, at: variableStart), sink)
    case .counts, .otherName: break
    }
    if dataLeft == 0 { endHead(at: end, sink) }
  }

  private mutating func endHead(at bodyOffset: StreamOffset, _ sink: (UWSGIEvent, RawSpan) -> Void) {
    wordByteCount = 0
    if isDamaged, !contentLength.isFound, header.modifier.isRequest {
      tail.endRequest(at: bodyOffset, isComplete: false, sink)
      return tail.lose(at: bodyOffset, sink)
    }
    let head = UWSGIHead(
      header: header, offset: tail.start, bodyOffset: bodyOffset, variableCount: variableCount,
      contentLength: contentLength.value)
    sink(.headersEnd(head), RawSpan())
    tail.beginContent(header.modifier.isRequest ? contentLength.value ?? 0 : 0, at: bodyOffset, sink)
  }
}

extension UWSGIDecoder {
  /// What the first bytes of a stream say: uwsgi is a header with the modifier of a request, and at least two variables
  /// (or one, where there is no more, or none before the 8192nd byte) named by capitals, digits and underscores, with
  /// sizes that fit.
  public static func looksLikeRequest(_ prefix: RawSpan) -> PrefixVerdict {
    guard prefix.byteCount > 0 else { return .needMore }
    let modifier = UWSGIModifier(rawValue: prefix.u8(at: 0))
    guard modifier.isRequest else { return .no }
    guard prefix.byteCount >= 4 else { return .needMore }
    let end = 4 &+ Int(prefix.u16le(at: 1))
    guard end > 8, prefix.u8(at: 3) == 0 else { return .no }
    var index = 4
    for _ in 0..<2 where index < min(end, 8192) {
      guard prefix.byteCount &- index >= 2 else { return .needMore }
      let nameSize = Int(prefix.u16le(at: index))
      guard nameSize >= 3, nameSize <= 256, index &+ 4 &+ nameSize <= end else { return .no }
      for position in (index &+ 2)..<(index &+ 2 &+ nameSize) {
        guard position < prefix.byteCount else { return .needMore }
        guard isVariableNameByte(prefix.u8(at: position)) else { return .no }
      }
      let sizeIndex = index &+ 2 &+ nameSize
      guard prefix.byteCount &- sizeIndex >= 2 else { return .needMore }
      index = sizeIndex &+ 2 &+ Int(prefix.u16le(at: sizeIndex))
      guard index <= end else { return .no }
    }
    return .yes
  }

  private static func isVariableNameByte(_ byte: UInt8) -> Bool {
    byte &- 0x41 < 26 || ASCII.isDigit(byte) || byte == 0x5F
  }
}
