// Request lines and status lines: strict in what is called regular, lenient in what is understood.
//
// One line in, one event and its anomalies out. Nothing here looks at more than the line.

internal import WireBytes

extension HTTP1Decoder {
  mutating func takeStartLine(_ line: WireLine, _ content: RawSpan, _ sink: (HTTP1Event, RawSpan) -> Void) {
    if line.byteCount == 0 {
      report(Anomaly(.emptyLineBeforeStartLine, at: line.offset, byteCount: UInt64(line.end.byteCount)), sink)
      line.reportOddities { report($0, sink) }
    } else if role == .requests {
      takeRequestLine(line, content, sink)
    } else {
      takeStatusLine(line, content, sink)
    }
  }

  // MARK: - Requests

  private mutating func takeRequestLine(
    _ line: WireLine, _ content: RawSpan, _ sink: (HTTP1Event, RawSpan) -> Void
  ) {
    let parts = RequestLineParts(content)
    if parts.versionText.isEmpty, !content.isToken(in: parts.method) {
      sink(.unparsedLine(UnparsedLine(offset: line.offset, end: line.end)), content)
      line.reportOddities { report($0, sink) }
      loseSynchronisation(at: line.offset, .afterLineEnd, sink)
      return
    }
    beginMessage()
    let version = content.httpVersion(in: parts.versionText)
    head.version = version
    let event = HTTP1RequestLine(
      offset: line.offset, method: parts.method, target: parts.target, versionText: parts.versionText,
      version: version, end: line.end)
    sink(.requestLine(event), content)
    if parts.oddSpace >= 0 {
      report(Anomaly(.irregularStartLineSpace, at: line.offset &+ UInt64(parts.oddSpace)), sink)
    }
    if let index = content.firstNonToken(in: parts.method) {
      report(Anomaly(.invalidMethod, at: line.offset &+ UInt64(index), value: UInt64(content.u8(at: index))), sink)
    }
    reportTarget(parts.target, line, content, sink)
    if !parts.versionText.isEmpty {
      reportVersion(version, parts.versionText, line, sink)
    } else if !line.isCut {
      // In a cut line the version may stand beyond what was kept: line-too-long says so.
      report(Anomaly(.missingVersion, at: line.endOffset, byteCount: 0), sink)
    }
    reportBareCR(line, content, sink)
    line.reportOddities { report($0, sink) }
  }

  private func reportTarget(
    _ target: Range<Int>, _ line: WireLine, _ content: RawSpan, _ sink: (HTTP1Event, RawSpan) -> Void
  ) {
    if target.isEmpty {
      report(Anomaly(.missingTarget, at: line.offset &+ UInt64(target.lowerBound), byteCount: 0), sink)
      return
    }
    var isSpaceSeen = false
    for index in target {
      let byte = content.u8(at: index)
      if byte > 0x20 && byte < 0x7F { continue }
      if Self.isStartLineSpace(byte) {
        if !isSpaceSeen { report(Anomaly(.spaceInTarget, at: line.offset &+ UInt64(index)), sink) }
        isSpaceSeen = true
      } else {
        report(Anomaly(.invalidTargetByte, at: line.offset &+ UInt64(index), value: UInt64(byte)), sink)
        return
      }
    }
  }

  private func reportVersion(
    _ version: HTTP1Version?, _ text: Range<Int>, _ line: WireLine, _ sink: (HTTP1Event, RawSpan) -> Void
  ) {
    let start = line.offset &+ UInt64(text.lowerBound)
    if let version {
      guard version.major != 1 else { return }
      report(
        Anomaly(.unsupportedVersion, at: start, byteCount: UInt64(text.count), value: UInt64(version.major)), sink)
    } else {
      report(Anomaly(.malformedVersion, at: start, byteCount: UInt64(text.count)), sink)
    }
  }

  func reportBareCR(_ line: WireLine, _ content: RawSpan, _ sink: (HTTP1Event, RawSpan) -> Void) {
    if let index = content.firstIndex(of: ASCII.cr) {
      report(Anomaly(.bareCR, at: line.offset &+ UInt64(index)), sink)
    }
  }

  // MARK: - Responses

  private mutating func takeStatusLine(
    _ line: WireLine, _ content: RawSpan, _ sink: (HTTP1Event, RawSpan) -> Void
  ) {
    guard content.hasHTTPPrefix(at: 0) else {
      sink(.unparsedLine(UnparsedLine(offset: line.offset, end: line.end)), content)
      line.reportOddities { report($0, sink) }
      loseSynchronisation(at: line.offset, .afterLineEnd, sink)
      return
    }
    let count = content.byteCount
    let versionText = 0..<content.endOfWord(from: 0)
    let statusStart = content.endOfSpace(from: versionText.upperBound)
    let statusText = statusStart..<content.endOfWord(from: statusStart)
    var reason = statusText.upperBound..<count
    var oddSpace = content.isSingleSpace(in: versionText.upperBound..<statusStart) ? -1 : versionText.upperBound
    if !reason.isEmpty {
      if content.u8(at: reason.lowerBound) != ASCII.space, oddSpace < 0 { oddSpace = reason.lowerBound }
      reason = (reason.lowerBound &+ 1)..<count
    }
    let version = content.httpVersion(in: versionText)
    let status = content.statusCode(in: statusText)
    beginMessage()
    head.version = version
    head.status = status
    head.isInterim = status >= 100 && status < 200 && status != 101
    let event = HTTP1StatusLine(
      offset: line.offset, versionText: versionText, version: version, status: status, statusText: statusText,
      reason: reason, end: line.end)
    sink(.statusLine(event), content)
    reportVersion(version, versionText, line, sink)
    if oddSpace >= 0 { report(Anomaly(.irregularStartLineSpace, at: line.offset &+ UInt64(oddSpace)), sink) }
    if status < 100 || status > 599 {
      let start = line.offset &+ UInt64(statusText.lowerBound)
      report(
        Anomaly(.invalidStatus, at: start, byteCount: UInt64(statusText.count), value: UInt64(status)), sink)
    }
    if statusText.upperBound == count {
      report(Anomaly(.missingSpaceAfterStatus, at: line.offset &+ UInt64(count), byteCount: 0), sink)
    }
    if content.firstControlByte(in: reason) != nil {
      content.reportControlBytes(in: reason, at: line.offset, .controlByteInReason) { report($0, sink) }
    }
    line.reportOddities { report($0, sink) }
  }

