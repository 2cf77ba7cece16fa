// The responses of an HTTP/1 connection, each for the request that it answers.
//
// Responses that a hole took with it are given up here; nothing here judges.

import HTTP1Wire
import WireBytes

extension HTTP1ConnectionState {
  mutating func receiveResponse(
    _ event: HTTP1Event, _ bytes: RawSpan, _ output: (inout Exchange) -> Void
  ) {
    if case .statusLine(let line) = event { beginResponse(line, bytes, output) }
    log(event, bytes, .response, openResponse)
    if case .anomaly(let anomaly) = event, !awaitsUnfollowed { noteResponse(anomaly) }
    guard let index = openResponse else {
      switch event {
      case .upgraded: noteOpaque(bytes)
      case .messageEnd(let end): endUnfollowedResponse(end)
      default: break
      }
      return
    }
    pending[index].exchange.note(packet: origin.packet)
    switch event {
    case .fieldLine(let line) where !responseIsInterim:
      responseFieldIsOpen = pending[index].exchange.response.fields.append(
        name: bytes.extracting(line.name), value: bytes.extracting(line.value))
    case .foldedLine(let line):
      if responseFieldIsOpen {
        pending[index].exchange.response.fields.continueLast(with: bytes.extracting(line.value))
      }
    case .unparsedLine:
      responseFieldIsOpen = false
    case .headersEnd(let end):
      endResponseHead(index, end)
    case .content:
      pending[index].exchange.noteBody(at: origin.time)
      let version = pending[index].facts.responseVersion
      retention.take(bytes, of: &pending[index].exchange.response, version: version)
    case .trailerLine(let line):
      pending[index].facts.responseTrailers.note(
        bytes.extracting(line.name), at: line.offset, pending[index].exchange.response.fields)
    case .messageEnd(let end):
      endResponse(index, end, output)
    default:
      break
    }
  }

  private mutating func beginResponse(
    _ line: HTTP1StatusLine, _ bytes: RawSpan, _ output: (inout Exchange) -> Void
  ) {
    responseIsInterim = line.status / 100 == 1 && line.status != 101
    responseFieldIsOpen = false
    responseIsUnfollowed = false
    if serverSaidClose, facts.servedAfterClose == nil { facts.servedAfterClose = line.offset }
    giveUpLostResponses(output)
    if let index = pending.firstIndex(where: { !$0.responseIsOver }) {
      openResponse = index
    } else if unfollowed > 0 {
      responseIsUnfollowed = true
    } else {
      noteUnasked(line)
      append(startedInTheMiddle: summary.connection.joinedInTheMiddle || summary.gapByteCount > 0)
      openResponse = pending.count - 1
      pending[pending.count - 1].requestIsOver = true
    }
    guard let index = openResponse, !responseIsInterim else { return }
    pending[index].exchange.timeline.responseStart = origin.time
    pending[index].exchange.response.range = line.offset..<line.offset
    pending[index].exchange.response.status = line.status
    pending[index].exchange.response.reason.assign(bytes.extracting(line.reason))
    pending[index].facts.responseVersion = line.version.map { HTTP1VersionFacts(major: $0.major, minor: $0.minor) }
  }

  /// Takes note of a response for which no request is there.
  private mutating func noteUnasked(_ line: HTTP1StatusLine) {
    guard facts.unasked == nil, line.status != 408, requestsAreWhole, !requestsAreOdd else { return }
    facts.unasked = line.offset
  }

  /// Whether what the server sends now answers requests that are not followed.
  private var awaitsUnfollowed: Bool { responseIsUnfollowed || unfollowed > 0 && pending.isEmpty }

  /// The response to a request that is not followed is over: it belongs to no exchange.
  private mutating func endUnfollowedResponse(_ end: HTTP1MessageEnd) {
    guard responseIsUnfollowed else { return }
    responseIsUnfollowed = false
    if !end.isInterim { unfollowed &-= 1 }
  }

  /// Hands over the requests whose response lay in a hole, when a later one is there to be answered.
  private mutating func giveUpLostResponses(_ output: (inout Exchange) -> Void) {
    let lost = lostThrough
    guard let last = pending.indices.last, pending[last].exchange.index > lost,
      let next = pending.firstIndex(where: { !$0.responseIsOver && $0.exchange.index > lost })
    else { return }
    for index in 0..<next where !pending[index].responseIsOver {
      pending[index].responseIsOver = true
      pending[index].requestIsOver = true
    }
    completeFront(output)
  }

