// Losing and finding synchronisation: gaps in a capture, messages that cannot be framed, joining in the middle.
//
// A start line is proved by its exact form and by what stands before it. Also the tests of a stream's first bytes
// for the detection of protocols.

public import WireBytes

extension HTTP1Decoder {
  /// Takes note that `byteCount` bytes of the stream were lost by the capture.
  ///
  /// Reports `gap`. Inside a body that lasts until the end, a body or chunk whose length is known, or another
  /// protocol, the bytes count as missing and decoding goes on; elsewhere, and where the gap reaches beyond the
  /// chunk or body, synchronisation is lost. The responses expected are then forgotten: some may lie in the gap.
  public mutating func skip(byteCount: UInt64, _ sink: (HTTP1Event, RawSpan) -> Void) {
    guard byteCount > 0, state != .ended else { return }
    let pending = reader.pendingByteCount
    let start = offset
    report(Anomaly(.gap, at: start, byteCount: byteCount, value: byteCount), sink)
    let sum = start.addingReportingOverflow(byteCount)
    offset = min(sum.overflow ? .max : sum.partialValue, Self.maximumOffset)
    switch state {
    case .untilEnd:
      head.missingByteCount = head.missingByteCount.addingSaturating(byteCount)
    case .content, .chunkData:
      let lost = min(byteCount, remaining)
      head.missingByteCount = head.missingByteCount.addingSaturating(lost)
      remaining &-= lost
      let bodyEnd = min(start &+ lost, Self.maximumOffset)
      if remaining == 0 { endCounted(at: bodyEnd, sink) }
      if lost < byteCount { loseInGap(at: bodyEnd, sink) }
    case .opaque, .ended:
      break
    case .searching:
      reader.reset()
      searchStart = .afterGap
    case .startLine, .fields, .chunkSize, .trailers, .chunkEnd, .chunkEndLF:
      loseInGap(at: start &- min(pending, start), sink)
    }
  }

  private mutating func loseInGap(at lost: StreamOffset, _ sink: (HTTP1Event, RawSpan) -> Void) {
    reader.reset()
    loseSynchronisation(at: lost, .afterGap, sink)
    forgetExpectedResponses()
  }

  /// Says that the message boundary is lost, ends the message under way and begins to search.
  mutating func loseSynchronisation(
    at lost: StreamOffset, _ start: SearchStart, _ sink: (HTTP1Event, RawSpan) -> Void
  ) {
    report(Anomaly(.lostSynchronisation, at: lost, byteCount: 0), sink)
    finishMessage(.lost, at: lost, sink)
    state = .searching
    searchStart = start
    searchOffset = lost
  }

  /// Looks at one line while searching.
  mutating func search(_ line: WireLine, _ content: RawSpan, _ sink: (HTTP1Event, RawSpan) -> Void) {
    let start = searchStart
    searchStart = .afterLineEnd
    guard start != .insideLine, !line.isCut, let index = startLineIndex(in: content, start, line.end)
    else { return }
    var found = line
    found.offset &+= UInt64(index)
    found.byteCount &-= UInt64(index)
    found.keptByteCount &-= index
    reportUndecoded(until: found.offset, sink)
    state = .startLine
    takeStartLine(found, content.extracting(droppingFirst: index), sink)
  }

  /// Where in a line a start line begins that is exact to the line's end; nil where there is none.
  ///
  /// Mostly at its beginning; but bodies seldom end with a line end, and the next message then follows in the same line.
  /// Text that speaks of HTTP is not taken for it: there, CR LF has to end the line.
  private func startLineIndex(in line: RawSpan, _ start: SearchStart, _ end: LineEnd) -> Int? {
    if role == .requests {
      if Self.isExactRequestLine(line, knownMethodsOnly: start == .afterGap) { return 0 }
      return end == .crlf ? Self.requestLineIndex(in: line) : nil
    }
    if Self.isExactStatusLine(line) { return 0 }
    guard end == .crlf, line.byteCount > 12 else { return nil }
    var next = line.firstIndex(of: 0x48, from: 1)
    while let index = next {
      let rest = line.extracting(droppingFirst: index)
      if Self.isExactStatusLine(rest), rest.isPlainText(from: 12) { return index }
      next = line.firstIndex(of: 0x48, from: index &+ 1)
    }
    return nil
  }

  /// The index of a method that the rest of the line makes a request line; the words are counted from the line's end.
  private static func requestLineIndex(in line: RawSpan) -> Int? {
    var end = line.byteCount &- 9
    guard end > 0, line.u8(at: end) == ASCII.space else { return nil }
    while end > 0, line.u8(at: end &- 1) != ASCII.space { end &-= 1 }
    let before = line.extracting(first: max(end &- 1, 0))
    for method in knownMethods where before.byteCount >= method.utf8CodeUnitCount {
      let index = before.byteCount &- method.utf8CodeUnitCount
      let rest = line.extracting(droppingFirst: index)
      if before.extracting(droppingFirst: index).equals(method), isExactRequestLine(rest, knownMethodsOnly: true) {
        return index
      }
    }
    return nil
  }

