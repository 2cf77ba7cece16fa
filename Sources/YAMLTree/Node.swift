// A YAML document as a tree of values that know where they stand, and why a text is none.
//
// Scalars stay the text that they were written as: whether `1` is a number is the reader's question. Anchors and
// aliases are refused, and so is depth beyond a limit, so that reading takes time in proportion to the text.

/// A place in a text, both counted from 1, columns by Unicode scalars.
package struct Mark: Hashable, Sendable {
  package var line: Int
  package var column: Int

  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }
}

/// What stands at one place of a document.
package struct Node: Sendable {
  package enum Content: Sendable {
    case scalar(String, Style)
    case sequence([Node])
    /// The entries in the order they were written; no scalar is the key of two.
    case mapping([(key: Node, value: Node)])
  }

  /// How a scalar was written.
  package enum Style: Sendable {
    case plain
    case singleQuoted
    case doubleQuoted
    case literal
    case folded
  }

  package let content: Content
  package let mark: Mark

  /// The one document of a text; nil where the text holds none.
  ///
  /// - Parameter depthLimit: How deep its sequences and mappings may nest.
  package init?(yaml text: String, depthLimit: Int = 64) throws(YAMLError) {
    let composer = Composer(text, depthLimit: depthLimit)
    guard let root = try composer.root() else { return nil }
    self = root
  }

  init(_ content: Content, at mark: Mark) {
    self.content = content
    self.mark = mark
  }

  /// The text of a scalar; nil for anything else.
  package var text: String? {
    if case .scalar(let text, _) = content { text } else { nil }
  }

  /// The elements of a sequence; nil for anything else.
  package var sequence: [Node]? {
    if case .sequence(let elements) = content { elements } else { nil }
  }

  /// The entries of a mapping; nil for anything else.
  package var mapping: [(key: Node, value: Node)]? {
    if case .mapping(let entries) = content { entries } else { nil }
  }
}

/// Why a text is no document.
package struct YAMLError: Error, Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    case syntax
    case tooDeep
    case anchor
    /// A mapping has this key more than once.
    case duplicateKey(String)
  }

  package var kind: Kind
  package var message: String
  package var mark: Mark
  /// Where the unfinished thing began, when the trouble was noticed in the middle of one.
  package var start: Mark?

  package init(_ kind: Kind, _ message: String, at mark: Mark, start: Mark? = nil) {
    self.kind = kind
    self.message = message
    self.mark = mark
    self.start = start
  }
}
