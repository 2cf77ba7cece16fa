// The HTTP/1 decoder: one direction of one connection, bytes in, facts out, no I/O.
//
// The state, the entry points and the loop live here. Start lines, fields and framing, chunks, and the search for
// lost synchronisation have files of their own. Verdicts and the pairing of the two directions live elsewhere.

public import WireBytes

/// Reads the messages of one direction of an HTTP/1 connection.
///
/// Takes any bytes, cut anywhere, and always consumes all of them; the same stream gives the same events however
/// it is cut (content comes in pieces as it arrives). Never fails on content: what is odd becomes an anomaly, and
/// the decoder goes on with the framing that RFC 9112 section 6.3 gives:
///
/// | head | body taken |
/// |---|---|
/// | response to HEAD; 1xx but 101; 204; 304 | none |
/// | 101; 2xx to CONNECT | none; what follows is another protocol |
/// | Transfer-Encoding ending in chunked, with or without Content-Length, in any version | chunked |
/// | Transfer-Encoding not ending in chunked | response: until the end; request: undeterminable |
/// | Content-Length once, or repeated with one value | that many bytes |
/// | Content-Length invalid, too large or differing | response: until the end; request: undeterminable |
/// | neither | request: none; response: until the end |
///
/// Whitespace before a colon does not keep Content-Length and Transfer-Encoding from being understood; folded
/// lines continue their values.
///
///     startLine ─▶ fields ─┬─ no body ───────────────────────────────────────────────┬─▶ startLine
///                          ├─ Content-Length ─▶ content ─────────────────────────────┤
///                          ├─ chunked ─▶ chunkSize ─▶ chunkData ─▶ chunkEnd ─┐        │
///                          │                 ▲  └─ size 0 ─▶ trailers ───────┼────────┘
///                          │                 └───────────────────────────────┘
///                          ├─ nothing that delimits it ─▶ untilEnd ─▶ ended
///                          └─ an upgrade ─▶ opaque
///     any but the last two ── framing is lost ─▶ searching ── a start line is proved ─▶ startLine
///
/// Framing is lost (`lost-synchronisation`) by a line that resembles no start line, by a chunk size that cannot be
/// read, by chunk data without a line end, and by a ``skip(byteCount:_:)`` outside a body. The decoder then looks
/// for the next start line that it can prove, reports what it passed over as `undecoded`, and goes on there.
///
/// The span beside an event is valid for the call only. Memory: one line of at most the line limit, and one byte
/// for each response that is expected.
///
/// Spec: RFC 9112.
public struct HTTP1Decoder: WireDecoder {
  enum State: UInt8 {
    case startLine, fields, content, chunkSize, chunkData, chunkEnd, chunkEndLF, trailers, untilEnd, opaque
    case searching, ended
  }

  /// What the first line may be taken for while searching.
  enum SearchStart: UInt8 {
    /// A line end stands before it.
    case afterLineEnd
    /// It begins where the observation does, perhaps inside a line.
    case afterGap
    /// It begins inside a line.
    case insideLine
  }

  /// What the head of the current message has said so far.
  struct Head: Sendable {
    var version: HTTP1Version?
    var status: UInt16 = 0
    var hasFields = false
    var contentLength = ContentLengthReader()
    var transferEncoding = TransferEncodingReader()
    /// The framing field whose continuation may still come, and where its line stands.
    var openField = FramingField.none
    var openFieldRange: Range<StreamOffset> = 0..<0
    var transferEncodingRange: Range<StreamOffset> = 0..<0
    var isInterim = false
    var contentByteCount: UInt64 = 0
    var missingByteCount: UInt64 = 0
  }

  enum FramingField: UInt8 { case none, contentLength, transferEncoding }

  /// Offsets stop growing here, so that adding a chunk's length never overflows.
  static let maximumOffset: StreamOffset = 1 << 62

  /// What this direction carries.
  public let role: HTTP1Role
  /// The stream offset of the next byte that ``receive(_:_:)`` takes.
  public internal(set) var offset: StreamOffset

