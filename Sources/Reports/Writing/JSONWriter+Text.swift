// Bytes of the wire as JSON for readers that know no escapes of ours: HAR files.
//
// What the original was can still be told: text is text, anything else is Latin-1 or base64.

internal import WireBytes

extension JSONWriter {
  /// Writes a string whose bytes are taken as UTF-8, or as ISO-8859-1 where they are not that.
  mutating func text(_ bytes: ArraySlice<UInt8>) {
    if bytes.isUTF8 { return unsafe text(bytes.span.bytes) }
    var latin: [UInt8] = []
    latin.reserveCapacity(bytes.count * 2)
    for byte in bytes {
      if byte < 0x80 {
        latin.append(byte)
      } else {
        latin.append(0xC0 | byte >> 6)
        latin.append(0x80 | byte & 0x3F)
      }
    }
    unsafe text(latin.span.bytes)
  }

  /// Writes a string of several parts, all of which are taken as ``text(_:)`` takes them.
  mutating func text(_ bytes: [UInt8]) { text(bytes[...]) }

  /// Writes bytes in base64.
  mutating func base64(_ bytes: [UInt8]) {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var encoded: [UInt8] = []
    encoded.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let count = min(3, bytes.count - start)
      var group = UInt32(bytes[start]) << 16
      if count > 1 { group |= UInt32(bytes[start + 1]) << 8 }
      if count > 2 { group |= UInt32(bytes[start + 2]) }
      for (position, shift) in [18, 12, 6, 0].enumerated() {
        encoded.append(position <= count ? alphabet[Int(group >> UInt32(shift) & 63)] : 0x3D)
      }
    }
    unsafe text(encoded.span.bytes)
  }
}

extension ArraySlice<UInt8> {
  /// Whether the bytes are UTF-8.
  var isUTF8: Bool {
    if allSatisfy({ $0 < 0x80 }) { return true }
    return (try? UTF8Span(validating: span)) != nil
  }
}
