// The FastCGI conversation: the events of one connection become exchanges.
//
// Here: the connection's life, the dispatch of records, what belongs to no request. What belongs to one request is
// FastCGIRequestState's. Nothing here judges.

import FastCGIWire
import WireBytes

/// Turns the records of one connection into exchanges; several requests may be active at once.
package struct FastCGIConversation: Conversation {
  private var requests: RecordDecoder
  private var responses: RecordDecoder
  private var state: FastCGIConnectionState

  package init(_ connection: ConnectionInfo, retention: Retention) {
    requests = RecordDecoder(joinedInTheMiddle: connection.joinedInTheMiddle)
    responses = RecordDecoder(joinedInTheMiddle: connection.joinedInTheMiddle)
    state = FastCGIConnectionState(connection, retention: retention)
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
  }

  private mutating func close(
    _ direction: Direction, _ closing: Closing, _ output: (consuming ConversationOutput) -> Void
  ) {
    if direction == .request || closing == .reset { endRequests(output) }
    if direction == .response || closing == .reset { endResponses(output) }
    state.close(direction, closing, at: direction == .request ? requests.offset : responses.offset, output)
  }

  private mutating func endRequests(_ output: (consuming ConversationOutput) -> Void) {
    guard !state.requestsEnded else { return }
    state.requestsEnded = true
    requests.end { state.receive($0, $1, .request, output) }
  }

  private mutating func endResponses(_ output: (consuming ConversationOutput) -> Void) {
    guard !state.responsesEnded else { return }
    state.responsesEnded = true
    responses.end { state.receive($0, $1, .response, output) }
  }

  private mutating func finish(_ output: (consuming ConversationOutput) -> Void) {
    endRequests(output)
    endResponses(output)
    state.finish(output)
  }
}

/// Everything of a FastCGI connection but its two decoders, so that those can lend their content to it.
struct FastCGIConnectionState: Sendable {
  var summary: ConnectionSummary
  var facts = FastCGIConnectionFacts()
  let retention: Retention
  var origin = Origin(time: .zero)
  var opened: Timestamp?
  var established: Timestamp?
  var requestsEnded = false
  var responsesEnded = false
  /// When the client's side closed.
  private var clientLeft: Origin?

  /// Requests begun and not ended, in the order they began.
  ///
  /// Few: searching beats hashing.
  private var active: [FastCGIRequestState] = []
  /// IDs whose request has ended, to tell a late record from one that was never begun.
  private var endedIDs: Set<UInt16> = []
  /// IDs that the client began a second time while they were active: which of the two an end is for, nobody knows.
  private var doublyBegunIDs: Set<UInt16> = []
  private var exchangeCount = 0
  /// The record of each direction that is being read.
  private var current: [2 of OpenRecord] = [OpenRecord(), OpenRecord()]
  /// The latest end of a request: whether it asked to keep the connection, and when.
  private var lastEnd: (keeps: Bool, time: Timestamp, offset: StreamOffset)?
  /// A request without FCGI_KEEP_CONN has ended: the server may close, whatever other requests asked for.
  private var mayClose = false
  private var queryPairs = NameValueDecoder()
  private var resultPairs = NameValueDecoder()
  private var queryFields = FieldList()

  /// Requests that are followed at once on one connection; more are counted as never begun.
  static let activeLimit = 1024

  /// A record whose content is arriving.
  private struct OpenRecord: Sendable {
    /// Position in `active` of the request it belongs to.
    var request: Int?
    /// The first content bytes: the fixed body, or a preview for the log.
    var head: [UInt8] = []
  }

  init(_ connection: ConnectionInfo, retention: Retention) {
    summary = ConnectionSummary(connection: connection, wireProtocol: .fastCGI)
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
    for index in active.indices { active[index].exchange.gapByteCount &+= byteCount }
  }

  mutating func noteResponseBytes(_ byteCount: Int) {
    summary.responseByteCount &+= UInt64(byteCount)
    guard summary.requestClosing != nil else { return }
    for index in active.indices { active[index].exchange.bytesAfterClientClose &+= UInt64(byteCount) }
  }

  // MARK: Records

  mutating func receive(
    _ event: RecordEvent, _ content: RawSpan, _ direction: Direction,
    _ output: (consuming ConversationOutput) -> Void
  ) {
    switch event {
    case .began(let header, let offset):
      begin(header, at: offset, direction, output)
    case .content(let offset):
      receiveContent(content, at: offset, direction)
    case .missing(let byteCount, _):
      if let index = current[Int(direction.rawValue)].request {
        active[index].skip(byteCount, currentType[Int(direction.rawValue)], direction, origin)
      }
    case .ended(let header, let offset):
      end(header, at: offset, direction, output)
    case .resynchronised:
      break
    case .anomaly(let anomaly):
      receive(anomaly, direction)
    }
  }

