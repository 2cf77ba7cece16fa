// Plays a case: a pure state machine. Events and the time go in, actions come out; no I/O, no clock, no sleeping.
//
// Everything sent and received goes through the protocol's conversation, as a capture of it would. What came of it
// is judged elsewhere; for what it waits is in CaseDriver+Waiting.

package import Exchanges
import Expectations
package import Fixtures
package import WireBytes

/// What a driver asks for.
package enum DriverAction: Hashable, Sendable {
  case connect(Int)
  case send(Int, [UInt8])
  case halfClose(Int)
  case close(Int)
  case reset(Int)
}

/// What a case gave.
package struct PlayedCase: Sendable {
  package var connections: [Int: PlayedConnection] = [:]
  /// The phase whose time was up.
  package var timeout: ElapsedPhase?
  /// The time that a program had, where it was up.
  package var programTimeout: ElapsedPhase?
  /// The step that waited in vain, so that later steps were not played.
  package var unfinishedStep: Step?
  /// What else explains a difference: how a program ended that did not end well.
  package var remark: String?
  /// Why not every step could be made: what the target would have had to say before.
  package var untold: String?
  /// What passed.
  package var transcript = CaseTranscript()

  package init() {}
}

/// Plays the steps of one case.
///
///     step ─▶ its connection is not there ── connect ─▶ waits for it (deadline: connect)
///          ─▶ sends, closes, resets ─▶ next step
///          ─▶ waits for a milestone, or for silence ── reached ─▶ next step
///                                                   ── deadline ─▶ finished, with the phase that elapsed
///     after the last step ─▶ waits for what is owed, for closes, for other connections ─▶ finished
///
/// Call ``advance(_:)``, do what it asks, and call it again after everything that it was told of its connections and at
/// the ``deadline``, until ``isFinished``.
package struct CaseDriver: Sendable {
  let testCase: Case
  private let profile: TargetProfile
  private let dialect: any ClientDialect
  let timeouts: PhaseTimeouts
  private let retention: Retention
  private let keepsTranscript: Bool
  let quietNanoseconds: Int64
  private var writePauses: WritePauses
  private let started: Timestamp
  private var stepIndex = 0
  var connections: [Int: DrivenConnection] = [:]
  private var quietUntil: Timestamp?
  /// When a step that waits for an answer which may not come began, and how many whole responses there were.
  var settling: (since: Timestamp, responses: Int)?
  /// What a step has still to send, where the case says how much goes into a write.
  private var unsent: PacedBytes?
  var timeout: ElapsedPhase?
  private var transcript = CaseTranscript()
  /// Why a step cannot be made; no step is played after it.
  private var untold: String?
  /// When ``advance(_:)`` is to be called again if nothing happens.
  package private(set) var deadline: Timestamp?
  package private(set) var isFinished = false

  package init(_ testCase: Case, _ profile: TargetProfile, _ pace: CasePace, at now: Timestamp) {
    self.testCase = testCase.lowered(for: profile)
    self.profile = profile
    dialect = testCase.wireProtocol.dialect
    timeouts = pace.timeouts
    retention = pace.retention
    // Who takes bodies as they come wants nothing of them kept.
    keepsTranscript = pace.keepsTranscript && pace.retention.bodySink == nil
    quietNanoseconds = pace.quietNanoseconds
    writePauses = WritePauses(latencyNanoseconds: max(pace.latencyNanoseconds, pace.lagNanoseconds))
    started = now
  }

  /// What the case gave, once it is finished.
  package var played: PlayedCase {
    var played = PlayedCase()
    played.connections = connections.mapValues(\.played)
    played.timeout = timeout
    if timeout != nil, stepIndex < testCase.steps.count { played.unfinishedStep = testCase.steps[stepIndex] }
    played.transcript = transcript
    played.untold = untold
    return played
  }

  // MARK: Events

  /// Takes note that a connection that it asked for is open.
  package mutating func connected(_ number: Int, client: Endpoint, server: Endpoint, at now: Timestamp) {
    guard let asked = connections[number]?.asked else { return }
    let info = ConnectionInfo(id: UInt64(number), client: client, server: server)
    connections[number]?.begin(info)
    if keepsTranscript { transcript.connections[number] = info }
    pass(.opened, number, asked)
    pass(.established, number, now)
  }

  /// Takes what the server did on a connection; nothing of it counts after gatespec closed it.
  package mutating func receive(_ event: OwnedConnectionEvent<[UInt8]>, on number: Int) {
    if connections[number]?.isOpen == true { pass(event.kind, number, event.time) }
  }

  /// Takes note that a connection could not be opened, or broke.
  package mutating func fail(_ number: Int, _ message: String) {
    if connections[number]?.isClosed == false { connections[number]?.fail(message) }
  }

  /// Gives an event to the connection, and to the transcript.
  private mutating func pass(_ kind: OwnedConnectionEvent<[UInt8]>.Kind, _ number: Int, _ time: Timestamp) {
    let event = OwnedConnectionEvent(kind, at: time)
    if keepsTranscript { transcript.append(event, on: number) }
    connections[number]?.receive(event)
  }

  // MARK: Steps

  /// Goes on as far as it can.
  ///
  /// - Returns: What is to be done, in order.
  package mutating func advance(_ now: Timestamp) -> [DriverAction] {
    var actions: [DriverAction] = []
    guard !isFinished else { return actions }
    deadline = after(timeouts.total, started)
    if elapsed(since: started, now) >= timeouts.total { timeout = ElapsedPhase(.total, timeouts.total) }
    while timeout == nil, untold == nil, stepIndex < testCase.steps.count {
      guard play(testCase.steps[stepIndex], now, &actions) else {
        if timeout == nil { return actions }
        break
      }
      stepIndex += 1
    }
    if timeout == nil, isAwaitingAnswers(now) || isAwaitingClose(now) || isAwaitingOthers(now) { return actions }
    finish(now, &actions)
    return actions
  }

  func elapsed(since time: Timestamp, _ now: Timestamp) -> Int64 { now.nanoseconds(since: time) / 1_000_000 }

  mutating func wait(until time: Timestamp) {
    deadline = deadline.map { min($0, time) } ?? time
  }

  func after(_ milliseconds: Int64, _ time: Timestamp) -> Timestamp {
    Timestamp(nanoseconds: time.nanoseconds &+ milliseconds &* 1_000_000)
  }

  /// Plays a step.
  ///
  /// - Returns: Whether it is done; otherwise it waits, or its time was up.
  private mutating func play(_ step: Step, _ now: Timestamp, _ actions: inout [DriverAction]) -> Bool {
    let number = step.connection
    guard let connection = connections[number] else {
      connections[number] = DrivenConnection(dialect, retention, at: now)
      actions.append(.connect(number))
      wait(until: after(timeouts.connect, now))
      return false
    }
    guard connection.isConnected || connection.played.failure != nil else {
      waitFor(.connect, timeouts.connect, since: connection.asked, now)
      return false
    }
    switch step.verb {
    case .open:
      return true
    case .waitFor(let milestone):
      if connection.isReached(milestone) || connection.played.closedByServer { return true }
      if milestone == .close, !connection.isOwed, connection.hasReceived {
        waitFor(.close, timeouts.close, since: connection.lastActivity, now)
      } else {
        waitForBytes(connection, now)
      }
      return false
    case .settle: return isSettled(connection, now)
    case .quiet: return isSilent(for: quietNanoseconds, now)
    case .rest(let milliseconds): return isSilent(for: milliseconds &* 1_000_000, now)
    case .halfClose:
      guard connection.canSend else { return true }
      actions.append(.halfClose(number))
      pass(.closed(.request, .end), number, now)
    case .close: close(number, .end, now, &actions)
    case .reset: close(number, .reset, now, &actions)
    default:
      // What goes to a connection that is gone leaves no trace on the wire, and is owed nothing.
      guard connection.canSend else {
        unsent = nil
        return true
      }
      if unsent == nil {
        guard let verb = completed(step.verb, from: connection) else { return true }
        connections[number]?.noteSent(verb, at: now)
        unsent = PacedBytes(rest: bytes(of: verb)[...], due: now)
      }
      return send(number, now, &actions)
    }
    return true
  }

  /// A step with what it takes from the latest response on its connection; nil where that does not have it.
  private mutating func completed(_ verb: Step.Verb, from connection: DrivenConnection) -> Step.Verb? {
    guard case .httpRequest(var request) = verb else { return verb }
    for pair in request.fieldsFromResponse {
      guard let value = connection.lastField(pair.value.bytes) else {
        untold = "the target's response has no field \(WireText.escape(pair.value.bytes))"
        return nil
      }
      request.fields.append(Pair(name: pair.name, value: .bytes(value)))
    }
    return .httpRequest(request)
  }

  /// What a step sends, which must be one that any protocol has or one of the dialect's own.
  private func bytes(of verb: Step.Verb) -> [UInt8] {
    if case .wire(let bytes) = verb { return bytes }
    guard let bytes = dialect.encoded(verb, for: profile) else {
      preconditionFailure("no step of \(testCase.wireProtocol): \(verb)")
    }
    return bytes
  }

  /// Whether a step that sends nothing for so long is over; it is waited for otherwise.
  private mutating func isSilent(for nanoseconds: Int64, _ now: Timestamp) -> Bool {
    let until = quietUntil ?? Timestamp(nanoseconds: now.nanoseconds &+ nanoseconds)
    if until <= now {
      quietUntil = nil
      return true
    }
    quietUntil = until
    wait(until: until)
    return false
  }

  /// Sends what a step has to send: at once, or where the case says how much goes into a write, so much after each
  /// pause, so that the pieces are read apart.
  ///
  /// - Returns: Whether all of it was sent.
  private mutating func send(_ number: Int, _ now: Timestamp, _ actions: inout [DriverAction]) -> Bool {
    guard var paced = unsent else { return true }
    if paced.due > now {
      wait(until: paced.due)
      return false
    }
    let piece = Array(paced.rest.prefix(testCase.writeByteCount ?? .max))
    pass(.bytes(.request, piece), number, now)
    actions.append(.send(number, piece))
    paced.rest = paced.rest.dropFirst(piece.count)
    guard !paced.rest.isEmpty else {
      unsent = nil
      return true
    }
    let piecesLeft = paced.rest.count / piece.count + 1
    let pause = writePauses.next(late: now.nanoseconds(since: paced.due), piecesLeft: piecesLeft)
    paced.due = Timestamp(nanoseconds: now.nanoseconds &+ pause)
    unsent = paced
    wait(until: paced.due)
    return false
  }

  private mutating func close(_ number: Int, _ closing: Closing, _ now: Timestamp, _ actions: inout [DriverAction]) {
    guard let connection = connections[number], !connection.isClosed else { return }
    actions.append(closing == .reset ? .reset(number) : .close(number))
    // A half-closed connection has said its end already, and can still be reset.
    if connection.canSend || (closing == .reset && connection.isOpen) {
      pass(.closed(.request, closing), number, now)
    }
    connections[number]?.noteClosed()
  }

  private mutating func finish(_ now: Timestamp, _ actions: inout [DriverAction]) {
    for number in connections.keys.sorted() {
      close(number, .end, now, &actions)
      connections[number]?.finish(at: now)
    }
    deadline = nil
    isFinished = true
  }
}
