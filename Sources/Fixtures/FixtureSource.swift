// The text of a fixture file and the YAML tree in it, with bounds on both.
//
// What cannot be read at all is found here: size, encoding, syntax, nesting, anchors. What the tree means is for
// `FixtureReader`.

internal import Yams

/// A fixture file's text, for reading it and for showing lines of it.
struct FixtureSource {
  /// The most bytes of a fixture file.
  static let byteLimit = 4 << 20
  /// How deep a document may be nested.
  static let depthLimit = 64
  /// The name that errors show.
  let file: String
  let text: String
  private let lines: [Substring.UTF8View]

  init(file: String, text: String) {
    self.file = file
    self.text = text
    lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { Substring($0).utf8 }
  }

  /// The text of a line, from 1, without its line end; at most its first 200 characters.
  func line(_ number: Int) -> String {
    guard number >= 1, number <= lines.count else { return "" }
    let line = Substring(lines[number - 1])
    let text = String(line.unicodeScalars.prefix(200))
    return text.hasSuffix("\r") ? String(text.unicodeScalars.dropLast()) : text
  }

  /// An error at a place of this file.
  func error(
    _ code: FixtureError.Code, _ message: String, line number: Int, column: Int, length: Int = 1, remedy: String = ""
  ) -> FixtureError {
    let shown = line(number)
    let rest = max(shown.unicodeScalars.count - (column - 1), 1)
    return FixtureError(
      code, message, at: SourceLocation(file: file, line: number, column: column), sourceLine: shown,
      length: max(min(length, rest), 1), remedy: remedy)
  }

  /// The one document of the file; nil where the file holds nothing.
  ///
  /// - Complexity: O(length); what could make the YAML library do more (deep nesting, aliases in keys) is refused
  ///   before it.
  func document() throws(FixtureError) -> Node? {
    guard text.utf8.count <= Self.byteLimit else {
      throw FixtureError(
        .tooLarge, "a fixture file has at most \(Self.byteLimit) bytes; this one has \(text.utf8.count)",
        at: SourceLocation(file: file, line: 0, column: 0),
        remedy: "long content is written {fill: a, bytes: N} or {pattern: N}")
    }
    try refuseExplosions()
    do {
      // The basic resolver: what a scalar is, is asked of it later; guessing by regular expressions doubles the time.
      let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
      let node = try parser.singleRoot()
      // Anchors are held by the parser, weakly by the nodes: they are looked for while it lives.
      let anchored = withExtendedLifetime(parser) { node.flatMap { Self.firstAnchor(in: $0, depth: 0) } }
      if let mark = anchored {
        throw error(
          .anchor, "anchors and aliases are refused", line: mark.line, column: mark.column,
          remedy: "write the value out: a case is read on its own")
      }
      return node
    } catch let error as FixtureError {
      throw error
    } catch {
      throw syntaxError(error)
    }
  }

  /// Refuses what would cost the YAML library more than linear time or a deep stack.
  ///
  /// Counts brackets and alias-like words wherever they stand, so it errs on the side of refusing; the limits are
  /// far above what a fixture needs.
  private func refuseExplosions() throws(FixtureError) {
    var depth = 0
    var aliases = 0
    var explicitKeys = 0
    var line = 1
    var lineStart = 0
    var previous = UInt8(ascii: "\n")
    for (position, byte) in text.utf8.enumerated() {
      switch byte {
      case UInt8(ascii: "\n"):
        line += 1
        lineStart = position + 1
      case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth = max(depth - 1, 0)
      case UInt8(ascii: "*") where " \t\n-:,[{?".utf8.contains(previous): aliases += 1
      case UInt8(ascii: "?") where " \t\n-".utf8.contains(previous): explicitKeys += 1
      default: break
      }
      if depth > Self.depthLimit || explicitKeys > Self.depthLimit {
        throw error(
          .tooDeep, "brackets and keys nest more than \(Self.depthLimit) deep here", line: line,
          column: position - lineStart + 1)
      }
      if aliases > Self.depthLimit {
        throw error(
          .anchor, "more than \(Self.depthLimit) words that look like aliases", line: line,
          column: position - lineStart + 1, remedy: "anchors and aliases are refused; quote text that begins with *")
      }
      previous = byte
    }
  }

  private static func firstAnchor(in node: Node, depth: Int) -> Mark? {
    if node.anchor != nil { return node.mark }
    switch node {
    case .mapping(let mapping):
      for (key, value) in mapping {
        if let mark = firstAnchor(in: key, depth: depth + 1) ?? firstAnchor(in: value, depth: depth + 1) { return mark }
      }
      return nil
    case .sequence(let sequence):
      for element in sequence {
        if let mark = firstAnchor(in: element, depth: depth + 1) { return mark }
      }
      return nil
    case .alias: return node.mark
    case .scalar: return nil
    }
  }

  private func syntaxError(_ trouble: any Error) -> FixtureError {
    switch trouble as? YamlError {
    case .scanner(let context, let problem, let mark, _)?, .parser(let context, let problem, let mark, _)?,
      .composer(let context, let problem, let mark, _)?:
      let during = context.map { "\($0.text.trimmingSuffix(" ")): " } ?? ""
      if line(mark.line).isEmpty, let start = context?.mark {
        // The end of the file says little; where the unfinished thing began says more.
        return error(.syntax, during + problem, line: max(start.line, 1), column: max(start.column, 1))
      }
      return error(.syntax, during + problem, line: max(mark.line, 1), column: max(mark.column, 1))
    case .duplicatedKeysInMapping(let names, let context)?:
      let name = names.sorted().first ?? ""
      return error(
        .duplicateKey, "`\(name)` stands more than once in this map", line: max(context.mark.line, 1),
        column: max(context.mark.column, 1), length: name.unicodeScalars.count,
        remedy: "where a name is meant to be sent twice, write a list of {name: …, value: …}")
    case .reader(let problem, let offset, _, _)?:
      let before = text.prefix(offset ?? 0)
      let line = before.utf8.count { $0 == UInt8(ascii: "\n") } + 1
      let column = (before.split(separator: "\n", omittingEmptySubsequences: false).last?.unicodeScalars.count ?? 0) + 1
      return error(.syntax, problem, line: line, column: column)
    case let other?: return error(.syntax, "\(other)", line: 1, column: 1)
    case nil: return error(.syntax, "\(trouble)", line: 1, column: 1)
    }
  }
}

extension String {
  fileprivate func trimmingSuffix(_ suffix: String) -> String {
    hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
  }
}
