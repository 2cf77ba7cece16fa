// Typed and strict reading of a YAML tree: maps with known keys, numbers in a range, words of a list.
//
// Every error is recorded and reading goes on, so that all errors of a file are found in one go. What the keys of a
// case mean is in the extensions of this type, one file for each part of the format.

internal import Exchanges
internal import WireBytes
internal import YAMLTree

/// Reads values from the nodes of one file; keeps what was wrong.
///
/// A function that returns nil has recorded why.
struct FixtureReader {
  let source: FixtureSource
  /// The interface that a file of neutral cases is read for; nil where the file is of one protocol.
  var interface: WireProtocol?
  private(set) var errors: [FixtureError] = []
  /// The most errors that one file reports.
  static let errorLimit = 50

  init(source: FixtureSource, for interface: WireProtocol? = nil) {
    self.source = source
    self.interface = interface
  }

  // MARK: Errors

  mutating func report(_ code: FixtureError.Code, _ message: String, at node: Node, remedy: String = "") {
    guard errors.count <= Self.errorLimit else { return }
    let place = location(node)
    if errors.count == Self.errorLimit {
      errors.append(
        source.error(.tooManyErrors, "the file's further errors are not shown", line: place.line, column: place.column))
      return
    }
    errors.append(
      source.error(
        code, message, line: place.line, column: place.column, length: Self.shownLength(node), remedy: remedy))
  }

  func location(_ node: Node) -> SourceLocation {
    SourceLocation(file: source.file, line: node.mark.line, column: node.mark.column)
  }

  private static func shownLength(_ node: Node) -> Int {
    guard case .scalar(let text, let style) = node.content else { return 1 }
    switch style {
    case .plain: return text.unicodeScalars.count
    case .singleQuoted, .doubleQuoted: return text.unicodeScalars.count + 2
    case .literal, .folded: return 1
    }
  }

  // MARK: Maps and lists

  /// A map whose keys are all known.
  struct Map {
    let node: Node
    fileprivate(set) var entries: [(name: String, key: Node, value: Node)] = []

    subscript(name: String) -> Node? { entries.first { $0.name == name }?.value }
    func has(_ name: String) -> Bool { self[name] != nil }
    /// Whether every key of the file's map was known.
    fileprivate(set) var isWhole = true
    func key(_ name: String) -> Node? { entries.first { $0.name == name }?.key }
  }

  /// Reads a map; every key must be one of `keys`, and those of `required` must be there.
  ///
  /// - Parameter what: What the map is, with its article, for messages: `a case`.
  mutating func map(_ node: Node, what: String, keys: [String], required: [String] = []) -> Map? {
    guard case .mapping(let mapping) = node.content else {
      report(.wrongType, "\(what) is a map; this is \(Self.kind(node))", at: node)
      return nil
    }
    var map = Map(node: node)
    var misspelt: Set<String> = []
    for (key, value) in mapping {
      guard let name = key.text else {
        report(.wrongType, "a key is a word; this is \(Self.kind(key))", at: key)
        continue
      }
      guard keys.contains(name) else {
        report(
          .unknownKey, "\(what) has no key `\(Self.excerpt(name))`", at: key,
          remedy: NearestName.remedy(name, among: keys))
        map.isWhole = false
        if let meant = NearestName.of(name, among: keys) { misspelt.insert(meant) }
        continue
      }
      map.entries.append((name, key, value))
    }
    for name in required where !map.has(name) && !misspelt.contains(name) {
      report(.missingKey, "\(what) needs the key `\(name)`", at: node)
    }
    return map
  }

  /// Reports when more than one of `names` is there.
  mutating func refuse(_ map: Map, together names: String...) {
    let present = names.filter(map.has)
    guard present.count > 1, let key = map.key(present[1]) else { return }
    report(.conflictingKeys, "`\(present[1])` and `\(present[0])` exclude each other", at: key)
  }

  /// The elements of a list.
  mutating func list(
    _ node: Node, what: String, atMost limit: Int = 10_000, remedy: String = "write [a, b]"
  ) -> [Node]? {
    guard case .sequence(let sequence) = node.content else {
      report(.wrongType, "\(what) is a list; this is \(Self.kind(node))", at: node, remedy: remedy)
      return nil
    }
    guard sequence.count <= limit else {
      report(.outOfRange, "\(what) has at most \(limit) elements; this one has \(sequence.count)", at: node)
      return nil
    }
    return Array(sequence)
  }

