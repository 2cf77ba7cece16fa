// How a FastCGI connection and its requests end: who closed, and what was left open.
//
// Hands over what is still active; nothing here judges.

import FastCGIWire
import WireBytes

extension FastCGIConnectionState {
  mutating func close(
    _ direction: Direction, _ closing: Closing, at offset: StreamOffset,
    _ output: (inout Exchange) -> Void
  ) {
    followAllBegun()
    let unaborted = active.contains(where: { $0.facts.abortOffset == nil })
    let clientHadClosed = summary.requestClosing != nil
    if direction == .response {
      noteServerClose(at: offset, unaborted: unaborted)
    }
    if direction == .request, summary.responseClosing == nil {
      noteLeftOpen()
    }
    summary.note(direction, closing)
    if direction == .request {
      clientLeft = clientLeft ?? origin
      for index in active.indices where active[index].exchange.timeline.clientLeft == nil {
        active[index].exchange.timeline.clientLeft = origin.time
      }
    }
    // A client may shut down its sending side and still read: only the server's end, or a reset, ends requests.
    if direction == .response || closing == .reset {
      // Who closed first ended it; an answer to a client that left is none that the server owes.
      let isServers = direction == .response && !clientHadClosed
      let ending: Ending = isServers ? .serverClosed : .clientClosed
      while !active.isEmpty { complete(0, ending, output) }
    }
  }

  private mutating func noteServerClose(at offset: StreamOffset, unaborted: Bool) {
    guard summary.responseClosing == nil else { return }
    let clientIsOpen = summary.requestClosing == nil
    if let lastRecord, origin.time.nanoseconds(since: lastRecord) < Self.idleNanoseconds {
      facts.closedRightAfterRecord = true
    }
    if unaborted, clientIsOpen {
      facts.closedDuringRequest = offset
    } else if let lastEnd, active.isEmpty {
      if lastEnd.keeps, !mayClose, clientIsOpen { facts.closedDespiteKeep = offset }
      // Where the client left before, the delay is its.
      if facts.leftOpen == nil { facts.closeDelay = origin.time.nanoseconds(since: lastEnd.time) }
    }
  }

  /// The client leaves, or nothing more is known, and the server had not closed: whether it should have, and since when.
  ///
  /// An application may read the client's input to its end before it closes: a close with bytes unread is a reset, which
  /// may overtake the rest of the response. Where the client never ended it, nothing is due.
  private mutating func noteLeftOpen() {
    guard let lastEnd, !lastEnd.keeps, lastEnd.inputIsWhole, active.isEmpty, unfollowedIDs.isEmpty,
      summary.responseClosing == nil,
      facts.leftOpen == nil
    else { return }
    facts.leftOpen = lastEnd.offset
    facts.closeDelay = origin.time.nanoseconds(since: lastEnd.lateInput ?? lastEnd.time)
  }

  /// The client goes on with the input of a request that was answered before: what is due is due from then on.
  mutating func noteLateInput(_ header: FastCGIRecordHeader) {
    guard let end = lastEnd, !end.inputIsWhole, header.requestID == end.id else { return }
    lastEnd?.lateInput = origin.time
    // The last stream of every role but a filter's, and a filter's last one.
    let last: FastCGIRecordType = end.role == .authorizer ? .params : end.role == .filter ? .data : .stdin
    if header.contentLength == 0 && header.type == last || header.type == .abortRequest { lastEnd?.inputIsWhole = true }
  }

  mutating func finish(_ output: (inout Exchange) -> Void) {
    followAllBegun()
    if summary.requestClosing == nil { noteLeftOpen() }
    let ending: Ending = summary.requestClosing != nil ? .clientClosed : .unfinished
    // Nothing more is known of it: it ended when its client left.
    if let clientLeft { origin = clientLeft }
    while !active.isEmpty { complete(0, ending, output) }
    summary.exchangeCount = exchangeCount
    summary.fastCGI = facts
  }

  /// Hands over a request's exchange, and takes it out of the table.
  mutating func complete(
    _ index: Int, _ ending: Ending, _ output: (inout Exchange) -> Void
  ) {
    if ending == .serverClosed, mayClose { active[index].facts.closeWasAsked = true }
    // By its place: a request's state is large, and is lent where it lies.
    active[index].exchange.gapByteCount = summary.gapByteCount &- active[index].lostBefore
    active[index].exchange.bytesAfterClientClose = lateByteCount &- active[index].lateBefore
    if !active[index].facts.keepsConnection { unkeptCount -= 1 }
    active[index].finish(ending, origin)
    output(&active[index].exchange)
    active[index].exchange.forgetContents()
    let retention = retention
    active.remove(
      at: index, emptyingOthersTo: FastCGIRequestState(.placeholder(.fastCGI), requestID: 0, retention: retention))
    activeIDs.remove(at: index)
    for side in current.indices {
      guard let position = current[side].request else { continue }
      current[side].request = position == index ? nil : position > index ? position - 1 : position
    }
  }
}
