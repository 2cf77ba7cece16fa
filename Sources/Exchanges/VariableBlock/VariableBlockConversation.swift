// The conversation of SCGI and of uwsgi: one connection, one request, one response that ends with the connection.
//
// Decoding the request is the codecs', the response's two forms are VariableBlockResponseCollector's. Nothing here
// judges.

import HTTP1Wire
import SCGIWire
import UWSGIWire
import WireBytes

/// Turns the bytes of an SCGI connection into an exchange.
typealias SCGIConversation = VariableBlockConversation<SCGIDecoder>

/// Turns the bytes of a uwsgi connection into an exchange.
typealias UWSGIConversation = VariableBlockConversation<UWSGIDecoder>

/// Turns the bytes of one SCGI or uwsgi connection into an exchange.
struct VariableBlockConversation<Decoder: VariableBlockDecoder>: Conversation {
  /// Nil until a connection that was joined in the middle shows where a request begins.
  private var decoder: Decoder?
  private var state: VariableBlockConnectionState
  private var requestOffset: StreamOffset = 0

  static var wireProtocol: WireProtocol { Decoder.wireProtocol }

  static func recognise(_ prefix: RawSpan, _ direction: Direction) -> PrefixVerdict {
    // The response is HTTP's or CGI's.
    direction == .request ? Decoder.looksLikeRequest(prefix) : .no
  }

  static func mayBegin(with byte: UInt8, _ direction: Direction) -> Bool {
    direction == .response || Decoder.mayBegin(with: byte)
  }

  init(_ connection: ConnectionInfo, retention: Retention) {
    state = VariableBlockConnectionState(connection, Decoder.wireProtocol, retention: retention)
    if !connection.joinedInTheMiddle { decoder = Decoder(offset: 0) }
  }

  mutating func receive(
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
      receiveRequest(bytes)
    case .bytes(.response, let bytes, let origin):
      state.note(origin)
      state.receiveResponse(bytes)
    case .gap(.request, let byteCount, let origin):
      state.note(origin)
      state.noteGap(byteCount)
      decoder?.skip(byteCount: byteCount) { state.receive($0, $1) }
      requestOffset &+= byteCount
    case .gap(.response, let byteCount, let origin):
      state.note(origin)
      state.noteGap(byteCount)
      state.skipResponse(byteCount)
    case .closed(let direction, let closing, let origin):
      state.note(origin)
      if direction == .request || closing == .reset { endRequest() }
      state.close(direction, closing, output)
    case .finished(let origin):
      state.note(origin)
      endRequest()
      state.finish(output)
    }
    return 0
  }

  var summary: ConnectionSummary { state.summary }

  /// The memory that it takes besides itself, in bytes.
  var heldByteCount: Int { state.heldByteCount }

  private mutating func receiveRequest(_ bytes: RawSpan) {
    guard bytes.byteCount > 0 else { return }
    if decoder == nil, !state.hasExchange, Decoder.looksLikeRequest(bytes) == .yes {
      decoder = Decoder(offset: requestOffset)
    }
    state.beginRequest(isDecoded: decoder != nil, bytes.byteCount)
    decoder?.receive(bytes) { state.receive($0, $1) }
    requestOffset &+= UInt64(bytes.byteCount)
  }

  private mutating func endRequest() { decoder?.end { state.receive($0, $1) } }
}

/// Everything of an SCGI or uwsgi connection but its decoder, so that that can lend its content to it.
struct VariableBlockConnectionState: Sendable {
  var summary: ConnectionSummary
  var opened: Timestamp?

  private let wireProtocol: WireProtocol
  private let retention: Retention
  private var origin = Origin(time: .zero)
  /// The one exchange; of no meaning until it has begun.
  private var exchange: Exchange
  private var hasBegun = false
  private var facts = VariableBlockFacts()
  private var response: VariableBlockResponseCollector
  private var isOver = false

  init(_ connection: ConnectionInfo, _ wireProtocol: WireProtocol, retention: Retention) {
    summary = ConnectionSummary(connection: connection, wireProtocol: wireProtocol)
    self.wireProtocol = wireProtocol
    self.retention = retention
    exchange = Exchange(wireProtocol, connection: connection, index: 1)
    response = VariableBlockResponseCollector(retention: retention)
  }

  var hasExchange: Bool { hasBegun }

  /// The memory that it takes besides itself, in bytes.
  var heldByteCount: Int { exchange.heldByteCount &+ response.heldByteCount &+ summary.heldByteCount }

  mutating func note(_ origin: Origin) {
    self.origin = origin
    summary.note(origin)
  }

  mutating func noteGap(_ byteCount: UInt64) {
    summary.gapByteCount &+= byteCount
    exchange.gapByteCount &+= byteCount
  }

  private mutating func beginExchange(startedInTheMiddle: Bool) {
    guard !hasBegun else { return }
    hasBegun = true
    exchange.startedInTheMiddle = startedInTheMiddle
    exchange.gapByteCount = summary.gapByteCount
    exchange.timeline.connectStart = opened
    exchange.timeline.connected = summary.established
  }

  // MARK: The request

  /// Bytes of the request arrive.
  mutating func beginRequest(isDecoded: Bool, _ byteCount: Int) {
    summary.requestByteCount &+= UInt64(byteCount)
    beginExchange(startedInTheMiddle: !isDecoded)
    exchange.note(packet: origin.packet)
    if exchange.timeline.requestStart == nil { exchange.timeline.requestStart = origin.time }
    if !facts.requestIsWhole { exchange.timeline.requestEnd = origin.time }
  }