  var state: State
  var reader: LineReader
  var head = Head()
  /// Whether a start line was reported whose message has not ended.
  var isInMessage = false
  /// Bytes left of the body or the chunk.
  var remaining: UInt64 = 0
  var searchStart = SearchStart.afterLineEnd
  var searchOffset: StreamOffset = 0
  var expectations = ResponseExpectations()

  /// - Parameters:
  ///   - role: What the direction carries.
  ///   - joinedInTheMiddle: The observation did not begin with the connection: look for a start line first.
  ///   - offset: The stream offset of the first byte.
  ///   - lineLimit: The most bytes kept of a line, at least 64; a longer one gives `line-too-long` and is read
  ///     as its beginning.
  public init(
    role: HTTP1Role, joinedInTheMiddle: Bool = false, offset: StreamOffset = 0, lineLimit: Int = 65536
  ) {
    self.role = role
    self.offset = min(offset, Self.maximumOffset)
    reader = LineReader(limit: max(lineLimit, 64))
    state = .startLine
    if joinedInTheMiddle {
      state = .searching
      searchStart = .afterGap
      searchOffset = self.offset
    }
  }

  /// Whether the decoder stands between two messages and holds nothing.
  public var isIdle: Bool { state == .startLine && reader.pendingByteCount == 0 }

  /// Whether what follows is another protocol's.
  public var isUpgraded: Bool { state == .opaque }

  /// Whether synchronisation is lost and a start line is being looked for.
  public var isSearching: Bool { state == .searching }

  /// The memory that the decoder takes besides itself, in bytes.
  package var heldByteCount: Int { reader.heldByteCount &+ expectations.heldByteCount }

  /// Takes the next bytes of the stream.
  ///
  /// - Parameters:
  ///   - bytes: Any number of bytes; all are consumed.
  ///   - sink: Called for every event with its bytes, valid for the call. Must not call this decoder.
  public mutating func receive(_ bytes: RawSpan, _ sink: (HTTP1Event, RawSpan) -> Void) {
    var index = 0
    while index < bytes.byteCount {
      switch state {
      case .startLine, .fields, .chunkSize, .trailers, .searching:
        readLines(bytes, from: &index, sink)
      case .content, .chunkData:
        takeCounted(bytes, from: &index, sink)
      case .chunkEnd, .chunkEndLF:
        takeChunkEnd(bytes, from: &index, sink)
      case .untilEnd:
        head.contentByteCount &+= UInt64(bytes.byteCount &- index)
        sink(.content(offset &+ UInt64(index)), bytes.extracting(index..<bytes.byteCount))
        index = bytes.byteCount
      case .opaque:
        sink(.upgraded(offset &+ UInt64(index)), bytes.extracting(index..<bytes.byteCount))
        index = bytes.byteCount
      case .ended:
        index = bytes.byteCount
      }
    }
    offset = min(offset &+ UInt64(bytes.byteCount), Self.maximumOffset)
  }

  /// Takes the end of the stream.
  ///
  /// Completes a body that lasts until the end; otherwise reports `truncated` (its value: the bytes that were
  /// still due, where known) and ends the message. Bytes received later are ignored.
  public mutating func end(_ sink: (HTTP1Event, RawSpan) -> Void) {
    switch state {
    case .startLine, .fields, .chunkSize, .trailers: endInLine(sink)
    case .searching:
      reader.reset()
      reportUndecoded(until: offset, sink)
    case .content, .chunkData:
      sink(.anomaly(Anomaly(.truncated, at: offset, byteCount: 0, value: remaining)), RawSpan())
    case .chunkEnd, .chunkEndLF:
      sink(.anomaly(Anomaly(.truncated, at: offset, byteCount: 0)), RawSpan())
    case .untilEnd:
      finishMessage(.streamEnd, at: offset, sink)
    case .opaque, .ended: break
    }
    finishMessage(.truncated, at: offset, sink)
    state = .ended
  }

