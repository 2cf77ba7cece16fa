// What a decoder said, as one number: equal for equal events, however the content between them came in pieces.
//
// Good for one process: the hash has a seed of its own in each.

import WireBytes

/// A digest of a decoder's events.
struct EventDigest {
  private var hasher = Hasher()
  /// What goes on with the next piece of its kind.
  private var open: PieceKind?
  /// Events so far; content in pieces counts once.
  private(set) var count = 0

  /// Takes an event of a decoder, with the bytes beside it.
  mutating func take(_ event: some DecodedEvent, _ bytes: RawSpan) {
    guard let piece = event.piece else { return add(event, bytes) }
    guard bytes.byteCount > 0 else { return }
    if open != piece {
      open = piece
      count += 1
      hasher.combine(event)
    }
    combine(bytes)
  }

  /// Takes anything, with the bytes beside it.
  mutating func add(_ value: some Hashable, _ bytes: RawSpan = RawSpan()) {
    open = nil
    count += 1
    hasher.combine(value)
    hasher.combine(bytes.byteCount)
    combine(bytes)
  }

  private mutating func combine(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
  }

  /// The number.
  var value: Int { hasher.finalize() }
}