  /// The elements of a list, or the one thing that stands in its place.
  mutating func oneOrMore(_ node: Node, what: String, atMost limit: Int) -> [Node]? {
    if case .sequence = node.content { return list(node, what: what, atMost: limit) }
    return [node]
  }

  mutating func oneOrMore(_ node: Node, what: String) -> [Node]? { oneOrMore(node, what: what, atMost: 10_000) }

  // MARK: Scalars

  /// A text.
  ///
  /// Numbers and words count as text; an empty plain value does not.
  mutating func text(_ node: Node, what: String) -> String? {
    guard case .scalar(let text, let style) = node.content else {
      report(.wrongType, "\(what) is text; this is \(Self.kind(node))", at: node)
      return nil
    }
    if style == .plain, ["", "~"].contains(text) {
      report(.wrongType, "\(what) is missing", at: node, remedy: "write \"\" for empty text")
      return nil
    }
    return text
  }

  mutating func bool(_ node: Node, what: String) -> Bool? {
    switch plain(node) {
    case "true": return true
    case "false": return false
    default:
      report(.wrongType, "\(what) is true or false", at: node)
      return nil
    }
  }

  /// A value that can only be `true`: the key says it all.
  mutating func isTrue(_ node: Node, what: String) -> Bool {
    guard plain(node) == "true" else {
      report(.wrongType, "\(what) can only be true", at: node, remedy: "leave the key out otherwise")
      return false
    }
    return true
  }

  /// A decimal number, or a hex one with `0x`, within a range.
  mutating func int(_ node: Node, what: String, _ range: ClosedRange<Int>) -> Int? {
    guard let text = plain(node), let digits = Self.digits(text) else {
      report(.badNumber, "\(what) is a whole number", at: node)
      return nil
    }
    guard let value = Int(digits.text, radix: digits.radix), range.contains(value) else {
      report(.outOfRange, "\(what) is \(range.lowerBound) to \(range.upperBound)", at: node)
      return nil
    }
    return value
  }

  /// Digits with their sign, without the prefix `0x`, and their base; nil where it is no number.
  private static func digits(_ text: String) -> (text: String, radix: Int)? {
    let unsigned = text.hasPrefix("-") ? text.dropFirst() : text[...]
    if unsigned.hasPrefix("0x") {
      let hex = unsigned.dropFirst(2)
      guard !hex.isEmpty, hex.utf8.allSatisfy({ ASCII.hexValue($0) != nil }) else { return nil }
      return ((text.hasPrefix("-") ? "-" : "") + hex, 16)
    }
    guard !unsigned.isEmpty, unsigned.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
    return (text, 10)
  }

  /// A word that stands for a value.
  mutating func word<Value>(_ node: Node, what: String, _ values: [(name: String, value: Value)]) -> Value? {
    guard let text = text(node, what: what) else { return nil }
    if let found = values.first(where: { $0.name == text }) { return found.value }
    report(
      .unknownValue, "\(what) cannot be `\(Self.excerpt(text))`", at: node,
      remedy: NearestName.remedy(text, among: values.map(\.name)))
    return nil
  }

  /// A word that is the raw value of a case.
  mutating func word<Value: RawRepresentable & CaseIterable>(
    _ node: Node, what: String, of type: Value.Type
  ) -> Value? where Value.RawValue == String {
    word(node, what: what, type.allCases.map { ($0.rawValue, $0) })
  }

  /// The text of a plain scalar; nil for anything else.
  func plain(_ node: Node) -> String? {
    guard case .scalar(let text, .plain) = node.content else { return nil }
    return text
  }

  /// Whether nothing was written: an empty plain value, `~` or an empty map.
  func isNothing(_ node: Node) -> Bool {
    if case .mapping(let mapping) = node.content { return mapping.isEmpty }
    return plain(node).map { $0.isEmpty || $0 == "~" } ?? false
  }

  // MARK: Words for messages

  static func kind(_ node: Node) -> String {
    switch node.content {
    case .mapping: "a map"
    case .sequence: "a list"
    case .scalar(let text, _): text.isEmpty ? "nothing" : "text"
    }
  }

  /// At most 60 characters of a text from a file, on one line.
  static func excerpt(_ text: String) -> String {
    let shown = text.prefix(60).map { $0.isNewline || $0 == "\0" ? " " : $0 }
    return String(shown) + (text.count > 60 ? "…" : "")
  }
}
