// The probe's echo report, read back. Tolerant: unknown lines and names that a case did not send are nobody's fault.

import Fixtures
import WireBytes

/// What an application behind the target says it received.
struct EchoReport {
  private(set) var params: [(name: [UInt8], value: [UInt8])] = []
  private(set) var fields: [(name: [UInt8], value: [UInt8])] = []
  private(set) var arguments: [[UInt8]] = []
  private(set) var role: String?
  private(set) var interface: String?
  private(set) var bodyByteCount: UInt64?
  private(set) var dataByteCount: UInt64?
  /// Variables that the application has no way to see.
  private var unknown: Set<[UInt8]> = []

  /// Whether the application cannot know if this variable was sent, or with which value.
  func isUnknown(_ name: [UInt8]) -> Bool { unknown.contains(name) }
  /// Whether the application cannot know in which role it was asked.
  var roleIsUnknown: Bool { role == "unknown" }

  /// What a condition asks and the application has no way to know; nil where the report tells it.
  func untold(_ condition: Condition.ExchangeCondition) -> String? {
    switch condition {
    case .echoParams(let pairs):
      return pairs.first { isUnknown($0.name.bytes) }.map { WireText.escape($0.name.bytes, limit: 80) }
    case .echoWithoutParams(let names):
      return names.first(where: isUnknown).map { WireText.escape($0, limit: 80) }
    case .echoRole: return roleIsUnknown ? "its role" : nil
    // Only a filter has a line for its data.
    case .echoDataByteCount: return roleIsUnknown && dataByteCount == nil ? "its role" : nil
    default: return nil
    }
  }

  /// Whether a body is a report.
  static func isReport(_ body: [UInt8]) -> Bool { body.starts(with: bytes("gatespec-probe 1\n")) }

  /// Whether a body that is no report holds what only a report has: something stands before it, or a part of it is lost.
  static func isPartOfReport(_ body: [UInt8]) -> Bool {
    let lines = body.split(separator: 0x0A).prefix(20_000)
    return lines.contains { $0.elementsEqual(bytes("gatespec-probe 1")) }
      || lines.count { $0.starts(with: bytes("param ")) } >= 5
  }

  /// Reads a report; nil when the body is none.
  init?(_ body: [UInt8]) {
    let lines = body.split(separator: 0x0A, omittingEmptySubsequences: true).prefix(20_000)
    guard lines.first.map({ Array($0) }) == bytes("gatespec-probe 1") else { return nil }
    for line in lines.dropFirst() {
      let words = line.split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false)
      guard words.count > 1, let first = words.first else { continue }
      let second = String(decoding: words[1], as: UTF8.self)
      let third = words.count > 2 ? Self.decode(words[2]) : []
      switch String(decoding: first, as: UTF8.self) {
      case "param": params.append((Self.decode(words[1]), third))
      case "field": fields.append((Self.decode(words[1]), third))
      case "argument": arguments.append(third)
      case "unknown": unknown.insert(Self.decode(words[1]))
      case "role": role = second
      case "interface": interface = second
      case "body": bodyByteCount = UInt64(second)
      case "data": dataByteCount = UInt64(second)
      default: break
      }
    }
  }

  private static func decode(_ text: ArraySlice<UInt8>) -> [UInt8] {
    var output: [UInt8] = []
    var rest = text
    while let byte = rest.popFirst() {
      if byte == 0x25, rest.count >= 2, let high = ASCII.hexValue(rest[rest.startIndex]),
        let low = ASCII.hexValue(rest[rest.startIndex + 1])
      {
        output.append(high << 4 | low)
        rest = rest.dropFirst(2)
      } else {
        output.append(byte)
      }
    }
    return output
  }
}
