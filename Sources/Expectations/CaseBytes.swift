// Bytes as a case holds them: what it sends, and what it expects to come back.
//
// Values only. How they are written in a fixture is read in Fixtures.

/// Bytes of a body, a value or a record's content, possibly too many to write out.
package enum Blob: Hashable, Sendable {
  case bytes([UInt8])
  /// `byte` repeated.
  case fill(byte: UInt8, count: Int)
  /// The probe's pattern: byte i is i mod 251.
  case pattern(count: Int)

  /// The most bytes where they are sent, or compared, as they are written.
  package static let writtenLimit = 4 << 20

  /// The bytes.
  package var bytes: [UInt8] {
    switch self {
    case .bytes(let bytes): bytes
    case .fill(let byte, let count): [UInt8](repeating: byte, count: count)
    case .pattern(let count): Self.patternBytes(count)
    }
  }

  /// Whole periods at a time, so that a large pattern costs little in debug builds too.
  private static func patternBytes(_ count: Int) -> [UInt8] {
    let period = [UInt8](0..<251)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count { bytes.append(contentsOf: period.prefix(count - bytes.count)) }
    return bytes
  }

  package var count: Int {
    switch self {
    case .bytes(let bytes): bytes.count
    case .fill(_, let count), .pattern(let count): count
    }
  }
}

/// A name and a value as bytes; the value may be long.
package struct Pair: Hashable, Sendable {
  package var name: Blob
  package var value: Blob
  /// Write both lengths in the four-byte form even where one byte would do.
  package var longForm: Bool

  package init(name: Blob, value: Blob, longForm: Bool = false) {
    self.name = name
    self.value = value
    self.longForm = longForm
  }
}