  /// Whitespace that some recipients take as a separator in a start line: SP, HTAB, VT, FF and a bare CR.
  ///
  /// Spec: RFC 9112 section 3.
  @inline(__always)
  static func isStartLineSpace(_ byte: UInt8) -> Bool {
    byte == ASCII.space || byte == ASCII.tab || byte == 0x0B || byte == 0x0C || byte == ASCII.cr
  }
}

/// Where the words of a request line stand.
struct RequestLineParts {
  var method: Range<Int>
  var target: Range<Int>
  var versionText: Range<Int>
  /// The index of the first whitespace that is not one separating space, or -1.
  var oddSpace = -1

  /// The first word is the method, the last one the version if it begins with `HTTP/` in any case, and what stands
  /// between them the target.
  init(_ content: RawSpan) {
    var stop = content.byteCount
    while stop > 0, HTTP1Decoder.isStartLineSpace(content.u8(at: stop &- 1)) { stop &-= 1 }
    let start = min(content.endOfSpace(from: 0), stop)
    method = start..<min(content.endOfWord(from: start), stop)
    let rest = min(content.endOfSpace(from: method.upperBound), stop)
    var word = stop
    while word > rest, !HTTP1Decoder.isStartLineSpace(content.u8(at: word &- 1)) { word &-= 1 }
    var targetEnd = stop
    versionText = stop..<stop
    if stop > rest, content.hasHTTPPrefix(at: word) {
      versionText = word..<stop
      targetEnd = word
      while targetEnd > rest, HTTP1Decoder.isStartLineSpace(content.u8(at: targetEnd &- 1)) { targetEnd &-= 1 }
    }
    target = rest..<targetEnd
    if start > 0 {
      oddSpace = 0
    } else if rest > method.upperBound, !content.isSingleSpace(in: method.upperBound..<rest) {
      oddSpace = method.upperBound
    } else if !target.isEmpty, !versionText.isEmpty, !content.isSingleSpace(in: targetEnd..<word) {
      oddSpace = targetEnd
    } else if stop < content.byteCount {
      oddSpace = stop
    }
  }
}

extension RawSpan {
  /// Where the run of start-line whitespace from `start` on ends.
  func endOfSpace(from start: Int) -> Int {
    var index = start
    while index < byteCount, HTTP1Decoder.isStartLineSpace(u8(at: index)) { index &+= 1 }
    return index
  }

  /// Where the run of other bytes from `start` on ends.
  func endOfWord(from start: Int) -> Int {
    var index = start
    while index < byteCount, !HTTP1Decoder.isStartLineSpace(u8(at: index)) { index &+= 1 }
    return index
  }

  func isSingleSpace(in range: Range<Int>) -> Bool {
    range.count == 1 && u8(at: range.lowerBound) == ASCII.space
  }

  /// Whether `HTTP/` stands at `index`, in any case.
  func hasHTTPPrefix(at index: Int) -> Bool {
    byteCount &- index >= 5 && extracting(index..<(index &+ 5)).equalsIgnoringCase("HTTP/")
  }

  /// The index of the first byte in `range` that no token may hold, or nil.
  func firstNonToken(in range: Range<Int>) -> Int? {
    for index in range where !ASCII.isTokenByte(u8(at: index)) { return index }
    return nil
  }

  /// Whether `range` is a token: not empty, token bytes only.
  func isToken(in range: Range<Int>) -> Bool { !range.isEmpty && firstNonToken(in: range) == nil }

  /// The version in `range` if it has the exact form.
  func httpVersion(in range: Range<Int>) -> HTTP1Version? {
    guard range.count == 8, extracting(range).hasPrefix("HTTP/") else { return nil }
    let major = u8(at: range.lowerBound &+ 5)
    let minor = u8(at: range.lowerBound &+ 7)
    guard ASCII.isDigit(major), u8(at: range.lowerBound &+ 6) == 0x2E, ASCII.isDigit(minor) else { return nil }
    return HTTP1Version(major: major &- 0x30, minor: minor &- 0x30)
  }

  /// The number in `range` if it is three digits, otherwise 0.
  func statusCode(in range: Range<Int>) -> UInt16 {
    guard range.count == 3 else { return 0 }
    var code: UInt16 = 0
    for index in range {
      guard ASCII.isDigit(u8(at: index)) else { return 0 }
      code = code &* 10 &+ UInt16(u8(at: index) &- 0x30)
    }
    return code
  }
}
