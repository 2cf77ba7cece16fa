// The fields that CGI itself defines: Content-Type, Location and Status, counted and classified.
//
// One field line in, its event and anomalies out, and the head's facts. The forms they make are CGIHead's.

internal import WireBytes

extension CGIResponseDecoder {
  mutating func takeField(
    _ field: FieldLine, _ line: WireLine, _ content: RawSpan, _ sink: (CGIResponseEvent, RawSpan) -> Void
  ) {
    let role = Self.role(content.extracting(field.name))
    sink(.fieldLine(field, role), content)
    field.reportOddities(line, content) { reportUnlessLF($0, sink) }
    let value = content.extracting(field.value)
    let start = line.offset &+ UInt64(field.value.lowerBound)
    switch role {
    case .contentType where !value.isEmpty:
      head.contentTypeFieldCount &+= 1
      if head.contentTypeFieldCount > 1 { report(Anomaly(.cgiDuplicateContentType, at: line.offset), sink) }
    case .status where !value.isEmpty:
      takeStatus(value, at: start, line, endsLine: field.value.upperBound == content.byteCount, sink)
    case .location where !value.isEmpty:
      takeLocation(value, at: start, line, sink)
    case .extensionField:
      head.extensionFieldCount &+= 1
    case .other:
      head.otherFieldCount &+= 1
    case .contentType, .status, .location:
      break
    }
  }

  /// - Parameter endsLine: No whitespace stands between the value and the line's end.
  private mutating func takeStatus(
    _ value: RawSpan, at start: StreamOffset, _ line: WireLine, endsLine: Bool,
    _ sink: (CGIResponseEvent, RawSpan) -> Void
  ) {
    let status = CGIStatus(value)
    head.statusFieldCount &+= 1
    if head.statusFieldCount > 1 {
      report(Anomaly(.cgiDuplicateStatus, at: line.offset), sink)
    } else {
      head.status = status.code
    }
    if !status.isValid {
      let count = UInt64(status.codeText.count)
      report(Anomaly(.cgiInvalidStatus, at: start, byteCount: count, value: UInt64(status.code)), sink)
    } else if status.reason.isEmpty, endsLine {
      report(Anomaly(.cgiMissingReason, at: start &+ 3, byteCount: 0), sink)
    }
  }

  private mutating func takeLocation(
    _ value: RawSpan, at start: StreamOffset, _ line: WireLine, _ sink: (CGIResponseEvent, RawSpan) -> Void
  ) {
    let kind: CGILocationKind =
      value.u8(at: 0) == 0x2F ? .local : Self.hasScheme(value) ? .absolute : .invalid
    head.locationFieldCount &+= 1
    if head.locationFieldCount > 1 {
      report(Anomaly(.cgiDuplicateLocation, at: line.offset), sink)
    } else {
      head.location = kind
    }
    if kind == .invalid {
      report(Anomaly(.cgiInvalidLocation, at: start, byteCount: UInt64(value.byteCount)), sink)
      return
    }
    for index in 0..<value.byteCount where !Self.isURIByte(value.u8(at: index)) {
      let byte = UInt64(value.u8(at: index))
      report(Anomaly(.cgiInvalidLocation, at: start &+ UInt64(index), value: byte), sink)
      return
    }
  }

  private static func role(_ name: RawSpan) -> CGIFieldRole {
    switch name.byteCount {
    case 6 where name.equalsIgnoringCase("Status"): .status
    case 8 where name.equalsIgnoringCase("Location"): .location
    case 12 where name.equalsIgnoringCase("Content-Type"): .contentType
    case 7... where name.extracting(first: 6).equalsIgnoringCase("X-CGI-"): .extensionField
    default: .other
    }
  }

  /// Whether `value` begins with a scheme and a colon, and more follows.
  private static func hasScheme(_ value: RawSpan) -> Bool {
    guard let colon = value.firstIndex(of: ASCII.colon), colon > 0, colon &+ 1 < value.byteCount else { return false }
    for index in 0..<colon {
      let byte = value.u8(at: index)
      let isLetter = ASCII.lowercased(byte) &- 0x61 < 26
      let isOther = ASCII.isDigit(byte) || byte == 0x2B || byte == 0x2D || byte == 0x2E
      guard isLetter || index > 0 && isOther else { return false }
    }
    return true
  }

  /// Whether a URI may hold `byte`: printable ASCII but `" < > \ ^ ` { | }`.
  private static func isURIByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x22, 0x3C, 0x3E, 0x5C, 0x5E, 0x60, 0x7B...0x7D: false
    default: byte > 0x20 && byte < 0x7F
    }
  }
}
