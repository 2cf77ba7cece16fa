// How the arguments of conditions are read, without a word of the format that they are written in.
//
// A form says what it takes, in the terms of an ArgumentReader; the reader of fixtures is one, and reports what is wrong
// with its place in the file.

/// Reads the values of a file of cases.
///
/// A function that returns nil, or false, has reported why. `what` names the value in messages: "`app-status`", "a role".
package protocol ArgumentReader {
  /// A value in the file.
  associatedtype Node

  /// The text of a plain word or number; nil for anything else, which is no error.
  func plain(_ node: Node) -> String?
  /// The elements of a list; nil for anything else, which is no error.
  func elements(_ node: Node) -> [Node]?
  /// Whether the value is `true`, the only one that it can be.
  mutating func isTrue(_ node: Node, what: String) -> Bool
  mutating func bool(_ node: Node, what: String) -> Bool?
  mutating func int(_ node: Node, what: String, _ range: ClosedRange<Int>) -> Int?
  mutating func word<Value>(_ node: Node, what: String, _ values: [(name: String, value: Value)]) -> Value?
  /// The elements of a list, or the one thing that stands in its place.
  mutating func oneOrMore(_ node: Node, what: String) -> [Node]?
  mutating func blob(_ node: Node, what: String) -> Blob?
  mutating func bytes(_ node: Node, what: String, atMost limit: Int) -> [UInt8]?
  /// A list of names, or one.
  mutating func names(_ node: Node, what: String) -> [[UInt8]]?
  /// Names with values.
  mutating func pairs(_ node: Node, what: String) -> [Pair]?
  /// So many pairs of names and values that count.
  mutating func numbered(_ node: Node) -> [Pair]
  /// The entries of a map of any names.
  ///
  /// - Parameter what: What the map is, for messages: "`field` is a map of names to values".
  mutating func entries(_ node: Node, what: String) -> [(key: Node, value: Node)]?
  /// The values of a map of known keys, by key.
  mutating func members(_ node: Node, what: String, keys: [String], required: [String]) -> [String: Node]?
}

/// A form of arguments: what stands at the key of a condition.
package protocol ArgumentForm<Argument>: Sendable {
  associatedtype Argument: Sendable

  /// The arguments that a value gives, each for a condition of its own: one of most forms, several of a list of fields
  /// of which each must be there, none where the value is wrong.
  func arguments<Reader: ArgumentReader>(
    _ node: Reader.Node, what: String, by reader: inout Reader
  ) -> [Argument]
}

extension ExchangeSelector {
  /// Reads a selector of the values of `on` and `exchange`; where one is missing, that of `selector` stays.
  package init<Reader: ArgumentReader>(
    on: Reader.Node?, exchange: Reader.Node?, default selector: ExchangeSelector = ExchangeSelector(),
    by reader: inout Reader
  ) {
    self = selector
    if let on { connection = reader.int(on, what: "`on`", 1...16) ?? 1 }
    if let exchange { index = reader.int(exchange, what: "`exchange`", 1...1000) ?? 1 }
  }
}
