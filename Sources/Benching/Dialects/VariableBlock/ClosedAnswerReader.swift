// An answer that the server's close ends: what SCGI, uwsgi and CGI programs have.

internal import WireBytes

/// Reads the one answer of a connection, or of a program's output.
package struct ClosedAnswerReader: AnswerReader {
  private var head = AnswerHead()
  private var body: AnswerBody

  package init(_ expectation: AnswerExpectation?) { body = AnswerBody(expectation) }

  package mutating func open() {}

  package mutating func expectAnswer(slot: Int) {
    head.reset()
    body.reset()
  }

  package mutating func receive(_ bytes: RawSpan, _ events: inout [AnswerEvent]) {
    guard bytes.byteCount > 0 else { return }
    events.append(AnswerEvent(.content))
    var offset = 0
    if !head.isComplete {
      offset = head.take(bytes, from: 0)
      if head.isComplete { events.append(AnswerEvent(.fields)) }
      if head.isTooLong { events.append(AnswerEvent(.broken)) }
    }
    if offset < bytes.byteCount { body.take(bytes.extracting(offset..<bytes.byteCount)) }
  }

  package mutating func close(_ events: inout [AnswerEvent]) {
    guard head.hasBegun else { return }
    // A part of a head is no answer, whoever closes.
    let failure = head.isComplete ? body.failure(status: head.status) : .broken
    events.append(AnswerEvent(.end(status: head.status, failure)))
  }

  package func keptBody(slot: Int) -> [UInt8] { body.kept }
}