  /// Takes note that what follows is another protocol's: the other direction said 101, or 2xx to CONNECT.
  ///
  /// For the direction of requests; that of responses sees it by itself. An unfinished line becomes the first
  /// bytes of the other protocol. A message that is under way is first ended as `lost`.
  public mutating func upgrade(_ sink: (HTTP1Event, RawSpan) -> Void) {
    guard state != .opaque, state != .ended else { return }
    if state == .searching {
      let start = offset &- min(reader.pendingByteCount, offset)
      reportUndecoded(until: start, sink)
    }
    finishMessage(.lost, at: offset &- min(reader.pendingByteCount, offset), sink)
    if let line = reader.finish() {
      let bytes = reader.carriedBytes
      unsafe sink(.upgraded(line.offset), bytes.span.bytes.extracting(first: line.keptByteCount))
      line.reportOddities { sink(.anomaly($0), RawSpan()) }
    }
    reader.reset()
    state = .opaque
  }

  /// Takes note that the next final response answers a request with this kind of method.
  ///
  /// In request order.
  ///
  /// Without it a response is framed as one to an ordinary method. At most 4096 are remembered by kind; beyond
  /// that they count as ordinary.
  public mutating func expectResponse(to method: HTTP1MethodKind) { expectations.append(method) }

  /// How many responses are expected: requests noted whose final response has not begun.
  public var expectedResponseCount: Int { expectations.count }

  /// Forgets the responses expected, as when their order is no longer known.
  public mutating func forgetExpectedResponses() { expectations = ResponseExpectations() }

  // MARK: - Messages

  func report(_ anomaly: Anomaly, _ sink: (HTTP1Event, RawSpan) -> Void) { sink(.anomaly(anomaly), RawSpan()) }

  mutating func beginMessage() {
    head = Head()
    isInMessage = true
    state = .fields
  }

  /// Ends the message under way, if there is one, and makes ready for the next.
  mutating func finishMessage(
    _ completion: HTTP1MessageCompletion, at end: StreamOffset, _ sink: (HTTP1Event, RawSpan) -> Void
  ) {
    guard isInMessage else { return }
    isInMessage = false
    state = .startLine
    let facts = HTTP1MessageEnd(
      offset: end, completion: completion, contentByteCount: head.contentByteCount,
      missingByteCount: head.missingByteCount, isInterim: head.isInterim)
    sink(.messageEnd(facts), RawSpan())
  }

  // MARK: - Lines

  private mutating func readLines(_ bytes: RawSpan, from index: inout Int, _ sink: (HTTP1Event, RawSpan) -> Void) {
    while index < bytes.byteCount, let line = reader.next(in: bytes, from: &index, at: offset) {
      if line.isCarried {
        let carried = reader.carriedBytes
        unsafe take(line, carried.span.bytes.extracting(first: line.keptByteCount), sink)
      } else {
        take(line, bytes.extracting(line.index..<(line.index &+ line.keptByteCount)), sink)
      }
      switch state {
      case .startLine, .fields, .chunkSize, .trailers, .searching: continue
      default: return
      }
    }
  }

  private mutating func take(_ line: WireLine, _ content: RawSpan, _ sink: (HTTP1Event, RawSpan) -> Void) {
    switch state {
    case .fields: takeField(line, content, sink)
    case .startLine: takeStartLine(line, content, sink)
    case .chunkSize: takeChunkHeader(line, content, sink)
    case .trailers: takeTrailer(line, content, sink)
    default: search(line, content, sink)
    }
  }

  /// The stream ends where a line was due or under way.
  private mutating func endInLine(_ sink: (HTTP1Event, RawSpan) -> Void) {
    guard let line = reader.finish() else {
      if isInMessage { report(Anomaly(.truncated, at: offset, byteCount: 0), sink) }
      return
    }
    let bytes = reader.carriedBytes
    let content = unsafe bytes.span.bytes.extracting(first: line.keptByteCount)
    sink(.unparsedLine(UnparsedLine(offset: line.offset, end: line.end)), content)
    line.reportOddities { report($0, sink) }
    report(Anomaly(.truncated, at: line.offset, byteCount: line.byteCount), sink)
    reader.reset()
  }
}
