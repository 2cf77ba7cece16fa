// The HTTP/1 conversation: requests and responses of one connection, paired in their order.
//
// Message framing is the decoders'; here messages meet. Nothing here judges.

import HTTP1Wire
import WireBytes

/// Turns the messages of one HTTP/1 connection into exchanges.
package struct HTTP1Conversation: Conversation {
  private var requests: HTTP1Decoder
  private var responses: HTTP1Decoder
  private var state: HTTP1ConnectionState

  package init(_ connection: ConnectionInfo, retention: Retention) {
    let joined = connection.joinedInTheMiddle
    requests = HTTP1Decoder(role: .requests, joinedInTheMiddle: joined)
    responses = HTTP1Decoder(role: .responses, joinedInTheMiddle: joined)
    state = HTTP1ConnectionState(connection, retention: retention)
  }

  package mutating func receive(
    _ event: borrowing ConnectionEvent, _ output: (consuming ConversationOutput) -> Void
  ) {
    switch event {
    case .opened(let origin):
      state.note(origin)
      state.opened = origin.time
    case .established(let origin):
      state.note(origin)
      state.established = origin.time
    case .bytes(.request, let bytes, let origin):
      state.note(origin)
      state.summary.requestByteCount &+= UInt64(bytes.byteCount)
      requests.receive(bytes) { state.receiveRequest($0, $1, output) }
      passMethods()
    case .bytes(.response, let bytes, let origin):
      state.note(origin)
      state.summary.responseByteCount &+= UInt64(bytes.byteCount)
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
        passUpgrade(output)
      }
    case .closed(let direction, let closing, let origin):
      state.note(origin)
      state.noteClose(direction, closing)
      if direction == .request || closing == .reset { endRequests(output) }
      if direction == .response || closing == .reset { endResponses(output) }
    case .finished(let origin):
      state.note(origin)
      endRequests(output)
      endResponses(output)
      state.finish(output)
    }
  }

  private mutating func endRequests(_ output: (consuming ConversationOutput) -> Void) {
    requests.end { state.receiveRequest($0, $1, output) }
    passMethods()
  }

  private mutating func endResponses(_ output: (consuming ConversationOutput) -> Void) {
    responses.end { state.receiveResponse($0, $1, output) }
    state.endResponses(output)
  }

  /// Tells the responses' decoder what it needs to know of the requests to frame their answers.
  private mutating func passMethods() {
    for method in state.newMethods { responses.expectResponse(to: method) }
    state.newMethods.removeAll(keepingCapacity: true)
  }

  private mutating func passUpgrade(_ output: (consuming ConversationOutput) -> Void) {
    guard responses.isUpgraded, !requests.isUpgraded else { return }
    requests.upgrade { state.receiveRequest($0, $1, output) }
  }
}

