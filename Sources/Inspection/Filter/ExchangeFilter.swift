// `--where`: an expression over decoded exchanges, parsed once and asked for every exchange.
//
// The tree and its evaluation. What can be asked about is FilterFields', how it is written FilterParser's.

package import Conformance
package import Exchanges
internal import WireBytes

/// A condition on exchanges.
///
///     status >= 500 and not (uri ~ ^/health or time < 40ms)
///
/// Comparisons work on the bytes of the wire; no text is built. Patterns are POSIX extended regular expressions,
/// which match in a time that does not explode whatever the wire says.
package struct ExchangeFilter: Sendable {
  let root: Node

  /// Reads an expression.
  ///
  /// - Throws: What is wrong with it, and in which column.
  package init(parsing text: String) throws(FilterError) {
    var parser = FilterParser(text)
    root = try parser.parse()
  }

  /// Whether an exchange meets the condition.
  package func matches(_ exchange: Exchange, _ findings: [Finding]) -> Bool { root.matches(exchange, findings) }

  /// Whether the condition asks for findings, so that exchanges must be judged first.
  package var needsFindings: Bool { root.needsFindings }

  indirect enum Node: Sendable {
    case all([Node])
    case any([Node])
    case not(Node)
    case test(FilterField, FilterPredicate)

    func matches(_ exchange: Exchange, _ findings: [Finding]) -> Bool {
      switch self {
      case .all(let nodes): nodes.allSatisfy { $0.matches(exchange, findings) }
      case .any(let nodes): nodes.contains { $0.matches(exchange, findings) }
      case .not(let node): !node.matches(exchange, findings)
      case .test(let field, let predicate): predicate.holds(for: field, exchange, findings)
      }
    }

    var needsFindings: Bool {
      switch self {
      case .all(let nodes), .any(let nodes): nodes.contains { $0.needsFindings }
      case .not(let node): node.needsFindings
      case .test(let field, _): field.name == "finding"
      }
    }
  }
}

/// A comparison's operator.
enum FilterOperator: String, Sendable, CaseIterable {
  // Longer spellings first: the lexer takes the first that fits.
  case equal = "=="
  case unequal = "!="
  case atMost = "<="
  case atLeast = ">="
  case matchesIgnoringCase = "~*"
  case mismatchesIgnoringCase = "!~*"
  case mismatches = "!~"
  case matches = "~"
  case less = "<"
  case more = ">"

  var isPattern: Bool {
    switch self {
    case .matches, .mismatches, .matchesIgnoringCase, .mismatchesIgnoringCase: true
    default: false
    }
  }
  /// `!=` and `!~` are the exact opposites of `==` and `~`, also where there is no value at all.
  var isNegated: Bool { self == .unequal || self == .mismatches || self == .mismatchesIgnoringCase }
}

/// What is asked about a field.
enum FilterPredicate: Sendable {
  /// It is there, and neither empty nor zero.
  case isThere
  /// A number or a time compared with a range of equal standing: `500`, or `5xx` for 500 to 599.
  case number(FilterOperator, ClosedRange<UInt64>)
  /// A text equals these bytes; an address may leave the port out.
  case text([UInt8], isNegated: Bool)
  case pattern(FilterPattern, isNegated: Bool)

  func holds(for field: FilterField, _ exchange: Exchange, _ findings: [Finding]) -> Bool {
    switch field.value {
    case .number(let read):
      holds(for: read(exchange))
    case .time(let read):
      holds(for: read(exchange).map { UInt64(max($0, 0)) })
    case .flag(let read):
      read(exchange, findings)
    case .text(let visit):
      switch self {
      case .isThere: visit(exchange, findings) { $0.byteCount > 0 }
      case .text(let bytes, let isNegated):
        visit(exchange, findings) { field.isAddress ? $0.isAddress(bytes) : $0.equals(bytes) } != isNegated
      case .pattern(let pattern, let isNegated):
        visit(exchange, findings) { pattern.matches($0) } != isNegated
      case .number: false
      }
    }
  }

  private func holds(for value: UInt64?) -> Bool {
    guard case .number(let comparison, let range) = self else { return (value ?? 0) > 0 }
    guard let value else { return comparison.isNegated }
    switch comparison {
    case .equal: return range.contains(value)
    case .unequal: return !range.contains(value)
    case .less: return value < range.lowerBound
    case .atLeast: return value >= range.lowerBound
    case .more: return value > range.upperBound
    case .atMost: return value <= range.upperBound
    case .matches, .mismatches, .matchesIgnoringCase, .mismatchesIgnoringCase: return false
    }
  }
}

extension RawSpan {
  /// Whether the bytes are exactly `bytes`.
  func equals(_ bytes: [UInt8]) -> Bool { byteCount == bytes.count && hasPrefix(bytes, at: 0) }

  private func hasPrefix(_ bytes: [UInt8], at start: Int) -> Bool {
    guard byteCount &- start >= bytes.count else { return false }
    for index in bytes.indices where u8(at: start &+ index) != bytes[index] { return false }
    return true
  }

  /// Whether an endpoint's text is `bytes`, its port or an IPv6 address's brackets left out or not.
  func isAddress(_ bytes: [UInt8]) -> Bool {
    if equals(bytes) { return true }
    let isBracketed = byteCount > 0 && u8(at: 0) == 0x5B && bytes.first != 0x5B
    let start = isBracketed ? 1 : 0
    guard hasPrefix(bytes, at: start) else { return false }
    let next = start &+ bytes.count
    guard next < byteCount else { return false }
    let follower = u8(at: next)
    return isBracketed ? follower == 0x5D : follower == 0x3A && firstIndex(of: 0x3A, from: next &+ 1) == nil
  }
}
