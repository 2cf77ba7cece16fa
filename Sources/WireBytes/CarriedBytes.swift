// The tail of a unit that a chunk cut.
//
// Decoders see the bytes of a chunk in place; only a header, a length or a line that the chunk's end cuts is
// copied here, within a bound.

/// A bounded buffer for the beginning of a unit (a header, a line) whose rest has not arrived yet.
public struct CarriedBytes: Sendable {
  /// The bytes carried so far.
  public private(set) var bytes: [UInt8] = []
  /// The most bytes that are kept; `append` refuses more.
  public let limit: Int

  /// - Parameter limit: The bound in bytes, at least 1.
  public init(limit: Int) {
    precondition(limit > 0, "a carried unit needs room for at least one byte")
    self.limit = limit
  }

  /// Whether nothing is carried.
  public var isEmpty: Bool { bytes.isEmpty }
  /// How many bytes are carried.
  public var count: Int { bytes.count }

  /// Appends as much of `span` as the bound allows.
  ///
  /// - Returns: How many bytes were taken, `0...span.byteCount`.
  public mutating func append(_ span: RawSpan) -> Int {
    let taken = min(span.byteCount, limit &- bytes.count)
    if taken > 0 { bytes.append(contentsOf: span.extracting(first: taken)) }
    return taken
  }

  /// Forgets the bytes and keeps their storage.
  public mutating func clear() { bytes.removeAll(keepingCapacity: true) }
}
