// A FastCGI application's side of one connection, as a pure state machine: bytes and timers in, actions out.
//
// Here: the machine's surface and its records' dispatch. What a request's input does is in FastCGIResponder+Requests,
// management in +Management, output in +Output, its process in +Process. No socket, no clock.

internal import FastCGIWire
internal import WireBytes

/// Identifies a timer that a responder asked for; unique within its connection.
package struct ResponderTimer: Hashable, Sendable {
  package let number: UInt64
}

/// What a responder wants done.
package enum ResponderAction: Hashable, Sendable {
  case send([UInt8])
  /// Give the timer back by ``FastCGIResponder/timerFired(_:)`` after that time; with 0, as soon as the peer has room
  /// for more output.
  case startTimer(milliseconds: UInt64, ResponderTimer)
  /// Close the connection in order, after everything that was sent.
  case close
  /// Close the connection abruptly.
  case reset
}

/// A FastCGI application's side of one connection: the probe behind the protocol.
///
/// Serves all three roles and as many requests at once as its options allow, their output interleaved record by
/// record. Any bytes may come; bytes that are no FastCGI close the connection. What comes in and when timers fire
/// determines the actions; how the input was cut does not.
///
/// Bounds: PARAMS per request, active requests, kept bodies per connection, output per call (see
/// ``ResponderOptions``).
///
/// Decisions where the specification is silent:
/// - A request whose PARAMS end inside a pair is answered by status 400, a line of error text and application status 1;
///   no pair of it is used.
/// - FCGI_BEGIN_REQUEST with less than 8 bytes of content is an unknown role without FCGI_KEEP_CONN.
/// - A second FCGI_BEGIN_REQUEST for an active ID ends that request as an abort would.
/// - Of requests that are active at once, one without FCGI_KEEP_CONN closes the connection after the last has ended.
/// - When the peer ends its side, requests whose input is complete are still answered; the others end as if aborted.
/// - An application that ends abnormally gets a line of error text and application status 134.
package struct FastCGIResponder: Sendable {
  let options: ResponderOptions
  let policy: ResponderPolicy
  let application: ProbeApplication
  /// What it shares with the other connections of its process, and which of them it is.
  let process: ResponderProcess
  let number: Int

  private var decoder = FastCGIRecordDecoder()
  /// Active requests, in the order they began.
  var requests: [ResponderRequest] = []
  /// IDs whose request has ended, where a policy tells them from IDs never begun.
  var endedIDs: Set<UInt16> = []
  /// IDs whose request was rejected, and those whose rejection waits, where a policy looks at them.
  var rejectedIDs: Set<UInt16> = []
  var waitingRejections: Set<UInt16> = []
  var largestID: UInt16 = 0
  /// Requests that ended, whether one of them kept the connection, and the greatest application status, where a policy
  /// looks at them.
  var endedCount = 0
  var hasKept = false
  var greatestStatus: UInt32 = 0
  /// IDs whose next request is dropped, and whether two requests were active at once, where a policy looks at that.
  var spoiledIDs: Set<UInt16> = []
  var hadTwo = false
  /// The end of a request that waits for the next bytes from the client.
  var heldEnd: [UInt8] = []
  /// Body bytes kept for all requests.
  var keptByteCount = 0

  /// Questions and records of unknown types that were answered.
  var resultCount = 0
  var unknownTypeCount = 0

  /// The record being read: its header with the ID as the policy sees it, and the content that is gathered.
  private(set) var header = FastCGIRecordHeader(type: FastCGIRecordType(rawValue: 0), requestID: 0, contentLength: 0)
  private var gathered: [UInt8] = []
  /// How much of its content is to come; nil between records.
  private var contentLeft: Int?
  private var hasReceived = false
  /// Reads, and at which of them the record began.
  private var readCount = 0
  private var recordRead = 0
  /// What came before the record: records, bytes of content, the last header, and the read in which it ended.
  private var recordCount = 0
  private var byteCount = 0
  private var previous: FastCGIRecordHeader?
  private var previousRead = 0
  /// Whether the policy takes the padding of the current record for content.
  private(set) var paddingCounts = false

  /// FCGI_GET_VALUES whose answers wait.
  var waitingQueries: [[UInt8]] = []
  var closesWhenIdle = false
  private(set) package var isClosed = false
  private(set) var inputEnded = false

  var output: [UInt8] = []
  private var timers: [ResponderAction] = []
  private var lastTimer: UInt64 = 0
  /// The timer after which output goes on; nil while none is due.
  private var turnTimer: ResponderTimer?
  /// The timer after which the connection is closed; nil while it is not to be.
  var closeTimer: ResponderTimer?
  /// How many bytes went out, where the first ones go out one by one.
  private var sentByteCount = 0
  /// Where the lengths of records come from that are of chance.
  private var chanceState: UInt32 = 1
  /// The timer after which patience is lost.
  var patienceTimer: ResponderTimer?

  /// A responder at the beginning of a connection.
  ///
  /// - Parameter process: What serves the connection; one that serves no other where none is named.
  package init(
    _ options: ResponderOptions = ResponderOptions(), policy: ResponderPolicy = ResponderPolicy(),
    process: ResponderProcess = ResponderProcess()
  ) {
    precondition(
      1...FastCGIRecordHeader.largestContent ~= options.recordByteCount, "an output record holds 1 to 65535 bytes")
    self.options = options
    self.policy = policy
    var application = ProbeApplication()
    application.comparesBodyLength = policy.comparesBodyLength
    application.comparesDataLength = policy.comparesDataLength
    self.application = application
    self.process = process
    number = process.connect()
  }

  /// How many requests are active.
  package var activeRequestCount: Int { requests.count }

  // MARK: What happens to the connection

  /// Takes the next bytes from the peer.
  package mutating func receive(_ bytes: RawSpan) -> [ResponderAction] {
    guard !isClosed else { return [] }
    hasReceived = true
    readCount += 1
    output += heldEnd
    heldEnd = []
    // Taken out while it lends its content to self.
    var decoder = FastCGIRecordDecoder()
    swap(&decoder, &self.decoder)
    decoder.receive(bytes) { event, content in receiveEvent(event, content) }
    swap(&decoder, &self.decoder)
    noteWaiting()
    return takeActions()
  }

  /// Takes note that the peer sends no more.
  package mutating func receiveEnd() -> [ResponderAction] {
    guard !isClosed, !inputEnded else { return [] }
    noteEnd(byReset: false)
    inputEnded = true
    closesWhenIdle = true
    if policy.endDropsRequests { requests = [] }
    var index = 0
    while index < requests.count {
      let waitsForTurn = options.runsInTurn && requests[index].isReady(filterWaitsForInput: true)
      if requests[index].isReceiving, !waitsForTurn { end(index, status: Self.abortedStatus) } else { index += 1 }
    }
    closeIfDone()
    return takeActions()
  }

  /// Takes note that a timer fired; one that is no longer wanted does nothing.
  package mutating func timerFired(_ timer: ResponderTimer) -> [ResponderAction] {
    guard !isClosed else { return [] }
    if timer == turnTimer {
      turnTimer = nil
    } else if timer == patienceTimer || timer == closeTimer {
      close()
    } else if let index = requests.firstIndex(where: { $0.isPaused(until: timer) }) {
      requests[index].resume()
    } else {
      return []
    }
    if turnTimer == nil { takeTurns() }
    return takeActions()
  }

  // MARK: Records

  private mutating func receiveEvent(_ event: FastCGIRecordEvent, _ content: RawSpan) {
    guard !isClosed else { return }
    switch event {
    case .began(let header, _): begin(header)
    case .content: receiveContent(content)
    case .ended(let header, _): end(header)
    case .anomaly(let anomaly):
      guard anomaly.kind == .lostSynchronisation else { return }
      meet(.noRecord)
      close()
    case .missing, .resynchronised: break
    }
  }

  private mutating func begin(_ header: FastCGIRecordHeader) {
    self.header = header
    self.header.requestID &= policy.requestIDMask
    gathered.removeAll(keepingCapacity: true)
    contentLeft = Int(header.contentLength)
    recordRead = readCount
    guard header.version == 1 || policy.takesAnyVersion else {
      meet(.noRecord)
      return close()
    }
    if let index = inputIndex { requests[index].recordStart = requests[index].params.count }
  }

  private mutating func receiveContent(_ content: RawSpan) {
    contentLeft = contentLeft.map { max(0, $0 - content.byteCount) }
    switch header.type {
    case .beginRequest, .getValues:
      gathered.append(contentsOf: content)
    case .params, .stdin, .data:
      guard let index = inputIndex else { return rememberStray(content, header.type) }
      guard !policy.isUnread(header) else { return }
      receive(content, header.type, for: policy.bodiesShareBuffer && header.type == .stdin ? 0 : index)
    case .stdout where policy.mirrorsOutput:
      var bytes: [UInt8] = []
      bytes.append(contentsOf: content)
      append(header.type, id: header.requestID, bytes)
    default:
      break
    }
  }

  private mutating func end(_ header: FastCGIRecordHeader) {
    let record = received(self.header)
    recordCount += 1
    byteCount += Int(header.contentLength)
    (previous, previousRead) = (self.header, readCount)
    paddingCounts = header.paddingLength > 0 && policy.paddingIsContent(record)
    if paddingCounts {
      let zeros = [UInt8](repeating: 0, count: Int(header.paddingLength))
      unsafe receiveContent(zeros.span.bytes)
      guard !isClosed else { return }
    }
    contentLeft = nil
    let header = self.header
    meet(.record(record))
    if isClosed || policy.isOverlooked(.record(record)) { return }
    if policy.forgetsOthers(record) { requests = [] }
    if record.request == nil, policy.spoilsNext(record) { spoiledIDs.insert(self.header.requestID) }
    guard header.requestID != 0 else { return endManagement(header) }
    if header.requestID == policy.skippedID { return }
    if header.type == .beginRequest { return beginRequest(header.requestID) }
    guard let index = inputIndex else { return receiveStray(header) }
    switch header.type {
    case .abortRequest: abort(index)
    case .params, .stdin, .data: endInputRecord(header, for: index, endsStream: policy.endsStream(record))
    default: break
    }
  }

  /// A record as a policy sees it.
  private func received(_ header: FastCGIRecordHeader) -> ReceivedRecord {
    let request = inputIndex.map { requests[$0] }
    return ReceivedRecord(
      header: header, content: gathered, request: request?.progress, role: request?.role,
      number: 1 + (request?.recordCount(header.type) ?? 0), isLate: endedIDs.contains(header.requestID),
      cutsPair: header.type == .abortRequest && request.map { PairReader($0.params).isCut } ?? false,
      requests: requests.map(\.progress), endedCount: endedCount, unknownTypeCount: unknownTypeCount,
      endedIDCount: endedIDs.count, recordCount: recordCount, byteCount: byteCount, previous: previous,
      isInSameRead: previousRead == readCount)
  }

  private mutating func endManagement(_ header: FastCGIRecordHeader) {
    if header.type == .getValues {
      if !policy.questionsMustBeWhole || recordRead == readCount { answerQuery(gathered) }
    } else if !header.type.isDefined, header.contentLength == 0 || !policy.unknownTypeNeedsNoContent {
      answerUnknownType(header.type)
    }
  }

  private mutating func beginRequest(_ id: UInt16) {
    if spoiledIDs.remove(id) != nil { return }
    if policy.dropsUsedIDs, id > 1, endedIDs.contains(id) { return }
    if policy.idsMustGrow, id < largestID { return }
    if policy.dropsRejectedIDs, rejectedIDs.contains(id) { return }
    largestID = max(largestID, id)
    if policy.beginReservedCloses, gathered.dropFirst(3).contains(where: { $0 != 0 }) { return close() }
    let body = unsafe FastCGIBeginRequestBody(gathered.span.bytes)
    beginRequest(id, body ?? FastCGIBeginRequestBody(role: FastCGIRole(rawValue: 0), flags: 0))
  }

  /// Where in its records the client stands.
  var place: RecordPlace {
    if let contentLeft { return contentLeft > 0 ? .content : .padding }
    return !hasReceived ? .untouched : decoder.isAtBoundary ? .boundary : .header
  }

  /// The position of the request that the current record is for.
  private var inputIndex: Int? {
    guard header.requestID != 0 else { return nil }
    let id = header.requestID
    return requests.firstIndex { $0.id & policy.requestIDMask == id }
      ?? (policy.mixesIDs && !requests.isEmpty ? 0 : nil)
  }

  // MARK: Actions

  /// Asks for a timer.
  mutating func startTimer(milliseconds: UInt64) -> ResponderTimer {
    lastTimer += 1
    let timer = ResponderTimer(number: lastTimer)
    timers.append(.startTimer(milliseconds: milliseconds, timer))
    return timer
  }

  /// Asks for output to go on as soon as the peer has room.
  mutating func requestTurn() {
    if turnTimer == nil { turnTimer = startTimer(milliseconds: 0) }
  }

  /// A number of chance, the same at each start.
  mutating func chance(below limit: UInt32) -> UInt32 {
    chanceState = chanceState &* 1_664_525 &+ 1_013_904_223
    return (chanceState >> 8) % limit
  }

  /// Closes the connection; nothing is received or sent after it.
  mutating func close() { isClosed = true }

  private mutating func takeActions() -> [ResponderAction] {
    var actions: [ResponderAction] = []
    if isClosed { finishOutput() }
    if !output.isEmpty {
      let singles = output.prefix(max(options.singleByteCount - sentByteCount, 0))
      actions += singles.map { .send([$0]) }
      if singles.count < output.count { actions.append(.send(Array(output.dropFirst(singles.count)))) }
      sentByteCount += output.count
      output = []
    }
    process.note(activeCount: isClosed ? 0 : requests.count, of: number)
    if isClosed {
      requests = []
      actions.append(policy.resets ? .reset : .close)
    } else {
      actions += timers
    }
    timers = []
    return actions
  }
}
