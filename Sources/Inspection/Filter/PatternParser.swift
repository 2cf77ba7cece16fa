// POSIX extended regular expressions, and the shorthands that everybody writes, as nodes.
//
// What a pattern is allowed to cost is PatternProgram's matter.

/// Reads one pattern.
struct PatternParser {
  private let source: [UInt8]
  private let ignoresCase: Bool
  private var index = 0
  private var depth = 0
  /// Parentheses inside one another.
  private static let depthLimit = 100

  init(_ source: [UInt8], ignoresCase: Bool) {
    self.source = source
    self.ignoresCase = ignoresCase
  }

  mutating func parse() throws(FilterPattern.Malformed) -> PatternNode {
    guard !source.contains(0) else { throw Self.malformed("a zero byte") }
    return try alternatives()
  }

  private static func malformed(_ message: String) -> FilterPattern.Malformed { .init(message: message) }

  private var next: UInt8? { index < source.count ? source[index] : nil }

  private mutating func takes(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    index += 1
    return true
  }

  private mutating func alternatives() throws(FilterPattern.Malformed) -> PatternNode {
    var all = [try sequence()]
    while takes("|") { all.append(try sequence()) }
    return all.count == 1 ? all[0] : .alternatives(all)
  }

  private mutating func sequence() throws(FilterPattern.Malformed) -> PatternNode {
    var all: [PatternNode] = []
    while let byte = next, byte != UInt8(ascii: "|"), depth == 0 || byte != UInt8(ascii: ")") {
      all.append(try repetition(of: try atom()))
    }
    return all.isEmpty ? .empty : all.count == 1 ? all[0] : .sequence(all)
  }

  private mutating func atom() throws(FilterPattern.Malformed) -> PatternNode {
    let byte = source[index]
    index += 1
    switch Unicode.Scalar(byte) {
    case "(":
      depth += 1
      guard depth <= Self.depthLimit else {
        throw Self.malformed("more than \(Self.depthLimit) groups inside one another")
      }
      let group = try alternatives()
      guard takes(")") else { throw Self.malformed("a ( is never closed") }
      depth -= 1
      return group
    case "[": return .byte(try brackets())
    case ".": return .byte(ByteSet().inverted)
    case "^": return .assertion(.textStart)
    case "$": return .assertion(.textEnd)
    case "\\": return try escape()
    case "*", "+", "?", "{":
      throw Self.malformed("nothing stands before a \(Unicode.Scalar(byte)) that could be repeated")
    default: return literal(byte)
    }
  }

  private func literal(_ byte: UInt8) -> PatternNode {
    let set = ByteSet(byte...byte)
    return .byte(ignoresCase ? set.foldingCase : set)
  }

  private mutating func escape() throws(FilterPattern.Malformed) -> PatternNode {
    guard let byte = next else { throw Self.malformed("it ends with a backslash") }
    index += 1
    switch Unicode.Scalar(byte) {
    case "1"..."9": throw Self.malformed("back references are not supported")
    case "d": return .byte(.digit)
    case "D": return .byte(ByteSet.digit.inverted)
    case "w": return .byte(.word)
    case "W": return .byte(ByteSet.word.inverted)
    case "s": return .byte(.space)
    case "S": return .byte(ByteSet.space.inverted)
    case "b": return .assertion(.wordBoundary)
    case "B": return .assertion(.noWordBoundary)
    case "<": return .assertion(.wordStart)
    case ">": return .assertion(.wordEnd)
    case "`": return .assertion(.textStart)
    case "'": return .assertion(.textEnd)
    default: return literal(byte)
    }
  }

  // MARK: Repetition

  private mutating func repetition(of node: PatternNode) throws(FilterPattern.Malformed) -> PatternNode {
    // What holds between two bytes does not hold more often; a * after it is refused as one after nothing.
    if case .assertion = node { return node }
    var node = node
    while true {
      if takes("*") {
        node = .repeated(node, least: 0, most: nil)
      } else if takes("+") {
        node = .repeated(node, least: 1, most: nil)
      } else if takes("?") {
        node = .repeated(node, least: 0, most: 1)
      } else if takes("{") {
        node = try interval(of: node)
      } else {
        return node
      }
    }
  }

  private mutating func interval(of node: PatternNode) throws(FilterPattern.Malformed) -> PatternNode {
    let least = number()
    var most = least
    if takes(",") {
      most = number()
    } else if least == nil {
      throw Self.malformed("no number stands in {}")
    }
    guard takes("}") else { throw Self.malformed("a { is never closed") }
    if let least, let most, most < least { throw Self.malformed("{\(least),\(most)} ends before it begins") }
    return .repeated(node, least: least ?? 0, most: most)
  }

  /// Digits, if there are some; what is too large for any pattern stays so.
  private mutating func number() -> Int? {
    var value: Int?
    while let byte = next, byte &- 0x30 < 10 {
      value = min((value ?? 0) * 10 + Int(byte &- 0x30), 1 << 20)
      index += 1
    }
    return value
  }

  // MARK: Brackets

  private mutating func brackets() throws(FilterPattern.Malformed) -> ByteSet {
    let isInverted = takes("^")
    var set = ByteSet()
    var isFirst = true
    while true {
      guard let byte = next else { throw Self.malformed("a [ is never closed") }
      if byte == UInt8(ascii: "]"), !isFirst { break }
      isFirst = false
      if byte == UInt8(ascii: "["), let name = try named(":") {
        guard let named = ByteSet.named[name] else { throw Self.malformed("there is no class [:\(name):]") }
        set.formUnion(named)
        continue
      }
      let first = try bracketByte()
      guard next == UInt8(ascii: "-"), index + 1 < source.count, source[index + 1] != UInt8(ascii: "]") else {
        set.insert(first...first)
        continue
      }
      index += 1
      let last = try bracketByte()
      guard first <= last else { throw Self.malformed("a range in [] ends before it begins") }
      set.insert(first...last)
    }
    index += 1
    if ignoresCase { set = set.foldingCase }
    return isInverted ? set.inverted : set
  }

  /// A byte in brackets: itself, or `[.x.]`, or `[=x=]`.
  private mutating func bracketByte() throws(FilterPattern.Malformed) -> UInt8 {
    for mark: Unicode.Scalar in [".", "="] {
      guard let name = try named(mark) else { continue }
      guard name.utf8.count == 1, let byte = name.utf8.first else {
        throw Self.malformed("[\(mark)\(name)\(mark)] is no single byte")
      }
      return byte
    }
    guard let byte = next else { throw Self.malformed("a [ is never closed") }
    index += 1
    return byte
  }

  /// What stands between `[:` and `:]`, or such marks; nil where that does not begin here.
  private mutating func named(_ mark: Unicode.Scalar) throws(FilterPattern.Malformed) -> String? {
    let mark = UInt8(ascii: mark)
    guard index + 1 < source.count, source[index] == UInt8(ascii: "["), source[index + 1] == mark else { return nil }
    let start = index + 2
    var end = start
    while end + 1 < source.count {
      if source[end] == mark, source[end + 1] == UInt8(ascii: "]") {
        index = end + 2
        return String(decoding: source[start..<end], as: UTF8.self)
      }
      end += 1
    }
    throw Self.malformed("a [\(Unicode.Scalar(mark)) is never closed")
  }
}
