// The bytes of a connection as they came, within a bound: for writing them out as text.
//
// Filled by whoever feeds the conversations; nothing here decodes.

package import WireBytes

/// What passed over a connection, in the order in which it was seen.
package struct WireLog: Hashable, Sendable {
  /// One thing that passed.
  package enum Piece: Hashable, Sendable {
    /// Bytes of one direction, the first of them at `offset` of it; their place in ``bytes``.
    case bytes(Direction, offset: StreamOffset, Range<Int>)
    /// Bytes that the capture lost.
    case gap(Direction, byteCount: UInt64)
    case closed(Direction, Closing)
    /// The bound was reached: nothing after this was kept.
    case cut
  }

  package private(set) var pieces: [Piece] = []
  /// The bytes of all pieces.
  package private(set) var bytes: [UInt8] = []
  private var offsets: [StreamOffset] = [0, 0]
  private var isCut = false
  /// How many pieces are kept.
  private static let pieceLimit = 65_536

  package init() {}

  /// The memory that it takes besides itself, but for its lists' spare room.
  package var heldByteCount: Int { bytes.count &+ pieces.count &* MemoryLayout<Piece>.stride }

  /// Takes the next bytes of a direction; keeps at most `limit` in all.
  package mutating func append(_ span: RawSpan, _ direction: Direction, limit: Int) {
    guard !isCut else { return }
    guard bytes.count &+ span.byteCount <= limit, pieces.count < Self.pieceLimit else { return cut() }
    let side = Int(direction.rawValue), start = bytes.count
    bytes.append(contentsOf: span)
    if case .bytes(direction, let offset, let range)? = pieces.last {
      pieces[pieces.count - 1] = .bytes(direction, offset: offset, range.lowerBound..<bytes.count)
    } else {
      pieces.append(.bytes(direction, offset: offsets[side], start..<bytes.count))
    }
    offsets[side] &+= UInt64(span.byteCount)
  }

  /// Takes note of lost bytes.
  package mutating func skip(_ byteCount: UInt64, _ direction: Direction) {
    guard !isCut, pieces.count < Self.pieceLimit else { return cut() }
    pieces.append(.gap(direction, byteCount: byteCount))
    offsets[Int(direction.rawValue)] &+= byteCount
  }

  /// Takes note of an end.
  package mutating func close(_ direction: Direction, _ closing: Closing) {
    if !isCut { pieces.append(.closed(direction, closing)) }
  }

  private mutating func cut() {
    if !isCut { pieces.append(.cut) }
    isCut = true
  }
}
