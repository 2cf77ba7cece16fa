// The probe's echo report, read back. Tolerant: unknown lines and names that a case did not send are nobody's fault.

import WireBytes

/// What an application behind the target says it received.
package struct EchoReport {
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

  /// Whether a body is a report.
  package static func isReport(_ body: [UInt8]) -> Bool { body.starts(with: "gatespec-probe 1\n".utf8) }

  /// Whether a body that is no report holds what only a report has: something stands before it, or a part of it is lost.
  package static func isPartOfReport(_ body: [UInt8]) -> Bool {
    let lines = body.split(separator: 0x0A).prefix(20_000)
    return lines.contains { $0.elementsEqual("gatespec-probe 1".utf8) }
      || lines.count { $0.starts(with: "param ".utf8) } >= 5
  }

  /// Reads a report; nil when the body is none.
  package init?(_ body: [UInt8]) {
    let lines = body.split(separator: 0x0A, omittingEmptySubsequences: true).prefix(20_000)
    guard lines.first?.elementsEqual("gatespec-probe 1".utf8) == true else { return nil }
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
