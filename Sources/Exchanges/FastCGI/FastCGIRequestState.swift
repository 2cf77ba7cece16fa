// One active FastCGI request: its streams become the request, the response and the facts of an exchange.
//
// Records of other requests, management records and the connection's end are FastCGIConversation's.

import FastCGIWire
import WireBytes

struct FastCGIRequestState: Sendable {
  var exchange: Exchange
  var facts: FastCGIFacts
  /// Bytes of the connection that were lost, and that the server sent after its client had left, before it began.
  var lostBefore: UInt64 = 0
  var lateBefore: UInt64 = 0
  private let retention: Retention
  private var pairs = FastCGINameValueDecoder()
  /// Where the pair that comes in pieces began.
  private var openPair: StreamOffset = 0
  private var response: CGIResponseCollector
  private var hasRequestRange = false
  private var hasResponseRange = false
  /// The capture lost bytes of PARAMS: the pairs after the hole cannot be told apart.
  private var paramsAreDamaged = false

  init(_ exchange: consuming Exchange, requestID: UInt16, retention: Retention) {
    self.exchange = exchange
    self.retention = retention
    facts = FastCGIFacts(requestID: requestID)
    response = CGIResponseCollector(retention: retention)
  }

  /// The memory that it takes besides itself, in bytes.
  var heldByteCount: Int { exchange.heldByteCount &+ response.heldByteCount }

  /// Begins another request in the place of one that is over.
  mutating func renew(_ connection: ConnectionInfo, index: Int, requestID: UInt16) {
    exchange.renew(.fastCGI, connection: connection, index: index)
    facts = FastCGIFacts(requestID: requestID)
    pairs = FastCGINameValueDecoder()
    openPair = 0
    response.renew()
    hasRequestRange = false
    hasResponseRange = false
    paramsAreDamaged = false
  }

  // MARK: Records

  /// A record of this request begins.
  mutating func begin(
    _ header: FastCGIRecordHeader, at offset: StreamOffset, _ direction: Direction, _ origin: Origin
  ) {
    exchange.note(packet: origin.packet)
    let recordEnd = offset &+ UInt64(header.recordByteCount)
    if direction == .request {
      if exchange.timeline.requestStart == nil { exchange.timeline.requestStart = origin.time }
      Self.extend(&exchange.request.range, offset, recordEnd, &hasRequestRange)
      beginInput(header, at: offset)
    } else {
      if exchange.timeline.responseStart == nil { exchange.timeline.responseStart = origin.time }
      // Where nothing of the request was seen, its output may be in the middle as well.
      if exchange.startedInTheMiddle, !hasRequestRange, !hasResponseRange { response.joinInTheMiddle() }
      Self.extend(&exchange.response.range, offset, recordEnd, &hasResponseRange)
      beginOutput(header, at: offset)
      if header.recordByteCount & 7 != 0 { facts.unalignedRecords &+= 1 }
    }
  }

  private static func extend(
    _ range: inout Range<StreamOffset>, _ start: StreamOffset, _ end: StreamOffset, _ isSet: inout Bool
  ) {
    range = isSet ? range.lowerBound..<max(range.upperBound, end) : start..<end
    isSet = true
  }

  private mutating func beginInput(_ header: FastCGIRecordHeader, at offset: StreamOffset) {
    if header.version != 1 { facts.requestHasWrongVersion = true }
    switch header.type {
    case .params:
      facts.params.note(contentLength: header.contentLength, at: offset)
      if header.contentLength == 0, facts.params.emptyRecords == 1 { endParams() }
    case .stdin:
      if !facts.params.isEnded, facts.inputOutOfOrder == nil { facts.inputOutOfOrder = offset }
      facts.stdin.note(contentLength: header.contentLength, at: offset)
    case .data:
      if !facts.stdin.isEnded, facts.inputOutOfOrder == nil { facts.inputOutOfOrder = offset }
      facts.data.note(contentLength: header.contentLength, at: offset)
    case .abortRequest:
      if facts.abortOffset == nil { facts.abortOffset = offset }
    default:
      break
    }
  }

  private mutating func beginOutput(_ header: FastCGIRecordHeader, at offset: StreamOffset) {
    switch header.type {
    case .stdout:
      facts.stdout.note(contentLength: header.contentLength, at: offset)
      if header.contentLength == 0, facts.stdout.emptyRecords == 1 { response.end(&exchange) }
    case .stderr:
      facts.stderr.note(contentLength: header.contentLength, at: offset)
      if header.contentLength > 0, !exchange.response.hasHead, facts.errorBeforeFields == nil {
        facts.errorBeforeFields = offset
      }
    default:
      return
    }
    guard header.contentLength > 0 else { return }
    if !facts.params.isEnded, facts.outputBeforeParamsEnd == nil { facts.outputBeforeParamsEnd = offset }
    if !facts.stdin.isEnded, facts.role == .filter, facts.outputBeforeStdinEnd == nil {
      facts.outputBeforeStdinEnd = offset
    }
  }