  private var currentType: [2 of RecordType] = [RecordType(rawValue: 0), RecordType(rawValue: 0)]

  private mutating func begin(
    _ header: RecordHeader, at offset: StreamOffset, _ direction: Direction,
    _ output: (consuming ConversationOutput) -> Void
  ) {
    let side = Int(direction.rawValue)
    noteHeader(header, at: offset, direction)
    currentType[side] = header.type
    if !current[side].head.isEmpty { current[side].head.removeAll(keepingCapacity: true) }
    current[side].request = nil
    guard header.requestID != 0, !header.type.isManagement else {
      beginManagement(header, at: offset, direction)
      return
    }
    if header.type == .beginRequest, direction == .request {
      current[side].request = openRequest(header, at: offset, output)
    } else if let index = active.firstIndex(where: { $0.facts.requestID == header.requestID }) {
      current[side].request = index
      if direction == .request, header.type.isSentByApplication { active[index].facts.requestLostStep = true }
    } else if summary.connection.joinedInTheMiddle || summary.gapByteCount > 0, header.type.isDefined {
      current[side].request = appendRequest(header.requestID, at: offset, startedInTheMiddle: true)
    } else {
      noteStray(header, at: offset, direction)
    }
    if let index = current[side].request {
      active[index].begin(header, at: offset, direction, origin, otherRequests: active.count - 1)
    }
  }

  private mutating func openRequest(
    _ header: RecordHeader, at offset: StreamOffset, _ output: (consuming ConversationOutput) -> Void
  ) -> Int? {
    if let index = active.firstIndex(where: { $0.facts.requestID == header.requestID }) {
      guard active[index].exchange.gapByteCount > 0 || active[index].exchange.startedInTheMiddle else {
        if active[index].facts.repeatedBegin == nil { active[index].facts.repeatedBegin = offset }
        doublyBegunIDs.insert(header.requestID)
        return nil
      }
      // The end of the earlier request fell into a hole.
      complete(index, .lost, output)
    }
    facts.requestsBegun &+= 1
    return appendRequest(header.requestID, at: offset, startedInTheMiddle: false)
  }

  private mutating func appendRequest(
    _ id: UInt16, at offset: StreamOffset, startedInTheMiddle: Bool
  ) -> Int? {
    guard active.count < Self.activeLimit else { return nil }
    exchangeCount += 1
    var exchange = Exchange(.fastCGI, connection: summary.connection, index: exchangeCount)
    exchange.startedInTheMiddle = startedInTheMiddle
    exchange.gapByteCount = 0
    if exchangeCount == 1 {
      exchange.timeline.connectStart = opened
      exchange.timeline.connected = established
    }
    active.append(FastCGIRequestState(exchange, requestID: id, retention: retention))
    return active.count - 1
  }

  private mutating func receiveContent(_ content: RawSpan, at offset: StreamOffset, _ direction: Direction) {
    let side = Int(direction.rawValue)
    let type = currentType[side]
    let wanted = type.hasFixedBody ? 8 : retention.recordPreviewByteCount
    if current[side].head.count < wanted {
      current[side].head.append(
        contentsOf: content.extracting(first: min(content.byteCount, wanted - current[side].head.count)))
    }
    if let index = current[side].request {
      active[index].receive(content, type, at: offset, direction, origin)
    } else if type == .getValues, direction == .request {
      queryPairs.receive(content, at: offset) { Self.collect($0, $1, &queryFields) }
    } else if type == .getValuesResult, direction == .response {
      resultPairs.receive(content, at: offset) { Self.collect($0, $1, &facts.resultPairs) }
    }
  }

  private static func collect(_ event: NameValueEvent, _ bytes: RawSpan, _ fields: inout FieldList) {
    switch event {
    case .pair: fields.beginPair()
    case .name: fields.appendToName(bytes)
    case .value: fields.appendToValue(bytes)
    case .ended: fields.endPair()
    }
  }

