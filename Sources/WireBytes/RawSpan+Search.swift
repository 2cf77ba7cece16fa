// Searching and comparing borrowed bytes, at the speed of the C library.
//
// What lives here knows bytes and ASCII; it knows no protocol's grammar.

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

extension RawSpan {
  /// The index of the first `byte` in `range`, or nil.
  ///
  /// - Complexity: O(n), by `memchr`.
  public func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
    guard !range.isEmpty else { return nil }
    return unsafe extracting(range).withUnsafeBytes { bytes -> Int? in
      guard let base = bytes.baseAddress, let hit = unsafe memchr(base, Int32(byte), bytes.count) else { return nil }
      return range.lowerBound &+ (unsafe UnsafeRawPointer(hit) - base)
    }
  }

  /// The index of the first `byte` at or after `start`, or nil.
  @inlinable
  public func firstIndex(of byte: UInt8, from start: Int = 0) -> Int? {
    firstIndex(of: byte, in: start..<byteCount)
  }

  /// Whether the span holds exactly the bytes of `literal`.
  public func equals(_ literal: StaticString) -> Bool {
    guard byteCount == literal.utf8CodeUnitCount else { return false }
    return unsafe withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return true }
      return unsafe memcmp(base, literal.utf8Start, bytes.count) == 0
    }
  }

  /// Whether the span begins with the bytes of `literal`.
  public func hasPrefix(_ literal: StaticString) -> Bool {
    byteCount >= literal.utf8CodeUnitCount && extracting(first: literal.utf8CodeUnitCount).equals(literal)
  }

  /// Whether the span equals `literal` when ASCII letters are compared without their case.
  public func equalsIgnoringCase(_ literal: StaticString) -> Bool {
    let count = literal.utf8CodeUnitCount
    guard byteCount == count else { return false }
    for index in 0..<count
    where ASCII.lowercased(u8(at: index)) != ASCII.lowercased(unsafe literal.utf8Start[index]) { return false }
    return true
  }

  /// An owned copy of the bytes.
  ///
  /// Not for the hot path.
  public func copied() -> [UInt8] {
    unsafe withUnsafeBytes { unsafe [UInt8]($0) }
  }
}

extension [UInt8] {
  /// Appends the bytes of `span`.
  public mutating func append(contentsOf span: RawSpan) {
    unsafe span.withUnsafeBytes { unsafe append(contentsOf: $0) }
  }
}
