// What each direction of a connection begins with, where that is not what the connection was taken for.
//
// HTTP sent to a FastCGI port, a backend that answers FastCGI with HTTP: the conversation of the protocol cannot tell.

import WireBytes

/// The first bytes of both directions, kept only where their very first one is not the protocol's.
struct StreamOpenings: Sendable {
  private enum Opening: Sendable {
    case unseen
    case suspect([UInt8])
    /// As it should be, or not of interest.
    case settled
  }

  private var wireProtocol: WireProtocol?
  private var openings: [2 of Opening] = [.settled, .settled]
  /// Bytes of a direction that are kept.
  private static let limit = 256

  /// The connection is taken for this protocol.
  mutating func begin(_ wireProtocol: WireProtocol, isJoined: Bool) {
    self.wireProtocol = wireProtocol
    openings = isJoined ? [.settled, .settled] : [.unseen, .unseen]
  }

  /// Whether there is something to note, or to say.
  var isOpen: Bool {
    for side in openings.indices {
      guard case .settled = openings[side] else { return true }
    }
    return false
  }

  mutating func note(_ event: borrowing ConnectionEvent) {
    switch event {
    case .bytes(let direction, let bytes, _) where bytes.byteCount > 0: note(bytes, direction)
    case .gap(let direction, _, _): openings[Int(direction.rawValue)] = .settled
    default: break
    }
  }

  private mutating func note(_ bytes: RawSpan, _ direction: Direction) {
    let side = Int(direction.rawValue)
    switch openings[side] {
    case .settled: return
    case .unseen:
      let conversation = wireProtocol.flatMap(ConversationCatalog.conversation(of:))
      let isOrdinary = conversation?.mayBegin(with: bytes.u8(at: 0), direction) ?? true
      openings[side] =
        isOrdinary ? .settled : .suspect(bytes.extracting(first: min(bytes.byteCount, Self.limit)).copied())
    case .suspect(let earlier):
      guard earlier.count < Self.limit else { return }
      var kept = earlier
      kept.append(contentsOf: bytes.extracting(first: min(bytes.byteCount, Self.limit - earlier.count)))
      openings[side] = .suspect(kept)
    }
  }

  /// Puts what was seen into the connection's summary.
  func mark(_ summary: inout ConnectionSummary) {
    summary.requestOpening = verdict(.request)
    summary.responseOpening = verdict(.response)
  }

  private func verdict(_ direction: Direction) -> DetectionVerdict? {
    guard case .suspect(let bytes) = openings[Int(direction.rawValue)] else { return nil }
    let verdict = unsafe ProtocolDetector.examine(bytes.span.bytes, direction)
    return verdict == .unknown || verdict == .undecided ? nil : verdict
  }
}
