// Where an application's answer ends: at the line by which the bridge says that the call is over.
//
//     line ──► line ──("+" LENGTH)──► payload ──(LF)──► line … done
//
// Only a line that a chunk cuts is ever carried over. Of a line its kind counts, the status, and how many bytes follow.

internal import WireBytes

/// Reads the one answer of a connection to the bridge.
package struct WSGIAnswerReader: AnswerReader {
  private var body: AnswerBody
  private var status: UInt16 = 0
  private var hasBegun = false
  private var isOver = false
  /// What is left of the bytes behind a line, with their line feed.
  private var payloadLeft = 0
  /// Whether those are the application's.
  private var isBody = false
  private var carried: [UInt8] = []

  /// The most that a line may have.
  private static let lineLimit = 1 << 20

  package init(_ expectation: AnswerExpectation?) { body = AnswerBody(expectation) }

  package mutating func open() {
    payloadLeft = 0
    carried.removeAll(keepingCapacity: true)
  }

  package mutating func expectAnswer(slot: Int) {
    body.reset()
    status = 0
    hasBegun = false
    isOver = false
  }

  package mutating func receive(_ bytes: RawSpan, _ events: inout [AnswerEvent]) {
    guard bytes.byteCount > 0, !isOver else { return }
    hasBegun = true
    events.append(AnswerEvent(.content))
    var offset = 0
    while offset < bytes.byteCount, !isOver {
      if payloadLeft > 0 {
        let count = min(payloadLeft, bytes.byteCount - offset)
        // The last of them is the line feed.
        let content = min(count, payloadLeft - 1)
        if isBody, content > 0 { body.take(bytes.extracting(offset..<(offset + content))) }
        payloadLeft -= count
        offset += count
        continue
      }
      guard let end = bytes.firstIndex(of: ASCII.lf, from: offset) else {
        carried.append(contentsOf: bytes.extracting(offset..<bytes.byteCount))
        if carried.count > Self.lineLimit { events.append(AnswerEvent(.broken)) }
        return
      }
      if carried.isEmpty {
        line(bytes.extracting(offset..<end), &events)
      } else {
        carried.append(contentsOf: bytes.extracting(offset..<end))
        let whole = carried
        carried.removeAll(keepingCapacity: true)
        unsafe line(whole.span.bytes, &events)
      }
      offset = end + 1
    }
  }

  private mutating func line(_ line: RawSpan, _ events: inout [AnswerEvent]) {
    isBody = Self.begins(line, "item") || Self.begins(line, "write")
    payloadLeft = Self.payload(of: line).map { $0 + 1 } ?? 0
    if Self.begins(line, "status") {
      // The last call of start_response before the head is sent is the one that counts.
      status = 0
      for index in 7..<min(10, max(line.byteCount, 7)) where ASCII.isDigit(line.u8(at: index)) {
        status = status &* 10 &+ UInt16(line.u8(at: index) &- 0x30)
      }
    } else if Self.begins(line, "sent") {
      events.append(AnswerEvent(.fields))
    } else if Self.begins(line, "raised") {
      // A server makes an answer of its own of it.
      status = 500
    } else if Self.begins(line, "failed") {
      events.append(AnswerEvent(.broken))
    } else if Self.begins(line, "done") {
      isOver = true
      events.append(AnswerEvent(.end(status: status, status == 0 ? .broken : body.failure(status: status))))
    }
  }

  /// Whether a line is of that kind.
  private static func begins(_ line: RawSpan, _ kind: StaticString) -> Bool {
    let count = kind.utf8CodeUnitCount
    guard line.byteCount >= count, line.byteCount == count || line.u8(at: count) == ASCII.space else { return false }
    for index in 0..<count where unsafe line.u8(at: index) != kind.utf8Start[index] { return false }
    return true
  }

  /// How many bytes follow a line; nil for none.
  private static func payload(of line: RawSpan) -> Int? {
    var start = line.byteCount
    while start > 0, ASCII.isDigit(line.u8(at: start - 1)) { start -= 1 }
    guard start > 1, start < line.byteCount, line.byteCount - start <= 15, line.u8(at: start - 1) == 0x2B,
      line.u8(at: start - 2) == ASCII.space
    else { return nil }
    var length = 0
    for index in start..<line.byteCount { length = length * 10 + Int(line.u8(at: index) - 0x30) }
    return length
  }

  package mutating func close(_ events: inout [AnswerEvent]) {
    guard hasBegun, !isOver else { return }
    isOver = true
    events.append(AnswerEvent(.end(status: status, .closed)))
  }

  package func keptBody(slot: Int) -> [UInt8] { body.kept }
}
