// The text form of a FastCGI record, for `.events` files, `-vv` and evidence. No decoding of streams.

import FastCGIWire
import WireBytes

extension FastCGIRecordType {
  /// Whether the content is one of the three fixed bodies of 8 bytes.
  var hasFixedBody: Bool { self == .beginRequest || self == .endRequest || self == .unknownType }
}

extension FastCGIRecordHeader {
  /// Whether there is nothing to note about the header but that it came: the hot path's one test.
  @inline(__always)
  func isOrdinary(from direction: Direction) -> Bool {
    version == 1 && reserved == 0 && requestID != 0 && type.isDefined && !type.isManagement
      && type.isSentByClient == (direction == .request)
  }

  /// The record as a line of an event log: its header, then what its content says.
  ///
  /// - Parameters:
  ///   - head: The first content bytes.
  ///   - limit: How many of them a preview shows.
  func describe(head: [UInt8], limit: Int) -> String {
    var text = "record type=\(type.name) id=\(requestID) content=\(contentLength) padding=\(paddingLength)"
    if version != 1 { text += " version=\(version)" }
    if reserved != 0 { text += " reserved=\(reserved)" }
    switch type {
    case .beginRequest:
      guard let body = unsafe FastCGIBeginRequestBody(head.span.bytes) else { break }
      text += " role=\(body.role.name) flags=\(body.flags)"
    case .endRequest:
      guard let body = unsafe FastCGIEndRequestBody(head.span.bytes) else { break }
      text += " app-status=\(body.appStatus) protocol-status=\(body.protocolStatus.name)"
    case .unknownType:
      if let unknown = head.first { text += " unknown=\(unknown)" }
    default:
      if !head.isEmpty, limit > 0 { text += " \"\(WireText.escape(head, limit: min(limit, 64)))\"" }
    }
    return text
  }
}
