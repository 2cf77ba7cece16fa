// Where an HTTP/1 answer ends: behind so many bytes, behind the last chunk, or where the server closes.
//
//     head ──► length ──────────────────────────► end
//       ├────► size ──► data ──► line end ─┐      ▲
//       │        ▲──────────────────────────┘     │
//       │        └── 0 ──► trailers ──────────────┤
//       └────► close ─────────────────────────────┘
//
// Lightly read: a head that is no head, or bytes that nobody asked for, are `broken`.

internal import WireBytes

/// Reads one answer after another on a connection.
package struct HTTP1AnswerReader: AnswerReader {
  private enum State {
    /// No answer is owed.
    case idle
    case head
    /// So many bytes of the body are to come.
    case length(Int)
    /// The line with the size of the next chunk, as far as it was read.
    case size(Int, isExtension: Bool)
    case data(Int)
    case dataEnd
    /// A line of the trailers, of which so many bytes were read.
    case trailers(Int)
    /// The server's close ends the body.
    case close
  }

  private var state = State.idle
  private var head = AnswerHead()
  private var body: AnswerBody

  package init(_ expectation: AnswerExpectation?) { body = AnswerBody(expectation) }

  package mutating func open() { state = .idle }

  package mutating func expectAnswer(slot: Int) {
    head.reset()
    body.reset()
    state = .head
  }

  package mutating func receive(_ bytes: RawSpan, _ events: inout [AnswerEvent]) {
    guard bytes.byteCount > 0 else { return }
    if case .idle = state { return events.append(AnswerEvent(.broken)) }
    events.append(AnswerEvent(.content))
    var offset = 0
    while offset < bytes.byteCount {
      switch state {
      case .idle:
        // More than the answer that was owed.
        return events.append(AnswerEvent(.broken))
      case .head:
        offset = head.take(bytes, from: offset)
        if head.isTooLong { return events.append(AnswerEvent(.broken)) }
        if head.isComplete { beginBody(&events) }
      case .length(let left):
        let count = min(left, bytes.byteCount - offset)
        body.take(bytes.extracting(offset..<(offset + count)))
        offset += count
        if count == left { end(&events) } else { state = .length(left - count) }
      case .data(let left):
        let count = min(left, bytes.byteCount - offset)
        body.take(bytes.extracting(offset..<(offset + count)))
        offset += count
        state = count == left ? .dataEnd : .data(left - count)
      case .close:
        body.take(bytes.extracting(offset..<bytes.byteCount))
        offset = bytes.byteCount
      case .size, .dataEnd, .trailers:
        guard take(framing: bytes.u8(at: offset), &events) else { return events.append(AnswerEvent(.broken)) }
        offset += 1
      }
    }
  }

  private mutating func beginBody(_ events: inout [AnswerEvent]) {
    events.append(AnswerEvent(.fields))
    if head.closes { events.append(AnswerEvent(.closing)) }
    if head.status == 204 || head.status == 304 { return end(&events) }
    if head.isChunked {
      state = .size(0, isExtension: false)
    } else if let length = head.contentLength {
      if length == 0 { end(&events) } else { state = .length(length) }
    } else {
      state = .close
    }
  }

  /// Takes a byte between the data of chunks.
  ///
  /// - Returns: Whether it may stand there.
  private mutating func take(framing byte: UInt8, _ events: inout [AnswerEvent]) -> Bool {
    switch state {
    case .size(let size, let isExtension):
      if byte == ASCII.lf {
        state = size == 0 ? .trailers(0) : .data(size)
      } else if byte == ASCII.cr || isExtension || byte == 0x3B || byte == ASCII.space {
        state = .size(size, isExtension: byte != ASCII.cr)
      } else {
        guard let digit = ASCII.hexValue(byte), size < 1 << 48 else { return false }
        state = .size(size << 4 | Int(digit), isExtension: false)
      }
    case .dataEnd:
      if byte == ASCII.lf { state = .size(0, isExtension: false) } else if byte != ASCII.cr { return false }
    case .trailers(let count):
      if byte != ASCII.lf {
        if byte != ASCII.cr { state = .trailers(count + 1) }
      } else if count > 0 {
        state = .trailers(0)
      } else {
        end(&events)
      }
    default: break
    }
    return true
  }

  private mutating func end(_ events: inout [AnswerEvent]) {
    state = .idle
    events.append(AnswerEvent(.end(status: head.status, body.failure(status: head.status))))
  }

  package mutating func close(_ events: inout [AnswerEvent]) {
    if case .close = state { end(&events) }
  }

  package func keptBody(slot: Int) -> [UInt8] { body.kept }
}
