// Events as text, one line each: what golden files hold and `trace --format events` prints.
//
// For people and for tests; nothing here is on the hot path.

public import WireBytes

extension HTTP1Event: DecodedEvent {
  /// What the bytes beside the event are a piece of; nil for an event that is whole.
  public var piece: PieceKind? {
    switch self {
    case .content: .content
    case .upgraded: .upgraded
    default: nil
    }
  }

  /// The event in words.
  ///
  ///     0 > request-line method=GET target=/ version=HTTP/1.1 end=crlf
  ///     14 ! anomaly bare-lf bytes=1 of=request
  ///
  /// Values are escaped by `WireText`, and the spaces in them written `\x20`. Text of the wire that may be long
  /// comes last, in quotes.
  public func text(_ bytes: RawSpan, _ direction: Direction) -> EventText? {
    switch self {
    case .anomaly(let anomaly):
      var text = EventText(anomaly)
      text.words += direction == .request ? " of=request" : " of=response"
      return text
    case .content(let offset): return EventText(at: offset, .content, bytes)
    case .upgraded(let offset): return EventText(at: offset, .upgraded, bytes)
    default: return EventText(at: offset, words(bytes))
    }
  }

  private func words(_ bytes: RawSpan) -> String {
    switch self {
    case .requestLine(let line):
      let version = WireText.word(bytes.extracting(line.versionText))
      return "request-line method=\(WireText.word(bytes.extracting(line.method)))"
        + " target=\(WireText.word(bytes.extracting(line.target))) version=\(version) end=\(line.end.name)"
    case .statusLine(let line):
      return "status-line version=\(WireText.word(bytes.extracting(line.versionText))) status=\(line.status)"
        + " end=\(line.end.name) reason=\(WireText.quoted(bytes.extracting(line.reason)))"
    case .fieldLine(let line): return "field " + Self.words(line, bytes)
    case .trailerLine(let line): return "trailer " + Self.words(line, bytes)
    case .foldedLine(let line):
      return "fold continues=\(line.continuesField) end=\(line.end.name)"
        + " value=\(WireText.quoted(bytes.extracting(line.value)))"
    case .headersEnd(let end):
      return "headers-end framing=\(end.framing)\(end.isInterim ? " interim" : "") end=\(end.end.name)"
    case .chunkHeader(let chunk):
      return "chunk size=\(chunk.size) end=\(chunk.end.name)"
        + " extensions=\(WireText.quoted(bytes.extracting(chunk.extensions)))"
    case .chunkEnd: return "chunk-end"
    case .messageEnd(let end):
      return "message-end \(end.completion.name) content=\(end.contentByteCount)"
        + (end.missingByteCount > 0 ? " missing=\(end.missingByteCount)" : "") + (end.isInterim ? " interim" : "")
    case .unparsedLine(let line): return "unparsed end=\(line.end.name) \(WireText.quoted(bytes))"
    case .content, .upgraded, .anomaly: return ""
    }
  }

  private static func words(_ line: FieldLine, _ bytes: RawSpan) -> String {
    "name=\(WireText.word(bytes.extracting(line.name))) end=\(line.end.name)"
      + " value=\(WireText.quoted(bytes.extracting(line.value)))"
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
