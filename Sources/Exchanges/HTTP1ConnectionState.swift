// The state of an HTTP/1 connection: whose response is whose, and what an exchange holds of its messages.
//
// The decoders stand beside it in HTTP1Conversation, so that they can lend their content to it. Nothing here judges.

import HTTP1Wire
import WireBytes

/// Everything of an HTTP/1 connection but its two decoders.
///
/// Responses answer requests in their order. After a hole in the responses a request that was sent before it gives way to
/// one that was sent later: its response is taken for lost.
struct HTTP1ConnectionState: Sendable {
  var summary: ConnectionSummary
  let retention: Retention
  var origin = Origin(time: .zero)
  var opened: Timestamp?
  var established: Timestamp?
  /// Methods of requests whose responses' decoder has not been told of them yet.
  var newMethods: [RequestMethodKind] = []

  /// Requests seen whose exchange is not over, in order; the first unanswered one gets the next response.
  private var pending: [Pending] = []
  private var facts = HTTP1ConnectionFacts()
  private var exchangeCount = 0
  /// A message is being received: the position of its exchange.
  private var openRequest: Int?
  private var openResponse: Int?
  private var responseIsInterim = false
  /// The latest field line of each direction was kept, so that a folded line continues it.
  private var requestFieldIsOpen = false
  private var responseFieldIsOpen = false
  private var firstToClose: Direction?
  /// The final response that ended last.
  private var lastResponse: (end: StreamOffset, status: UInt16, answersHead: Bool, hasNoBody: Bool)?
  /// A response said `Connection: close`.
  private var serverSaidClose = false
  private static let pendingLimit = 4096

  private struct Pending: Sendable {
    var exchange: Exchange
    var facts = HTTP1Facts()
    var requestIsOver = false
    var responseIsOver = false
    /// The capture lost bytes among which its response may lie.
    var responseMayBeLost = false
    /// How it ended, unless its response is complete.
    var ending = Ending.lost
  }

  init(_ connection: ConnectionInfo, retention: Retention) {
    summary = ConnectionSummary(connection: connection, wireProtocol: .http1)
    self.retention = retention
  }

  mutating func note(_ origin: Origin) {
    self.origin = origin
    summary.note(packet: origin.packet)
    if summary.opened == nil { summary.opened = origin.time }
    summary.ended = origin.time
  }

  mutating func noteGap(_ byteCount: UInt64) {
    summary.gapByteCount &+= byteCount
    for index in pending.indices { pending[index].exchange.gapByteCount &+= byteCount }
  }

  /// The responses' decoder lost its step in a hole: what is not answered yet may have been answered there.
  mutating func noteLostResponses() {
    for index in pending.indices where !pending[index].responseIsOver { pending[index].responseMayBeLost = true }
  }

  mutating func noteResponseBytes(_ byteCount: Int) {
    summary.responseByteCount &+= UInt64(byteCount)
    guard summary.requestClosing != nil else { return }
    let index = openResponse ?? pending.firstIndex { !$0.responseIsOver }
    if let index { pending[index].exchange.bytesAfterClientClose &+= UInt64(byteCount) }
  }

  mutating func noteClose(_ direction: Direction, _ closing: Closing) {
    firstToClose = firstToClose ?? direction
    if direction == .request {
      summary.requestClosing = summary.requestClosing ?? closing
      for index in pending.indices where pending[index].exchange.timeline.clientLeft == nil {
        pending[index].exchange.timeline.clientLeft = origin.time
      }
    } else {
      summary.responseClosing = summary.responseClosing ?? closing
    }
  }

  // MARK: Requests

  mutating func receiveRequest(
    _ event: HTTP1Event, _ bytes: RawSpan, _ output: (consuming ConversationOutput) -> Void
  ) {
    if case .requestLine(let line) = event { beginRequest(line, bytes) }
    log(event, bytes, .request, openRequest)
    if case .anomaly(let anomaly) = event { note(anomaly, .request, openRequest) }
    guard let index = openRequest else {
      if case .upgraded = event { noteOpaque(bytes) }
      return
    }
    pending[index].exchange.note(packet: origin.packet)
    switch event {
    case .fieldLine(let line):
      requestFieldIsOpen = pending[index].exchange.request.fields.append(
        name: bytes.extracting(line.name), value: bytes.extracting(line.value))
    case .foldedLine(let line):
      if requestFieldIsOpen { pending[index].exchange.request.fields.continueLast(with: bytes.extracting(line.value)) }
    case .unparsedLine:
      requestFieldIsOpen = false
    case .headersEnd(let end):
      requestFieldIsOpen = false
      pending[index].facts.requestHeadIsWhole = true
      pending[index].facts.requestFraming = BodyFramingFacts(end.framing)
      let host = pending[index].exchange.request.fields.firstField("host").map { Array($0) }
      pending[index].exchange.request.host = host ?? []
      pending[index].exchange.timeline.requestEnd = origin.time
    case .content:
      pending[index].exchange.request.body.append(bytes, limit: retention.bodyByteCount)
      pending[index].exchange.timeline.requestEnd = origin.time
    case .messageEnd(let end):
      endRequest(index, end, output)
    default:
      break
    }
  }

