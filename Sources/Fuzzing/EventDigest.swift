// What a decoder said, as one number: equal for equal events, however the content between them came in pieces.
//
// Good for one process: the hash has a seed of its own in each.

import WireBytes

/// A digest of a decoder's events.
struct EventDigest {
  private var hasher = Hasher()
  /// The kind of content that goes on; 0 where the next piece begins some.
  private var openContent: UInt8 = 0
  /// Events so far; content in pieces counts once.
  private(set) var count = 0

  /// Takes an event, with the bytes beside it.
  mutating func add(_ event: some Hashable, _ bytes: RawSpan = RawSpan()) {
    openContent = 0
    count += 1
    hasher.combine(event)
    hasher.combine(bytes.byteCount)
    combine(bytes)
  }

  /// Takes a piece of content of some kind, not 0; the next piece of that kind goes on with it.
  mutating func addPiece(_ kind: UInt8, at offset: StreamOffset = 0, _ bytes: RawSpan) {
    guard bytes.byteCount > 0 else { return }
    if openContent != kind {
      openContent = kind
      count += 1
      hasher.combine(kind)
      hasher.combine(offset)
    }
    combine(bytes)
  }

  private mutating func combine(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
  }

  /// The number.
  var value: Int { hasher.finalize() }
}
