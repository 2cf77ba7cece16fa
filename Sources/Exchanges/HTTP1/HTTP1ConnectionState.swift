// The state of an HTTP/1 connection: whose response is whose, and what an exchange holds of its messages.
//
// The decoders stand beside it in HTTP1Conversation, so that they can lend their content to it; responses are in the
// extension. Nothing here judges.

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
  /// Methods of requests whose responses' decoder has not been told of them yet.
  var newMethods: [HTTP1MethodKind] = []

  /// Requests seen whose exchange is not over, in order; the first unanswered one gets the next response.
  var pending = RecycledList<Pending>()
  var facts = HTTP1ConnectionFacts()
  var exchangeCount = 0
  /// The number of the latest exchange whose response may lie in a hole.
  var lostThrough = 0
  /// A message is being received: the position of its exchange.
  var openRequest: Int?
  var openResponse: Int?
  var responseIsInterim = false
  /// The latest field line of each direction was kept, so that a folded line continues it.
  var requestFieldIsOpen = false
  var responseFieldIsOpen = false
  var firstToClose: Direction?
  /// The final response that ended last.
  var lastResponse: (end: StreamOffset, status: UInt16, answersHead: Bool, hasLength: Bool)?
  /// Where the refusal of a HEAD that could not be read ends, if it came last: its body may follow.
  var misreadEnd: StreamOffset?
  /// Requests that began, and final responses.
  var requestCount: UInt64 = 0
  var finalCount: UInt64 = 0
  /// A request was odd; the next bytes of requests begin one.
  var requestsAreOdd = false
  var requestsAreWhole = true
  /// A response said `Connection: close`.
  var serverSaidClose = false
  /// Requests that are followed at once on one connection.
  static let pendingLimit = 4096
  /// Requests beyond that whose responses have not come: they stand behind all that are followed, so that none is
  /// followed before they are answered.
  var unfollowed: UInt64 = 0
  /// The message that is being received is one of theirs.
  var requestIsUnfollowed = false
  var responseIsUnfollowed = false
  /// About the memory that was taken for requests and for the log, until somebody asks.
  var growth = 0

  struct Pending: Sendable {
    var exchange: Exchange
    var facts = HTTP1Facts()
    var requestIsOver = false
    var responseIsOver = false
    /// Bytes of the connection that were lost before it began.
    var lostBefore: UInt64 = 0
    /// How it ended, unless its response is complete.
    var ending = Ending.lost

    init(_ exchange: consuming Exchange) { self.exchange = exchange }

    /// Begins another exchange in the place of one that is over.
    mutating func renew(_ connection: ConnectionInfo, index: Int) {
      exchange.renew(.http1, connection: connection, index: index)
      facts = HTTP1Facts()
      requestIsOver = false
      responseIsOver = false
      lostBefore = 0
      ending = .lost
    }
  }

  init(_ connection: ConnectionInfo, retention: Retention) {
    summary = ConnectionSummary(connection: connection, wireProtocol: .http1)
    self.retention = retention
  }

  mutating func note(_ origin: Origin) {
    self.origin = origin
    summary.note(origin)
  }

  /// The memory that it takes besides itself, in bytes.
  var heldByteCount: Int {
    pending.heldByteCount { $0.exchange.heldByteCount } &+ summary.heldByteCount &+ newMethods.capacity
  }

  mutating func noteGap(_ byteCount: UInt64) {
    summary.gapByteCount &+= byteCount
  }

  /// The responses' decoder lost its step in a hole: what is not answered yet may have been answered there.
  mutating func noteLostResponses() { lostThrough = exchangeCount }

  mutating func noteResponseBytes(_ byteCount: Int) {
    summary.responseByteCount &+= UInt64(byteCount)
    guard summary.requestClosing != nil else { return }
    let index = openResponse ?? pending.firstIndex { !$0.responseIsOver }
    if let index { pending[index].exchange.bytesAfterClientClose &+= UInt64(byteCount) }
  }

  mutating func noteClose(_ direction: Direction, _ closing: Closing) {
    summary.note(direction, closing)
    if direction == .request {
      for index in pending.indices where pending[index].exchange.timeline.clientLeft == nil {
        pending[index].exchange.timeline.clientLeft = origin.time
      }
    }
  }

  // MARK: Requests

  mutating func receiveRequest(
    _ event: HTTP1Event, _ bytes: RawSpan, _ output: (inout Exchange) -> Void
  ) {
    if case .requestLine(let line) = event { beginRequest(line, bytes) }
    log(event, bytes, .request, openRequest)
    if case .anomaly = event { requestsAreOdd = true }
    if case .anomaly(let anomaly) = event, !requestIsUnfollowed { note(anomaly, .request, openRequest) }
    guard let index = openRequest else {
      switch event {
      case .upgraded: noteOpaque(bytes)
      case .messageEnd: requestIsUnfollowed = false
      default: break
      }
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
    case .trailerLine(let line):
      pending[index].facts.requestTrailers.note(
        bytes.extracting(line.name), at: line.offset, pending[index].exchange.request.fields)
    case .headersEnd(let end):
      requestFieldIsOpen = false
      pending[index].facts.requestHeadIsWhole = true
      pending[index].facts.requestFraming = HTTP1BodyFramingFacts(end.framing)
      pending[index].exchange.request.takeHost()
      // One that has to wait takes no more room than it fills.
      if index > 0 { pending[index].exchange.request.fields.fit() }
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

  private mutating func beginRequest(_ line: HTTP1RequestLine, _ bytes: RawSpan) {
    newMethods.append(HTTP1MethodKind(bytes.extracting(line.method)))
    requestCount &+= 1
    guard pending.count < Self.pendingLimit, unfollowed == 0 else {
      unfollowed &+= 1
      summary.unfollowedRequests &+= 1
      requestIsUnfollowed = true
      return
    }
    append(startedInTheMiddle: false)
    requestIsUnfollowed = false
    let index = pending.count - 1
    openRequest = index
    requestFieldIsOpen = false
    pending[index].facts.hasRequest = true
    pending[index].exchange.request.method.assign(bytes.extracting(line.method))
    pending[index].exchange.request.target.assign(bytes.extracting(line.target))
    pending[index].exchange.request.range = line.offset..<line.offset
    pending[index].exchange.timeline.requestStart = origin.time
    pending[index].exchange.timeline.requestEnd = origin.time
    pending[index].facts.requestVersion = line.version.map { HTTP1VersionFacts(major: $0.major, minor: $0.minor) }
  }

  mutating func append(startedInTheMiddle: Bool) {
    exchangeCount += 1
    pending.append(
      renewing: { $0.renew(summary.connection, index: exchangeCount) },
      orMaking: {
        growth &+= 2 * MemoryLayout<Pending>.stride &+ Exchange.usualByteCount
        return Pending(Exchange(.http1, connection: summary.connection, index: exchangeCount))
      })
    let index = pending.count - 1
    pending[index].lostBefore = summary.gapByteCount
    pending[index].exchange.startedInTheMiddle = startedInTheMiddle
    if exchangeCount == 1 {
      pending[index].exchange.timeline.connectStart = opened
      pending[index].exchange.timeline.connected = summary.established
    }
  }

  private mutating func endRequest(
    _ index: Int, _ end: HTTP1MessageEnd, _ output: (inout Exchange) -> Void
  ) {
    pending[index].exchange.request.range = pending[index].exchange.request.range.lowerBound..<end.offset
    if end.missingByteCount > 0 { pending[index].exchange.request.body.skip(end.missingByteCount) }
    pending[index].facts.requestIsWhole = end.completion == .complete
    pending[index].requestIsOver = true
    if pending[index].responseIsOver { pending[index].exchange.timeline.end = origin.time }
    openRequest = nil
    completeFront(output)
  }

  // MARK: The end

  /// Hands over the exchanges at the front that are over, in the order of their requests.
  mutating func completeFront(_ output: (inout Exchange) -> Void) {
    // By index: an exchange is large, and is not copied to be looked at.
    while !pending.isEmpty, pending[0].responseIsOver, pending[0].requestIsOver {
      handOverFirst(pending[0].ending, output)
    }
  }

  /// No response comes any more.
  mutating func endResponses(_ output: (inout Exchange) -> Void) {
    while !pending.isEmpty { handOverFirst(pending[0].responseIsOver ? pending[0].ending : endingByClose, output) }
  }

  var endingByClose: Ending {
    switch summary.firstToClose {
    case .request: .clientClosed
    case .response: .serverClosed
    case nil: .unfinished
    }
  }

  /// - Parameter ending: How it ended, unless its response is complete.
  private mutating func handOverFirst(_ ending: Ending, _ output: (inout Exchange) -> Void) {
    // By its place: an exchange is large, and is lent where it lies.
    pending[0].facts.wasFollowed = pending.count > 1 || unfollowed > 0
    pending[0].exchange.http1 = pending[0].facts
    pending[0].exchange.gapByteCount = summary.gapByteCount &- pending[0].lostBefore
    pending[0].exchange.ending = pending[0].exchange.response.isComplete ? .complete : ending
    if pending[0].exchange.timeline.end == nil { pending[0].exchange.timeline.end = origin.time }
    output(&pending[0].exchange)
    pending[0].exchange.forgetContents()
    pending.remove(at: 0, emptyingOthersTo: Pending(.placeholder(.http1)))
    openRequest = openRequest.flatMap { $0 > 0 ? $0 - 1 : nil }
    openResponse = openResponse.flatMap { $0 > 0 ? $0 - 1 : nil }
  }

  mutating func finish(_ output: (inout Exchange) -> Void) {
    endResponses(output)
    if finalCount <= requestCount { facts.unasked = nil }
    summary.exchangeCount = exchangeCount
    summary.http1 = facts
  }

  // MARK: Notes

  mutating func note(_ anomaly: Anomaly, _ direction: Direction, _ index: Int?) {
    if let index {
      pending[index].exchange.anomalies.append(anomaly, direction)
    } else {
      summary.anomalies.append(anomaly, direction)
    }
  }

  mutating func noteOpaque(_ bytes: RawSpan) { summary.opaqueByteCount &+= UInt64(bytes.byteCount) }

  mutating func log(_ event: HTTP1Event, _ bytes: RawSpan, _ direction: Direction, _ index: Int?) {
    guard retention.wireEventLimit > 0, let line = WireEvent(event, bytes, direction, origin) else { return }
    summary.keep(line, limit: retention.wireEventLimit)
    if let index { pending[index].exchange.keep(line, limit: retention.wireEventLimit) }
    growth &+= 2 * WireEvent.heldByteCount
  }
}

extension Request {
  /// Fills the host from the field of that name.
  fileprivate mutating func takeHost() {
    host.removeAll(keepingCapacity: true)
    if let field = fields.firstField("host") { host.append(contentsOf: field) }
  }
}

extension HTTP1BodyFramingFacts {
  init(_ framing: HTTP1BodyFraming) {
    switch framing {
    case .none, .upgrade: self = .none
    case .length: self = .length
    case .chunked: self = .chunked
    case .untilEnd, .undeterminable: self = .untilClose
    }
  }
}
