// Internet addresses and the ends of TCP connections as fixed-size values.
//
// Values and their text only: no name look-ups, no socket structures. Both families share one type, so that a
// flow's key needs no allocation and no existential. A text is made without memory of its own, for it is printed with
// every exchange.

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The version of the Internet Protocol.
package enum IPVersion: UInt8, Hashable, Sendable {
  case v4 = 4
  case v6 = 6
}

/// An IPv4 or IPv6 address.
///
/// An IPv4 address stands in the low 32 bits of `low`. An IPv4-mapped IPv6 address is a different value from the
/// IPv4 address in it: they are different packets.
package struct IPAddress: Hashable, Sendable {
  /// Bytes 0 to 7 of an IPv6 address; 0 for IPv4.
  package var high: UInt64
  /// Bytes 8 to 15 of an IPv6 address, or the IPv4 address.
  package var low: UInt64
  package var version: IPVersion

  /// The IPv6 address with the given halves, in the order of their bytes.
  @inlinable @inline(__always)
  package init(v6High high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
    version = .v6
  }

  /// The IPv4 address `a.b.c.d`, given as `0xaabbccdd`.
  @inlinable @inline(__always)
  package init(v4 address: UInt32) {
    high = 0
    low = UInt64(address)
    version = .v4
  }

  /// The address that `text` writes: dotted IPv4 or any spelling of IPv6 without a zone; nil for anything else.
  package init?(_ text: String) {
    var v4 = in_addr()
    if unsafe inet_pton(AF_INET, text, &v4) == 1 {
      self.init(v4: UInt32(bigEndian: v4.s_addr))
      return
    }
    var halves: (UInt64, UInt64) = (0, 0)
    guard unsafe inet_pton(AF_INET6, text, &halves) == 1 else { return nil }
    self.init(v6High: UInt64(bigEndian: halves.0), low: UInt64(bigEndian: halves.1))
  }

  /// The address that bytes of the wire write; nil for anything else.
  package init?(text: RawSpan) {
    if let address = Self.dotted(text) {
      self.init(v4: address)
    } else {
      // Only IPv6 has colons; a text of another kind is told apart without a copy.
      guard text.firstIndex(of: 0x3A) != nil, text.byteCount < 46 else { return nil }
      self.init(String(decoding: text.copied(), as: UTF8.self))
    }
  }

  /// The four numbers of a dotted IPv4 address, none of them with a zero before it.
  private static func dotted(_ text: RawSpan) -> UInt32? {
    var address: UInt32 = 0
    var (number, digits, dots) = (UInt32(0), 0, 0)
    for index in 0..<text.byteCount {
      let byte = text.u8(at: index)
      if byte == 0x2E {
        guard digits > 0, dots < 3 else { return nil }
        address = address << 8 | number
        (number, digits, dots) = (0, 0, dots + 1)
      } else {
        guard 0x30...0x39 ~= byte, digits == 0 || number > 0 else { return nil }
        number = number * 10 + UInt32(byte & 0xF)
        guard number < 256 else { return nil }
        digits += 1
      }
    }
    return digits > 0 && dots == 3 ? address << 8 | number : nil
  }

  /// The eight 16-bit groups of an IPv6 address, first group first.
  package func group(_ index: Int) -> UInt16 {
    let half = index < 4 ? high : low
    return UInt16(truncatingIfNeeded: half >> UInt64(48 - 16 * (index & 3)))
  }

  /// The byte at `index`, in the order of the wire: 0 to 3 for IPv4, 0 to 15 for IPv6.
  package func byte(_ index: Int) -> UInt8 {
    switch version {
    case .v4: UInt8(truncatingIfNeeded: low >> UInt64(24 - 8 * (index & 3)))
    case .v6: UInt8(truncatingIfNeeded: (index < 8 ? high : low) >> UInt64(56 - 8 * (index & 7)))
    }
  }

  /// The bytes of the address on the wire: 4 or 16.
  package var byteCount: Int { version == .v4 ? 4 : 16 }
}

extension IPAddress: CustomStringConvertible {
  /// The canonical text: dotted decimal, or lower-case groups with the longest run of zero groups shortened.
  ///
  /// Spec: RFC 5952 sections 4 and 5.
  package var description: String { withText { String(decoding: $0.copied(), as: UTF8.self) } }

