// Conditions as sentences, and the words that entries make theirs of: of what a case expects, and of what was seen.
//
// Bytes are escaped as bytes of the wire are: a fixture may hold anything, and so may an answer.

import Exchanges
import WireBytes

/// What the sentences about one case must tell apart.
package struct ConditionPlaces: Sendable {
  private let tellsExchanges: Bool
  private let tellsConnections: Bool

  /// - Parameter conditions: All of the case: they decide what must be told apart.
  package init(of conditions: [Condition]) {
    var connections: Set<Int> = []
    var indices: Set<Int> = []
    for condition in conditions {
      switch condition {
      case .exchange(let selector, _):
        connections.insert(selector.connection)
        indices.insert(selector.index)
      case .connection(let number, _): connections.insert(number)
      }
    }
    tellsConnections = connections.count > 1 || connections.contains { $0 != 1 }
    tellsExchanges = indices.count > 1 || indices.contains { $0 != 1 }
  }

  /// The condition as a sentence without a full stop; says which exchange or connection where there are several.
  package func sentence(_ condition: Condition) -> String {
    switch condition {
    case .exchange(let selector, let condition):
      var subject: [String] = []
      if tellsConnections { subject.append("connection \(selector.connection)") }
      if tellsExchanges { subject.append("request \(selector.index)") }
      return (subject.isEmpty ? "" : subject.joined(separator: ", ") + ": ") + condition.wording(self)
    case .connection(let number, let condition):
      return (tellsConnections ? "connection \(number): " : "") + condition.wording(self)
    }
  }

  /// Another exchange of the case, as a sentence names it.
  func name(_ other: ExchangeSelector) -> String {
    tellsConnections ? "request \(other.index) on connection \(other.connection)" : "request \(other.index)"
  }
}

/// Words for what a case expects.
enum Expected {
  static func either(_ words: [String]) -> String { joined(words, by: "or") }

  /// All of the words, or of very many the first few and the last.
  static func list(_ words: [String]) -> String {
    guard words.count > 32, let last = words.last else { return joined(words, by: "and") }
    return "\(words.prefix(3).joined(separator: ", ")) … and \(last) (\(words.count) in all)"
  }

  private static func joined(_ words: [String], by conjunction: String) -> String {
    guard words.count > 1, let last = words.last else { return words.first ?? "nothing" }
    return "\(words.dropLast().joined(separator: ", ")) \(conjunction) \(last)"
  }

  static func name(_ bytes: [UInt8]) -> String { WireText.escape(bytes, limit: 64) }
  static func quoted(_ bytes: [UInt8]) -> String { "\"\(WireText.escape(bytes, limit: 64))\"" }
  static func bytes(_ count: Int) -> String { count == 1 ? "1 byte" : "\(count) bytes" }

  static func blob(_ blob: Blob) -> String {
    switch blob {
    case .bytes(let content):
      if content.isEmpty { return "empty" }
      return content.count > 64 ? "\(quoted(content)) (\(bytes(content.count)))" : quoted(content)
    case .fill(let byte, let count): return "\(bytes(count)), each \(quoted([byte]))"
    case .pattern(let count): return "\(bytes(count)) of the probe's pattern"
    }
  }
}

/// Words for what was seen and for what stands against it.
enum Seen {
  static func text(_ name: [UInt8]) -> String { WireText.escape(name, limit: 80) }
  static func quoted(_ values: [[UInt8]]) -> String {
    values.isEmpty ? "none" : values.prefix(8).map { "\"\(text($0))\"" }.joined(separator: ", ")
  }
  static func list(_ values: [some CustomStringConvertible]) -> String {
    guard !values.isEmpty else { return "none" }
    let shown = values.prefix(6).map(\.description).joined(separator: " or ")
    return values.count > 6 ? "\(shown) … (\(values.count) values)" : shown
  }

  /// How content differs from what it is to be, byte for byte.
  static func judge(_ name: String, _ content: Content, _ expected: [UInt8]) -> Judgement {
    if content.byteCount == UInt64(expected.count), content.retained == expected { return .holds }
    let same = zip(content.retained, expected).prefix { $0 == $1 }.count
    if same < content.retained.count, same < expected.count {
      return .differs(
        "\(name) differs at byte \(same): 0x\(hex(content.retained[same])), expected 0x\(hex(expected[same]))"
          + " (\(content.byteCount) bytes, expected \(expected.count))")
    }
    return .differs("\(name) has \(content.byteCount) bytes, expected \(expected.count)")
  }

  private static func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }

  static func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
    guard !part.isEmpty, bytes.count >= part.count else { return part.isEmpty }
    return (0...(bytes.count - part.count)).contains { bytes[$0...].starts(with: part) }
  }
}
