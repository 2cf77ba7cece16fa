// Byte classes of ASCII and of HTTP's grammar, as table look-ups.
//
// Only classes of single bytes; grammars of more than one byte belong to the codecs.

/// Single-byte classes and conversions.
public enum ASCII {
  /// HT.
  public static let tab: UInt8 = 0x09
  /// LF.
  public static let lf: UInt8 = 0x0A
  /// CR.
  public static let cr: UInt8 = 0x0D
  /// SP.
  public static let space: UInt8 = 0x20
  /// The colon.
  public static let colon: UInt8 = 0x3A

  /// `byte`, with an upper-case ASCII letter made lower-case.
  @inlinable @inline(__always)
  public static func lowercased(_ byte: UInt8) -> UInt8 {
    byte &- 0x41 < 26 ? byte | 0x20 : byte
  }

  /// Whether `byte` is `0` to `9`.
  @inlinable @inline(__always)
  public static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  /// The value of a hexadecimal digit in either case, or nil.
  @inlinable
  public static func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte &- 0x30
    case 0x41...0x46: byte &- 0x41 &+ 10
    case 0x61...0x66: byte &- 0x61 &+ 10
    default: nil
    }
  }

  /// Whether `byte` may stand in a token (a method, a field name).
  ///
  /// Spec: RFC 9110 section 5.6.2.
  @inlinable @inline(__always)
  public static func isTokenByte(_ byte: UInt8) -> Bool {
    byte < 128 && (byte < 64 ? tokenLow : tokenHigh) & (1 &<< UInt64(byte & 63)) != 0
  }

  /// Token bytes 0 to 63, one bit each: `! # $ % & ' * + - .` and the digits.
  @usableFromInline static let tokenLow: UInt64 = 0x03ff6cfa00000000
  /// Token bytes 64 to 127: letters and `^ _ ` | ~`.
  @usableFromInline static let tokenHigh: UInt64 = 0x57ffffffc7fffffe
}
