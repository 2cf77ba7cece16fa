// The CGI decoder: a program's standard output, or FastCGI's STDOUT stream, bytes in, facts out, no I/O.
//
// A header block of lines, an empty line, and the body. Verdicts live elsewhere, and so does what a web server
// makes of the response.

public import WireBytes

/// Reads the response of a CGI program.
///
/// Takes any bytes, cut anywhere, and always consumes all of them; the same stream gives the same events however
/// it is cut (content comes in pieces as it arrives). Never fails on content: what is odd becomes an anomaly. Lines
/// may end with CR LF or LF; which, each line's event says, and LF is no anomaly here.
///
/// The span beside an event is valid for the call only. Memory: one line of at most the line limit.
///
/// Spec: RFC 3875 section 6.
public struct CGIResponseDecoder: WireDecoder {
  private enum State: UInt8 { case firstLine, fields, body, lost, ended }

  /// Offsets stop growing here, so that adding a chunk's length never overflows.
  private static let maximumOffset: StreamOffset = 1 << 62

  /// The stream offset of the next byte that ``receive(_:_:)`` takes.
  public private(set) var offset: StreamOffset = 0
  /// What the head has said so far, or all of it once it ended.
  public internal(set) var head = CGIHead()

  private var state = State.firstLine
  private var reader: LineReader
  private var hasFieldLine = false
  private var contentByteCount: UInt64 = 0
  private var missingByteCount: UInt64 = 0

  /// - Parameter lineLimit: The most bytes kept of a line, at least 64; a longer one gives `line-too-long` and is
  ///   read as its beginning.
  public init(lineLimit: Int = 65536) { reader = LineReader(limit: max(lineLimit, 64)) }

  /// Whether the head is complete.
  public var isInBody: Bool { state == .body }
  /// Bytes of a line whose end has not come yet.
  public var pendingByteCount: UInt64 { reader.pendingByteCount }
  /// The memory that the decoder takes besides itself, in bytes.
  package var heldByteCount: Int { reader.heldByteCount }

  /// Takes the next bytes of the stream.
  ///
  /// - Parameters:
  ///   - bytes: Any number of bytes; all are consumed.
  ///   - sink: Called for every event with its bytes, valid for the call. Must not call this decoder.
  public mutating func receive(_ bytes: RawSpan, _ sink: (CGIResponseEvent, RawSpan) -> Void) {
    var index = 0
    while index < bytes.byteCount, state == .firstLine || state == .fields,
      let line = reader.next(in: bytes, from: &index, at: offset)
    {
      if line.isCarried {
        let carried = reader.carriedBytes
        unsafe take(line, carried.span.bytes.extracting(first: line.keptByteCount), sink)
      } else {
        take(line, bytes.extracting(line.index..<(line.index &+ line.keptByteCount)), sink)
      }
    }
    if index < bytes.byteCount {
      let rest = bytes.extracting(index..<bytes.byteCount)
      let position = offset &+ UInt64(index)
      if state == .body {
        contentByteCount &+= UInt64(rest.byteCount)
        sink(.content(position), rest)
      } else if state == .lost {
        sink(.undecoded(position), rest)
      }
    }
    offset = min(offset &+ UInt64(bytes.byteCount), Self.maximumOffset)
  }

  /// Takes the end of the stream.
  ///
  /// Bytes received later are ignored.
  ///
  /// Reports `truncated` when the head had not ended, and `cgi-empty-response` when there was nothing at all.
  public mutating func end(_ sink: (CGIResponseEvent, RawSpan) -> Void) {
    var form: CGIResponseForm?
    switch state {
    case .ended: return
    case .lost: break
    case .body: form = head.form(hasBody: contentByteCount > 0 || missingByteCount > 0)
    case .firstLine, .fields:
      if offset == 0 {
        report(Anomaly(.cgiEmptyResponse, at: 0, byteCount: 0), sink)
      } else {
        endInHead(sink)
      }
    }
    state = .ended
    let end = CGIResponseEnd(
      offset: offset, form: form, contentByteCount: contentByteCount, missingByteCount: missingByteCount)
    sink(.end(end), RawSpan())
  }

  /// Takes note that `byteCount` bytes of the stream were lost by the capture.
  ///
  /// Reports `gap`. In the body they count as missing; in the head, whose end may lie among them, synchronisation
  /// is lost for good, and what follows is `undecoded`.
  public mutating func skip(byteCount: UInt64, _ sink: (CGIResponseEvent, RawSpan) -> Void) {
    guard byteCount > 0, state != .ended else { return }
    let start = offset
    report(Anomaly(.gap, at: start, byteCount: byteCount, value: byteCount), sink)
    let sum = start.addingReportingOverflow(byteCount)
    offset = min(sum.overflow ? .max : sum.partialValue, Self.maximumOffset)
    switch state {
    case .body:
      let missing = missingByteCount.addingReportingOverflow(byteCount)
      missingByteCount = missing.overflow ? .max : missing.partialValue
    case .lost, .ended:
      break
    case .firstLine, .fields:
      let lost = start &- min(reader.pendingByteCount, start)
      endLine(sink)
      report(Anomaly(.lostSynchronisation, at: lost, byteCount: 0), sink)
      state = .lost
    }
  }

