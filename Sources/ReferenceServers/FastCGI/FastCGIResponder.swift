// A FastCGI application's side of one connection, as a pure state machine: bytes and timers in, actions out.
//
// Here: the machine's surface, and how bytes become records. What is done about a record is in FastCGIResponder+Records,
// what a request's input does in +Requests, management in +Management, output in +Output, its process in +Process. No
// socket, no clock.

internal import FastCGIWire
internal import WireBytes

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
package struct FastCGIResponder: Responder {
  let options: ResponderOptions
  let policy: ResponderPolicy
  let application = ProbeApplication()
  /// What it shares with the other connections of its process, and which of them it is.
  let process: ResponderProcess
  let number: Int

  private var decoder = FastCGIRecordDecoder()
  var connection = ResponderConnection()

  /// The record being read: its header as the policy has it, and the content so far.
  private(set) var header = FastCGIRecordHeader(type: FastCGIRecordType(rawValue: 0), requestID: 0, contentLength: 0)
  private(set) var gathered: [UInt8] = []
  /// How much of its content is to come; nil between records.
  private var contentLeft: Int?
  /// Reads, and at which of them the record began.
  private var readCount = 0
  private var recordRead = 0

  /// Records that wait until no request is active.
  var waiting: [RecordInput] = []
  var closesWhenIdle = false
  package private(set) var isClosed = false
  private var isReset = false
  private(set) var inputEnded = false

  var output: [UInt8] = []
  /// Output that waits for the next bytes from the client.
  var held: [UInt8] = []
  private var timers: [ResponderAction] = []
  private var lastTimer: UInt64 = 0
  /// The timer after which output goes on; nil while none is due.
  private var turnTimer: ResponderTimer?
  /// The timer after which the connection is closed; nil while it is not to be.
  var closeTimer: ResponderTimer?
  /// The timer after which patience is lost.
  var patienceTimer: ResponderTimer?
  /// How many bytes went out, where the first ones go out one by one.
  private var sentByteCount = 0
  /// Where the lengths of records come from that are of chance.
  private var chanceState: UInt32 = 1

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
    self.process = process
    number = process.connect()
  }

  /// How many requests are active.
  package var activeRequestCount: Int { connection.requests.count }

  // MARK: What happens to the connection

  package mutating func receive(_ bytes: RawSpan) -> [ResponderAction] {
    guard !isClosed else { return [] }
    readCount += 1
    output += held
    held = []
    // Taken out while it lends its content to self.
    var decoder = FastCGIRecordDecoder()
    swap(&decoder, &self.decoder)
    decoder.receive(bytes) { event, content in receiveEvent(event, content) }
    swap(&decoder, &self.decoder)
    noteWaiting()
    return takeActions()
  }

  package mutating func receiveEnd() -> [ResponderAction] {
    guard !isClosed, !inputEnded else { return [] }
    noteEnd(byReset: false)
    inputEnded = true
    closesWhenIdle = true
    var index = 0
    while index < connection.requests.count {
      let request = connection.requests[index]
      let waitsForTurn = options.runsInTurn && request.isReady
      if request.isReceiving, !waitsForTurn { end(index, status: Self.abortedStatus) } else { index += 1 }
    }
    closeIfDone()
    return takeActions()
  }

  package mutating func timerFired(_ timer: ResponderTimer) -> [ResponderAction] {
    guard !isClosed else { return [] }
    if timer == turnTimer {
      turnTimer = nil
    } else if timer == patienceTimer || timer == closeTimer {
      close()
    } else if let index = connection.requests.firstIndex(where: { $0.isPaused(until: timer) }) {
      connection.requests[index].resume()
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
    case .content:
      contentLeft = contentLeft.map { max(0, $0 - content.byteCount) }
      gathered.append(contentsOf: content)
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
    policy.readsHeader?(&self.header)
    gathered.removeAll(keepingCapacity: true)
    contentLeft = Int(header.contentLength)
    recordRead = readCount
    guard self.header.version == 1 else {
      meet(.noRecord)
      return close()
    }
  }

  private mutating func end(_ header: FastCGIRecordHeader) {
    let (input, reaction) = readRecord()
    connection.recordCount += 1
    connection.byteCount += Int(header.contentLength)
    (connection.previous, connection.previousRead) = (self.header, readCount)
    contentLeft = nil
    take(input, reaction)
  }

  /// The record that came, and what is done about it.
  private mutating func readRecord() -> (input: RecordInput, reaction: ResponderPolicy.Reaction) {
    var record = ReceivedRecord(header, gathered, connection, read: readCount, began: recordRead)
    meet(.record(record))
    guard let reads = policy.reads else { return (record.input, .proper) }
    let reaction = reads(&record)
    connection = record.connection
    return (record.input, reaction)
  }

  /// Where in its records the client stands.
  var place: RecordPlace {
    if let contentLeft { return contentLeft > 0 ? .content : .padding }
    return readCount == 0 ? .untouched : decoder.isAtBoundary ? .boundary : .header
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
  mutating func close(byReset: Bool = false) {
    isClosed = true
    isReset = isReset || byReset
  }

  private mutating func takeActions() -> [ResponderAction] {
    var actions: [ResponderAction] = []
    if isClosed { policy.changesLastBytes(&output) }
    if !output.isEmpty {
      let singles = output.prefix(max(options.singleByteCount - sentByteCount, 0))
      actions += singles.map { .send([$0]) }
      if singles.count < output.count { actions.append(.send(Array(output.dropFirst(singles.count)))) }
      sentByteCount += output.count
      output = []
    }
    process.note(activeCount: isClosed ? 0 : connection.requests.count, of: number)
    if isClosed {
      connection.requests = []
      actions.append(isReset ? .reset : .close)
    } else {
      actions += timers
    }
    timers = []
    return actions
  }
}
