// The probe's command: what a query string asks for.
//
// Parsing only; what the names mean is ProbeApplication's matter.

internal import WireBytes

/// The query string of a request to the probe, taken apart.
///
/// `probe=NAME` and `key=value` arguments in any order, percent-encoded. Of a repeated key the first one counts.
package struct ProbeQuery: Hashable, Sendable {
  private var arguments: [Argument] = []
  private struct Argument: Hashable, Sendable {
    var name: [UInt8]
    var value: [UInt8]
  }

  /// The query in `text`, the bytes after the `?`; any bytes give a query.
  ///
  /// A `%` that no two hexadecimal digits follow stands for itself.
  package init(_ text: some Collection<UInt8>) {
    for part in text.split(separator: UInt8(ascii: "&")) {
      let pieces = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      let value = pieces.count > 1 ? Self.decoded(pieces[1]) : []
      arguments.append(Argument(name: Self.decoded(pieces[0]), value: value))
    }
  }

  /// The name of the behaviour asked for; `echo` where none is named.
  package var probe: [UInt8] { self["probe"] ?? Array("echo".utf8) }

  /// The value of the argument `name`, or nil where it is absent.
  package subscript(name: String) -> [UInt8]? {
    arguments.first { $0.name.elementsEqual(name.utf8) }?.value
  }

  /// The argument `name` as a decimal number, or nil where it is absent, no number, or above `limit`.
  package func number(_ name: String, upTo limit: UInt64) -> UInt64? {
    guard let value = self[name].flatMap({ DecimalNumber.value(of: $0) }), value <= limit else { return nil }
    return value
  }

  private static func decoded(_ text: some Collection<UInt8>) -> [UInt8] {
    let text = Array(text)
    var bytes: [UInt8] = []
    var index = 0
    while index < text.count {
      if text[index] == UInt8(ascii: "%"), index + 2 < text.count,
        let high = ASCII.hexValue(text[index + 1]), let low = ASCII.hexValue(text[index + 2])
      {
        bytes.append(high << 4 | low)
        index += 3
      } else {
        bytes.append(text[index])
        index += 1
      }
    }
    return bytes
  }
}

/// Decimal numbers on the wire: digits only.
package enum DecimalNumber {
  /// The value of `digits`, or nil where there are none, other bytes among them, or more than 64 bits' worth.
  package static func value(of digits: some Collection<UInt8>) -> UInt64? {
    guard !digits.isEmpty else { return nil }
    var value: UInt64 = 0
    for digit in digits {
      guard ASCII.isDigit(digit) else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carried) = product.addingReportingOverflow(UInt64(digit - 0x30))
      guard !overflow, !carried else { return nil }
      value = sum
    }
    return value
  }
}