  private mutating func beginRequest(_ line: RequestLine, _ bytes: RawSpan) {
    newMethods.append(RequestMethodKind(bytes.extracting(line.method)))
    guard pending.count < Self.pendingLimit else { return }
    append(startedInTheMiddle: false)
    let index = pending.count - 1
    openRequest = index
    requestFieldIsOpen = false
    pending[index].facts.hasRequest = true
    pending[index].exchange.request.method = bytes.extracting(line.method).copied()
    pending[index].exchange.request.target = bytes.extracting(line.target).copied()
    pending[index].exchange.request.range = line.offset..<line.offset
    pending[index].exchange.timeline.requestStart = origin.time
    pending[index].exchange.timeline.requestEnd = origin.time
    pending[index].facts.requestVersion = line.version.map { HTTPVersionFacts(major: $0.major, minor: $0.minor) }
  }

  private mutating func append(startedInTheMiddle: Bool) {
    exchangeCount += 1
    var exchange = Exchange(.http1, connection: summary.connection, index: exchangeCount)
    exchange.startedInTheMiddle = startedInTheMiddle
    if exchangeCount == 1 {
      exchange.timeline.connectStart = opened
      exchange.timeline.connected = established
    }
    pending.append(Pending(exchange: exchange))
  }

  private mutating func endRequest(
    _ index: Int, _ end: MessageEnd, _ output: (consuming ConversationOutput) -> Void
  ) {
    pending[index].exchange.request.range = pending[index].exchange.request.range.lowerBound..<end.offset
    if end.missingByteCount > 0 { pending[index].exchange.request.body.skip(end.missingByteCount) }
    pending[index].facts.requestIsWhole = end.completion == .complete
    pending[index].requestIsOver = true
    if pending[index].responseIsOver { pending[index].exchange.timeline.end = origin.time }
    openRequest = nil
    completeFront(output)
  }

  // MARK: Responses

  mutating func receiveResponse(
    _ event: HTTP1Event, _ bytes: RawSpan, _ output: (consuming ConversationOutput) -> Void
  ) {
    if case .statusLine(let line) = event { beginResponse(line, bytes, output) }
    log(event, bytes, .response, openResponse)
    if case .anomaly(let anomaly) = event { noteResponse(anomaly) }
    guard let index = openResponse else {
      if case .upgraded = event { noteOpaque(bytes) }
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
      pending[index].exchange.response.body.append(bytes, limit: retention.bodyByteCount)
    case .messageEnd(let end):
      endResponse(index, end, output)
    default:
      break
    }
  }

  private mutating func beginResponse(
    _ line: StatusLine, _ bytes: RawSpan, _ output: (consuming ConversationOutput) -> Void
  ) {
    responseIsInterim = line.status / 100 == 1 && line.status != 101
    responseFieldIsOpen = false
    if serverSaidClose, facts.servedAfterClose == nil { facts.servedAfterClose = line.offset }
    giveUpLostResponses(output)
    if let index = pending.firstIndex(where: { !$0.responseIsOver }) {
      openResponse = index
    } else {
      append(startedInTheMiddle: summary.connection.joinedInTheMiddle || summary.gapByteCount > 0)
      openResponse = pending.count - 1
      pending[pending.count - 1].requestIsOver = true
    }
    guard let index = openResponse, !responseIsInterim else { return }
    pending[index].exchange.timeline.responseStart = origin.time
    pending[index].exchange.response.range = line.offset..<line.offset
    pending[index].exchange.response.status = line.status
    pending[index].exchange.response.reason = bytes.extracting(line.reason).copied()
    pending[index].facts.responseVersion = line.version.map { HTTPVersionFacts(major: $0.major, minor: $0.minor) }
  }

  /// Hands over the requests whose response lay in a hole, when a later one is there to be answered.
  private mutating func giveUpLostResponses(_ output: (consuming ConversationOutput) -> Void) {
    guard let next = pending.firstIndex(where: { !$0.responseIsOver && !$0.responseMayBeLost }) else { return }
    for index in pending[..<next].indices where !pending[index].responseIsOver {
      pending[index].responseIsOver = true
      pending[index].requestIsOver = true
    }
    completeFront(output)
  }

