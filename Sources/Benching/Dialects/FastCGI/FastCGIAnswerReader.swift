// Where FastCGI answers end: at END_REQUEST, each in its own slot.
//
//     header (8) ──► content ──► padding ──► header …
//
// Only a header that a chunk cuts, and the eight bytes of END_REQUEST, are ever carried over.

internal import FastCGIWire
internal import WireBytes

/// Reads the answers of all requests on a connection.
package struct FastCGIAnswerReader: AnswerReader {
  private struct Slot {
    var isOwed = false
    var head = AnswerHead()
    var body: AnswerBody
  }

  private var slots: [Slot]
  /// The record that is being read.
  private var type = FastCGIRecordType.stdout
  private var slot = 0
  private var contentLeft = 0
  private var paddingLeft = 0
  /// Bytes of a header, or of END_REQUEST's body, that came with an earlier chunk.
  private var carried: [UInt8] = []

  package init(slots count: Int, _ expectation: AnswerExpectation?) {
    slots = Array(repeating: Slot(body: AnswerBody(expectation)), count: max(count, 1))
    carried.reserveCapacity(8)
  }

  package mutating func open() {
    (contentLeft, paddingLeft) = (0, 0)
    carried.removeAll(keepingCapacity: true)
  }

  package mutating func expectAnswer(slot: Int) {
    slots[slot].isOwed = true
    slots[slot].head.reset()
    slots[slot].body.reset()
  }

  package mutating func receive(_ bytes: RawSpan, _ events: inout [AnswerEvent]) {
    var offset = 0
    while offset < bytes.byteCount {
      if contentLeft == 0, paddingLeft > 0 {
        let count = min(paddingLeft, bytes.byteCount - offset)
        paddingLeft -= count
        offset += count
      } else if contentLeft == 0 {
        guard takeHeader(bytes, &offset, &events) else { return }
      } else {
        let count = min(contentLeft, bytes.byteCount - offset)
        take(bytes.extracting(offset..<(offset + count)), &events)
        contentLeft -= count
        offset += count
      }
    }
  }

  /// Reads a header, or as much of one as there is.
  ///
  /// - Returns: Whether the bytes are of the protocol.
  private mutating func takeHeader(_ bytes: RawSpan, _ offset: inout Int, _ events: inout [AnswerEvent]) -> Bool {
    if carried.isEmpty, let header = FastCGIRecordHeader(bytes, at: offset) {
      offset += FastCGIRecordHeader.byteCount
      return begin(header, &events)
    }
    let count = min(FastCGIRecordHeader.byteCount - carried.count, bytes.byteCount - offset)
    carried.append(contentsOf: bytes.extracting(offset..<(offset + count)))
    offset += count
    guard carried.count == FastCGIRecordHeader.byteCount else { return true }
    let whole = carried
    carried.removeAll(keepingCapacity: true)
    guard let header = unsafe FastCGIRecordHeader(whole.span.bytes) else { return true }
    return begin(header, &events)
  }

  private mutating func begin(_ header: FastCGIRecordHeader, _ events: inout [AnswerEvent]) -> Bool {
    type = header.type
    contentLeft = Int(header.contentLength)
    paddingLeft = Int(header.paddingLength)
    let isManagement = header.requestID == 0
    slot = isManagement ? -1 : Int(header.requestID) - 1
    guard header.version == 1, isManagement || slot < slots.count && slots[slot].isOwed,
      type != .endRequest || contentLeft == FastCGIEndRequestBody.byteCount
    else {
      // Whatever follows is nobody's.
      slot = -1
      events.append(AnswerEvent(.broken))
      return false
    }
    return true
  }

  private mutating func take(_ content: RawSpan, _ events: inout [AnswerEvent]) {
    guard slot >= 0 else { return }
    switch type {
    case .stdout:
      events.append(AnswerEvent(.content, slot: slot))
      var start = 0
      if !slots[slot].head.isComplete {
        start = slots[slot].head.take(content, from: 0)
        if slots[slot].head.isComplete { events.append(AnswerEvent(.fields, slot: slot)) }
        if slots[slot].head.isTooLong { events.append(AnswerEvent(.broken)) }
      }
      if start < content.byteCount { slots[slot].body.take(content.extracting(start..<content.byteCount)) }
    case .endRequest:
      guard carried.isEmpty, content.byteCount == FastCGIEndRequestBody.byteCount else {
        carried.append(contentsOf: content)
        guard carried.count == FastCGIEndRequestBody.byteCount else { return }
        let status = FastCGIProtocolStatus(rawValue: carried[4])
        carried.removeAll(keepingCapacity: true)
        return end(status, &events)
      }
      end(FastCGIProtocolStatus(rawValue: content.u8(at: 4)), &events)
    default: break
    }
  }

  private mutating func end(_ protocolStatus: FastCGIProtocolStatus, _ events: inout [AnswerEvent]) {
    slots[slot].isOwed = false
    let status = slots[slot].head.status
    let failure: FailureKind? =
      if protocolStatus != .requestComplete {
        .rejected
      } else if !slots[slot].head.isComplete {
        .broken
      } else {
        slots[slot].body.failure(status: status)
      }
    events.append(AnswerEvent(.end(status: status, failure), slot: slot))
  }

  package mutating func close(_ events: inout [AnswerEvent]) {
    for index in slots.indices { slots[index].isOwed = false }
  }

  package func keptBody(slot: Int) -> [UInt8] { slots[slot].body.kept }
}
