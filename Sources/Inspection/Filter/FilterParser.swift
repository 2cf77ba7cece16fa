// How filter expressions are written: words, operators, `and or not ( )`.
//
// Recursive descent over characters. What names mean is FilterFields'.

/// Reads one expression.
struct FilterParser {
  private let source: String
  private let characters: [Character]
  private var index = 0
  private var depth = 0
  /// Parentheses and `not` inside each other, at most.
  private static let depthLimit = 100

  init(_ source: String) {
    self.source = source
    characters = Array(source)
  }

  mutating func parse() throws(FilterError) -> ExchangeFilter.Node {
    skipSpace()
    guard index < characters.count else {
      throw error("the expression is empty", at: index, "write a condition such as: status >= 500")
    }
    let node = try parseAny()
    guard index < characters.count else { return node }
    if characters[index] == ")" { throw error("there is no ( for this )", at: index) }
    throw error("`and` or `or` is missing before this", at: index)
  }

  // MARK: Structure

  private mutating func parseAny() throws(FilterError) -> ExchangeFilter.Node {
    var nodes = [try parseAll()]
    while take(word: "or") || take(symbol: "||") { nodes.append(try parseAll()) }
    return nodes.count == 1 ? nodes[0] : .any(nodes)
  }

  private mutating func parseAll() throws(FilterError) -> ExchangeFilter.Node {
    var nodes = [try parseNot()]
    while take(word: "and") || take(symbol: "&&") { nodes.append(try parseNot()) }
    return nodes.count == 1 ? nodes[0] : .all(nodes)
  }

  private mutating func parseNot() throws(FilterError) -> ExchangeFilter.Node {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.depthLimit else { throw error("nested more than \(Self.depthLimit) deep", at: index) }
    if take(word: "not") || take(symbol: "!") { return .not(try parseNot()) }
    let start = index
    guard take(symbol: "(") else { return try parseTest() }
    let node = try parseAny()
    guard take(symbol: ")") else {
      if index < characters.count { throw error("`and`, `or` or ) is missing before this", at: index) }
      throw error("this ( is never closed", at: start)
    }
    return node
  }

  private mutating func parseTest() throws(FilterError) -> ExchangeFilter.Node {
    let start = index
    let name = takeName()
    guard !name.isEmpty else {
      let what = index < characters.count ? "a field must stand here" : "a condition is missing at the end"
      throw error(what, at: index, "for instance: status >= 500, method == POST, uri ~ ^/api, stderr")
    }
    guard let field = FilterField.named(name) else {
      if ["and", "or"].contains(name) { throw error("a condition is missing before `\(name)`", at: start) }
      throw FilterError(
        "there is no field `\(name)`", in: source, at: start + 1,
        unknown: .init(name: name, candidates: FilterField.all.map(\.name)))
    }
    let place = index
    guard let comparison = takeOperator() else {
      if index < characters.count, characters[index] == "=" {
        throw error("= alone is no operator", at: index, "== compares, ~ matches a regular expression")
      }
      if let (word, meant) = foreignOperator() {
        throw error("there is no operator `\(word)`", at: index, "write \(field.name) \(meant) instead")
      }
      return .test(field, .isThere)
    }
    guard field.operators.contains(comparison) else {
      throw error("\(field.name) does not go with \(comparison.rawValue)", at: place, field.usage)
    }
    let valuePlace = index
    let value = try takeValue(after: comparison)
    return .test(field, try predicate(field, comparison, value, at: valuePlace))
  }

  // MARK: Values

  private func predicate(
    _ field: FilterField, _ comparison: FilterOperator, _ value: String, at place: Int
  ) throws(FilterError) -> FilterPredicate {
    switch field.value {
    case .number:
      guard let range = FilterValue.number(value, allowsClass: field.name == "status") else {
        throw error("`\(value)` is no number", at: place, field.usage)
      }
      return .number(comparison, range)
    case .time:
      guard let nanoseconds = FilterValue.nanoseconds(value) else {
        throw error("`\(value)` is no time", at: place, field.usage)
      }
      return .number(comparison, nanoseconds...nanoseconds)
    case .flag:
      return .isThere
    case .text:
      if comparison.isPattern {
        let ignoresCase = comparison == .matchesIgnoringCase || comparison == .mismatchesIgnoringCase
        do {
          return .pattern(try FilterPattern(value, ignoresCase: ignoresCase), isNegated: comparison.isNegated)
        } catch {
          throw self.error(
            "`\(value)` is no regular expression: \(error.message)", at: place,
            "patterns are POSIX extended, as of `grep -E`, and \\d \\w \\s")
        }
      }
      if !field.words.isEmpty, !field.words.contains(value) {
        throw FilterError(
          "\(field.name) is never `\(value)`", in: source, at: place + 1,
          remedy: "it is one of: \(field.words.joined(separator: ", "))")
      }
      return .text(Array(value.utf8), isNegated: comparison.isNegated)
    }
  }

