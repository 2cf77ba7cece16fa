// A conversation whose protocol is found out from its bytes, or given.
//
// Small until something passes over the connection, and small again once it was let go of: what a protocol needs to be
// decoded is made with the first byte. How a protocol is recognised is UndecidedConversation's matter.

package import WireBytes

/// A conversation whose protocol is found out from its bytes, or given.
///
///     quiet ──► undecided ──► decided
///       ▲  └──────(given)────────┘│
///       └────────(let go of)──────┘
package struct DetectingConversation: Sendable {
  private enum Stage: Sendable { case quiet, undecided, decided }

  private var connection: ConnectionInfo
  private let retention: Retention
  /// The protocol, where it is settled before the first byte.
  private var settled: WireProtocol?
  private var stage = Stage.quiet
  /// One while the protocol is not known, otherwise none: a list takes little room while it is empty, and its element is
  /// changed in place.
  private var undecided: [UndecidedConversation] = []
  /// The conversation of the protocol, once it is known.
  private var decided: (any Conversation)?
  private var openings = StreamOpenings()
  private var openedAt: Origin?
  private var establishedAt: Origin?
  private var former = FormerConversation()

  /// - Parameter wireProtocol: The protocol, where it is settled; nil to recognise it.
  package init(_ connection: ConnectionInfo, retention: Retention, protocol wireProtocol: WireProtocol? = nil) {
    self.connection = connection
    self.retention = retention
    settled = wireProtocol
  }

  /// Takes the next event; lends `output` every exchange that it completes.
  ///
  /// - Returns: About the memory that was taken with it, but for what bytes that passed were kept in.
  @discardableResult
  package mutating func receive(
    _ event: borrowing ConnectionEvent, _ output: (inout Exchange) -> Void
  ) -> Int {
    var growth = 0
    if stage == .quiet {
      switch event {
      case .opened(let origin): openedAt = origin
      case .established(let origin): establishedAt = origin
      case .bytes, .gap, .closed, .finished: growth = begin(settled, output)
      }
    }
    guard former.exchangeCount > 0 else { return growth &+ pass(event, output) }
    let earlier = former.exchangeCount
    return growth
      &+ pass(event) {
        $0.index += earlier
        output(&$0)
      }
  }

  /// What belongs to no single exchange; complete once the connection was finished.
  package var summary: ConnectionSummary {
    guard stage == .quiet else { return former.added(to: ownSummary) }
    var begun = self
    begun.begin(settled) { _ in }
    return former.added(to: begun.ownSummary)
  }

  private var ownSummary: ConnectionSummary {
    var summary =
      decided?.summary ?? undecided.first?.summary ?? ConnectionSummary(connection: connection, wireProtocol: nil)
    if openings.isOpen { openings.mark(&summary) }
    return summary
  }

  /// Whether the connection is known to wait for its first request, or its next: nothing is open on it.
  ///
  /// - Complexity: O(open requests).
  package func isWaiting(at origin: Origin) -> Bool {
    guard stage != .quiet else { return !connection.joinedInTheMiddle }
    guard stage != .undecided else { return false }
    var isOpen = false
    var ended = self
    ended.receive(.finished(origin)) { if $0.ending != .complete { isOpen = true } }
    return !isOpen
  }

  /// The server's units that came whole since this was last asked, in order, where the retention asks for them; none of a
  /// protocol without units.
  package mutating func takeUnits() -> [WireUnit] { decided?.takeUnits() ?? [] }

  private mutating func pass(_ event: borrowing ConnectionEvent, _ output: (inout Exchange) -> Void) -> Int {
    if openings.isOpen { openings.note(event) }
    switch stage {
    case .quiet: return 0
    case .decided: return decided?.receive(event, output) ?? 0
    case .undecided:
      guard let wireProtocol = undecided[0].receive(event) else { return 0 }
      let held = undecided[0].takeHeld()
      connection.joinedInTheMiddle = undecided[0].isJoined
      var growth = begin(wireProtocol, output)
      for chunk in held {
        unsafe growth &+= pass(.bytes(chunk.direction, chunk.bytes.span.bytes, chunk.origin), output)
      }
      return growth
    }
  }

  /// Makes what the protocol needs, or what finds it out, and tells it how the connection began.
  @discardableResult
  private mutating func begin(_ wireProtocol: WireProtocol?, _ output: (inout Exchange) -> Void) -> Int {
    undecided = []
    if let wireProtocol { openings.begin(wireProtocol, isJoined: connection.joinedInTheMiddle) }
    guard let conversation = wireProtocol.flatMap(ConversationCatalog.conversation(of:)) else {
      stage = .undecided
      undecided = [UndecidedConversation(connection, opened: openedAt, established: establishedAt)]
      if wireProtocol != nil { undecided[0].giveUp() }
      return MemoryLayout<UndecidedConversation>.stride
    }
    stage = .decided
    decided = conversation.init(connection, retention: retention)
    var growth = decided?.ownByteCount ?? 0
    if let openedAt { growth &+= pass(.opened(openedAt), output) }
    if let establishedAt { growth &+= pass(.established(establishedAt), output) }
    return growth
  }
}

// MARK: Memory

extension DetectingConversation {
  /// The memory that it takes besides itself, in bytes.
  ///
  /// - Complexity: O(open requests).
  package var heldByteCount: Int {
    let ofUndecided = undecided.reduce(0) { $0 &+ MemoryLayout<UndecidedConversation>.stride &+ $1.heldByteCount }
    return ofUndecided &+ (decided.map { $0.ownByteCount &+ $0.heldByteCount } ?? 0)
  }

  /// Hands over what is open as it is, and gives back its memory.
  ///
  /// What comes next is taken for that of a connection joined in the middle.
  package mutating func letGo(at origin: Origin, _ output: (inout Exchange) -> Void) {
    receive(.finished(origin), output)
    let summary = summary
    former = FormerConversation(summary)
    settled = summary.wireProtocol ?? settled
    stage = .quiet
    (undecided, decided) = ([], nil)
    openings = StreamOpenings()
    (openedAt, establishedAt) = (nil, nil)
    connection.joinedInTheMiddle = true
  }
}

/// What is remembered of a connection when its conversation was let go of.
private struct FormerConversation: Sendable {
  var exchangeCount = 0
  var unfollowedRequests: UInt64 = 0
  var requestByteCount: UInt64 = 0
  var responseByteCount: UInt64 = 0
  var foreign: ForeignProtocol?
  var opened: Timestamp?
  var established: Timestamp?
  var ended: Timestamp?
  var firstPacket: UInt64 = 0

  init() {}

  init(_ summary: ConnectionSummary) {
    exchangeCount = summary.exchangeCount
    unfollowedRequests = summary.unfollowedRequests
    requestByteCount = summary.requestByteCount
    responseByteCount = summary.responseByteCount
    foreign = summary.foreign
    opened = summary.opened
    established = summary.established
    ended = summary.ended
    firstPacket = summary.packets.lowerBound
  }

  /// The summary of the whole connection, of which `summary` is that of what came after.
  func added(to summary: ConnectionSummary) -> ConnectionSummary {
    guard opened != nil else { return summary }
    var whole = summary
    whole.exchangeCount += exchangeCount
    whole.unfollowedRequests &+= unfollowedRequests
    whole.requestByteCount &+= requestByteCount
    whole.responseByteCount &+= responseByteCount
    whole.foreign = summary.foreign ?? foreign
    whole.opened = opened
    whole.established = established
    whole.ended = summary.ended ?? ended
    if firstPacket > 0 { whole.packets = firstPacket...max(summary.packets.upperBound, firstPacket) }
    return whole
  }
}
