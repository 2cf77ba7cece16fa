// How bytes become the inside of a JSON string, such that the bytes can be had back.
//
// Two layers: the text (`\` doubled, `\xHH` for a byte that is not UTF-8; only for bytes of the wire), and JSON's own
// escapes around it. Plain ASCII, nearly everything there is, is copied in one go.

internal import WireBytes

extension TextBuffer {
  /// Appends `bytes` as the inside of a JSON string.
  ///
  /// Control characters, and characters that a terminal or an editor would obey instead of show, become `\uXXXX`.
  ///
  /// - Parameter isWire: Double every `\` and write a byte that is not UTF-8 as `\xHH`. Without it the bytes are a
  ///   text of ours, which is UTF-8.
  @inline(__always)
  mutating func appendJSON(_ bytes: RawSpan, isWire: Bool) {
    let plain = bytes.plainJSONPrefix
    append(bytes.extracting(first: plain))
    if plain < bytes.byteCount { appendEscaped(bytes, from: plain, isWire: isWire) }
  }

  private mutating func appendEscaped(_ bytes: RawSpan, from start: Int, isWire: Bool) {
    var index = start
    while index < bytes.byteCount {
      let byte = bytes.u8(at: index)
      if byte < 0x80 {
        appendEscaped(ascii: byte, isWire: isWire)
        index &+= 1
      } else if let (scalar, length) = bytes.scalar(at: index) {
        if scalar.isObeyedByTerminals {
          append(unicodeEscape: scalar)
        } else {
          append(bytes.extracting(index..<(index &+ length)))
        }
        index &+= length
      } else {
        append("\\\\x")
        append(hex: byte)
        index &+= 1
      }
    }
  }

  private mutating func appendEscaped(ascii byte: UInt8, isWire: Bool) {
    switch byte {
    case 0x22: append("\\\"")
    case 0x5C: if isWire { append(#"\\\\"#) } else { append(#"\\"#) }
    case 0x0A: append("\\n")
    case 0x0D: append("\\r")
    case 0x09: append("\\t")
    case 0x20..<0x7F: append(byte: byte)
    default: append(unicodeEscape: Unicode.Scalar(byte))
    }
  }

  /// `\uXXXX`, as two surrogates where one is not enough.
  private mutating func append(unicodeEscape scalar: Unicode.Scalar) {
    for unit in UTF16.encode(scalar) ?? .init() {
      append("\\u")
      append(hex: UInt8(truncatingIfNeeded: unit >> 8))
      append(hex: UInt8(truncatingIfNeeded: unit))
    }
  }
}

extension RawSpan {
  /// How many bytes from the beginning can stand in a JSON string as they are: printable ASCII but `"` and `\`.
  @inline(__always)
  var plainJSONPrefix: Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs: UInt64 = 0x8080_8080_8080_8080
    var index = 0
    while byteCount &- index >= 8 {
      let word = unsafe unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
      let quote = word ^ (ones &* 0x22)
      let backslash = word ^ (ones &* 0x5C)
      let delete = word ^ (ones &* 0x7F)
      // A byte's high bit is set where it is below 0x20, or equals one of the three; bytes from 0x80 count anyway.
      let odd =
        (word &- ones &* 0x20) | (quote &- ones) | (backslash &- ones) | (delete &- ones) | word
      if odd & highs != 0 { break }
      index &+= 8
    }
    while index < byteCount {
      let byte = u8(at: index)
      guard byte >= 0x20, byte < 0x7F, byte != 0x22, byte != 0x5C else { break }
      index &+= 1
    }
    return index
  }

  /// The scalar whose shortest UTF-8 form begins at `index`, and its length; nil where the bytes are not UTF-8.
  fileprivate func scalar(at index: Int) -> (Unicode.Scalar, Int)? {
    let lead = u8(at: index)
    let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
    guard lead >= 0xC2, lead <= 0xF4, byteCount &- index >= length else { return nil }
    var value = UInt32(lead) & (0x7F >> UInt32(length))
    for next in (index &+ 1)..<(index &+ length) {
      let byte = u8(at: next)
      guard byte & 0xC0 == 0x80 else { return nil }
      value = value << 6 | UInt32(byte & 0x3F)
    }
    let smallest: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000
    guard value >= smallest, let scalar = Unicode.Scalar(value) else { return nil }
    return (scalar, length)
  }
}

extension Unicode.Scalar {
  /// C1 controls, separators, bidirectional and zero-width characters: what changes how the text around it is shown.
  fileprivate var isObeyedByTerminals: Bool {
    switch value {
    case 0x80...0x9F, 0xAD, 0x61C, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF, 0xFFF9...0xFFFB: true
    case 0xE0000...0xE007F: true
    default: false
    }
  }
}
