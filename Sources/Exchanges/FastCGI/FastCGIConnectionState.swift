// A FastCGI connection's state: records in, exchanges out.
//
// Here: what is remembered, and the dispatch of records to requests. What belongs to no request and how all ends stand in
// the extensions; what belongs to one request is FastCGIRequestState's. Nothing here judges.

import FastCGIWire
import WireBytes

/// Everything of a FastCGI connection but its two decoders, so that those can lend their content to it.
struct FastCGIConnectionState: Sendable {
  var summary: ConnectionSummary
  var facts = FastCGIConnectionFacts()
  let retention: Retention
  /// Whether somebody wants to know of single records.
  private let watchesRecords: Bool
  /// The server's records that came whole and were not taken yet, where the retention asks for them.
  private var wholeRecords: [WireUnit] = []
  var origin = Origin(time: .zero)
  /// When something was seen before that.
  var previous = Timestamp.zero
  /// When the application's latest record began.
  var lastRecord: Timestamp?
  var opened: Timestamp?
  var requestsEnded = false
  var responsesEnded = false
  /// When the client's side closed.
  var clientLeft: Origin?

  /// Requests begun and not ended, in the order they began.
  var active = RecycledList<FastCGIRequestState>()
  /// Their IDs, in the same order.
  ///
  /// Few: searching beats hashing.
  var activeIDs: [UInt16] = []
  /// Requests of which only the beginning was seen, kept small, in the order they began; their IDs, and the one among
  /// them whose record is being read.
  var begun: [BegunRequest] = []
  var begunIDs = RequestIDSet()
  var opening: BegunRequest?
  /// IDs whose request has ended, to tell a late record from one that was never begun.
  var endedIDs = RequestIDSet()
  /// IDs whose request was begun, has not ended and is not followed: their records are nobody's.
  var unfollowedIDs = RequestIDSet()
  /// IDs that the client began a second time while they were active: which of the two an end is for, nobody knows.
  var doublyBegunIDs = RequestIDSet()
  var exchangeCount = 0
  /// The record of each direction that is being read.
  var current: [2 of OpenRecord] = [OpenRecord(), OpenRecord()]
  /// The latest end of a request.
  var lastEnd: RequestEnd?
  /// A request without FCGI_KEEP_CONN has ended: the server may close, whatever other requests asked for.
  var mayClose = false
  var queryPairs = FastCGINameValueDecoder()
  var resultPairs = FastCGINameValueDecoder()
  var queryFields = FieldList()
  /// Whether the question that comes now may stay unanswered even when it is whole.
  var queryIsExcused = false

  /// Requests that are followed at once on one connection.
  static let activeLimit = 1024
  /// How many of those that are followed did not ask to keep the connection.
  var unkeptCount = 0
  /// Bytes that the server sent after its client had left.
  var lateByteCount: UInt64 = 0
  /// About the memory that was taken for requests and for the log, until somebody asks.
  var growth = 0

  /// How a request ended, as far as the connection's own end depends on it.
  struct RequestEnd: Sendable {
    let id: UInt16
    let role: FastCGIRole?
    /// It asked to keep the connection.
    let keeps: Bool
    /// Where FCGI_END_REQUEST began.
    let offset: StreamOffset
    /// When FCGI_END_REQUEST came.
    let time: Timestamp
    /// When the latest input of the client's came, where it came after that.
    var lateInput: Timestamp?
    /// The client has said all that it had to say.
    var inputIsWhole: Bool
  }

  /// A record whose content is arriving.
  struct OpenRecord: Sendable {
    /// Position in `active` of the request it belongs to.
    var request: Int?
    /// The first content bytes: the fixed body, or a preview for the log.
    var head: [UInt8] = []
  }

  init(_ connection: ConnectionInfo, retention: Retention) {
    summary = ConnectionSummary(connection: connection, wireProtocol: .fastCGI)
    self.retention = retention
    watchesRecords = retention.wireEventLimit > 0 || retention.tellsUnits
  }

  /// The server's records that came whole since this was last asked, in order.
  mutating func takeUnits() -> [WireUnit] {
    defer { wholeRecords = [] }
    return wholeRecords
  }

  mutating func note(_ origin: Origin) {
    previous = self.origin.time
    self.origin = origin
    summary.note(origin)
  }

  /// The memory that it takes besides itself, in bytes.
  var heldByteCount: Int {
    active.heldByteCount { $0.heldByteCount } &+ activeIDs.capacity &* 2 &+ endedIDs.heldByteCount
      &+ begun.capacity &* MemoryLayout<BegunRequest>.stride &+ begunIDs.heldByteCount &+ unfollowedIDs.heldByteCount
      &+ doublyBegunIDs.heldByteCount &+ current[0].head.capacity
      &+ current[1].head.capacity &+ queryFields.heldByteCount &+ facts.heldByteCount &+ summary.heldByteCount
  }

