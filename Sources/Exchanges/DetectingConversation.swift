// A conversation whose protocol is found out from its bytes, or given.
//
// Looks at the first bytes of each direction; where a connection was joined in the middle, at the beginning of each
// chunk, since messages mostly begin with a segment.

import WireBytes

/// A conversation whose protocol is found out from its bytes, or given.
///
/// Holds bytes only while undecided, at most `2 × ProtocolDetector.prefixLimit`.
package struct DetectingConversation: Conversation {
  private let connection: ConnectionInfo
  private let retention: Retention
  /// What was seen before the protocol was known.
  private var early: ConnectionSummary
  private var fastCGI: FastCGIConversation?
  private var http1: HTTP1Conversation?
  private var gateway: GatewayConversation?
  private var openings = StreamOpenings()
  private var isUnknown = false
  private var held: [Held] = []
  private var heldByteCount = 0
  private var chunksSeen = 0
  private var openedAt: Origin?
  private var establishedAt: Origin?

  private struct Held: Sendable {
    var direction: Direction
    var bytes: [UInt8]
    var origin: Origin
  }

  /// How many chunks of a connection joined in the middle are tried.
  private static let chunkLimit = 4096

  /// - Parameter wireProtocol: The protocol, where it is settled; nil to recognise it.
  package init(_ connection: ConnectionInfo, retention: Retention, protocol wireProtocol: WireProtocol? = nil) {
    self.connection = connection
    self.retention = retention
    early = ConnectionSummary(connection: connection, wireProtocol: nil)
    if let wireProtocol { choose(wireProtocol) }
  }

  private mutating func choose(_ wireProtocol: WireProtocol) {
    var info = connection
    info.joinedInTheMiddle = isJoined
    openings.begin(wireProtocol, isJoined: isJoined)
    switch wireProtocol {
    case .fastCGI: fastCGI = FastCGIConversation(info, retention: retention)
    case .http1: http1 = HTTP1Conversation(info, retention: retention)
    case .scgi, .uwsgi: gateway = GatewayConversation(info, wireProtocol, retention: retention)
    case .cgi: isUnknown = true
    }
  }

  package mutating func receive(
    _ event: borrowing ConnectionEvent, _ output: (inout Exchange) -> Void
  ) {
    if openings.isOpen { openings.note(event) }
    // In place, by optional chaining: a conversation is never copied out to be changed.
    if fastCGI != nil {
      fastCGI?.receive(event, output)
    } else if http1 != nil {
      http1?.receive(event, output)
    } else if gateway != nil {
      gateway?.receive(event, output)
    } else {
      receiveUndecided(event, output)
    }
  }

  private mutating func receiveUndecided(
    _ event: borrowing ConnectionEvent, _ output: (inout Exchange) -> Void
  ) {
    switch event {
    case .opened(let origin):
      note(origin)
      openedAt = origin
    case .established(let origin):
      note(origin)
      establishedAt = origin
      early.established = origin.time
    case .bytes(let direction, let bytes, let origin):
      note(origin)
      count(bytes.byteCount, direction)
      guard !isUnknown, bytes.byteCount > 0 else { return }
      let verdict = examine(bytes, direction)
      hold(bytes, direction, origin)
      decide(verdict, output)
    case .gap(_, let byteCount, let origin):
      note(origin)
      early.gapByteCount &+= byteCount
      // What is held cannot be joined with what comes after the hole.
      held.removeAll()
      heldByteCount = 0
    case .closed(let direction, let closing, let origin):
      note(origin)
      early.note(direction, closing)
    case .finished(let origin):
      note(origin)
    }
  }

  package var summary: ConnectionSummary {
    var summary = fastCGI?.summary ?? http1?.summary ?? gateway?.summary ?? early
    if openings.isOpen { openings.mark(&summary) }
    return summary
  }

  private mutating func note(_ origin: Origin) {
    early.note(packet: origin.packet)
    if early.opened == nil { early.opened = origin.time }
    early.ended = origin.time
  }

  private mutating func count(_ byteCount: Int, _ direction: Direction) {
    if direction == .request {
      early.requestByteCount &+= UInt64(byteCount)
    } else {
      early.responseByteCount &+= UInt64(byteCount)
    }
  }

  private var isJoined: Bool { connection.joinedInTheMiddle || early.gapByteCount > 0 }

  private mutating func examine(_ bytes: RawSpan, _ direction: Direction) -> DetectionVerdict {
    chunksSeen += 1
    if isJoined {
      let verdict = ProtocolDetector.examine(bytes, direction)
      switch verdict {
      case .protocolIs, .foreign:
        // What came before was the end of a message whose beginning is unknown.
        held.removeAll()
        heldByteCount = 0
        return verdict
      case .undecided, .unknown:
        return chunksSeen < Self.chunkLimit ? .undecided : .unknown
      }
    }
    // A request that has begun says more than its response, which may be another protocol's as well.
    if direction == .response, held.contains(where: { $0.direction == .request }) { return .undecided }
    let earlier = held.lazy.filter { $0.direction == direction }.flatMap(\.bytes)
    guard !earlier.isEmpty else { return ProtocolDetector.examine(bytes, direction) }
    var prefix = Array(earlier)
    prefix.append(contentsOf: bytes.extracting(first: min(bytes.byteCount, ProtocolDetector.prefixLimit)))
    return unsafe ProtocolDetector.examine(prefix.span.bytes, direction)
  }

  private mutating func hold(_ bytes: RawSpan, _ direction: Direction, _ origin: Origin) {
    if isJoined {
      // Only the chunk that decides is replayed.
      held.removeAll(keepingCapacity: true)
      heldByteCount = 0
    }
    held.append(Held(direction: direction, bytes: bytes.copied(), origin: origin))
    heldByteCount += bytes.byteCount
  }

  private mutating func decide(_ verdict: DetectionVerdict, _ output: (inout Exchange) -> Void) {
    switch verdict {
    case .protocolIs(let wireProtocol):
      choose(wireProtocol)
      replay(output)
    case .foreign(let foreign):
      early.foreign = foreign
      giveUp()
    case .unknown where held.last?.direction == .request || isJoined:
      giveUp()
    case .unknown, .undecided:
      // A server that speaks first says nothing about what the client will send; but it may not fill memory.
      if heldByteCount > 2 * ProtocolDetector.prefixLimit { giveUp() }
    }
  }

  private mutating func giveUp() {
    isUnknown = true
    held = []
    heldByteCount = 0
  }

  private mutating func replay(_ output: (inout Exchange) -> Void) {
    let chunks = held
    held = []
    heldByteCount = 0
    if let openedAt { receive(.opened(openedAt), output) }
    if let establishedAt { receive(.established(establishedAt), output) }
    for chunk in chunks {
      unsafe receive(.bytes(chunk.direction, chunk.bytes.span.bytes, chunk.origin), output)
    }
  }
}
