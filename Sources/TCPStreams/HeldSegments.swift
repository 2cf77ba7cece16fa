// Data that waits for an earlier segment, or for what its sender had heard before.
//
// A sorted list of pieces that do not overlap: the first copy of every byte is kept, later ones are compared with it.
// The bounds and the order of declaring losses are the reassembler's.

import WireBytes

/// Data of one direction that is ahead of a hole, or answers bytes of the other direction that were not seen.
struct HeldSegments: Sendable {
  /// A run of bytes behind a hole.
  struct Piece: Sendable {
    var sequence: UInt32
    /// What was captured of it.
    var bytes: [UInt8]
    /// Its length on the wire.
    var byteCount: Int
    /// What its sender had received of the other direction; nil where the packet does not say.
    var acknowledgement: UInt32?
    var origin: Origin
  }

  /// What became of a segment.
  struct Insertion {
    /// Bytes of it that were new.
    var added = 0
    /// Where later copies differ: position from the next byte expected, and length.
    var conflicts: [(position: Int, byteCount: Int)] = []
  }

  /// The direction that waits: twice the slot, plus 1 for responses.
  var direction = 0
  /// Since when the first hole is waited for.
  var since: Timestamp = .zero
  /// In order of sequence, without overlaps.
  var pieces: [Piece] = []
  /// What counts against the bounds.
  private(set) var charge = 0

  /// What a piece costs beside its bytes.
  private static let overhead = 96

  /// Keeps those bytes of a segment that are not held yet.
  ///
  /// - Parameters:
  ///   - position: The segment's distance from `next`, not negative.
  ///   - payload: What was captured of it.
  ///   - byteCount: Its length on the wire, at least `payload`'s.
  /// - Complexity: O(log pieces + overlaps), and a move of the pieces behind it.
  mutating func insert(
    at position: Int, payload: RawSpan, byteCount: Int, next: UInt32, acknowledgement: UInt32?, origin: Origin
  ) -> Insertion {
    /// Bytes of the segment that are new.
    func piece(_ range: Range<Int>) -> Piece {
      let start = min(range.lowerBound - position, payload.byteCount)
      let end = min(range.upperBound - position, payload.byteCount)
      return Piece(
        sequence: next &+ UInt32(truncatingIfNeeded: range.lowerBound),
        bytes: payload.extracting(start..<end).copied(), byteCount: range.count, acknowledgement: acknowledgement,
        origin: origin)
    }
    var result = Insertion()
    var low = position
    let high = position + byteCount
    var index = firstPiece(endingAfter: low, next: next)
    while low < high {
      let start = index < pieces.count ? Int(pieces[index].sequence &- next) : high
      if start >= high {
        result.added += high - low
        insert(piece(low..<high), at: index)
        break
      }
      if start > low {
        result.added += start - low
        insert(piece(low..<start), at: index)
        index += 1
        low = start
      }
      let end = start + pieces[index].byteCount
      let overlap = low..<min(high, end)
      if differs(overlap, from: pieces[index], startingAt: start, payload: payload, payloadAt: position) {
        result.conflicts.append((overlap.lowerBound, overlap.count))
      }
      low = end
      index += 1
    }
    return result
  }

  /// Forgets the first `count` pieces.
  mutating func removeFirst(_ count: Int) {
    for index in 0..<count { charge -= pieces[index].bytes.count + HeldSegments.overhead }
    pieces.removeFirst(count)
  }

  /// The index of the first piece whose end lies after `position`.
  private func firstPiece(endingAfter position: Int, next: UInt32) -> Int {
    var low = 0
    var high = pieces.count
    while low < high {
      let middle = (low + high) / 2
      if Int(pieces[middle].sequence &- next) + pieces[middle].byteCount > position {
        high = middle
      } else {
        low = middle + 1
      }
    }
    return low
  }

  private mutating func insert(_ piece: Piece, at index: Int) {
    charge += piece.bytes.count + HeldSegments.overhead
    pieces.insert(piece, at: index)
  }

  /// Whether both copies of `range` were captured, at least in part, and differ.
  private func differs(
    _ range: Range<Int>, from piece: Piece, startingAt start: Int, payload: RawSpan, payloadAt position: Int
  ) -> Bool {
    let end = min(range.upperBound, start + piece.bytes.count, position + payload.byteCount)
    var index = range.lowerBound
    while index < end {
      if piece.bytes[index - start] != payload.u8(at: index - position) { return true }
      index += 1
    }
    return false
  }
}
