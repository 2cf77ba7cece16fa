// What the driver knows of one connection of a case: what was asked on it, what came, and how it stands.
//
// Facts only; when to wait and when to go on is CaseDriver's.

package import Exchanges
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
  private var debts: any ConnectionDebts
  /// How many whole responses came.
  private(set) var responses = 0
  var played = PlayedConnection()

  init(_ dialect: any ClientDialect, _ retention: Retention, at now: Timestamp) {
    self.retention = retention.tellingUnits
    wireProtocol = dialect.wireProtocol
    debts = dialect.makeDebts()
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
    case .bytes(.request, _): lastActivity = now
    case .bytes(.response, let bytes):
      lastActivity = now
      hasReceived = true
      if played.firstBytes.count < 64 { played.firstBytes += bytes.prefix(64 - played.firstBytes.count) }
      debts.noteReceived(conversation?.takeUnits() ?? [], at: now)
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

  /// Takes note that gatespec closed it.
  mutating func noteClosed() {
    isClosed = true
    debts.noteClosed()
  }

  /// Takes note that nothing more is known of it.
  mutating func finish(at now: Timestamp) {
    feed(.finished(Origin(time: over ?? now)))
    played.summary = conversation?.summary
  }

  private mutating func feed(_ event: borrowing ConnectionEvent) {
    conversation?.receive(event) {
      played.exchanges.append($0)
      guard $0.response.isComplete else { return }
      responses += 1
      debts.noteResponse()
    }
  }

  // MARK: What is asked

  /// Takes note of what a step that is sent will be owed.
  mutating func noteSent(_ verb: Step.Verb, at now: Timestamp) { debts.noteSent(verb, at: now) }

  /// Whether the server owes an answer.
  var isOwed: Bool { debts.isOwed }

  /// Since when the server is to close; nil where it may stay.
  var mustClose: Timestamp? { debts.mustClose }

  /// The value of a field in the latest whole response.
  func lastField(_ name: [UInt8]) -> [UInt8]? {
    let wanted = name.map { ASCII.lowercased($0) }
    let fields = played.exchanges.last { $0.response.isComplete }?.response.fields
    return fields?.pairs.first { $0.name.map { ASCII.lowercased($0) } == wanted }?.value
  }

  /// Whether what a step waits for was seen.
  func isReached(_ milestone: Milestone) -> Bool {
    switch milestone {
    case .endRequest(let id): debts.isEnded(id: id)
    case .record(let type, let id): debts.isSeen(type, id: id)
    case .response(let count): responses >= count
    case .close: played.closedByServer
    }
  }
}