  /// Content of a record of this request.
  @inline(__always)
  mutating func receive(
    _ content: RawSpan, _ type: FastCGIRecordType, at offset: StreamOffset, _ direction: Direction, _ origin: Origin
  ) {
    exchange.note(packet: origin.packet)
    switch (direction, type) {
    case (.response, .stdout):
      guard facts.stdout.endOffset == nil else { return }
      exchange.noteBody(at: origin.time)
      response.receive(content, at: offset, &exchange)
    case (.request, .stdin):
      exchange.request.body.append(content, limit: retention.bodyByteCount)
      exchange.timeline.requestEnd = origin.time
    case (.request, .params):
      receivePairs(content, at: offset)
      exchange.timeline.requestEnd = origin.time
    case (.response, .stderr):
      exchange.errorStream.append(content, limit: retention.errorStreamByteCount)
    case (.request, .data):
      facts.dataByteCount &+= UInt64(content.byteCount)
      exchange.timeline.requestEnd = origin.time
    default:
      break
    }
  }

  private mutating func receivePairs(_ content: RawSpan, at offset: StreamOffset) {
    guard facts.params.endOffset == nil, !paramsAreDamaged else { return }
    let whole = { (pair: FastCGIWholePair, bytes: RawSpan) in
      if facts.zeroByteInValue == nil, bytes.firstIndex(of: 0, from: Int(pair.nameLength)) != nil {
        facts.zeroByteInValue = pair.offset
      }
      exchange.request.fields.append(bytes, nameLength: Int(pair.nameLength))
    }
    pairs.receive(content, at: offset, whole: whole) { event, bytes in
      switch event {
      case .pair(_, _, let start):
        openPair = start
        exchange.request.fields.beginPair()
      case .name: exchange.request.fields.appendToName(bytes)
      case .value:
        if facts.zeroByteInValue == nil, bytes.firstIndex(of: 0) != nil { facts.zeroByteInValue = openPair }
        exchange.request.fields.appendToValue(bytes)
      case .ended: exchange.request.fields.endPair()
      }
    }
  }

  /// Content that the capture lost.
  mutating func skip(_ byteCount: UInt64, _ type: FastCGIRecordType, _ direction: Direction, _ origin: Origin) {
    exchange.note(packet: origin.packet)
    switch (direction, type) {
    case (.request, .params): damageParams()
    case (.request, .stdin): exchange.request.body.skip(byteCount)
    case (.response, .stderr): exchange.errorStream.skip(byteCount)
    case (.response, .stdout): response.skip(byteCount, &exchange)
    default: break
    }
  }

  /// Records of one direction were lost, some of which may have been this request's.
  mutating func loseRecords(_ direction: Direction) {
    if direction == .response {
      if !facts.stdout.isEnded { response.loseStep(&exchange) }
      exchange.errorStream.skip(0)
    } else if facts.params.isEnded {
      exchange.request.body.skip(0)
    } else {
      damageParams()
    }
  }

  private mutating func damageParams() {
    guard !facts.params.isEnded else { return }
    paramsAreDamaged = true
    dropOpenPair()
  }

  /// A pair that has begun never becomes whole.
  private mutating func dropOpenPair() { exchange.request.fields.endPair(isWhole: false) }

  /// A record of this request is whole.
  mutating func end(
    _ header: FastCGIRecordHeader, head: [UInt8], at offset: StreamOffset, _ direction: Direction, _ origin: Origin
  ) {
    switch (direction, header.type) {
    case (.request, .beginRequest):
      facts.beginOffset = offset
      facts.beginContentLength = header.contentLength
      guard let body = unsafe FastCGIBeginRequestBody(head.span.bytes) else { break }
      facts.role = body.role
      facts.flags = body.flags
    case (.response, .endRequest):
      facts.end = unsafe FastCGIEndRequestBody(head.span.bytes)
      facts.endOffset = offset
      facts.endContentLength = header.contentLength
    default:
      break
    }
    if direction == .request { exchange.timeline.requestEnd = origin.time }
    exchange.timeline.end = origin.time
  }

  // MARK: The whole

  /// PARAMS are complete: what they say becomes the request.
  private mutating func endParams() {
    if !pairs.isAtBoundary, !paramsAreDamaged {
      dropOpenPair()
      facts.truncatedPair = pairs.latestPair
    }
    exchange.request.describeByMetaVariables()
  }

  /// Completes the exchange; the state is of no use after that.
  mutating func finish(_ ending: Ending, _ origin: Origin) {
    dropOpenPair()
    if !facts.params.isEnded { exchange.request.describeByMetaVariables() }
    response.finish(&exchange, endIsKnown: ending == .complete && exchange.gapByteCount == 0)
    exchange.ending = ending
    // Without an end of its own an exchange lasts until the close that ended it.
    if exchange.timeline.end == nil || ending == .serverClosed || ending == .clientClosed {
      exchange.timeline.end = origin.time
    }
    exchange.fastCGI = facts
  }
}

extension Request {
  /// Fills method, target and host from CGI meta-variables.
  ///
  /// The target is REQUEST_URI where the gateway sent it; otherwise it is put together from SCRIPT_NAME, PATH_INFO and
  /// QUERY_STRING.
  package mutating func describeByMetaVariables() {
    method.removeAll(keepingCapacity: true)
    fields.append("REQUEST_METHOD", to: &method)
    host.removeAll(keepingCapacity: true)
    if !fields.append("HTTP_HOST", to: &host) { fields.append("SERVER_NAME", to: &host) }
    target.removeAll(keepingCapacity: true)
    if fields.append("REQUEST_URI", to: &target), !target.isEmpty { return }
    fields.append("SCRIPT_NAME", to: &target)
    fields.append("PATH_INFO", to: &target)
    let pathEnd = target.count
    target.append(0x3F)
    fields.append("QUERY_STRING", to: &target)
    if target.count == pathEnd + 1 { target.removeLast() }
  }
}
