// The HTTP/1 conversation: requests and responses of one connection, paired in their order.
//
// Message framing is the decoders'; here messages meet. Nothing here judges.

import HTTP1Wire
package import WireBytes

/// Turns the messages of one HTTP/1 connection into exchanges.
package struct HTTP1Conversation: Conversation {
  private var requests: HTTP1Decoder
  private var responses: HTTP1Decoder
  private var state: HTTP1ConnectionState

  package static var wireProtocol: WireProtocol { .http1 }

  package static func recognise(_ prefix: RawSpan, _ direction: Direction) -> PrefixVerdict {
    direction == .request ? HTTP1Decoder.looksLikeRequest(prefix) : HTTP1Decoder.looksLikeResponse(prefix)
  }

  package static func mayBegin(with byte: UInt8, _ direction: Direction) -> Bool {
    switch direction {
    case .request: ASCII.isTokenByte(byte) || byte == ASCII.cr || byte == ASCII.lf
    case .response: ASCII.lowercased(byte) == 0x68
    }
  }

  /// Requests that are followed at once; those beyond are counted in the summary.
  package static var openRequestLimit: Int { HTTP1ConnectionState.pendingLimit }

  package init(_ connection: ConnectionInfo, retention: Retention) {
    let joined = connection.joinedInTheMiddle
    requests = HTTP1Decoder(role: .requests, joinedInTheMiddle: joined)
    responses = HTTP1Decoder(role: .responses, joinedInTheMiddle: joined)
    state = HTTP1ConnectionState(connection, retention: retention)
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
      requests.receive(bytes) { state.receiveRequest($0, $1, output) }
      state.requestsAreWhole = requests.isIdle
      passMethods()
    case .bytes(.response, let bytes, let origin):
      state.note(origin)
      state.noteResponseBytes(bytes.byteCount)
      responses.receive(bytes) { state.receiveResponse($0, $1, output) }
      passUpgrade(output)
    case .gap(let direction, let byteCount, let origin):
      state.note(origin)
      state.noteGap(byteCount)
      if direction == .request {
        requests.skip(byteCount: byteCount) { state.receiveRequest($0, $1, output) }
        passMethods()
      } else {
        responses.skip(byteCount: byteCount) { state.receiveResponse($0, $1, output) }
        if responses.isSearching { state.noteLostResponses() }
        passUpgrade(output)
      }
    case .closed(let direction, let closing, let origin):
      state.note(origin)
      state.noteClose(direction, closing)
      // A client may shut down its sending side and still read: only the server's end, or a reset, ends responses.
      if direction == .request || closing == .reset { endRequests(output) }
      if direction == .response || closing == .reset { endResponses(output) }
    case .finished(let origin):
      state.note(origin)
      endRequests(output)
      endResponses(output)
      state.finish(output)
    }
    guard state.growth > 0 else { return 0 }
    defer { state.growth = 0 }
    return state.growth
  }

  package var summary: ConnectionSummary { state.summary }

  /// The memory that it takes besides itself, in bytes.
  package var heldByteCount: Int { state.heldByteCount &+ requests.heldByteCount &+ responses.heldByteCount }

  private mutating func endRequests(_ output: (inout Exchange) -> Void) {
    requests.end { state.receiveRequest($0, $1, output) }
    passMethods()
  }

  private mutating func endResponses(_ output: (inout Exchange) -> Void) {
    responses.end { state.receiveResponse($0, $1, output) }
    state.endResponses(output)
  }

  /// Tells the responses' decoder what it needs to know of the requests to frame their answers.
  private mutating func passMethods() {
    for method in state.newMethods { responses.expectResponse(to: method) }
    state.newMethods.removeAll(keepingCapacity: true)
  }

  private mutating func passUpgrade(_ output: (inout Exchange) -> Void) {
    guard responses.isUpgraded, !requests.isUpgraded else { return }
    requests.upgrade { state.receiveRequest($0, $1, output) }
  }
}
