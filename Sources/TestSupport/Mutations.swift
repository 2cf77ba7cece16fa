// Small damage to bytes: what a fuzzer does to valid input.
//
// Knows bytes, integers and digits; no protocol.

public import WireBytes

/// Ways of damaging bytes.
public enum Mutations {
  /// One kind of damage.
  public enum Kind: CaseIterable, Sendable {
    /// Flips one bit.
    case bitFlip
    /// Overwrites a byte with one that grammars care about, or any other.
    case overwrite
    /// Inserts up to 8 bytes.
    case insert
    /// Deletes a stretch.
    case delete
    /// Repeats a stretch right after itself.
    case duplicate
    /// Continues with the end of another input.
    case splice
    /// Cuts the end off.
    case truncate
    /// Overwrites 1, 2, 4 or 8 bytes with an extreme big-endian or little-endian integer.
    case binaryExtreme
    /// Replaces a run of digits by an extreme number in decimal or hexadecimal digits.
    case textExtreme
  }

  /// Bytes that grammars treat in a way of their own.
  public static let remarkableBytes: [UInt8] = [
    0x00, 0x01, 0x09, 0x0A, 0x0D, 0x20, 0x22, 0x2C, 0x2F, 0x30, 0x39, 0x3A, 0x3B, 0x3D, 0x5C, 0x7F, 0x80, 0xFF,
  ]
  /// Numbers at the edges of integers, in digits.
  public static let remarkableNumbers: [String] = [
    "0", "00", "1", "-1", "+1", "127", "128", "255", "256", "65535", "65536", "2147483647", "2147483648",
    "4294967295", "4294967296", "9223372036854775807", "9223372036854775808", "18446744073709551615",
    "18446744073709551616", "7fffffffffffffff", "8000000000000000", "ffffffffffffffff", "10000000000000000",
    "99999999999999999999999999",
  ]
  private static let remarkableIntegers: [UInt64] = [
    0, 1, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x1_0000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF,
    0x1_0000_0000, 0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, .max,
  ]

  /// Damages `bytes` in one to four places.
  ///
  /// - Parameters:
  ///   - bytes: What is damaged.
  ///   - others: Inputs to splice with; may be empty.
  ///   - limit: The length that the result does not exceed, except where `bytes` did.
  ///   - generator: Decides how, and where.
  public static func damage(
    _ bytes: inout [UInt8], splicingWith others: [[UInt8]] = [], limit: Int = 4096,
    using generator: inout SeededGenerator
  ) {
    let limit = max(limit, bytes.count)
    for _ in 0...generator.below(4) {
      let kind = Kind.allCases[generator.below(Kind.allCases.count)]
      apply(kind, to: &bytes, others, using: &generator)
    }
    if bytes.count > limit { bytes.removeLast(bytes.count - limit) }
  }

  /// Applies one kind of damage at a random place.
  ///
  /// Empty input only ever grows.
  public static func apply(
    _ kind: Kind, to bytes: inout [UInt8], _ others: [[UInt8]] = [], using generator: inout SeededGenerator
  ) {
    let count = bytes.count
    let place = generator.below(count)
    switch kind {
    case .bitFlip where count > 0:
      bytes[place] ^= 1 << UInt8(generator.below(8))
    case .overwrite where count > 0:
      bytes[place] = anyByte(using: &generator)
    case .delete where count > 0:
      bytes.removeSubrange(place..<(place + 1 + generator.below(min(16, count - place))))
    case .duplicate where count > 0:
      let stretch = Array(bytes[place..<(place + 1 + generator.below(min(64, count - place)))])
      bytes.insert(contentsOf: stretch, at: place + stretch.count)
    case .truncate where count > 0:
      bytes.removeLast(count - place)
    case .splice where !others.isEmpty:
      let other = others[generator.below(others.count)]
      bytes.replaceSubrange(place..<count, with: other.suffix(generator.below(other.count + 1)))
    case .binaryExtreme where count > 0:
      let width = min(1 << generator.below(4), count - place)
      let value = remarkableIntegers[generator.below(remarkableIntegers.count)]
      let isBig = generator.below(2) == 0
      for step in 0..<width {
        let shift = UInt64(8 * (isBig ? width - 1 - step : step))
        bytes[place + step] = UInt8(truncatingIfNeeded: value >> shift)
      }
    case .textExtreme where count > 0:
      replaceDigits(in: &bytes, after: place, using: &generator)
    default:
      let inserted = (0...generator.below(8)).map { _ in anyByte(using: &generator) }
      bytes.insert(contentsOf: inserted, at: place)
    }
  }

  private static func anyByte(using generator: inout SeededGenerator) -> UInt8 {
    generator.below(2) == 0
      ? remarkableBytes[generator.below(remarkableBytes.count)] : UInt8(truncatingIfNeeded: generator.next())
  }

  private static func replaceDigits(
    in bytes: inout [UInt8], after place: Int, using generator: inout SeededGenerator
  ) {
    func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
    guard let start = bytes[place...].firstIndex(where: isDigit) else { return }
    let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.count
    let number = remarkableNumbers[generator.below(remarkableNumbers.count)]
    bytes.replaceSubrange(start..<end, with: number.utf8)
  }
}
