// Events as text, one line each: what golden files hold and `trace --format events` prints.
//
// For people and for tests; nothing here is on the hot path.

public import WireBytes

extension HTTP1Event {
  /// The event as `OFFSET MARK EVENT key=value…`.
  ///
  ///     0 > request-line method=GET target=/ version=HTTP/1.1 end=crlf
  ///     14 ! anomaly bare-lf bytes=1 of=request
  ///
  /// Values are escaped by ``WireText``, and the spaces in them written `\x20`. Text of the wire that may be long
  /// comes last, in quotes.
  ///
  /// - Parameters:
  ///   - bytes: The span beside the event.
  ///   - direction: Whose stream it is: gives the mark `>` or `<`; an anomaly's mark is `!`.
  public func text(_ bytes: RawSpan, _ direction: Direction) -> String {
    if case .anomaly(let anomaly) = self { return Self.text(anomaly, direction) }
    return "\(offset) \(direction.mark) " + details(bytes)
  }

  private func details(_ bytes: RawSpan) -> String {
    switch self {
    case .requestLine(let line):
      let version = Self.word(bytes, line.versionText)
      return "request-line method=\(Self.word(bytes, line.method)) target=\(Self.word(bytes, line.target))"
        + " version=\(version) end=\(line.end.name)"
    case .statusLine(let line):
      return "status-line version=\(Self.word(bytes, line.versionText)) status=\(line.status) end=\(line.end.name)"
        + " reason=\(Self.quoted(bytes, line.reason))"
    case .fieldLine(let line): return "field " + Self.text(line, bytes)
    case .trailerLine(let line): return "trailer " + Self.text(line, bytes)
    case .foldedLine(let line):
      return "fold continues=\(line.continuesField) end=\(line.end.name) value=\(Self.quoted(bytes, line.value))"
    case .headersEnd(let end):
      return "headers-end framing=\(end.framing)\(end.isInterim ? " interim" : "") end=\(end.end.name)"
    case .content: return "content bytes=\(bytes.byteCount) \(Self.quoted(bytes, 0..<bytes.byteCount))"
    case .chunkHeader(let chunk):
      return "chunk size=\(chunk.size) end=\(chunk.end.name) extensions=\(Self.quoted(bytes, chunk.extensions))"
    case .chunkEnd: return "chunk-end"
    case .messageEnd(let end):
      return "message-end \(end.completion.name) content=\(end.contentByteCount)"
        + (end.missingByteCount > 0 ? " missing=\(end.missingByteCount)" : "") + (end.isInterim ? " interim" : "")
    case .upgraded: return "upgraded bytes=\(bytes.byteCount) \(Self.quoted(bytes, 0..<bytes.byteCount))"
    case .unparsedLine(let line):
      return "unparsed end=\(line.end.name) \(Self.quoted(bytes, 0..<bytes.byteCount))"
    case .anomaly: return ""
    }
  }

  private static func text(_ line: FieldLine, _ bytes: RawSpan) -> String {
    "name=\(word(bytes, line.name)) end=\(line.end.name) value=\(quoted(bytes, line.value))"
  }

  private static func text(_ anomaly: Anomaly, _ direction: Direction) -> String {
    let count = anomaly.range.upperBound &- anomaly.range.lowerBound
    return "\(anomaly.range.lowerBound) ! anomaly \(anomaly.kind.name) bytes=\(count)"
      + (anomaly.value != 0 ? " value=\(anomaly.value)" : "")
      + (direction == .request ? " of=request" : " of=response")
  }

  private static func word(_ bytes: RawSpan, _ range: Range<Int>) -> String {
    WireText.escape(bytes.extracting(range)).split(separator: " ", omittingEmptySubsequences: false)
      .joined(separator: "\\x20")
  }

  private static func quoted(_ bytes: RawSpan, _ range: Range<Int>) -> String {
    "\"" + WireText.escape(bytes.extracting(range)) + "\""
  }
}

extension HTTP1BodyFraming: CustomStringConvertible {
  /// The name in event logs, such as `length:5` or `chunked`.
  public var description: String {
    switch self {
    case .none: "none"
    case .length(let count): "length:\(count)"
    case .chunked: "chunked"
    case .untilEnd: "until-end"
    case .undeterminable: "undeterminable"
    case .upgrade: "upgrade"
    }
  }
}
