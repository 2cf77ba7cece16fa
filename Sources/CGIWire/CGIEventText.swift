// Events as text, one line each: what golden files hold and event logs print.
//
// For people and for tests; nothing here is on the hot path.

public import WireBytes

extension CGIResponseEvent: DecodedEvent {
  /// What the bytes beside the event are a piece of; nil for an event that is whole.
  public var piece: PieceKind? {
    switch self {
    case .content: .content
    case .undecoded: .undecoded
    default: nil
    }
  }

  /// The event in words.
  ///
  ///     0 < field name=Status end=lf role=status value="404 Not Found"
  ///
  /// Values are escaped by `WireText`; what may be long comes last, in quotes.
  public func text(_ bytes: RawSpan, _ direction: Direction) -> EventText? {
    switch self {
    case .anomaly(let anomaly): EventText(anomaly)
    case .content(let offset): EventText(at: offset, .content, bytes)
    case .undecoded(let offset): EventText(at: offset, .undecoded, bytes)
    default: EventText(at: offset, words(bytes))
    }
  }

  private func words(_ bytes: RawSpan) -> String {
    switch self {
    case .statusLine(let line):
      return "status-line status=\(line.status) end=\(line.end.name)"
        + " reason=\(WireText.quoted(bytes.extracting(line.reason)))"
    case .fieldLine(let line, let role):
      return "field name=\(WireText.word(bytes.extracting(line.name))) end=\(line.end.name) role=\(role.name)"
        + " value=\(WireText.quoted(bytes.extracting(line.value)))"
    case .foldedLine(let line):
      return "fold continues=\(line.continuesField) end=\(line.end.name)"
        + " value=\(WireText.quoted(bytes.extracting(line.value)))"
    case .unparsedLine(let line): return "unparsed end=\(line.end.name) \(WireText.quoted(bytes))"
    case .headersEnd(let head):
      return "headers-end status=\(head.status.map { String($0) } ?? "none") location=\(head.location.rawValue)"
        + " form=\(head.form(hasBody: false).rawValue) end=\(head.end.name)"
    case .end(let end):
      return "end form=\(end.form?.rawValue ?? "none") content=\(end.contentByteCount)"
        + (end.missingByteCount > 0 ? " missing=\(end.missingByteCount)" : "")
    case .content, .undecoded, .anomaly: return ""
    }
  }
}

extension CGIFieldRole {
  /// The name in event logs.
  public var name: String {
    switch self {
    case .contentType: "content-type"
    case .location: "location"
    case .status: "status"
    case .extensionField: "extension"
    case .other: "other"
    }
  }
}
