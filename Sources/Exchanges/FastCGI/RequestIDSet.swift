// A set of FastCGI request IDs: a bit for each, so that a connection that uses all of them takes 8 KB for it.

/// Request IDs of one connection.
struct RequestIDSet: Sendable {
  private var words: [UInt64] = []

  /// The memory that it takes besides itself, in bytes.
  var heldByteCount: Int { words.capacity &* 8 }

  @inline(__always)
  func contains(_ id: UInt16) -> Bool {
    let index = Int(id >> 6)
    return index < words.count && words[index] & (1 &<< UInt64(id & 63)) != 0
  }

  mutating func insert(_ id: UInt16) {
    let index = Int(id >> 6)
    while words.count <= index { words.append(0) }
    words[index] |= 1 &<< UInt64(id & 63)
  }

  mutating func remove(_ id: UInt16) {
    guard contains(id) else { return }
    words[Int(id >> 6)] &= ~(1 &<< UInt64(id & 63))
  }

  var isEmpty: Bool { words.allSatisfy { $0 == 0 } }
}
