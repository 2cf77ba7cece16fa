// What is wrong with a filter expression: the place, and what would do.
//
// A value; the command line prints it.

internal import WireBytes

/// An expression that cannot be read.
package struct FilterError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The whole expression.
  package var source: String
  /// The column of the trouble, from 1, in characters.
  package var column: Int
  package var message: String
  /// What would do instead; empty where the message says it all.
  package var remedy: String
  /// A name that is not known, and those that are: for who can tell which one was meant.
  package var unknown: UnknownName?

  /// A name that is not known, and those that are.
  package struct UnknownName: Hashable, Sendable {
    package var name: String
    package var candidates: [String]
  }

  init(_ message: String, in source: String, at column: Int, remedy: String = "", unknown: UnknownName? = nil) {
    self.source = source
    self.column = column
    self.message = message
    self.remedy = remedy
    self.unknown = unknown
  }

  /// The expression with a caret under the trouble, two spaces in.
  ///
  /// Of a long expression only the part around it.
  package var excerpt: String {
    let characters = Array(source)
    let start = max(0, column - 61)
    let shown = characters[min(start, characters.count)..<min(start + 76, characters.count)]
    // What cannot stand on one line as itself becomes one character, so that the caret stays under its place.
    let line = shown.map { WireText.escape(Array($0.utf8)) == String($0) || $0 == "\\" ? $0 : "?" }
    return "  " + String(line) + "\n  " + String(repeating: " ", count: column - 1 - start) + "^"
  }

  package var description: String {
    "\(message)\n\(excerpt)" + (remedy.isEmpty ? "" : "\n  \(remedy)")
  }
}
