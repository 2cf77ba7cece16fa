// The text of a fixture file and the YAML tree in it, with bounds on both.
//
// What cannot be read at all is found here: size, encoding, syntax, nesting, anchors. What the tree means is for
// `FixtureReader`.

internal import YAMLTree

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
  /// - Complexity: O(length).
  func document() throws(FixtureError) -> Node? {
    guard text.utf8.count <= Self.byteLimit else {
      throw FixtureError(
        .tooLarge, "a fixture file has at most \(Self.byteLimit) bytes; this one has \(text.utf8.count)",
        at: SourceLocation(file: file, line: 0, column: 0),
        remedy: "long content is written {fill: a, bytes: N} or {pattern: N}")
    }
    do {
      return try Node(yaml: text, depthLimit: Self.depthLimit)
    } catch {
      throw fixtureError(error)
    }
  }

  private func fixtureError(_ trouble: YAMLError) -> FixtureError {
    // The end of the file says little; where the unfinished thing began says more.
    let mark = line(trouble.mark.line).isEmpty ? trouble.start ?? trouble.mark : trouble.mark
    func error(_ code: FixtureError.Code, length: Int = 1, remedy: String = "") -> FixtureError {
      self.error(code, trouble.message, line: mark.line, column: mark.column, length: length, remedy: remedy)
    }
    return switch trouble.kind {
    case .syntax: error(.syntax)
    case .tooDeep: error(.tooDeep)
    case .anchor: error(.anchor, remedy: "write the value out: a case is read on its own")
    case .duplicateKey(let name):
      error(
        .duplicateKey, length: name.unicodeScalars.count,
        remedy: "where a name is meant to be sent twice, write a list of {name: …, value: …}")
    }
  }
}
