// Where an application's answer ends: at the line by which the bridge says that the call is over.
//
// The codec's decoder reads the form. Of a line its kind counts, and the status; of its words nothing else is taken apart.

internal import WSGIWire
internal import WireBytes

/// Reads the one answer of a connection to the bridge.
package struct WSGIAnswerReader: AnswerReader {
  private var decoder = WSGIDecoder()
  private var call: Call

  package init(_ expectation: AnswerExpectation?) { call = Call(body: AnswerBody(expectation)) }

  package mutating func open() { decoder = WSGIDecoder() }

  package mutating func expectAnswer(slot: Int) { call.reset() }

  package mutating func receive(_ bytes: RawSpan, _ events: inout [AnswerEvent]) {
    guard bytes.byteCount > 0, !call.isOver else { return }
    call.hasBegun = true
    events.append(AnswerEvent(.content))
    decoder.receive(bytes) { call.take($0, $1, &events) }
  }

  package mutating func close(_ events: inout [AnswerEvent]) {
    guard call.hasBegun, !call.isOver else { return }
    call.isOver = true
    events.append(AnswerEvent(.end(status: call.status, .closed)))
  }

  package func keptBody(slot: Int) -> [UInt8] { call.body.kept }
}

/// What has been told of a call.
private struct Call {
  var body: AnswerBody
  var status: UInt16 = 0
  var hasBegun = false
  var isOver = false
  /// Whether the bytes behind the last line are the application's.
  private var isBody = false

  init(body: AnswerBody) { self.body = body }

  mutating func reset() {
    body.reset()
    status = 0
    hasBegun = false
    isOver = false
  }

  mutating func take(_ event: WSGIEvent, _ bytes: RawSpan, _ events: inout [AnswerEvent]) {
    guard !isOver else { return }
    switch event {
    case .line: line(bytes, &events)
    case .content: if isBody { body.take(bytes) }
    case .anomaly: events.append(AnswerEvent(.broken))
    case .contentEnd, .undecoded: break
    }
  }

  private mutating func line(_ line: RawSpan, _ events: inout [AnswerEvent]) {
    isBody = Self.begins(line, "item") || Self.begins(line, "write")
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
}
