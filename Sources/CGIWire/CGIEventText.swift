// Events as text, one line each: what golden files hold and event logs print.
//
// For people and for tests; nothing here is on the hot path.

internal import WireBytes

extension CGIResponseEvent {
  /// The event as `OFFSET < EVENT key=value…`; an anomaly's mark is `!`.
  ///
  ///     0 < field name=Status end=lf role=status value="404 Not Found"
  ///
  /// Values are escaped by ``WireText``; what may be long comes last, in quotes.
  ///
  /// - Parameter bytes: The span beside the event.
  public func text(_ bytes: RawSpan) -> String {
    if case .anomaly(let anomaly) = self {
      let count = anomaly.range.upperBound &- anomaly.range.lowerBound
      return "\(offset) ! anomaly \(anomaly.kind.name) bytes=\(count)"
        + (anomaly.value != 0 ? " value=\(anomaly.value)" : "")
    }
    return "\(offset) < " + details(bytes)
  }

  private func details(_ bytes: RawSpan) -> String {
    switch self {
    case .statusLine(let line):
      return "status-line status=\(line.status) end=\(line.end.name) reason=\(Self.quoted(bytes, line.reason))"
    case .fieldLine(let line, let role):
      let name = WireText.escape(bytes.extracting(line.name)).split(separator: " ", omittingEmptySubsequences: false)
        .joined(separator: "\\x20")
      return "field name=\(name) end=\(line.end.name) role=\(role.name) value=\(Self.quoted(bytes, line.value))"
    case .foldedLine(let line):
      return "fold continues=\(line.continuesField) end=\(line.end.name) value=\(Self.quoted(bytes, line.value))"
    case .unparsedLine(let line):
      return "unparsed end=\(line.end.name) \(Self.quoted(bytes, 0..<bytes.byteCount))"
    case .headersEnd(let head):
      return "headers-end status=\(head.status.map { String($0) } ?? "none") location=\(head.location.rawValue)"
        + " form=\(head.form(hasBody: false).rawValue) end=\(head.end.name)"
    case .content: return "content bytes=\(bytes.byteCount) \(Self.quoted(bytes, 0..<bytes.byteCount))"
    case .undecoded: return "undecoded bytes=\(bytes.byteCount) \(Self.quoted(bytes, 0..<bytes.byteCount))"
    case .end(let end):
      return "end form=\(end.form?.rawValue ?? "none") content=\(end.contentByteCount)"
        + (end.missingByteCount > 0 ? " missing=\(end.missingByteCount)" : "")
    case .anomaly: return ""
    }
  }

  private static func quoted(_ bytes: RawSpan, _ range: Range<Int>) -> String {
    "\"" + WireText.escape(bytes.extracting(range)) + "\""
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
