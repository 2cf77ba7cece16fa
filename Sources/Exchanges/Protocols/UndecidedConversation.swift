// The first bytes of a connection whose protocol is not known: held, and looked at until they tell.
//
// Looks at the first bytes of each direction; where a connection was joined in the middle, at the beginning of each
// chunk, since messages mostly begin with a segment. What follows from a verdict is DetectingConversation's matter.

import WireBytes

/// A conversation before its protocol is known, or that of which nobody knows it.
///
/// Holds bytes only while undecided, at most `2 × ProtocolDetector.prefixLimit` and the latest chunk.
struct UndecidedConversation: Sendable {
  /// What was seen so far.
  private(set) var summary: ConnectionSummary
  private let connection: ConnectionInfo
  private var isUnknown = false
  private var held: [Held] = []
  private var heldLength = 0
  private var chunksSeen = 0

  /// Bytes that wait for a verdict.
  struct Held: Sendable {
    var direction: Direction
    var bytes: [UInt8]
    var origin: Origin
  }

  /// How many chunks of a connection joined in the middle are tried.
  private static let chunkLimit = 4096

  init(_ connection: ConnectionInfo, opened: Origin?, established: Origin?) {
    self.connection = connection
    summary = ConnectionSummary(connection: connection, wireProtocol: nil)
    if let opened { summary.note(opened) }
    if let established {
      summary.note(established)
      summary.established = established.time
    }
  }

  /// The connection is of a protocol that is not read here.
  mutating func giveUp() {
    isUnknown = true
    held = []
    heldLength = 0
  }

  /// Whether what was seen may begin anywhere in a message.
  var isJoined: Bool { connection.joinedInTheMiddle || summary.gapByteCount > 0 }

  /// The memory that it takes besides itself, in bytes.
  var heldByteCount: Int {
    held.reduce(held.capacity * MemoryLayout<Held>.stride) { $0 + $1.bytes.capacity }
  }

  /// Takes the next event.
  ///
  /// - Returns: The protocol, once the bytes tell; what was held is then to be replayed.
  mutating func receive(_ event: borrowing ConnectionEvent) -> WireProtocol? {
    switch event {
    case .opened(let origin):
      summary.note(origin)
    case .established(let origin):
      summary.note(origin)
      summary.established = origin.time
    case .bytes(let direction, let bytes, let origin):
      summary.note(origin)
      count(bytes.byteCount, direction)
      guard !isUnknown, bytes.byteCount > 0 else { return nil }
      let verdict = examine(bytes, direction)
      hold(bytes, direction, origin)
      return decide(verdict)
    case .gap(_, let byteCount, let origin):
      summary.note(origin)
      summary.gapByteCount &+= byteCount
      // What is held cannot be joined with what comes after the hole.
      forgetHeld()
    case .closed(let direction, let closing, let origin):
      summary.note(origin)
      summary.note(direction, closing)
    case .finished(let origin):
      summary.note(origin)
    }
    return nil
  }

  /// What was held, in its order; nothing is held after that.
  mutating func takeHeld() -> [Held] {
    defer { giveUp() }
    return held
  }

  private mutating func count(_ byteCount: Int, _ direction: Direction) {
    if direction == .request {
      summary.requestByteCount &+= UInt64(byteCount)
    } else {
      summary.responseByteCount &+= UInt64(byteCount)
    }
  }

  private mutating func forgetHeld() {
    held.removeAll(keepingCapacity: true)
    heldLength = 0
  }

  private mutating func examine(_ bytes: RawSpan, _ direction: Direction) -> DetectionVerdict {
    chunksSeen += 1
    if isJoined {
      let verdict = ProtocolDetector.examine(bytes, direction)
      switch verdict {
      case .protocolIs, .foreign:
        // What came before was the end of a message whose beginning is unknown.
        forgetHeld()
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
    // Only the chunk that decides is replayed.
    if isJoined { forgetHeld() }
    held.append(Held(direction: direction, bytes: bytes.copied(), origin: origin))
    heldLength += bytes.byteCount
  }

  private mutating func decide(_ verdict: DetectionVerdict) -> WireProtocol? {
    switch verdict {
    case .protocolIs(let wireProtocol):
      return wireProtocol
    case .foreign(let foreign):
      summary.foreign = foreign
      giveUp()
    case .unknown where held.last?.direction == .request || isJoined:
      giveUp()
    case .unknown, .undecided:
      // A server that speaks first says nothing about what the client will send; but it may not fill memory.
      if heldLength > 2 * ProtocolDetector.prefixLimit { giveUp() }
    }
    return nil
  }
}