  private mutating func end(
    _ header: RecordHeader, at offset: StreamOffset, _ direction: Direction,
    _ output: (consuming ConversationOutput) -> Void
  ) {
    let side = Int(direction.rawValue)
    log(header, at: offset, direction)
    guard let index = current[side].request else {
      endManagement(header, at: offset, direction)
      return
    }
    current[side].request = nil
    active[index].end(header, head: current[side].head, at: offset, direction, origin)
    guard header.type == .endRequest, direction == .response else { return }
    facts.requestsEnded &+= 1
    lastEnd = (active[index].facts.keepsConnection, origin.time, offset)
    if !active[index].facts.keepsConnection { mayClose = true }
    endedIDs.insert(header.requestID)
    complete(index, active[index].facts.abortOffset == nil ? .complete : .aborted, output)
  }

  // MARK: What belongs to no request

  private mutating func noteHeader(_ header: RecordHeader, at offset: StreamOffset, _ direction: Direction) {
    func note(_ side: inout FastCGIConnectionFacts.Side) {
      side.records &+= 1
      guard !header.isOrdinary(from: direction) else { return }
      if header.version != 1 {
        if side.wrongVersion.count == 0 { side.firstWrongVersion = header.version }
        side.wrongVersion.note(header, at: offset)
      }
      if header.reserved != 0 { side.reservedByteSet.note(header, at: offset) }
      guard header.type.isDefined else {
        if header.requestID != 0 || direction == .response { side.undefinedType.note(header, at: offset) }
        return
      }
      if header.type.isSentByServer != (direction == .request) { side.wrongDirection.note(header, at: offset) }
      if header.type.isManagement != (header.requestID == 0) { side.wrongIDKind.note(header, at: offset) }
    }
    if direction == .request { note(&facts.fromClient) } else { note(&facts.fromServer) }
  }

  private mutating func noteStray(_ header: RecordHeader, at offset: StreamOffset, _ direction: Direction) {
    // What the server had on its way when the client reset the connection is nobody's.
    guard header.type.isDefined, direction == .request || summary.requestClosing != .reset else { return }
    if direction == .response, doublyBegunIDs.contains(header.requestID) { return }
    let ended = endedIDs.contains(header.requestID)
    switch (direction, ended) {
    case (.request, false): facts.fromClient.neverBegun.note(header, at: offset)
    case (.request, true): facts.fromClient.afterEnd.note(header, at: offset)
    case (.response, false): facts.fromServer.neverBegun.note(header, at: offset)
    case (.response, true) where header.type == .endRequest: facts.fromServer.repeatedEnd.note(header, at: offset)
    case (.response, true): facts.fromServer.afterEnd.note(header, at: offset)
    }
  }

  private mutating func beginManagement(_ header: RecordHeader, at offset: StreamOffset, _ direction: Direction) {
    if direction == .request, header.type == .getValues {
      facts.queries.note(header, at: offset)
      queryPairs = NameValueDecoder()
      queryFields = FieldList()
    } else if direction == .response, header.type == .getValuesResult {
      facts.results.note(header, at: offset)
      resultPairs = NameValueDecoder()
    } else if direction == .request, header.requestID == 0, !header.type.isDefined,
      facts.unknownTypesSent.count < FastCGIConnectionFacts.memoryLimit
    {
      facts.unknownTypesSent.append(header.type.rawValue)
    } else if direction == .request, header.requestID == 0, header.type.isDefined {
      facts.typesSentWithoutID.insert(header.type.rawValue)
    }
  }

  private mutating func endManagement(_ header: RecordHeader, at offset: StreamOffset, _ direction: Direction) {
    let head = current[Int(direction.rawValue)].head
    switch (direction, header.type) {
    case (.request, .getValues):
      if !queryPairs.isAtBoundary { queryFields.endPair(isWhole: false) }
      for index in queryFields.indices where facts.queriedNames.count < FastCGIConnectionFacts.memoryLimit {
        facts.queriedNames.append(Array(queryFields.name(index)))
        if !queryFields.value(index).isEmpty, facts.queryHadValues == nil { facts.queryHadValues = offset }
      }
    case (.response, .getValuesResult):
      guard !resultPairs.isAtBoundary else { return }
      facts.resultPairs.endPair(isWhole: false)
      if facts.resultTruncatedPair == nil { facts.resultTruncatedPair = offset }
    case (.response, .unknownType):
      if facts.firstUnknownTypeAnswer == nil { facts.firstUnknownTypeAnswer = offset }
      if header.contentLength != 8, facts.oddUnknownTypeLength == nil {
        facts.oddUnknownTypeLength = (header.contentLength, offset)
      }
      if let type = head.first, facts.unknownTypesAnswered.count < FastCGIConnectionFacts.memoryLimit {
        facts.unknownTypesAnswered.append(type)
      }
    default:
      break
    }
  }