  private static let knownMethods: [StaticString] = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "TRACE", "PATCH",
  ]

  /// Says which bytes the search passed over, if there were any.
  func reportUndecoded(until end: StreamOffset, _ sink: (HTTP1Event, RawSpan) -> Void) {
    guard end > searchOffset else { return }
    let count = end &- searchOffset
    report(Anomaly(.undecoded, at: searchOffset, byteCount: count, value: count), sink)
  }

  /// Whether `line` is exactly `HTTP/1.digit`, a space, three digits and nothing or a space and more.
  private static func isExactStatusLine(_ line: RawSpan) -> Bool {
    line.byteCount >= 12 && line.hasPrefix("HTTP/1.") && ASCII.isDigit(line.u8(at: 7))
      && line.u8(at: 8) == ASCII.space && line.statusCode(in: 9..<12) >= 100
      && (line.byteCount == 12 || line.u8(at: 12) == ASCII.space)
  }

  /// Whether `line` is exactly a token, a space, a target, a space and `HTTP/1.digit`.
  ///
  /// - Parameter knownMethodsOnly: The line may lack its beginning, so that only a method that is no other known
  ///   method's ending proves it.
  private static func isExactRequestLine(_ line: RawSpan, knownMethodsOnly: Bool) -> Bool {
    let parts = RequestLineParts(line)
    guard parts.oddSpace < 0, !parts.target.isEmpty, line.isToken(in: parts.method),
      line.httpVersion(in: parts.versionText)?.major == 1
    else { return false }
    for index in parts.target where line.u8(at: index) <= 0x20 || line.u8(at: index) == 0x7F { return false }
    guard knownMethodsOnly else { return true }
    let method = line.extracting(parts.method)
    for known in knownMethods where method.equals(known) { return true }
    return false
  }
}

extension HTTP1Decoder {
  /// Whether a stream that begins with `prefix` carries HTTP/1 requests.
  ///
  /// Yes: a token of at most 64 bytes, a space, and ` HTTP/` further on in the line, empty lines before it apart.
  /// The end of a line longer than 8192 bytes is not waited for: one that goes on for so long as a path of printable
  /// bytes is a request's.
  public static func looksLikeRequest(_ prefix: RawSpan) -> PrefixVerdict {
    var index = 0
    while index < prefix.byteCount, prefix.u8(at: index) == ASCII.cr || prefix.u8(at: index) == ASCII.lf {
      index &+= 1
    }
    let start = index
    while index < prefix.byteCount, ASCII.isTokenByte(prefix.u8(at: index)) {
      index &+= 1
      if index &- start > 64 { return .no }
    }
    guard index < prefix.byteCount else { return start > 64 ? .no : .needMore }
    guard index > start, prefix.u8(at: index) == ASCII.space else { return .no }
    let lineEnd = prefix.firstIndex(of: ASCII.lf, from: index)
    let line = prefix.extracting(start..<min(lineEnd ?? prefix.byteCount, start &+ 8192))
    var space = line.firstIndex(of: ASCII.space, from: index &- start &+ 1)
    while let found = space {
      if line.hasHTTPPrefix(at: found &+ 1) { return .yes }
      space = line.firstIndex(of: ASCII.space, from: found &+ 1)
    }
    guard line.byteCount == 8192 else { return lineEnd == nil ? .needMore : .no }
    return line.isPath(from: index &- start &+ 1) ? .yes : .no
  }

  /// Whether a stream that begins with `prefix` carries HTTP/1 responses: `HTTP/1.` and a digit.
  public static func looksLikeResponse(_ prefix: RawSpan) -> PrefixVerdict {
    let expected: StaticString = "HTTP/1."
    for index in 0..<min(prefix.byteCount, 7) where unsafe expected.utf8Start[index] != prefix.u8(at: index) {
      return .no
    }
    guard prefix.byteCount > 7 else { return .needMore }
    return ASCII.isDigit(prefix.u8(at: 7)) ? .yes : .no
  }
}

extension RawSpan {
  /// Whether a slash and bytes that are no control characters stand from `start` on.
  fileprivate func isPath(from start: Int) -> Bool {
    guard start < byteCount, u8(at: start) == 0x2F else { return false }
    for index in start..<byteCount where u8(at: index) < 0x20 || u8(at: index) == 0x7F { return false }
    return true
  }

  /// Whether only letters, digits, spaces and the marks of reason phrases stand from `start` on.
  fileprivate func isPlainText(from start: Int) -> Bool {
    for index in min(start, byteCount)..<byteCount {
      let byte = u8(at: index)
      let isMark = byte == ASCII.space || byte == 0x2D || byte == 0x27 || ASCII.isDigit(byte)
      guard isMark || ASCII.lowercased(byte) &- 0x61 < 26 else { return false }
    }
    return true
  }
}

extension UInt64 {
  /// The sum, or the greatest value where it does not fit.
  func addingSaturating(_ other: UInt64) -> UInt64 {
    let sum = addingReportingOverflow(other)
    return sum.overflow ? .max : sum.partialValue
  }
}