  mutating func noteGap(_ byteCount: UInt64) {
    // Before: what is lost now is lost while they are open.
    followAllBegun()
    summary.gapByteCount &+= byteCount
  }

  mutating func noteResponseBytes(_ byteCount: Int) {
    summary.responseByteCount &+= UInt64(byteCount)
    if summary.requestClosing != nil { lateByteCount &+= UInt64(byteCount) }
  }

  // MARK: Records

  mutating func receive(
    _ event: FastCGIRecordEvent, _ content: RawSpan, _ direction: Direction,
    _ output: (inout Exchange) -> Void
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

  var currentType: [2 of FastCGIRecordType] = [FastCGIRecordType(rawValue: 0), FastCGIRecordType(rawValue: 0)]

  private mutating func begin(
    _ header: FastCGIRecordHeader, at offset: StreamOffset, _ direction: Direction,
    _ output: (inout Exchange) -> Void
  ) {
    let side = Int(direction.rawValue)
    noteHeader(header, at: offset, direction)
    currentType[side] = header.type
    if !current[side].head.isEmpty { current[side].head.removeAll(keepingCapacity: true) }
    // The record before this one was never whole.
    if opening != nil, direction == .request { followAllBegun() }
    current[side].request = nil
    guard header.requestID != 0, !header.type.isManagement else {
      beginManagement(header, at: offset, direction)
      return
    }
    if header.type == .beginRequest, direction == .request {
      current[side].request = openRequest(header, at: offset, output)
    } else if let index = activeIDs.firstIndex(of: header.requestID) {
      current[side].request = index
      if direction == .request, header.type.isSentByServer { active[index].facts.requestLostStep = true }
    } else if let index = followBegun(header.requestID) {
      current[side].request = index
    } else if unfollowedIDs.contains(header.requestID) {
      if header.type == .endRequest, direction == .response { endUnfollowed(header.requestID) }
    } else if summary.connection.joinedInTheMiddle || summary.gapByteCount > 0, header.type.isDefined {
      current[side].request = joinRequest(header.requestID)
    } else {
      noteStray(header, at: offset, direction)
    }
    if let index = current[side].request {
      active[index].begin(header, at: offset, direction, origin)
      // One that stands beside others takes no more room than it fills.
      if index > 0, header.type == .params, header.contentLength == 0 { active[index].exchange.request.fields.fit() }
    }
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

  private static func collect(_ event: FastCGINameValueEvent, _ bytes: RawSpan, _ fields: inout FieldList) {
    switch event {
    case .pair: fields.beginPair()
    case .name: fields.appendToName(bytes)
    case .value: fields.appendToValue(bytes)
    case .ended: fields.endPair()
    }
  }

  private mutating func end(
    _ header: FastCGIRecordHeader, at offset: StreamOffset, _ direction: Direction,
    _ output: (inout Exchange) -> Void
  ) {
    let side = Int(direction.rawValue)
    if watchesRecords { tell(header, at: offset, direction) }
    if opening != nil, direction == .request { endOpening(head: current[side].head) }
    guard let index = current[side].request else {
      endManagement(header, at: offset, direction)
      return
    }
    current[side].request = nil
    endRecord(of: index, header, head: current[side].head, at: offset, direction, origin)
    guard header.type == .endRequest, direction == .response else { return }
    // Not the facts as a whole: they are large.
    let keeps = active[index].facts.keepsConnection
    let isAborted = active[index].facts.abortOffset != nil
    lastEnd = RequestEnd(
      id: header.requestID, role: active[index].facts.role, keeps: keeps, offset: offset, time: origin.time,
      inputIsWhole: isAborted || active[index].facts.inputIsWhole)
    if !keeps { mayClose = true }
    endedIDs.insert(header.requestID)
    complete(index, isAborted ? .aborted : .complete, output)
  }

  /// A record of a request is whole.
  mutating func endRecord(
    of index: Int, _ header: FastCGIRecordHeader, head: [UInt8], at offset: StreamOffset, _ direction: Direction,
    _ origin: Origin
  ) {
    let kept = active[index].facts.keepsConnection
    active[index].end(header, head: head, at: offset, direction, origin)
    if active[index].facts.keepsConnection != kept { unkeptCount += kept ? 1 : -1 }
  }

  private mutating func tell(_ header: FastCGIRecordHeader, at offset: StreamOffset, _ direction: Direction) {
    if retention.tellsUnits, direction == .response {
      wholeRecords.append(WireUnit(kind: header.type.rawValue, message: header.requestID))
    }
    guard retention.wireEventLimit > 0 else { return }
    let side = Int(direction.rawValue)
    let event = WireEvent(
      direction: direction, offset: offset, origin: origin,
      text: header.describe(head: current[side].head, limit: retention.recordPreviewByteCount))
    summary.keep(event, limit: retention.wireEventLimit)
    if let index = current[side].request { active[index].exchange.keep(event, limit: retention.wireEventLimit) }
    growth &+= 2 * WireEvent.heldByteCount
  }
}
