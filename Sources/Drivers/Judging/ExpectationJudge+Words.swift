// How expected and seen values are told apart and put into words.

import Exchanges
import WireBytes

extension ExpectationJudge {
  func difference(_ name: String, _ content: Content, _ expected: [UInt8]) -> String? {
    if content.byteCount == UInt64(expected.count), content.retained == expected { return nil }
    let same = zip(content.retained, expected).prefix { $0 == $1 }.count
    if same < content.retained.count, same < expected.count {
      return "\(name) differs at byte \(same): 0x\(hex(content.retained[same])), expected 0x\(hex(expected[same]))"
        + " (\(content.byteCount) bytes, expected \(expected.count))"
    }
    return "\(name) has \(content.byteCount) bytes, expected \(expected.count)"
  }

  func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
  func text(_ name: [UInt8]) -> String { WireText.escape(name, limit: 80) }
  func quoted(_ values: [[UInt8]]) -> String {
    values.isEmpty ? "none" : values.prefix(8).map { "\"\(WireText.escape($0, limit: 80))\"" }.joined(separator: ", ")
  }
  func list(_ values: [some CustomStringConvertible]) -> String {
    guard !values.isEmpty else { return "none" }
    let shown = values.prefix(6).map(\.description).joined(separator: " or ")
    return values.count > 6 ? "\(shown) … (\(values.count) values)" : shown
  }

  func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
    guard !part.isEmpty, bytes.count >= part.count else { return part.isEmpty }
    return (0...(bytes.count - part.count)).contains { bytes[$0...].starts(with: part) }
  }
}
