// Plays a case: a pure state machine. Events and the time go in, actions come out; no I/O, no clock, no sleeping.
//
// Everything sent and received goes through the protocol's conversation, as a capture of it would. What came of it
// is judged elsewhere.

package import Exchanges
import FastCGIWire
package import Fixtures
package import WireBytes

/// How long each phase may take, in milliseconds.
package struct PhaseTimeouts: Sendable {
  package var connect: Int64 = 5_000
  package var firstByte: Int64 = 5_000
  package var idle: Int64 = 5_000
  package var total: Int64 = 30_000
  package var close: Int64 = 1_000
  package init() {}
}

/// What a driver asks for.
package enum DriverAction: Sendable {
  case connect(Int)
  case send(Int, [UInt8])
  case halfClose(Int)
  case close(Int)
  case reset(Int)
}

/// What happens to a driver's connections.
package enum DriverEvent: Sendable {
  case connected(Int, client: Endpoint, server: Endpoint)
  case received(Int, [UInt8])
  case endOfStream(Int)
  case reset(Int)
  /// The connection could not be opened, or broke.
  case failed(Int, String)
}

/// What one connection of a case gave.
package struct PlayedConnection: Sendable {
  package var exchanges: [Exchange] = []
  package var summary: ConnectionSummary?
  /// The first bytes from the server, whatever they are.
  package var firstBytes: [UInt8] = []
  package var closedByServer = false
  package var failure: String?
  /// How a program ended, in words.
  package var programEnding: String?

  /// How it came to its end, in words.
  package var closing: String {
    programEnding ?? failure ?? (closedByServer ? "closed by the target" : "closed by gatespec")
  }
}

/// What a case gave.
package struct PlayedCase: Sendable {
  package var connections: [Int: PlayedConnection] = [:]
  /// The phase whose time was up, and how long that was.
  package var timeout: String?
  /// The same, when it was a step that waited.
  package var timeoutInStep: String?
  /// What else explains a difference: how a program ended that did not end well.
  package var remark: String?
}

