// Bytes from the wire, made safe for people.
//
// The only way wire bytes become a String. Control bytes, escape sequences and bytes that are no UTF-8 never
// reach a terminal or a report as they are.

/// Escaping of wire bytes.
///
/// Printable text stands for itself, `\` is doubled, and every other byte becomes `\xHH`, so that the original
/// bytes can be had back: undo `\\` and `\xHH`, take everything else as UTF-8.
public enum WireText {
  /// The escaped text of `bytes`.
  ///
  /// Valid UTF-8 sequences are kept when they are printable; C0 and C1 controls, DEL, line and paragraph
  /// separators, bidirectional controls, zero-width characters and invalid bytes are escaped byte by byte.
  ///
  /// - Parameters:
  ///   - bytes: Any bytes.
  ///   - limit: At most this many bytes are shown; `…` is appended when more were there.
  public static func escape(_ bytes: some Collection<UInt8>, limit: Int = .max) -> String {
    var output: [UInt8] = []
    // A substring's bytes begin somewhere: from there not every limit can be counted.
    let shown = bytes.prefix(min(limit, bytes.count))
    output.reserveCapacity(shown.count)
    let plain = shown.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != 0x5C }
    if plain {
      output.append(contentsOf: shown)
    } else {
      appendEscaped(Array(shown), to: &output)
    }
    if bytes.count > limit { output.append(contentsOf: [0xE2, 0x80, 0xA6]) }
    return String(decoding: output, as: UTF8.self)
  }

  /// The escaped text of `span`.
  public static func escape(_ span: RawSpan, limit: Int = .max) -> String {
    escape(span.extracting(first: min(limit, span.byteCount)).copied())
      + (span.byteCount > limit ? "…" : "")
  }

  /// The escaped text of `span` in quotes.
  public static func quoted(_ span: RawSpan, limit: Int = .max) -> String { "\"" + escape(span, limit: limit) + "\"" }

  /// The escaped text of `span` as one word: its spaces are escaped as well.
  public static func word(_ span: RawSpan) -> String {
    escape(span).split(separator: " ", omittingEmptySubsequences: false).joined(separator: "\\x20")
  }

  private static func appendEscaped(_ bytes: [UInt8], to output: inout [UInt8]) {
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      if byte == 0x5C {
        output.append(contentsOf: [0x5C, 0x5C])
        index += 1
      } else if byte < 0x80 {
        if byte >= 0x20 && byte != 0x7F { output.append(byte) } else { appendHex(byte, to: &output) }
        index += 1
      } else if let (scalar, length) = decodeScalar(bytes, at: index), isPrintable(scalar) {
        output.append(contentsOf: bytes[index..<(index + length)])
        index += length
      } else {
        appendHex(byte, to: &output)
        index += 1
      }
    }
  }

  private static func appendHex(_ byte: UInt8, to output: inout [UInt8]) {
    let digits: StaticString = "0123456789abcdef"
    output.append(contentsOf: [0x5C, 0x78])
    output.append(unsafe digits.utf8Start[Int(byte >> 4)])
    output.append(unsafe digits.utf8Start[Int(byte & 15)])
  }

  /// The scalar whose shortest UTF-8 form begins at `index`, and its length; nil when it is not valid.
  private static func decodeScalar(_ bytes: [UInt8], at index: Int) -> (Unicode.Scalar, Int)? {
    let lead = bytes[index]
    let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
    guard lead >= 0xC2, lead <= 0xF4, index + length <= bytes.count else { return nil }
    var value = UInt32(lead) & (0x7F >> UInt32(length))
    for next in bytes[(index + 1)..<(index + length)] {
      guard next & 0xC0 == 0x80 else { return nil }
      value = value << 6 | UInt32(next & 0x3F)
    }
    let smallest: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000
    guard value >= smallest, let scalar = Unicode.Scalar(value) else { return nil }
    return (scalar, length)
  }

  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
    default: true
    }
  }
}
