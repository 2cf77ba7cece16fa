// The conversation between gatespec and its WSGI bridge: one connection, one call of the application.
//
// Decoding lines is WSGIWire's, what the lines about a call mean WSGICallState's. Nothing here judges.

import WSGIWire
import WireBytes

/// Turns what the bridge tells of one call into an exchange.
struct WSGIConversation: Conversation {
  private var requests = WSGIDecoder()
  private var responses = WSGIDecoder()
  private var state: WSGICallState

  static var wireProtocol: WireProtocol { .wsgi }

  static func recognise(_ prefix: RawSpan, _ direction: Direction) -> PrefixVerdict {
    direction == .request ? WSGIDecoder.looksLikeRequest(prefix) : .no
  }

  static func mayBegin(with byte: UInt8, _ direction: Direction) -> Bool {
    direction == .response || byte == UInt8(ascii: "g")
  }

  init(_ connection: ConnectionInfo, retention: Retention) { state = WSGICallState(connection, retention) }

  mutating func receive(_ event: borrowing ConnectionEvent, _ output: (inout Exchange) -> Void) -> Int {
    state.note(event.origin)
    switch event {
    case .opened(let origin): state.opened = origin.time
    case .established(let origin): state.summary.established = origin.time
    case .bytes(.request, let bytes, _):
      state.beginRequest(bytes.byteCount)
      requests.receive(bytes) { state.receive($0, $1, .request) }
    case .bytes(.response, let bytes, _):
      state.beginResponse(bytes.byteCount)
      responses.receive(bytes) { state.receive($0, $1, .response) }
    case .gap(let direction, let byteCount, _):
      state.noteGap(byteCount)
      if direction == .request {
        requests.skip(byteCount: byteCount) { state.receive($0, $1, .request) }
      } else {
        responses.skip(byteCount: byteCount) { state.receive($0, $1, .response) }
      }
    case .closed(let direction, let closing, _):
      if direction == .request || closing == .reset { requests.end { state.receive($0, $1, .request) } }
      if direction == .response || closing == .reset { responses.end { state.receive($0, $1, .response) } }
      state.close(direction, closing, output)
    case .finished: state.complete(output)
    }
    return 0
  }

  var summary: ConnectionSummary { state.summary }

  /// The memory that it takes besides itself, in bytes.
  var heldByteCount: Int { requests.heldByteCount &+ responses.heldByteCount &+ state.heldByteCount }
}

/// Everything of such a connection but its decoders.
struct WSGICallState: Sendable {
  var summary: ConnectionSummary
  var opened: Timestamp?
  private let retention: Retention
  private var origin = Origin(time: .zero)
  private var exchange: Exchange
  private var call: WSGICall
  private var hasBegun = false
  private var isOver = false
  private var requestIsWhole = false
  /// What the bytes after the latest line of a direction are.
  private var requestContent: WSGIContent?
  private var responseContent: WSGIContent?

  init(_ connection: ConnectionInfo, _ retention: Retention) {
    summary = ConnectionSummary(connection: connection, wireProtocol: .wsgi)
    self.retention = retention
    exchange = Exchange(.wsgi, connection: connection, index: 1)
    exchange.startedInTheMiddle = connection.joinedInTheMiddle
    call = WSGICall()
  }

  /// The memory that it takes besides itself, in bytes.
  var heldByteCount: Int { exchange.heldByteCount &+ summary.heldByteCount &+ call.heldByteCount }

  mutating func note(_ origin: Origin) {
    self.origin = origin
    summary.note(origin)
  }

  mutating func noteGap(_ byteCount: UInt64) {
    summary.gapByteCount &+= byteCount
    exchange.gapByteCount &+= byteCount
  }

  private mutating func begin() {
    exchange.note(packet: origin.packet)
    guard !hasBegun else { return }
    hasBegun = true
    exchange.gapByteCount = summary.gapByteCount
    exchange.timeline.connectStart = opened
    exchange.timeline.connected = summary.established
  }

