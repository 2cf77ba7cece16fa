// A conversation whose protocol is found out from its bytes, or given.
//
// Small until something passes over the connection, and small again once it was let go of: what a protocol needs to be
// decoded is made with the first byte. How a protocol is recognised is UndecidedConversation's matter.

package import WireBytes

/// A conversation whose protocol is found out from its bytes, or given.
package struct DetectingConversation: Conversation {
  private enum Stage: Sendable { case quiet, undecided, fastCGI, http1, variableBlock }

  private var connection: ConnectionInfo
  private let retention: Retention
  /// The protocol, where it is settled before the first byte.
  private var settled: WireProtocol?
  private var stage = Stage.quiet
  // One of these has one element, the others none: a list takes little room while it is empty, and its element is
  // changed in place.
  private var undecided: [UndecidedConversation] = []
  private var fastCGI: [FastCGIConversation] = []
  private var http1: [HTTP1Conversation] = []
  private var variableBlock: [VariableBlockConversation] = []
  private var openings = StreamOpenings()
  private var openedAt: Origin?
  private var establishedAt: Origin?
  private var former = FormerConversation()
  /// The memory that was taken since ``takeGrowth()``, but for what bytes that passed were kept in.
  private var growth = 0

  /// - Parameter wireProtocol: The protocol, where it is settled; nil to recognise it.
  package init(_ connection: ConnectionInfo, retention: Retention, protocol wireProtocol: WireProtocol? = nil) {
    self.connection = connection
    self.retention = retention
    settled = wireProtocol
  }

  package mutating func receive(
    _ event: borrowing ConnectionEvent, _ output: (inout Exchange) -> Void
  ) {
    if stage == .quiet {
      switch event {
      case .opened(let origin): openedAt = origin
      case .established(let origin): establishedAt = origin
      case .bytes, .gap, .closed, .finished: begin(settled, output)
      }
    }
    guard former.exchangeCount > 0 else { return pass(event, output) }
    let earlier = former.exchangeCount
    pass(event) {
      $0.index += earlier
      output(&$0)
    }
  }

  package var summary: ConnectionSummary {
    guard stage == .quiet else { return former.added(to: ownSummary) }
    var begun = self
    begun.begin(settled) { _ in }
    return former.added(to: begun.ownSummary)
  }

  private var ownSummary: ConnectionSummary {
    var summary =
      fastCGI.first?.summary ?? http1.first?.summary ?? variableBlock.first?.summary ?? undecided.first?.summary
      ?? ConnectionSummary(connection: connection, wireProtocol: nil)
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

  private mutating func pass(_ event: borrowing ConnectionEvent, _ output: (inout Exchange) -> Void) {
    if openings.isOpen { openings.note(event) }
    switch stage {
    case .quiet: break
    case .fastCGI: growth &+= fastCGI[0].receiveCounting(event, output)
    case .http1: growth &+= http1[0].receiveCounting(event, output)
    case .variableBlock: variableBlock[0].receive(event, output)
    case .undecided:
      guard let wireProtocol = undecided[0].receive(event) else { return }
      let held = undecided[0].takeHeld()
      connection.joinedInTheMiddle = undecided[0].isJoined
      begin(wireProtocol, output)
      for chunk in held { unsafe pass(.bytes(chunk.direction, chunk.bytes.span.bytes, chunk.origin), output) }
    }
  }

  /// Makes what the protocol needs, or what finds it out, and tells it how the connection began.
  private mutating func begin(_ wireProtocol: WireProtocol?, _ output: (inout Exchange) -> Void) {
    undecided = []
    if let wireProtocol { openings.begin(wireProtocol, isJoined: connection.joinedInTheMiddle) }
    switch wireProtocol {
    case .fastCGI:
      stage = .fastCGI
      fastCGI = [FastCGIConversation(connection, retention: retention)]
      growth += MemoryLayout<FastCGIConversation>.stride
    case .http1:
      stage = .http1
      http1 = [HTTP1Conversation(connection, retention: retention)]
      growth += MemoryLayout<HTTP1Conversation>.stride
    case .scgi?, .uwsgi?:
      stage = .variableBlock
      variableBlock = [VariableBlockConversation(connection, wireProtocol ?? .scgi, retention: retention)]
      growth += MemoryLayout<VariableBlockConversation>.stride
    case .cgi?, nil:
      stage = .undecided
      undecided = [UndecidedConversation(connection, opened: openedAt, established: establishedAt)]
      if wireProtocol != nil { undecided[0].giveUp() }
      growth += MemoryLayout<UndecidedConversation>.stride
      return
    }
    if let openedAt { pass(.opened(openedAt), output) }
    if let establishedAt { pass(.established(establishedAt), output) }
  }
}

// MARK: Memory

extension DetectingConversation {
  /// The memory that was taken since this was last asked, but for what bytes that passed were kept in: an estimate that
  /// costs nothing, where ``heldByteCount`` looks at everything.
  @inline(__always)
  package mutating func takeGrowth() -> Int {
    defer { growth = 0 }
    return growth
  }

  /// The memory that it takes besides itself, in bytes.
  ///
  /// - Complexity: O(open requests).
  package var heldByteCount: Int {
    switch stage {
    case .quiet: 0
    case .undecided: MemoryLayout<UndecidedConversation>.stride + undecided[0].heldByteCount
    case .fastCGI: MemoryLayout<FastCGIConversation>.stride + fastCGI[0].heldByteCount
    case .http1: MemoryLayout<HTTP1Conversation>.stride + http1[0].heldByteCount
    case .variableBlock: MemoryLayout<VariableBlockConversation>.stride + variableBlock[0].heldByteCount
    }
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
    (undecided, fastCGI, http1, variableBlock) = ([], [], [], [])
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
