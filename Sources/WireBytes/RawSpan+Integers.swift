// Integer reads from borrowed bytes.
//
// The one file of the codecs with unchecked-type loads: every read here is bounds-checked by RawSpan and
// "unsafe" only because the standard library has no typed safe load yet. No protocol knowledge lives here.

extension RawSpan {
  /// The byte at `offset`.
  ///
  /// Traps when `offset` is outside the span.
  @inlinable @inline(__always)
  public func u8(at offset: Int) -> UInt8 { unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self) }

  /// The big-endian 16-bit integer at `offset`.
  ///
  /// Traps when fewer than 2 bytes remain.
  @inlinable @inline(__always)
  public func u16(at offset: Int) -> UInt16 {
    UInt16(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
  }

  /// The big-endian 32-bit integer at `offset`.
  ///
  /// Traps when fewer than 4 bytes remain.
  @inlinable @inline(__always)
  public func u32(at offset: Int) -> UInt32 {
    UInt32(bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  /// The little-endian 16-bit integer at `offset`.
  ///
  /// Traps when fewer than 2 bytes remain.
  @inlinable @inline(__always)
  public func u16le(at offset: Int) -> UInt16 {
    UInt16(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
  }

  /// The little-endian 32-bit integer at `offset`.
  ///
  /// Traps when fewer than 4 bytes remain.
  @inlinable @inline(__always)
  public func u32le(at offset: Int) -> UInt32 {
    UInt32(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }
}