/// Everything of an HTTP/1 connection but its two decoders, so that those can lend their content to it.
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
  private var exchangeCount = 0
  /// A message is being received: the position of its exchange.
  private var openRequest: Int?
  private var openResponse: Int?
  private var responseIsInterim = false
  /// The client closed while the server had not: what was open then is given up by the client.
  private var clientClosedFirst = false
  /// Where the latest field's value may still be continued, for folded lines.
  private static let pendingLimit = 4096

  private struct Pending: Sendable {
    var exchange: Exchange
    var facts = HTTP1Facts()
    var requestEnded = false
    var responseEnded = false
    var responseBegun = false
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

  mutating func noteClose(_ direction: Direction, _ closing: Closing) {
    if direction == .request {
      summary.requestClosing = summary.requestClosing ?? closing
      if summary.responseClosing == nil { clientClosedFirst = true }
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
      pending[index].exchange.request.fields.append(
        name: bytes.extracting(line.name), value: bytes.extracting(line.value))
    case .headersEnd(let end):
      pending[index].facts.requestFraming = BodyFramingFacts(end.framing)
      let host = pending[index].exchange.request.fields.firstField("host").map { Array($0) }
      pending[index].exchange.request.host = host ?? []
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
    openRequest = append(startedInTheMiddle: false)
    let index = pending.count - 1
    pending[index].exchange.request.method = bytes.extracting(line.method).copied()
    pending[index].exchange.request.target = bytes.extracting(line.target).copied()
    pending[index].exchange.request.range = line.offset..<line.offset
    pending[index].exchange.timeline.requestStart = origin.time
    pending[index].exchange.timeline.requestEnd = origin.time
    pending[index].facts.requestVersion = line.version.map { HTTPVersionFacts(major: $0.major, minor: $0.minor) }
  }

  private mutating func append(startedInTheMiddle: Bool) -> Int {
    exchangeCount += 1
    var exchange = Exchange(.http1, connection: summary.connection, index: exchangeCount)
    exchange.startedInTheMiddle = startedInTheMiddle
    if exchangeCount == 1 {
      exchange.timeline.connectStart = opened
      exchange.timeline.connected = established
    }
    pending.append(Pending(exchange: exchange))
    return pending.count - 1
  }

  private mutating func endRequest(
    _ index: Int, _ end: MessageEnd, _ output: (consuming ConversationOutput) -> Void
  ) {
    pending[index].exchange.request.range = pending[index].exchange.request.range.lowerBound..<end.offset
    pending[index].exchange.timeline.requestEnd = origin.time
    if end.missingByteCount > 0 { pending[index].exchange.request.body.skip(end.missingByteCount) }
    pending[index].requestEnded = end.completion == .complete
    openRequest = nil
    completeFront(output)
  }

  // MARK: Responses

  mutating func receiveResponse(
    _ event: HTTP1Event, _ bytes: RawSpan, _ output: (consuming ConversationOutput) -> Void
  ) {
    if case .statusLine(let line) = event { beginResponse(line, bytes) }
    log(event, bytes, .response, openResponse)
    if case .anomaly(let anomaly) = event { note(anomaly, .response, openResponse) }
    guard let index = openResponse else {
      if case .upgraded = event { noteOpaque(bytes) }
      return
    }
    pending[index].exchange.note(packet: origin.packet)
    switch event {
    case .fieldLine(let line) where !responseIsInterim:
      pending[index].exchange.response.fields.append(
        name: bytes.extracting(line.name), value: bytes.extracting(line.value))
    case .headersEnd(let end):
      if end.isInterim {
        pending[index].facts.interimResponses += 1
      } else {
        pending[index].exchange.response.hasHead = true
        pending[index].exchange.timeline.bodyEnd = origin.time
        pending[index].facts.responseFraming = BodyFramingFacts(end.framing)
        if end.framing == .upgrade { pending[index].facts.upgraded = true }
      }
    case .content:
      pending[index].exchange.response.body.append(bytes, limit: retention.bodyByteCount)
      pending[index].exchange.timeline.bodyEnd = origin.time
    case .messageEnd(let end):
      endResponse(index, end, output)
    default:
      break
    }
  }

  private mutating func beginResponse(_ line: StatusLine, _ bytes: RawSpan) {
    responseIsInterim = line.status / 100 == 1 && line.status != 101
    let index = pending.firstIndex { !$0.responseEnded } ?? append(startedInTheMiddle: true)
    openResponse = index
    if pending[index].exchange.timeline.responseStart == nil {
      pending[index].exchange.timeline.responseStart = origin.time
    }
    guard !responseIsInterim else { return }
    pending[index].responseBegun = true
    pending[index].exchange.response.range = line.offset..<line.offset
    pending[index].exchange.response.status = line.status
    pending[index].exchange.response.reason = bytes.extracting(line.reason).copied()
    pending[index].facts.responseVersion = line.version.map { HTTPVersionFacts(major: $0.major, minor: $0.minor) }
  }

  private mutating func endResponse(
    _ index: Int, _ end: MessageEnd, _ output: (consuming ConversationOutput) -> Void
  ) {
    openResponse = nil
    guard !end.isInterim else { return }
    pending[index].exchange.response.range = pending[index].exchange.response.range.lowerBound..<end.offset
    if end.missingByteCount > 0 { pending[index].exchange.response.body.skip(end.missingByteCount) }
    pending[index].exchange.response.isComplete = end.completion == .complete || end.completion == .streamEnd
    pending[index].exchange.timeline.end = origin.time
    pending[index].responseEnded = true
    completeFront(output)
  }

  // MARK: The end

  /// Hands over the exchanges at the front that are over, in the order of their requests.
  private mutating func completeFront(_ output: (consuming ConversationOutput) -> Void) {
    // By index: an exchange is large, and is not copied to be looked at.
    while !pending.isEmpty, pending[0].responseEnded,
      pending[0].requestEnded || pending[0].exchange.startedInTheMiddle
    {
      handOverFirst(pending[0].exchange.response.isComplete ? .complete : .serverClosed, output)
    }
  }

  /// No response comes any more.
  mutating func endResponses(_ output: (consuming ConversationOutput) -> Void) {
    let ending: Ending =
      clientClosedFirst ? .clientClosed : summary.responseClosing != nil ? .serverClosed : .unfinished
    while !pending.isEmpty {
      let isWhole = pending[0].responseEnded && pending[0].exchange.response.isComplete
      handOverFirst(isWhole ? .complete : ending, output)
    }
  }

  private mutating func handOverFirst(_ ending: Ending, _ output: (consuming ConversationOutput) -> Void) {
    var exchange = pending[0].exchange.takeOut()
    exchange.http1 = pending[0].facts
    pending.removeFirst()
    openRequest = openRequest.flatMap { $0 > 0 ? $0 - 1 : nil }
    openResponse = openResponse.flatMap { $0 > 0 ? $0 - 1 : nil }
    exchange.ending = ending
    if exchange.timeline.end == nil { exchange.timeline.end = origin.time }
    output(.exchange(exchange))
  }

  mutating func finish(_ output: (consuming ConversationOutput) -> Void) {
    endResponses(output)
    summary.exchangeCount = exchangeCount
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
    if summary.wireEvents.count < retention.wireEventLimit { summary.wireEvents.append(line) }
    if let index, pending[index].exchange.wireEvents.count < retention.wireEventLimit {
      pending[index].exchange.wireEvents.append(line)
    }
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
