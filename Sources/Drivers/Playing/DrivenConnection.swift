// What the driver knows of one connection of a case: what was asked on it, what came, and how it stands.
//
// Facts only; when to wait and when to go on is CaseDriver's.

package import Exchanges
import FastCGIWire
import Fixtures
import WireBytes

/// What one connection of a case gave.
package struct PlayedConnection: Sendable {
  package var exchanges: [Exchange] = []
  package var summary: ConnectionSummary?
  /// The first bytes from the server, whatever they are.
  package var firstBytes: [UInt8] = []
  package var closedByServer = false
  /// When the server closed or reset it.
  var serverClosed: Timestamp?
  /// The time in which the server was to close, where it was up.
  package var closeTimeout: ElapsedPhase?
  package var failure: String?
  /// How a program ended, in words.
  package var programEnding: String?

  package init() {}

  /// How it came to its end, in words.
  package var closing: String {
    programEnding ?? failure ?? (closedByServer ? "closed by the target" : "closed by gatespec")
  }
}

/// One connection of a case that is being played.
struct DrivenConnection: Sendable {
  private struct Record: Hashable, Sendable {
    var type: FastCGIRecordType
    var id: UInt16
  }

  private let wireProtocol: WireProtocol
  private let retention: Retention
  let asked: Timestamp
  private(set) var isConnected = false
  /// Closed or reset by gatespec.
  private(set) var isClosed = false
  private var requestEnded = false
  /// When both directions had ended.
  private var over: Timestamp?
  private(set) var hasReceived = false
  /// The last byte in either direction, or the beginning.
  private(set) var lastActivity: Timestamp
  private var conversation: DetectingConversation?
  private var observer = FastCGIRecordDecoder()
  /// Kinds of records seen from the server; bounded by ``recordLimit``.
  private var seen: Set<Record> = []
  private var counts: [FastCGIRecordType: Int] = [:]
  /// IDs begun and not ended by the server, with their flags.
  private var unanswered: [UInt16: UInt8] = [:]
  /// Since when the server is to close: the last request did not set FCGI_KEEP_CONN, has ended, and got its input.
  private(set) var mustClose: Timestamp?
  private var requestsSent = 0
  /// Management records sent that are owed an answer.
  private var queriesSent = 0
  private var unknownTypesSent = 0
  var played = PlayedConnection()

  private static let recordLimit = 100_000

  init(_ wireProtocol: WireProtocol, _ retention: Retention, at now: Timestamp) {
    self.retention = retention
    self.wireProtocol = wireProtocol
    asked = now
    lastActivity = now
  }

  /// Whether something may still come of it.
  var isOpen: Bool { isConnected && !isClosed && !played.closedByServer }
  /// Whether what gatespec sends can leave.
  var canSend: Bool { isConnected && !requestEnded && played.failure == nil }

  // MARK: What happens

  /// Takes note of who speaks on it; events come after that.
  mutating func begin(_ info: ConnectionInfo) {
    conversation = DetectingConversation(info, retention: retention, protocol: wireProtocol)
  }

  /// Takes an event as a capture would show it.
  mutating func receive(_ event: OwnedConnectionEvent<[UInt8]>) {
    event.lend { feed($0) }
    let now = event.time
    switch event.kind {
    case .opened, .gap, .finished: break
    case .established:
      isConnected = true
      lastActivity = now
    case .bytes(let direction, let bytes):
      lastActivity = now
      if direction == .response { observe(bytes, now) }
    case .closed(let direction, let closing):
      if direction == .request || closing == .reset { requestEnded = true }
      if direction == .response {
        played.closedByServer = true
        played.serverClosed = played.serverClosed ?? now
      }
      if closing == .reset || (requestEnded && played.closedByServer) { over = over ?? now }
    }
  }

  /// Takes note that the connection could not be opened, or broke.
  mutating func fail(_ message: String) {
    played.failure = message
    played.closedByServer = true
  }

  /// Takes note that gatespec closed it: nothing is owed any more.
  mutating func noteClosed() {
    isClosed = true
    unanswered = [:]
  }

  /// Takes note that nothing more is known of it.
  mutating func finish(at now: Timestamp) {
    feed(.finished(Origin(time: over ?? now)))
    played.summary = conversation?.summary
  }

  private mutating func feed(_ event: borrowing ConnectionEvent) {
    conversation?.receive(event) { played.exchanges.append($0) }
  }

  private mutating func observe(_ received: [UInt8], _ now: Timestamp) {
    hasReceived = true
    if played.firstBytes.count < 64 { played.firstBytes += received.prefix(64 - played.firstBytes.count) }
    guard wireProtocol == .fastCGI else { return }
    // Taken out while it calls back.
    var decoder = FastCGIRecordDecoder()
    swap(&decoder, &observer)
    unsafe decoder.receive(received.span.bytes) { event, _ in
      if case .ended(let header, _) = event { note(header, now) }
    }
    swap(&decoder, &observer)
  }

  private mutating func note(_ header: FastCGIRecordHeader, _ now: Timestamp) {
    if seen.count < Self.recordLimit { seen.insert(Record(type: header.type, id: header.requestID)) }
    counts[header.type, default: 0] += 1
    guard header.type == .endRequest, let flags = unanswered.removeValue(forKey: header.requestID) else { return }
    mustClose = flags & FastCGIFlag.keepConnection == 0 ? now : nil
  }

  // MARK: What is asked

  /// Takes note of what a step that is sent will be owed.
  mutating func noteSent(_ verb: Step.Verb, at now: Timestamp) {
    switch verb {
    case .fastCGIRequest(let request): unanswered[request.id] = request.flags
    case .beginRequest(let ids, _, let flags, _, _): for id in ids where id != 0 { unanswered[id] = flags }
    case .httpRequest: requestsSent += 1
    case .getValues: queriesSent += 1
    case .record(let header, _) where header.requestID == 0 && !header.type.isDefined: unknownTypesSent += 1
    default: break
    }
    // A server that answered early may read the rest of the input before it closes.
    if mustClose != nil { mustClose = verb.isInput ? now : nil }
  }

  /// Whether the server owes an answer.
  var isOwed: Bool {
    !unanswered.isEmpty || answers < requestsSent || counts[.getValuesResult, default: 0] < queriesSent
      || counts[.unknownType, default: 0] < unknownTypesSent
  }

  private var answers: Int {
    wireProtocol == .http1 ? played.exchanges.count { $0.response.isComplete } : requestsSent
  }

  /// Whether what a step waits for was seen.
  func isReached(_ milestone: Milestone) -> Bool {
    switch milestone {
    case .endRequest(let id):
      // The latest request of that ID: an earlier one's end does not count.
      seen.contains(Record(type: .endRequest, id: id)) && unanswered[id] == nil
    case .record(let type, let id?): seen.contains(Record(type: type, id: id))
    case .record(let type, nil): counts[type] != nil
    case .response(let count): played.exchanges.count { $0.response.isComplete } >= count
    case .close: played.closedByServer
    }
  }
}

extension Step.Verb {
  /// Whether it goes on with the input of a request that was begun before.
  fileprivate var isInput: Bool {
    switch self {
    case .params, .stdin, .data: true
    case .record(let header, _): [.params, .stdin, .data].contains(header.type)
    default: false
    }
  }
}