  private mutating func endResponseHead(_ index: Int, _ end: HTTP1HeadersEnd) {
    responseFieldIsOpen = false
    guard !end.isInterim else {
      pending[index].facts.interimResponses += 1
      return
    }
    pending[index].exchange.response.hasHead = true
    noteFinal(index)
    pending[index].exchange.timeline.bodyEnd = origin.time
    pending[index].facts.responseFraming = HTTP1BodyFramingFacts(end.framing)
    let headEnd = end.offset &+ UInt64(end.end.byteCount)
    pending[index].facts.responseHeadByteCount = headEnd &- pending[index].exchange.response.range.lowerBound
    if end.framing == .upgrade { pending[index].facts.upgraded = true }
    if pending[index].exchange.response.fields.listContains("close", in: "connection") { serverSaidClose = true }
  }

  /// Takes note of a final response, and whether it says when it was made.
  private mutating func noteFinal(_ index: Int) {
    finalCount &+= 1
    guard let status = pending[index].exchange.response.status, 200..<500 ~= status,
      !facts.hasDate || facts.undated == nil, pending[index].exchange.response.fields.droppedCount == 0
    else { return }
    if pending[index].exchange.response.fields.countFields("date") > 0 {
      facts.hasDate = true
    } else if facts.undated == nil {
      facts.undated = pending[index].exchange.response.range.lowerBound
    }
  }

  private mutating func endResponse(
    _ index: Int, _ end: HTTP1MessageEnd, _ output: (inout Exchange) -> Void
  ) {
    openResponse = nil
    guard !end.isInterim else { return }
    pending[index].exchange.response.range = pending[index].exchange.response.range.lowerBound..<end.offset
    if end.missingByteCount > 0 { pending[index].exchange.response.body.skip(end.missingByteCount) }
    // A body that lasts until the end of the connection is whole only where that was an orderly one.
    pending[index].exchange.response.isComplete =
      end.completion == .complete || end.completion == .streamEnd && summary.responseClosing == .end
    pending[index].exchange.timeline.end = origin.time
    pending[index].responseIsOver = true
    pending[index].ending = end.completion == .lost ? .lost : endingByClose
    let (answersHead, status) = (
      pending[index].exchange.request.method.elementsEqual("HEAD".utf8), pending[index].exchange.response.status ?? 0
    )
    if end.completion == .complete {
      // Who refuses a request that could not be read, or what stood before it, does not know that it was HEAD; and a line
      // without a version is none of HTTP/1.
      let isMisread =
        answersHead
        && (pending[index].facts.requestVersion == nil || status >= 400 && isUnreadable(pending[index].exchange))
      lastResponse =
        isMisread ? nil : (end.offset, status, answersHead, pending[index].facts.responseFraming == .length)
      misreadEnd = isMisread ? end.offset : nil
    }
    completeFront(output)
  }

  /// Whether a request is odd, or stands behind what could not be read.
  private func isUnreadable(_ exchange: borrowing Exchange) -> Bool {
    exchange.anomalies.entries.contains { $0.direction == .request } || isBehindOddBytes(exchange)
  }

  /// Whether bytes that are no part of a request came before this one: what is answered may be they.
  private func isBehindOddBytes(_ exchange: borrowing Exchange) -> Bool {
    let start = exchange.request.range.lowerBound
    return summary.anomalies.entries.contains { $0.direction == .request && $0.anomaly.range.lowerBound < start }
  }

  private mutating func noteResponse(_ anomaly: Anomaly) {
    note(anomaly, .response, openResponse)
    let isUnreadable = anomaly.kind == .lostSynchronisation || anomaly.kind == .truncated
    guard openResponse == nil, isUnreadable, summary.gapByteCount == 0, !summary.connection.joinedInTheMiddle else {
      return
    }
    let asked = pending.firstIndex { !$0.responseIsOver }
    if misreadEnd != anomaly.range.lowerBound, let asked, !isBehindOddBytes(pending[asked].exchange) {
      pending[asked].facts.responseIsUnreadable = true
    }
    // Bytes that are no request, or a line without a version, may have been answered as HTTP/0.9 is: without a head.
    guard summary.anomalies.first(.lostSynchronisation, .request) == nil else { return }
    if let asked, pending[asked].facts.requestVersion == nil { return }
    guard let lastResponse, facts.stray == nil, lastResponse.end == anomaly.range.lowerBound else { return }
    facts.stray = HTTP1ConnectionFacts.Stray(
      offset: lastResponse.end, status: lastResponse.status, answersHead: lastResponse.answersHead,
      hasLength: lastResponse.hasLength)
  }
}