  private mutating func endResponseHead(_ index: Int, _ end: HeadersEnd) {
    responseFieldIsOpen = false
    guard !end.isInterim else {
      pending[index].facts.interimResponses += 1
      return
    }
    pending[index].exchange.response.hasHead = true
    pending[index].exchange.timeline.bodyEnd = origin.time
    pending[index].facts.responseFraming = BodyFramingFacts(end.framing)
    let headEnd = end.offset &+ UInt64(end.end.byteCount)
    pending[index].facts.responseHeadByteCount = headEnd &- pending[index].exchange.response.range.lowerBound
    if end.framing == .upgrade { pending[index].facts.upgraded = true }
    if pending[index].exchange.response.fields.listContains("close", in: "connection") { serverSaidClose = true }
  }

  private mutating func endResponse(
    _ index: Int, _ end: MessageEnd, _ output: (consuming ConversationOutput) -> Void
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
      lastResponse = (end.offset, status, answersHead, pending[index].facts.responseFraming == BodyFramingFacts.none)
    }
    completeFront(output)
  }

  private mutating func noteResponse(_ anomaly: Anomaly) {
    note(anomaly, .response, openResponse)
    let isUnreadable = anomaly.kind == .lostSynchronisation || anomaly.kind == .truncated
    guard openResponse == nil, isUnreadable, summary.gapByteCount == 0, !summary.connection.joinedInTheMiddle else {
      return
    }
    if let index = pending.firstIndex(where: { !$0.responseIsOver }) {
      pending[index].facts.responseIsUnreadable = true
    }
    guard let lastResponse, facts.stray == nil, lastResponse.end == anomaly.range.lowerBound else { return }
    facts.stray = HTTP1ConnectionFacts.Stray(
      offset: lastResponse.end, status: lastResponse.status, answersHead: lastResponse.answersHead,
      hasNoBody: lastResponse.hasNoBody)
  }

  // MARK: The end

  /// Hands over the exchanges at the front that are over, in the order of their requests.
  private mutating func completeFront(_ output: (consuming ConversationOutput) -> Void) {
    // By index: an exchange is large, and is not copied to be looked at.
    while !pending.isEmpty, pending[0].responseIsOver, pending[0].requestIsOver {
      handOverFirst(pending[0].ending, output)
    }
  }

  /// No response comes any more.
  mutating func endResponses(_ output: (consuming ConversationOutput) -> Void) {
    while !pending.isEmpty { handOverFirst(pending[0].responseIsOver ? pending[0].ending : endingByClose, output) }
  }

  private var endingByClose: Ending {
    switch firstToClose {
    case .request: .clientClosed
    case .response: .serverClosed
    case nil: .unfinished
    }
  }

  /// - Parameter ending: How it ended, unless its response is complete.
  private mutating func handOverFirst(_ ending: Ending, _ output: (consuming ConversationOutput) -> Void) {
    var exchange = pending[0].exchange.takeOut()
    exchange.http1 = pending[0].facts
    exchange.http1?.wasFollowed = pending.count > 1
    pending.removeFirst()
    openRequest = openRequest.flatMap { $0 > 0 ? $0 - 1 : nil }
    openResponse = openResponse.flatMap { $0 > 0 ? $0 - 1 : nil }
    exchange.ending = exchange.response.isComplete ? .complete : ending
    if exchange.timeline.end == nil { exchange.timeline.end = origin.time }
    output(.exchange(exchange))
  }

  mutating func finish(_ output: (consuming ConversationOutput) -> Void) {
    endResponses(output)
    summary.exchangeCount = exchangeCount
    summary.http1 = facts
    output(.connection(summary))
  }

  // MARK: Notes

  private mutating func note(_ anomaly: Anomaly, _ direction: Direction, _ index: Int?) {
    if let index {
      pending[index].exchange.anomalies.append(anomaly, direction)
    } else {
      summary.anomalies.append(anomaly, direction)
    }
  }

  private mutating func noteOpaque(_ bytes: RawSpan) { summary.opaqueByteCount &+= UInt64(bytes.byteCount) }

  private mutating func log(_ event: HTTP1Event, _ bytes: RawSpan, _ direction: Direction, _ index: Int?) {
    guard retention.wireEventLimit > 0 else { return }
    switch event {
    // Their pieces depend on how the stream was cut; the message's end says how many bytes there were.
    case .content, .upgraded: return
    default: break
    }
    let line = WireEvent(
      direction: direction, offset: event.offset, origin: origin, text: event.description(bytes))
    summary.keep(line, limit: retention.wireEventLimit)
    if let index { pending[index].exchange.keep(line, limit: retention.wireEventLimit) }
  }
}

extension HTTP1Event {
  /// The event without its offset and mark, which a ``WireEvent`` has itself.
  fileprivate func description(_ bytes: RawSpan) -> String {
    let line = text(bytes, .request)
    return line.split(separator: " ", maxSplits: 2).last.map(String.init) ?? line
  }
}

extension BodyFramingFacts {
  init(_ framing: BodyFraming) {
    switch framing {
    case .none, .upgrade: self = .none
    case .length: self = .length
    case .chunked: self = .chunked
    case .untilEnd, .undeterminable: self = .untilClose
    }
  }
}