  // MARK: - Lines

  func report(_ anomaly: Anomaly, _ sink: (CGIResponseEvent, RawSpan) -> Void) {
    sink(.anomaly(anomaly), RawSpan())
  }

  /// Reports what is odd, a bare LF apart: CGI allows it.
  func reportUnlessLF(_ anomaly: Anomaly, _ sink: (CGIResponseEvent, RawSpan) -> Void) {
    if anomaly.kind != .bareLF { report(anomaly, sink) }
  }

  private mutating func take(_ line: WireLine, _ content: RawSpan, _ sink: (CGIResponseEvent, RawSpan) -> Void) {
    let isFirst = state == .firstLine
    state = .fields
    if line.byteCount == 0 {
      endHead(line, sink)
    } else if content.u8(at: 0) == ASCII.space || content.u8(at: 0) == ASCII.tab {
      let fold = FoldedLine(line, content, continuesField: hasFieldLine)
      sink(.foldedLine(fold), content)
      fold.reportOddities(line, content) { reportUnlessLF($0, sink) }
    } else if isFirst, content.hasPrefix("HTTP/") {
      takeStatusLine(line, content, sink)
    } else if let field = FieldLine(line, content) {
      hasFieldLine = true
      takeField(field, line, content, sink)
    } else {
      sink(.unparsedLine(UnparsedLine(offset: line.offset, end: line.end)), content)
      report(Anomaly(.missingColon, at: line.offset, byteCount: line.byteCount), sink)
      line.reportOddities { reportUnlessLF($0, sink) }
    }
  }

  private mutating func takeStatusLine(
    _ line: WireLine, _ content: RawSpan, _ sink: (CGIResponseEvent, RawSpan) -> Void
  ) {
    let space = content.firstIndex(of: ASCII.space) ?? content.byteCount
    let start = min(space &+ 1, content.byteCount)
    let status = CGIStatus(content.extracting(droppingFirst: start))
    head.startsWithStatusLine = true
    head.status = status.code
    let reason = (start &+ status.reason.lowerBound)..<(start &+ status.reason.upperBound)
    sink(
      .statusLine(CGIStatusLine(offset: line.offset, status: status.code, reason: reason, end: line.end)), content)
    report(Anomaly(.cgiStatusLine, at: line.offset, byteCount: line.byteCount), sink)
    if !status.isValid {
      let offset = line.offset &+ UInt64(start)
      let count = UInt64(status.codeText.count)
      report(Anomaly(.cgiInvalidStatusLine, at: offset, byteCount: count, value: UInt64(status.code)), sink)
    }
    content.reportControlBytes(in: 0..<content.byteCount, at: line.offset, .controlByteInValue) { report($0, sink) }
    line.reportOddities { reportUnlessLF($0, sink) }
  }

  private mutating func endHead(_ line: WireLine, _ sink: (CGIResponseEvent, RawSpan) -> Void) {
    head.offset = line.offset
    head.bodyOffset = line.nextOffset
    head.end = line.end
    state = .body
    sink(.headersEnd(head), RawSpan())
    if !hasFieldLine {
      report(Anomaly(.cgiNoFields, at: line.offset, byteCount: 0), sink)
    } else if head.contentTypeFieldCount == 0, head.locationFieldCount == 0, head.statusFieldCount == 0,
      !head.startsWithStatusLine
    {
      report(Anomaly(.cgiNoCGIField, at: line.offset, byteCount: 0), sink)
    }
  }

  /// The stream ends before the head does.
  private mutating func endInHead(_ sink: (CGIResponseEvent, RawSpan) -> Void) {
    let pending = min(reader.pendingByteCount, offset)
    endLine(sink)
    report(Anomaly(.truncated, at: offset &- pending, byteCount: pending), sink)
  }

  /// Hands on the beginning of a line whose rest does not come.
  private mutating func endLine(_ sink: (CGIResponseEvent, RawSpan) -> Void) {
    guard let line = reader.finish() else { return }
    let bytes = reader.carriedBytes
    let content = unsafe bytes.span.bytes.extracting(first: line.keptByteCount)
    sink(.unparsedLine(UnparsedLine(offset: line.offset, end: line.end)), content)
    line.reportOddities { reportUnlessLF($0, sink) }
    reader.reset()
  }
}
