// The grammars that the reference HTTP server holds a request against. Pure functions over owned bytes.
//
// Its own, not the codec's: what the tester misreads, the server that it is tested with shall not misread too.

internal import WireBytes

/// Grammars of RFC 9110, RFC 9112 and RFC 3986.
enum HTTPSyntax {
  static func isToken(_ bytes: some Collection<UInt8>) -> Bool {
    !bytes.isEmpty && bytes.allSatisfy { ASCII.isTokenByte($0) }
  }

  /// White space between the words of a request line, as lenient recipients take it.
  ///
  /// Spec: RFC 9112 section 3.
  static func isLineSpace(_ byte: UInt8) -> Bool {
    byte == ASCII.space || byte == ASCII.tab || byte == 0x0B || byte == 0x0C || byte == ASCII.cr
  }

  static func isBlank(_ byte: UInt8) -> Bool { byte == ASCII.space || byte == ASCII.tab }

  /// Whether a byte is a control byte other than HTAB.
  static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 && byte != ASCII.tab || byte == 0x7F }

  /// The number of hexadecimal digits; nil where there are none, other bytes among them, or more than fit.
  static func hexNumber(_ digits: some Collection<UInt8>) -> UInt64? {
    guard !digits.isEmpty else { return nil }
    var value: UInt64 = 0
    for byte in digits {
      guard let digit = ASCII.hexValue(byte), value >> 60 == 0 else { return nil }
      value = value << 4 | UInt64(digit)
    }
    return value
  }

  /// Whether the bytes are a host, with a port or without.
  ///
  /// Spec: RFC 9112 section 3.2; RFC 3986 section 3.2.
  static func isHost(_ bytes: [UInt8]) -> Bool {
    guard let end = hostEnd(bytes), end > 0 else { return false }
    return end == bytes.count || isPort(bytes[(end + 1)...], mayBeEmpty: true)
  }

  /// Whether the bytes are a host and a port, as CONNECT names them.
  ///
  /// Spec: RFC 9110 section 9.3.6.
  static func isAuthority(_ bytes: [UInt8]) -> Bool {
    guard let end = hostEnd(bytes), end > 0, end < bytes.count else { return false }
    return isPort(bytes[(end + 1)...], mayBeEmpty: false)
  }

  /// Where the host ends: at its colon, or at the end; nil where it is none.
  private static func hostEnd(_ bytes: [UInt8]) -> Int? {
    guard bytes.first == 0x5B else {
      let end = bytes.firstIndex(of: ASCII.colon) ?? bytes.count
      return isName(bytes[..<end]) ? end : nil
    }
    guard let bracket = bytes.firstIndex(of: 0x5D), isIPv6(bytes[1..<bracket]) else { return nil }
    let end = bracket + 1
    return end == bytes.count || bytes[end] == ASCII.colon ? end : nil
  }

  private static func isPort(_ bytes: ArraySlice<UInt8>, mayBeEmpty: Bool) -> Bool {
    if bytes.isEmpty { return mayBeEmpty }
    return bytes.allSatisfy(ASCII.isDigit)
  }

  /// Spec: RFC 3986 section 3.2.2, `reg-name`.
  private static func isName(_ bytes: ArraySlice<UInt8>) -> Bool {
    var rest = bytes
    while let byte = rest.popFirst() {
      if byte == 0x25 {
        guard rest.count >= 2, rest.prefix(2).allSatisfy({ ASCII.hexValue($0) != nil }) else { return false }
        rest = rest.dropFirst(2)
      } else if !"-._~!$&'()*+,;=".utf8.contains(byte) {
        guard ASCII.isDigit(byte) || ASCII.lowercased(byte) &- 0x61 < 26 else { return false }
      }
    }
    return true
  }

  /// Whether the bytes are an address of IPv6: groups of one to four digits, eight of them or fewer around one `::`.
  private static func isIPv6(_ bytes: ArraySlice<UInt8>) -> Bool {
    let text = String(decoding: bytes, as: UTF8.self)
    let halves = text.split(separator: "::", omittingEmptySubsequences: false)
    guard halves.count <= 2 else { return false }
    var count = 0
    for half in halves where !half.isEmpty {
      let groups = half.split(separator: ":", omittingEmptySubsequences: false)
      for (index, group) in groups.enumerated() {
        if index == groups.count - 1, half == halves.last, group.contains(".") {
          count += 2
          let octets = group.split(separator: ".", omittingEmptySubsequences: false)
          guard octets.count == 4, octets.allSatisfy({ UInt8($0) != nil }) else { return false }
        } else {
          count += 1
          guard 1...4 ~= group.count, group.utf8.allSatisfy({ ASCII.hexValue($0) != nil }) else { return false }
        }
      }
    }
    return halves.count == 2 ? count < 8 : count == 8
  }

  /// Whether the bytes are what a path and a query may hold.
  ///
  /// Spec: RFC 3986 sections 3.3 and 3.4.
  static func isPathAndQuery(_ bytes: some Collection<UInt8>) -> Bool {
    var rest = Array(bytes)[...]
    while let byte = rest.popFirst() {
      if "\"<>[]\\^`{|}".utf8.contains(byte) { return false }
      guard byte == 0x25 else { continue }
      guard rest.count >= 2, rest.prefix(2).allSatisfy({ ASCII.hexValue($0) != nil }) else { return false }
      rest = rest.dropFirst(2)
    }
    return true
  }

  /// Whether what stands behind a chunk's size is nothing, or extensions.
  ///
  /// Spec: RFC 9112 section 7.1.1.
  static func isExtensions(_ bytes: some Collection<UInt8>) -> Bool {
    var rest = Array(bytes)[...]
    func skipBlanks() { rest = rest.drop(while: isBlank) }
    func skipToken() -> Bool {
      let token = rest.prefix { ASCII.isTokenByte($0) }
      rest = rest.dropFirst(token.count)
      return !token.isEmpty
    }
    while !rest.isEmpty {
      skipBlanks()
      guard rest.popFirst() == 0x3B else { return false }
      skipBlanks()
      guard skipToken() else { return false }
      let isLast = rest.isEmpty
      skipBlanks()
      if rest.first == 0x3D {
        rest = rest.dropFirst()
        skipBlanks()
        guard rest.first == 0x22 ? skipQuoted(&rest) : skipToken() else { return false }
      } else if rest.isEmpty {
        return isLast
      }
    }
    return true
  }

  private static func skipQuoted(_ rest: inout ArraySlice<UInt8>) -> Bool {
    rest = rest.dropFirst()
    while let byte = rest.popFirst() {
      switch byte {
      case 0x22: return true
      case 0x5C: guard let quoted = rest.popFirst(), !isControl(quoted) else { return false }
      default: if isControl(byte) { return false }
      }
    }
    return false
  }
}
