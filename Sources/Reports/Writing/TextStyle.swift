// How text is laid out: width, colour, wrapping.
//
// Decided once by the command line, from the terminal and the environment; renderers only obey.

/// What a text report may use.
package struct TextStyle: Sendable {
  /// Columns of the terminal; nil where there is none, and nothing is wrapped or shortened to fit.
  package var width: Int?
  /// Whether escape sequences for colours may be written.
  package var usesColour: Bool

  package init(width: Int? = nil, usesColour: Bool = false) {
    self.width = width
    self.usesColour = usesColour
  }

  /// Plain lines, as wide as they are.
  package static let plain = TextStyle()
  /// Columns for running text where there is no terminal to ask.
  static let readingWidth = 100
  /// Columns that running text is wrapped at.
  var wrappingWidth: Int { width == .max ? .max : min(max(width ?? Self.readingWidth, 40), 120) }
  /// The style for lists: without a terminal an entry stays on one line, so that scripts can read it.
  var forLists: TextStyle { TextStyle(width: width ?? .max, usesColour: usesColour) }
}

/// A colour or weight, as the terminal knows it.
enum Ink: String {
  case red = "31"
  case green = "32"
  case yellow = "33"
  case blue = "34"
  case magenta = "35"
  case bold = "1"
  case dim = "2"
}

extension TextBuffer {
  /// Appends `text`, in that ink where the style has colours.
  mutating func append(_ text: String, _ ink: Ink, _ style: TextStyle) {
    guard style.usesColour else { return append(text) }
    append("\u{1B}[\(ink.rawValue)m\(text)\u{1B}[0m")
  }

  /// Appends `text` and spaces up to `width` columns.
  mutating func append(_ text: String, paddedTo width: Int) {
    append(text)
    append(spaces: width - text.unicodeScalars.count)
  }

  /// Appends running text, wrapped between words, each line indented; ends with a line end.
  ///
  /// A word longer than a line stands on a line of its own and is not cut: it may be something to copy.
  ///
  /// - Parameter column: Columns of the first line that are taken already; nil indents the first line as well.
  mutating func append(paragraph text: String, indent: Int, from column: Int? = nil, _ style: TextStyle) {
    let width = style.wrappingWidth
    if column == nil { append(spaces: indent) }
    var column = column ?? indent
    var isLineEmpty = true
    for word in text.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
      let length = word.unicodeScalars.count
      if !isLineEmpty, column + 1 + length > width {
        append("\n")
        append(spaces: indent)
        column = indent
        isLineEmpty = true
      }
      if !isLineEmpty {
        append(" ")
        column += 1
      }
      append(String(word))
      column += length
      isLineEmpty = false
    }
    append("\n")
  }

  /// Appends a label, and running text beside it in the column `column`.
  mutating func append(label: String, _ text: String, indent: Int, column: Int, _ style: TextStyle) {
    append(spaces: indent)
    append(label, paddedTo: column - indent)
    let end = indent + max(label.unicodeScalars.count, column - indent)
    if end > column { append(" ") }
    append(paragraph: text, indent: column, from: end > column ? end + 1 : column, style)
  }
}