  mutating func receive(_ event: some VariableBlockEvent, _ bytes: RawSpan) {
    log(event, bytes)
    switch event.inBlock {
    case .began(let modifiers):
      facts.modifiers = modifiers
      response.isPacket = modifiers.map { !UWSGIModifier(rawValue: $0.first).isRequest } ?? false
    case .pair: exchange.request.fields.beginPair()
    case .name: exchange.request.fields.appendToName(bytes)
    case .value: exchange.request.fields.appendToValue(bytes)
    case .pairEnd: exchange.request.fields.endPair()
    case .headersEnd(let contentLength): endHead(contentLength)
    case .content: exchange.request.body.append(bytes, limit: retention.bodyByteCount)
    case .requestEnd(let end):
      if end.missingByteCount > 0 { exchange.request.body.skip(end.missingByteCount) }
      facts.requestIsWhole = end.isComplete
      exchange.request.range = 0..<end.offset
    case .surplus(let offset):
      facts.surplus = facts.surplus ?? offset
    case .anomaly(let anomaly):
      note(anomaly)
    case .other: break
    }
  }

  private mutating func endHead(_ contentLength: UInt64?) {
    facts.headIsWhole = true
    facts.contentLength = contentLength
    exchange.request.describeByMetaVariables()
    response.expect(exchange.request.method.elementsEqual("HEAD".utf8) ? .head : .ordinary)
  }

  private mutating func note(_ anomaly: Anomaly) {
    switch anomaly.kind {
    // The pair that was being read never becomes whole.
    case .scgiUnterminatedPair, .uwsgiCutPair, .uwsgiSizePastEnd, .gap:
      dropOpenPair()
    default: break
    }
    exchange.anomalies.append(anomaly, .request)
  }

  private mutating func dropOpenPair() { exchange.request.fields.endPair(isWhole: false) }

  // MARK: The response

  mutating func receiveResponse(_ bytes: RawSpan) {
    summary.responseByteCount &+= UInt64(bytes.byteCount)
    guard bytes.byteCount > 0 else { return }
    if !hasBegun {
      facts.serverSpokeFirst = !summary.connection.joinedInTheMiddle && summary.gapByteCount == 0
      beginExchange(startedInTheMiddle: !facts.serverSpokeFirst)
    }
    guard !isOver else { return }
    exchange.note(packet: origin.packet)
    if exchange.timeline.responseStart == nil { exchange.timeline.responseStart = origin.time }
    exchange.noteBody(at: origin.time)
    exchange.timeline.end = origin.time
    facts.responseByteCount &+= UInt64(bytes.byteCount)
    if summary.requestClosing != nil { exchange.bytesAfterClientClose &+= UInt64(bytes.byteCount) }
    exchange.response.range = 0..<summary.responseByteCount
    // Of a request that was not seen the response may be in its middle, too.
    guard !exchange.startedInTheMiddle else { return }
    response.receive(bytes, &exchange)
  }

  mutating func skipResponse(_ byteCount: UInt64) {
    summary.responseByteCount &+= byteCount
    guard hasBegun, !isOver, !exchange.startedInTheMiddle else { return }
    response.skip(byteCount, &exchange)
  }

  // MARK: The end

  mutating func close(
    _ direction: Direction, _ closing: Closing, _ output: (inout Exchange) -> Void
  ) {
    summary.note(direction, closing)
    if direction == .request { exchange.timeline.clientLeft = exchange.timeline.clientLeft ?? origin.time }
    // A client may shut down its sending side and still read: only the server's end, or a reset, ends the exchange.
    if direction == .response || closing == .reset { complete(output) }
  }

  private mutating func complete(_ output: (inout Exchange) -> Void) {
    guard hasBegun, !isOver else { return }
    isOver = true
    dropOpenPair()
    if !facts.headIsWhole { exchange.request.describeByMetaVariables() }
    response.finish(&exchange, endIsKnown: summary.responseClosing == .end && exchange.gapByteCount == 0)
    facts.responseIsHTTP = response.isHTTP
    exchange.variableBlock = facts
    exchange.timeline.end = origin.time
    exchange.ending = ending
    summary.exchangeCount = 1
    output(&exchange)
    exchange.forgetContents()
  }

  private var ending: Ending {
    let isReset = summary.responseClosing == .reset || summary.requestClosing == .reset
    let isClosed = summary.responseClosing == .end && !isReset
    // CGI's response ends with the connection; an HTTP message has an end of its own.
    let mayEndHere = !facts.responseIsHTTP || !exchange.response.hasHead || exchange.gapByteCount > 0
    if facts.responseByteCount > 0, exchange.response.isComplete || isClosed && mayEndHere,
      summary.firstToClose == .response || facts.requestIsWhole
    {
      return .complete
    }
    switch summary.firstToClose {
    case .request: return .clientClosed
    case .response: return .serverClosed
    case nil: return .unfinished
    }
  }

  mutating func finish(_ output: (inout Exchange) -> Void) { complete(output) }

  private mutating func log(_ event: some VariableBlockEvent, _ bytes: RawSpan) {
    guard retention.wireEventLimit > 0, let logged = WireEvent(event, bytes, .request, origin) else { return }
    summary.keep(logged, limit: retention.wireEventLimit)
    exchange.keep(logged, limit: retention.wireEventLimit)
  }
}
