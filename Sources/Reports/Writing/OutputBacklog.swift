// Output that waits for who reads it, within a bound.
//
// Traffic does not wait for a reader: what comes while too much waits is left out, in whole pieces, and counted.

/// Pieces of output that nobody has taken yet, in their order.
package struct OutputBacklog: Sendable {
  private var bytes: [UInt8] = []
  /// Where in `bytes` what waits begins.
  private var start = 0
  private let limit: Int
  /// What was left out, in bytes.
  package private(set) var droppedByteCount = 0

  /// - Parameter limit: How many bytes may wait before pieces are left out; the last one that is kept may go beyond.
  package init(limit: Int = 16 << 20) { self.limit = limit }

  package var isEmpty: Bool { start == bytes.count }

  /// What is to be written next.
  package var waiting: ArraySlice<UInt8> { bytes[start...] }

  /// Adds a piece that is whole in itself.
  ///
  /// - Parameter written: How many bytes of it were written already: the rest must follow, whatever waits.
  package mutating func add(_ piece: ArraySlice<UInt8>, written: Int = 0) {
    guard written > 0 || bytes.count - start < limit else {
      droppedByteCount += piece.count
      return
    }
    bytes.append(contentsOf: piece.dropFirst(written))
  }

  /// Takes note that the first of the bytes that wait were written.
  package mutating func remove(_ count: Int) {
    start += count
    // What was written is let go of when it is half of everything, so that each byte is moved once at most.
    guard start > bytes.count / 2 else { return }
    bytes.removeFirst(start)
    start = 0
    if bytes.isEmpty { bytes = [] }
  }

  /// Leaves out all that waits.
  package mutating func drop() {
    droppedByteCount += bytes.count - start
    (bytes, start) = ([], 0)
  }
}