  /// A word, or text in quotes; a pattern may hold balanced parentheses.
  private mutating func takeValue(after comparison: FilterOperator) throws(FilterError) -> String {
    let start = index
    guard index < characters.count, characters[index] != ")" else {
      throw error("a value is missing after \(comparison.rawValue)", at: index)
    }
    if characters[index] == "\"" || characters[index] == "'" {
      let value = try takeQuoted()
      skipSpace()
      return value
    }
    var open = 0
    while index < characters.count, !characters[index].isWhitespace {
      if characters[index] == "\\", index + 1 < characters.count {
        index += 1
      } else if characters[index] == "(" {
        open += 1
      } else if characters[index] == ")" {
        if open == 0 { break }
        open -= 1
      }
      index += 1
    }
    defer { skipSpace() }
    return String(characters[start..<index])
  }

  /// Text in quotes; a backslash stands for itself but before the quote.
  private mutating func takeQuoted() throws(FilterError) -> String {
    let start = index
    let quote = characters[index]
    var text = ""
    index += 1
    while index < characters.count {
      let character = characters[index]
      index += 1
      if character == quote { return text }
      if character == "\\", index < characters.count, characters[index] == quote {
        text.append(quote)
        index += 1
      } else {
        text.append(character)
      }
    }
    throw error("this text in quotes is never closed", at: start)
  }

  // MARK: Characters

  private mutating func skipSpace() {
    while index < characters.count, characters[index].isWhitespace { index += 1 }
  }

  private mutating func takeName() -> String {
    let start = index
    while index < characters.count, !characters[index].isWhitespace, !"()=!<>~\"'|&".contains(characters[index]) {
      index += 1
    }
    let name = String(characters[start..<index])
    skipSpace()
    return name
  }

  private mutating func takeOperator() -> FilterOperator? {
    let rest = characters[index...]
    let found = FilterOperator.allCases.first { rest.starts(with: Array($0.rawValue)) }
    guard let found else { return nil }
    index += found.rawValue.count
    skipSpace()
    return found
  }

  /// An operator of other tools' filters that stands here, and ours that means the same.
  private func foreignOperator() -> (word: String, meant: String)? {
    let word = String(characters[index...].prefix { $0.isLetter }).lowercased()
    let meant: String? =
      switch word {
      case "contains", "matches", "like": "~"
      case "eq", "is": "=="
      case "ne": "!="
      case "gt": ">"
      case "ge": ">="
      case "lt": "<"
      case "le": "<="
      default: nil
      }
    return meant.map { (word, $0) }
  }

  /// Takes a word of the language, in either case, if it stands here as a whole.
  private mutating func take(word: String) -> Bool {
    let end = index + word.count
    guard end <= characters.count, String(characters[index..<end]).lowercased() == word else { return false }
    guard end == characters.count || characters[end].isWhitespace || "()!".contains(characters[end]) else {
      return false
    }
    index = end
    skipSpace()
    return true
  }

  private mutating func take(symbol: String) -> Bool {
    guard characters[index...].starts(with: Array(symbol)) else { return false }
    index += symbol.count
    skipSpace()
    return true
  }

  private func error(_ message: String, at place: Int, _ remedy: String = "") -> FilterError {
    FilterError(message, in: source, at: place + 1, remedy: remedy)
  }
}

/// Numbers and times as filters write them.
enum FilterValue {
  /// `500`, `0x1f`, `64k`, `2M`, `1G` (of 1024), and for a status `5xx`.
  static func number(_ text: String, allowsClass: Bool) -> ClosedRange<UInt64>? {
    if allowsClass, text.utf8.count == 3, text.lowercased().hasSuffix("xx") {
      return text.first?.wholeNumberValue.map { UInt64($0 * 100)...UInt64($0 * 100 + 99) }
    }
    if text.hasPrefix("0x") { return UInt64(text.dropFirst(2), radix: 16).map { $0...$0 } }
    let factors: [Character: UInt64] = ["k": 1 << 10, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30]
    let factor = text.last.flatMap { factors[$0] }
    guard let number = UInt64(factor == nil ? text[...] : text.dropLast()) else { return nil }
    let product = number.multipliedReportingOverflow(by: factor ?? 1)
    return product.overflow ? nil : product.partialValue...product.partialValue
  }

  /// `40ms`, `1.5s`, `200us`, `2m`; a bare `0`.
  static func nanoseconds(_ text: String) -> UInt64? {
    if text == "0" { return 0 }
    let units: [(suffix: String, nanoseconds: Double)] = [
      ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
    ]
    guard let unit = units.first(where: { text.hasSuffix($0.suffix) }) else { return nil }
    guard let number = Double(text.dropLast(unit.suffix.count)), number >= 0, number * unit.nanoseconds < 9e18 else {
      return nil
    }
    return UInt64((number * unit.nanoseconds).rounded())
  }
}