  mutating func beginRequest(_ byteCount: Int) {
    begin()
    summary.requestByteCount &+= UInt64(byteCount)
    exchange.request.range = 0..<summary.requestByteCount
    exchange.timeline.requestStart = exchange.timeline.requestStart ?? origin.time
    exchange.timeline.requestEnd = origin.time
  }

  mutating func beginResponse(_ byteCount: Int) {
    begin()
    summary.responseByteCount &+= UInt64(byteCount)
    exchange.response.range = 0..<summary.responseByteCount
    exchange.timeline.responseStart = exchange.timeline.responseStart ?? origin.time
    exchange.timeline.end = origin.time
  }

  /// Takes what a decoder read.
  mutating func receive(_ event: WSGIEvent, _ bytes: RawSpan, _ direction: Direction) {
    log(event, bytes, direction)
    switch event {
    case .line(let line):
      let statement = WSGIStatement(bytes)
      if direction == .request {
        requestContent = takeRequest(statement)
      } else if !isOver {
        responseContent = call.take(statement, line.payloadByteCount ?? 0, at: line.offset, of: &exchange)
      }
    case .content:
      take(bytes, direction == .request ? requestContent : responseContent)
    case .anomaly(let anomaly): exchange.anomalies.append(anomaly, direction)
    case .contentEnd, .undecoded: break
    }
  }

  private mutating func take(_ bytes: RawSpan, _ content: WSGIContent?) {
    switch content {
    case .requestBody: exchange.request.body.append(bytes, limit: retention.bodyByteCount)
    case .body:
      exchange.noteBody(at: origin.time)
      retention.take(bytes, of: &exchange.response)
    case .errors: exchange.errorStream.append(bytes, limit: retention.errorStreamByteCount)
    case .withheld: call.facts.withheldByteCount &+= UInt64(bytes.byteCount)
    case .other, nil: break
    }
  }

  private mutating func takeRequest(_ statement: WSGIStatement) -> WSGIContent {
    switch statement.kind {
    case "variable":
      unsafe exchange.request.fields.append(
        name: statement.word(0).span.bytes, value: statement.word(1).span.bytes)
    case "offer":
      let names: Set = ["stop-after", "write-fails", "input-fails", "input-ends"]
      if names.contains(String(decoding: statement.word(0), as: UTF8.self)) { call.facts.isProvoked = true }
      call.takeOffer(statement)
    case "body": return .requestBody
    case "call":
      requestIsWhole = true
      exchange.request.describeByMetaVariables()
      call.isHead = exchange.request.method.elementsEqual("HEAD".utf8)
    default: break
    }
    return .other
  }

  // MARK: The end

  mutating func close(_ direction: Direction, _ closing: Closing, _ output: (inout Exchange) -> Void) {
    summary.note(direction, closing)
    if direction == .request { exchange.timeline.clientLeft = exchange.timeline.clientLeft ?? origin.time }
    if direction == .response || closing == .reset { complete(output) }
  }

  mutating func complete(_ output: (inout Exchange) -> Void) {
    guard hasBegun, !isOver else { return }
    isOver = true
    if !requestIsWhole { exchange.request.describeByMetaVariables() }
    call.finish(&exchange, isClosedByServer: summary.firstToClose == .response && exchange.gapByteCount == 0)
    exchange.timeline.end = origin.time
    exchange.ending = ending
    summary.exchangeCount = 1
    output(&exchange)
    exchange.forgetContents()
  }

  private var ending: Ending {
    if call.facts.isDone { return exchange.response.isComplete || !call.facts.wasCalled ? .complete : .serverClosed }
    switch summary.firstToClose {
    case .request: return .clientClosed
    case .response: return .serverClosed
    case nil: return .unfinished
    }
  }

  private mutating func log(_ event: WSGIEvent, _ bytes: RawSpan, _ direction: Direction) {
    guard retention.wireEventLimit > 0, let logged = WireEvent(event, bytes, direction, origin) else { return }
    summary.keep(logged, limit: retention.wireEventLimit)
    exchange.keep(logged, limit: retention.wireEventLimit)
  }
}

/// What the bytes after a line are.
enum WSGIContent: Sendable {
  case requestBody, body, errors
  /// Body that a server does not send: in answer to HEAD.
  case withheld
  case other
}
