// The FastCGI conversation: the events of one connection become exchanges.
//
// Here: the two decoders, and the connection's life. What they say becomes exchanges in FastCGIConnectionState, which
// they lend their content to. Nothing here judges.

import FastCGIWire
package import WireBytes

/// Turns the records of one connection into exchanges; several requests may be active at once.
package struct FastCGIConversation: Conversation {
  private var requests: FastCGIRecordDecoder
  private var responses: FastCGIRecordDecoder
  private var state: FastCGIConnectionState

  package static var wireProtocol: WireProtocol { .fastCGI }

  package static func recognise(_ prefix: RawSpan, _ direction: Direction) -> PrefixVerdict {
    direction == .request
      ? FastCGIRecordDecoder.looksLikeRequest(prefix) : FastCGIRecordDecoder.looksLikeResponse(prefix)
  }

  package static func mayBegin(with byte: UInt8, _ direction: Direction) -> Bool { byte == 1 }

  /// Requests that are followed at once; those beyond are counted in the summary.
  package static var openRequestLimit: Int { FastCGIConnectionState.activeLimit }

  package init(_ connection: ConnectionInfo, retention: Retention) {
    requests = FastCGIRecordDecoder(joinedInTheMiddle: connection.joinedInTheMiddle)
    responses = FastCGIRecordDecoder(joinedInTheMiddle: connection.joinedInTheMiddle)
    state = FastCGIConnectionState(connection, retention: retention)
  }

  package mutating func receive(
    _ event: borrowing ConnectionEvent, _ output: (inout Exchange) -> Void
  ) -> Int {
    switch event {
    case .opened(let origin):
      state.note(origin)
      state.opened = origin.time
    case .established(let origin):
      state.note(origin)
      state.summary.established = origin.time
    case .bytes(.request, let bytes, let origin):
      state.note(origin)
      state.summary.requestByteCount &+= UInt64(bytes.byteCount)
      requests.receive(bytes) { state.receive($0, $1, .request, output) }
    case .bytes(.response, let bytes, let origin):
      state.note(origin)
      state.noteResponseBytes(bytes.byteCount)
      responses.receive(bytes) { state.receive($0, $1, .response, output) }
    case .gap(let direction, let byteCount, let origin):
      state.note(origin)
      state.noteGap(byteCount)
      if direction == .request {
        requests.skip(byteCount: byteCount) { state.receive($0, $1, .request, output) }
      } else {
        responses.skip(byteCount: byteCount) { state.receive($0, $1, .response, output) }
      }
    case .closed(let direction, let closing, let origin):
      state.note(origin)
      close(direction, closing, output)
    case .finished(let origin):
      state.note(origin)
      finish(output)
    }
    guard state.growth > 0 else { return 0 }
    defer { state.growth = 0 }
    return state.growth
  }

  package var summary: ConnectionSummary { state.summary }

  /// The server's records that came whole since this was last asked, in order, where the retention asks for them.
  package mutating func takeUnits() -> [WireUnit] { state.takeUnits() }

  /// The memory that it takes besides itself, in bytes.
  package var heldByteCount: Int { state.heldByteCount &+ requests.heldByteCount &+ responses.heldByteCount }

  private mutating func close(
    _ direction: Direction, _ closing: Closing, _ output: (inout Exchange) -> Void
  ) {
    if direction == .request || closing == .reset { endRequests(output) }
    if direction == .response || closing == .reset { endResponses(output) }
    state.close(direction, closing, at: direction == .request ? requests.offset : responses.offset, output)
  }

  private mutating func endRequests(_ output: (inout Exchange) -> Void) {
    guard !state.requestsEnded else { return }
    state.requestsEnded = true
    requests.end { state.receive($0, $1, .request, output) }
  }

  private mutating func endResponses(_ output: (inout Exchange) -> Void) {
    guard !state.responsesEnded else { return }
    state.responsesEnded = true
    responses.end { state.receive($0, $1, .response, output) }
  }

  private mutating func finish(_ output: (inout Exchange) -> Void) {
    endRequests(output)
    endResponses(output)
    state.finish(output)
  }
}
