// The forms of arguments that several conditions share. What only one has stands beside its entry, in Kinds/.

/// `true`: the key says it all.
package struct OnlyTrue: ArgumentForm {
  package typealias Argument = Void

  package func arguments<Reader: ArgumentReader>(
    _ node: Reader.Node, what: String, by reader: inout Reader
  ) -> [Argument] {
    reader.isTrue(node, what: what) ? [()] : []
  }
}

/// `true` or `false`.
package struct TrueOrFalse: ArgumentForm {
  package typealias Argument = Bool

  package func arguments<Reader: ArgumentReader>(
    _ node: Reader.Node, what: String, by reader: inout Reader
  ) -> [Argument] {
    [reader.bool(node, what: what)].compactMap(\.self)
  }
}

/// A number of a range.
package struct Number: ArgumentForm {
  package typealias Argument = Int
  let range: ClosedRange<Int>

  /// How many bytes there are.
  static let count = Number(0...Int.max)

  init(_ range: ClosedRange<Int>) { self.range = range }

  package func arguments<Reader: ArgumentReader>(
    _ node: Reader.Node, what: String, by reader: inout Reader
  ) -> [Argument] {
    [reader.int(node, what: what, range)].compactMap(\.self)
  }
}

/// One word of a closed list.
package struct Word<Value: Sendable>: ArgumentForm {
  package typealias Argument = Value
  /// What the word is in messages; nil takes the key.
  let what: String?
  let values: [(name: String, value: Value)]

  init(_ what: String?, _ values: [(name: String, value: Value)]) {
    self.what = what
    self.values = values
  }

  package func arguments<Reader: ArgumentReader>(
    _ node: Reader.Node, what: String, by reader: inout Reader
  ) -> [Argument] {
    [reader.word(node, what: self.what ?? what, values)].compactMap(\.self)
  }
}

/// Words of a closed list: one, or a list of them.
package struct Words<Value: Sendable>: ArgumentForm {
  package typealias Argument = [Value]
  /// What each word is in messages.
  let what: String
  let values: [(name: String, value: Value)]

  init(_ what: String, _ values: [(name: String, value: Value)]) {
    self.what = what
    self.values = values
  }

  package func arguments<Reader: ArgumentReader>(
    _ node: Reader.Node, what: String, by reader: inout Reader
  ) -> [Argument] {
    guard let nodes = reader.oneOrMore(node, what: self.what) else { return [] }
    return [nodes.compactMap { reader.word($0, what: self.what, values) }]
  }
}

/// Values of another form: one, or a list of them.
package struct OneOrMore<Element: ArgumentForm>: ArgumentForm {
  package typealias Argument = [Element.Argument]
  /// What each value is in messages.
  let what: String
  let element: Element

  init(_ what: String, _ element: Element) {
    self.what = what
    self.element = element
  }

  package func arguments<Reader: ArgumentReader>(
    _ node: Reader.Node, what: String, by reader: inout Reader
  ) -> [Argument] {
    guard let nodes = reader.oneOrMore(node, what: what) else { return [] }
    return [nodes.flatMap { element.arguments($0, what: self.what, by: &reader) }]
  }
}

/// Bytes in any of their forms, as many as one value may stand for.
package struct AnyBytes: ArgumentForm {
  package typealias Argument = Blob

  package func arguments<Reader: ArgumentReader>(
    _ node: Reader.Node, what: String, by reader: inout Reader
  ) -> [Argument] {
    [reader.blob(node, what: what)].compactMap(\.self)
  }
}

/// Bytes that are looked for as they are: at most `limit`.
package struct FewBytes: ArgumentForm {
  package typealias Argument = [UInt8]
  let limit: Int

  init(atMost limit: Int) { self.limit = limit }

  package func arguments<Reader: ArgumentReader>(
    _ node: Reader.Node, what: String, by reader: inout Reader
  ) -> [Argument] {
    [reader.bytes(node, what: what, atMost: limit)].compactMap(\.self)
  }
}

/// Names, all of one condition: a list, or one.
package struct NameList: ArgumentForm {
  package typealias Argument = [[UInt8]]

  package func arguments<Reader: ArgumentReader>(
    _ node: Reader.Node, what: String, by reader: inout Reader
  ) -> [Argument] {
    [reader.names(node, what: what)].compactMap(\.self)
  }
}

/// Names, each for a condition of its own: a list, or one.
package struct EachName: ArgumentForm {
  package typealias Argument = [UInt8]

  package func arguments<Reader: ArgumentReader>(
    _ node: Reader.Node, what: String, by reader: inout Reader
  ) -> [Argument] {
    reader.names(node, what: what) ?? []
  }
}

/// Names with values.
package struct PairList: ArgumentForm {
  package typealias Argument = [Pair]

  package func arguments<Reader: ArgumentReader>(
    _ node: Reader.Node, what: String, by reader: inout Reader
  ) -> [Argument] {
    [reader.pairs(node, what: what)].compactMap(\.self)
  }
}

/// Another exchange of the case: `{exchange: N, on: N}`.
package struct OtherExchange: ArgumentForm {
  package typealias Argument = ExchangeSelector

  package func arguments<Reader: ArgumentReader>(
    _ node: Reader.Node, what: String, by reader: inout Reader
  ) -> [Argument] {
    guard let members = reader.members(node, what: what, keys: ["exchange", "on"], required: []) else { return [] }
    return [ExchangeSelector(on: members["on"], exchange: members["exchange"], by: &reader)]
  }
}
