// What the first bytes of a file that is no capture look like.
//
// For the words of an error only; libpcap decides what is a capture.

import WireBytes

/// The first bytes of a file.
struct FileHead: Sendable {
  /// At most ``limit`` bytes.
  var bytes: [UInt8] = []

  static let limit = 16

  /// Whether this is compressed with gzip, which is read all the same.
  var isGzip: Bool { starts(0x1F, 0x8B) }

  /// Completes the sentence "it …".
  var looks: String {
    if bytes.isEmpty { return "is empty" }
    if isGzip { return "is compressed with gzip, and what comes out is none" }
    if let compression { return "is compressed with \(compression.name)" }
    if starts(0x50, 0x4B, 0x03, 0x04) { return "is a zip archive" }
    if starts(0x7F, 0x45, 0x4C, 0x46) { return "is a program (ELF)" }
    if bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F || $0 >= 0x09 && $0 <= 0x0D }) {
      return "looks like text and begins \"\(WireText.escape(bytes))\""
    }
    let hex = bytes.prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    return "begins with the bytes \(hex)"
  }

  /// What to do about it: a sentence with a space behind it, or nothing.
  func advice(_ name: String, isStandardInput: Bool) -> String {
    guard let compression else { return "" }
    return isStandardInput
      ? "Put \(compression.tool) before gatespec in the pipe. "
      : "Read it with: \(compression.tool) \(name) | gatespec trace -r - "
  }

  private var compression: (name: String, tool: String)? {
    if starts(0x28, 0xB5, 0x2F, 0xFD) { return ("zstd", "zstdcat") }
    if starts(0xFD, 0x37, 0x7A, 0x58, 0x5A) { return ("xz", "xzcat") }
    if starts(0x42, 0x5A, 0x68) { return ("bzip2", "bzcat") }
    if starts(0x04, 0x22, 0x4D, 0x18) { return ("lz4", "lz4cat") }
    return nil
  }

  private func starts(_ magic: UInt8...) -> Bool { bytes.starts(with: magic) }
}