/// Plays the steps of one case.
package struct CaseDriver: Sendable {
  private struct Connection: Sendable {
    var conversation: DetectingConversation?
    var isConnected = false
    var isClosed = false
    var hasReceived = false
    var lastActivity: Timestamp
    var observer = RecordDecoder()
    /// Records seen from the server: type and ID, in order; bounded by ``CaseDriver/observedLimit``.
    var records: [(type: RecordType, id: UInt16)] = []
    /// IDs begun and not ended by the server, with their flags.
    var unanswered: [UInt16: UInt8] = [:]
    /// FCGI_KEEP_CONN was not set in the last request that ended, and when it ended.
    var mustClose: Timestamp?
    var requestsSent = 0
    /// Management records sent that are owed an answer.
    var queriesSent = 0
    var unknownTypesSent = 0
    var played = PlayedConnection()
  }

  private let testCase: Case
  private let encoder: StepEncoder
  private let timeouts: PhaseTimeouts
  private let retention: Retention
  private let quietNanoseconds: Int64
  private let started: Timestamp
  private var stepIndex = 0
  private var connections: [Int: Connection] = [:]
  private var quietUntil: Timestamp?
  private var timeout: String?
  /// When ``advance(_:)`` is to be called again if nothing happens.
  package private(set) var deadline: Timestamp?
  package private(set) var isFinished = false

  static let observedLimit = 100_000

  package init(
    _ testCase: Case, _ profile: TargetProfile, timeouts: PhaseTimeouts, retention: Retention = .tester,
    latencyNanoseconds: Int64, at now: Timestamp
  ) {
    self.testCase = testCase
    self.retention = retention
    encoder = StepEncoder(profile: profile)
    self.timeouts = timeouts
    quietNanoseconds = max(200_000_000, 10 * latencyNanoseconds)
    started = now
  }

  /// What the case gave, once it is finished.
  package var played: PlayedCase {
    PlayedCase(
      connections: connections.mapValues(\.played), timeout: timeout,
      timeoutInStep: stepIndex < testCase.steps.count ? timeout : nil)
  }

  // MARK: Events

  package mutating func receive(_ event: DriverEvent, at now: Timestamp) {
    switch event {
    case .connected(let number, let client, let server):
      let info = ConnectionInfo(id: UInt64(number), client: client, server: server)
      var conversation = DetectingConversation(info, retention: retention, protocol: testCase.wireProtocol)
      conversation.receive(.opened(Origin(time: now))) { _ in }
      conversation.receive(.established(Origin(time: now))) { _ in }
      connections[number]?.conversation = conversation
      connections[number]?.isConnected = true
      connections[number]?.lastActivity = now
    case .received(let number, let bytes):
      receive(bytes, on: number, at: now)
    case .endOfStream(let number):
      noteServerClose(number)
      feed(.closed(.response, .end, Origin(time: now)), to: number)
    case .reset(let number):
      noteServerClose(number)
      feed(.closed(.response, .reset, Origin(time: now)), to: number)
    case .failed(let number, let message):
      connections[number]?.played.failure = message
      noteServerClose(number)
    }
  }

  private mutating func noteServerClose(_ number: Int) {
    guard connections[number]?.isClosed == false else { return }
    connections[number]?.played.closedByServer = true
  }

  private mutating func receive(_ received: [UInt8], on number: Int, at now: Timestamp) {
    guard connections[number] != nil else { return }
    connections[number]?.hasReceived = true
    connections[number]?.lastActivity = now
    if let kept = connections[number]?.played.firstBytes.count, kept < 64 {
      connections[number]?.played.firstBytes += received.prefix(64 - kept)
    }
    unsafe feed(.bytes(.response, received.span.bytes, Origin(time: now)), to: number)
    observe(received, number, now)
  }

  private mutating func observe(_ received: [UInt8], _ number: Int, _ now: Timestamp) {
    guard testCase.wireProtocol == .fastCGI, var connection = connections[number] else { return }
    unsafe connection.observer.receive(received.span.bytes) { event, _ in
      guard case .ended(let header, _) = event else { return }
      if connection.records.count < Self.observedLimit { connection.records.append((header.type, header.requestID)) }
      guard header.type == .endRequest, let flags = connection.unanswered.removeValue(forKey: header.requestID) else {
        return
      }
      connection.mustClose = flags & FastCGILimits.keepConnection == 0 ? now : nil
    }
    connections[number] = connection
  }

  private mutating func feed(_ event: borrowing ConnectionEvent, to number: Int) {
    var outputs: [ConversationOutput] = []
    connections[number]?.conversation?.receive(event) { outputs.append($0) }
    for output in outputs {
      switch output {
      case .exchange(let exchange): connections[number]?.played.exchanges.append(exchange)
      case .connection(let summary): connections[number]?.played.summary = summary
      }
    }
  }

  // MARK: Steps

  /// Goes on as far as it can.
  ///
  /// - Returns: What is to be done, in order.
  package mutating func advance(_ now: Timestamp) -> [DriverAction] {
    var actions: [DriverAction] = []
    deadline = nil
    if timeout == nil, elapsed(since: started, now) > timeouts.total { timeout = "total" }
    while timeout == nil, stepIndex < testCase.steps.count {
      guard play(testCase.steps[stepIndex], now, &actions) else {
        if timeout == nil { return actions }
        break
      }
      stepIndex += 1
    }
    if timeout == nil, isAwaitingAnswers(now) || isAwaitingClose(now) { return actions }
    finish(now, &actions)
    return actions
  }

  private func elapsed(since time: Timestamp, _ now: Timestamp) -> Int64 { now.nanoseconds(since: time) / 1_000_000 }

  private mutating func wait(until time: Timestamp) {
    deadline = deadline.map { min($0, time) } ?? time
  }

  private func after(_ milliseconds: Int64, _ time: Timestamp) -> Timestamp {
    Timestamp(nanoseconds: time.nanoseconds &+ milliseconds &* 1_000_000)
  }

  /// Plays a step.
  ///
  /// - Returns: Whether it is done; otherwise it waits, or its time was up.
  private mutating func play(_ step: Step, _ now: Timestamp, _ actions: inout [DriverAction]) -> Bool {
    let number = step.connection
    guard let connection = connections[number] else {
      connections[number] = Connection(lastActivity: now)
      actions.append(.connect(number))
      wait(until: after(timeouts.connect, now))
      return false
    }
    guard connection.isConnected || connection.played.failure != nil else {
      if elapsed(since: connection.lastActivity, now) >= timeouts.connect { timeout = "connect" }
      wait(until: after(timeouts.connect, connection.lastActivity))
      return false
    }
    switch step.verb {
    case .open, .cgiRequest:
      return true
    case .waitFor(let milestone):
      return isReached(milestone, number) || connection.played.closedByServer || waitForBytes(number, now)
    case .quiet:
      if let until = quietUntil, until <= now {
        quietUntil = nil
        return true
      }
      quietUntil = quietUntil ?? Timestamp(nanoseconds: now.nanoseconds &+ quietNanoseconds)
      if let quietUntil { wait(until: quietUntil) }
      return false
    case .halfClose:
      actions.append(.halfClose(number))
      feed(.closed(.request, .end, Origin(time: now)), to: number)
    case .close, .reset:
      let isReset = if case .reset = step.verb { true } else { false }
      actions.append(isReset ? .reset(number) : .close(number))
      connections[number]?.isClosed = true
      connections[number]?.unanswered = [:]
      feed(.closed(.request, isReset ? .reset : .end, Origin(time: now)), to: number)
    default:
      guard let bytes = encoder.encode(step.verb) else { return true }
      send(bytes, step.verb, number, now, &actions)
    }
    return true
  }

  private mutating func send(
    _ bytes: [UInt8], _ verb: Step.Verb, _ number: Int, _ now: Timestamp, _ actions: inout [DriverAction]
  ) {
    switch verb {
    case .fastCGIRequest(let request): connections[number]?.unanswered[request.id] = request.flags
    case .beginRequest(let id, _, let flags, _, _) where id != 0: connections[number]?.unanswered[id] = flags
    case .httpRequest: connections[number]?.requestsSent += 1
    case .getValues: connections[number]?.queriesSent += 1
    case .record(let header, _) where header.requestID == 0 && !header.type.isDefined:
      connections[number]?.unknownTypesSent += 1
    default: break
    }
    connections[number]?.mustClose = nil
    connections[number]?.lastActivity = now
    unsafe feed(.bytes(.request, bytes.span.bytes, Origin(time: now)), to: number)
    actions.append(.send(number, bytes))
  }

  private func isReached(_ milestone: Milestone, _ number: Int) -> Bool {
    guard let connection = connections[number] else { return false }
    switch milestone {
    case .endRequest(let id):
      // The latest request of that ID: an earlier one's end does not count.
      let isSeen = connection.records.contains { $0.type == .endRequest && $0.id == id }
      return isSeen && connection.unanswered[id] == nil
    case .record(let type, let id): return connection.records.contains { $0.type == type && (id == nil || $0.id == id) }
    case .response(let count): return connection.played.exchanges.count { $0.response.isComplete } >= count
    case .close: return connection.played.closedByServer
    }
  }

  /// Waits for the next byte; the phase is that of the first byte, or of idleness.
  ///
  /// - Returns: Always false: the wait is not over.
  private mutating func waitForBytes(_ number: Int, _ now: Timestamp) -> Bool {
    guard let connection = connections[number] else { return false }
    let (name, limit) = connection.hasReceived ? ("idle", timeouts.idle) : ("first byte", timeouts.firstByte)
    if elapsed(since: connection.lastActivity, now) >= limit {
      timeout = name
    } else {
      wait(until: after(limit, connection.lastActivity))
    }
    return false
  }

  // MARK: The end

  private mutating func isAwaitingAnswers(_ now: Timestamp) -> Bool {
    for (number, connection) in connections where !connection.isClosed && !connection.played.closedByServer {
      let isHTTPDue =
        testCase.wireProtocol == .http1
        && connection.played.exchanges.count { $0.response.isComplete } < connection.requestsSent
      let isManagementDue =
        connection.records.count { $0.type == .getValuesResult } < connection.queriesSent
        || connection.records.count { $0.type == .unknownType } < connection.unknownTypesSent
      guard !connection.unanswered.isEmpty || isHTTPDue || isManagementDue else { continue }
      _ = waitForBytes(number, now)
      return timeout == nil
    }
    return false
  }

  private mutating func isAwaitingClose(_ now: Timestamp) -> Bool {
    for (number, connection) in connections where !connection.isClosed && !connection.played.closedByServer {
      let since = connection.mustClose ?? (isCloseExpected(number) ? connection.lastActivity : nil)
      guard let since, elapsed(since: since, now) < timeouts.close else { continue }
      wait(until: after(timeouts.close, since))
      return true
    }
    return false
  }

  /// Whether an accepted outcome is that the server closes this connection.
  private func isCloseExpected(_ number: Int) -> Bool {
    testCase.expectations.contains { expectation in
      expectation.outcomes.contains { outcome in
        outcome.conditions.contains {
          if case .connection(number, .closedByServer(true)) = $0 { true } else { false }
        }
      }
    }
  }

  private mutating func finish(_ now: Timestamp, _ actions: inout [DriverAction]) {
    for number in connections.keys.sorted() {
      if connections[number]?.isClosed == false {
        actions.append(.close(number))
        connections[number]?.isClosed = true
        feed(.closed(.request, .end, Origin(time: now)), to: number)
      }
      feed(.finished(Origin(time: now)), to: number)
    }
    isFinished = true
  }
}