  /// Lends the canonical text to `body`.
  package func withText<Result>(_ body: (RawSpan) -> Result) -> Result {
    var text = AddressText()
    text.append(self)
    return text.lend(body)
  }
}

/// An address and a TCP port: one end of a connection.
package struct IPEndpoint: Hashable, Sendable, CustomStringConvertible {
  package var address: IPAddress
  package var port: UInt16

  @inlinable @inline(__always)
  package init(_ address: IPAddress, port: UInt16) {
    self.address = address
    self.port = port
  }

  /// `192.0.2.1:80` or `[2001:db8::1]:80`.
  package var description: String { withText { String(decoding: $0.copied(), as: UTF8.self) } }

  /// Lends the text to `body`.
  package func withText<Result>(_ body: (RawSpan) -> Result) -> Result {
    var text = AddressText()
    if address.version == .v6 { text.append(byte: UInt8(ascii: "[")) }
    text.append(address)
    if address.version == .v6 { text.append(byte: UInt8(ascii: "]")) }
    text.append(byte: UInt8(ascii: ":"))
    text.append(decimal: port)
    return text.lend(body)
  }
}

/// A text on its way, in memory of the stack.
private struct AddressText {
  /// More than the longest text takes: 39 bytes of an address, two brackets, a colon and five digits.
  private var bytes = InlineArray<48, UInt8>(repeating: 0)
  private var count = 0

  func lend<Result>(_ body: (RawSpan) -> Result) -> Result { unsafe body(bytes.span.bytes.extracting(first: count)) }

  mutating func append(byte: UInt8) {
    bytes[count] = byte
    count &+= 1
  }

  /// Divides by constants only, which costs a multiplication each: an address is printed with every exchange.
  mutating func append(decimal number: UInt16) {
    if number >= 10_000 { append(digit: number / 10_000) }
    if number >= 1_000 { append(digit: number / 1_000 % 10) }
    if number >= 100 { append(digit: number / 100 % 10) }
    if number >= 10 { append(digit: number / 10 % 10) }
    append(digit: number % 10)
  }

  @inline(__always)
  private mutating func append(digit: UInt16) { append(byte: UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit)) }

  private mutating func append(hex number: UInt16) {
    var shift = number < 0x10 ? 0 : number < 0x100 ? 4 : number < 0x1000 ? 8 : 12
    while shift >= 0 {
      let digit = UInt8(truncatingIfNeeded: number >> UInt16(shift) & 0xF)
      append(byte: digit < 10 ? UInt8(ascii: "0") &+ digit : UInt8(ascii: "a") &+ digit &- 10)
      shift -= 4
    }
  }

  mutating func append(_ address: IPAddress) {
    switch address.version {
    case .v4:
      for index in 0..<4 {
        if index > 0 { append(byte: UInt8(ascii: ".")) }
        append(decimal: UInt16(address.byte(index)))
      }
    // An IPv4-mapped address keeps its IPv4 part readable.
    case .v6 where address.high == 0 && address.low >> 32 == 0xFFFF:
      for byte in "::ffff:".utf8 { append(byte: byte) }
      append(IPAddress(v4: UInt32(truncatingIfNeeded: address.low)))
    case .v6: append(groupsOf: address)
    }
  }

  private mutating func append(groupsOf address: IPAddress) {
    let shortened = address.longestZeroRun
    var index = 0
    while index < 8 {
      if index == shortened.lowerBound, !shortened.isEmpty {
        append(byte: UInt8(ascii: ":"))
        append(byte: UInt8(ascii: ":"))
        index = shortened.upperBound
        continue
      }
      if index > 0, index != shortened.upperBound || shortened.isEmpty { append(byte: UInt8(ascii: ":")) }
      append(hex: address.group(index))
      index += 1
    }
  }
}

extension IPAddress {
  /// The first of the longest runs of at least two zero groups; empty when there is none.
  fileprivate var longestZeroRun: Range<Int> {
    var best = 0..<0
    var index = 0
    while index < 8 {
      guard group(index) == 0 else {
        index += 1
        continue
      }
      let start = index
      while index < 8, group(index) == 0 { index += 1 }
      if index - start > max(best.count, 1) { best = start..<index }
    }
    return best
  }
}