  private mutating func receive(_ anomaly: Anomaly, _ direction: Direction) {
    if anomaly.kind == .lostSynchronisation, summary.gapByteCount > 0 {
      // Records were lost with the step: no request that is active knows what it missed.
      for index in active.indices { active[index].loseRecords(direction) }
    }
    if anomaly.kind == .lostSynchronisation, summary.gapByteCount == 0 {
      if direction == .request {
        facts.fromClient.notARecord = facts.fromClient.notARecord ?? anomaly.range.lowerBound
        for index in active.indices { active[index].facts.requestLostStep = true }
      } else if direction == .response, facts.fromServer.notARecord == nil {
        facts.fromServer.notARecord = anomaly.range.lowerBound
      }
    }
    if anomaly.kind == .truncated {
      if direction == .request {
        facts.fromClient.cutRecord = anomaly.range.lowerBound
      } else {
        facts.fromServer.cutRecord = anomaly.range.lowerBound
      }
    }
    if let index = current[Int(direction.rawValue)].request {
      active[index].exchange.anomalies.append(anomaly, direction)
    } else {
      summary.anomalies.append(anomaly, direction)
    }
  }

  // MARK: The end

  mutating func close(
    _ direction: Direction, _ closing: Closing, at offset: StreamOffset,
    _ output: (consuming ConversationOutput) -> Void
  ) {
    let unaborted = active.contains { $0.facts.abortOffset == nil }
    let clientHadClosed = summary.requestClosing != nil
    if direction == .response {
      noteServerClose(at: offset, unaborted: unaborted)
    }
    if direction == .request, summary.responseClosing == nil {
      if unaborted, closing == .reset || !active.isEmpty && closing == .end {
        facts.clientLeftDuringRequest = facts.clientLeftDuringRequest ?? offset
      }
      noteLeftOpen()
    }
    if direction == .request {
      summary.requestClosing = summary.requestClosing ?? closing
      clientLeft = clientLeft ?? origin
      for index in active.indices where active[index].exchange.timeline.clientLeft == nil {
        active[index].exchange.timeline.clientLeft = origin.time
      }
    } else {
      summary.responseClosing = summary.responseClosing ?? closing
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
    if unaborted, clientIsOpen {
      facts.closedDuringRequest = offset
    } else if let lastEnd, active.isEmpty {
      if lastEnd.keeps, !mayClose, clientIsOpen { facts.closedDespiteKeep = offset }
      facts.closeDelay = origin.time.nanoseconds(since: lastEnd.time)
    }
  }

  private mutating func noteLeftOpen() {
    guard let lastEnd, !lastEnd.keeps, active.isEmpty, summary.responseClosing == nil, facts.leftOpen == nil else {
      return
    }
    facts.leftOpen = lastEnd.offset
    facts.closeDelay = origin.time.nanoseconds(since: lastEnd.time)
  }

  mutating func finish(_ output: (consuming ConversationOutput) -> Void) {
    if summary.requestClosing == nil { noteLeftOpen() }
    let ending: Ending = summary.requestClosing != nil ? .clientClosed : .unfinished
    // Nothing more is known of it: it ended when its client left.
    if let clientLeft { origin = clientLeft }
    while !active.isEmpty { complete(0, ending, output) }
    summary.exchangeCount = exchangeCount
    summary.fastCGI = facts
    output(.connection(summary))
  }

  /// Takes a request out of the table and hands it over as an exchange.
  private mutating func complete(
    _ index: Int, _ ending: Ending, _ output: (consuming ConversationOutput) -> Void
  ) {
    var request = active.remove(at: index)
    for side in current.indices {
      guard let position = current[side].request else { continue }
      current[side].request = position == index ? nil : position > index ? position - 1 : position
    }
    output(.exchange(request.finish(ending, origin)))
  }

  private mutating func log(_ header: RecordHeader, at offset: StreamOffset, _ direction: Direction) {
    guard retention.wireEventLimit > 0 else { return }
    let side = Int(direction.rawValue)
    let event = WireEvent(
      direction: direction, offset: offset, origin: origin,
      text: header.describe(head: current[side].head, limit: retention.recordPreviewByteCount))
    summary.keep(event, limit: retention.wireEventLimit)
    if let index = current[side].request { active[index].exchange.keep(event, limit: retention.wireEventLimit) }
  }
}
