// Owned bytes taken for ASCII text: their case, and what percent signs stand for.
//
// Not for the hot path, which works on spans.

extension Collection<UInt8> {
  /// The bytes with upper-case ASCII letters made lower-case.
  package var lowercasedASCII: [UInt8] { map { ASCII.lowercased($0) } }

  /// Whether the bytes are the same, the case of ASCII letters ignored.
  package func equalsIgnoringCase(_ other: some Collection<UInt8>) -> Bool {
    count == other.count && zip(self, other).allSatisfy { ASCII.lowercased($0) == ASCII.lowercased($1) }
  }

  /// The bytes with each `%` and two hexadecimal digits made the byte they stand for; other `%` stay.
  package var percentDecoded: [UInt8] {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(count)
    var rest = self[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(2)
      if byte == 0x25, digits.count == 2, let high = digits.first.flatMap(ASCII.hexValue),
        let low = digits.dropFirst().first.flatMap(ASCII.hexValue)
      {
        decoded.append(high << 4 | low)
        rest = rest.dropFirst(2)
      } else {
        decoded.append(byte)
      }
    }
    return decoded
  }
}
