// One line of the live view: texts at columns, never wider than the line.
//
// Knows columns and inks; what is written is the views' matter. The only texts that reach the terminal pass here.

/// A line of the screen.
package struct LiveLine: Hashable, Sendable {
  private struct Run: Hashable {
    var text: String
    var ink: Ink?
    /// The column behind it, from 0, where the cursor must be put: terminals may count other columns.
    var settles: Int?
  }

  /// The line's width in columns.
  let width: Int
  /// Columns taken so far.
  private(set) var column = 0
  /// Shown as the chosen one.
  var isReversed = false
  private var runs: [Run] = []

  init(width: Int) { self.width = max(width, 0) }

  /// The line without inks, for tests.
  package var plain: String { runs.map(\.text).joined() }

  /// Appends a text, shortened to what is left of the line and to `limit` columns.
  mutating func put(_ text: String, _ ink: Ink? = nil, limit: Int = .max) {
    let (shown, taken) = text.fitted(into: min(limit, width - column))
    guard !shown.isEmpty else { return }
    column += taken
    let isPlain = shown.utf8.count == taken
    runs.append(Run(text: shown, ink: ink, settles: isPlain ? nil : column))
  }

  /// Appends a text in a cell of so many columns.
  mutating func put(_ text: String, _ ink: Ink? = nil, cell: Int, isRight: Bool = false) {
    let end = column + cell
    if isRight { put(spaces: cell - text.fitted(into: cell).width) }
    put(text, ink, limit: end - column)
    put(spaces: end - column)
  }

  /// Appends spaces.
  mutating func put(spaces count: Int) {
    let count = min(count, width - column)
    guard count > 0 else { return }
    column += count
    runs.append(Run(text: String(repeating: " ", count: count)))
  }

  /// Appends a text at the right end of the line, where it does not touch what stands before it.
  mutating func put(right text: String, _ ink: Ink? = nil) {
    let (shown, taken) = text.fitted(into: max(width - column - 2, 0))
    guard taken > 0 else { return }
    put(spaces: width - column - taken)
    put(shown, ink)
  }

  /// Appends the bytes that write the line where the cursor is.
  func append(usesColour: Bool, to output: inout TextBuffer) {
    for run in runs {
      let codes = usesColour ? [isReversed ? "7" : nil, run.ink?.rawValue].compactMap { $0 } : []
      if !codes.isEmpty { output.append("\u{1B}[\(codes.joined(separator: ";"))m") }
      output.append(run.text)
      if !codes.isEmpty { output.append("\u{1B}[0m") }
      if let column = run.settles, column < width { output.append("\u{1B}[\(column + 1)G") }
    }
  }
}

/// What the screen shows.
package struct LiveFrame: Hashable, Sendable {
  package var lines: [LiveLine]
  package var size: LiveSize

  /// The texts of the lines, for tests.
  package var plain: [String] { lines.map(\.plain) }

  /// The bytes that turn a screen that shows `previous` into this one; nothing where they are the same.
  ///
  /// - Parameter previous: Nil where it is not known what the screen shows.
  package func update(since previous: LiveFrame?, usesColour: Bool, to output: inout TextBuffer) {
    let known = previous?.size == size ? previous?.lines : nil
    if known == nil { output.append("\u{1B}[0m\u{1B}[2J") }
    for (index, line) in lines.prefix(size.rows).enumerated() {
      if let known, index < known.count, known[index] == line { continue }
      output.append("\u{1B}[\(index + 1);1H\u{1B}[2K")
      line.append(usesColour: usesColour, to: &output)
    }
  }
}

/// How large the terminal is, in characters.
package struct LiveSize: Hashable, Sendable {
  package var columns: Int
  package var rows: Int

  /// - Parameters:
  ///   - columns: Held to 1 to 1000, as are the rows: a terminal may claim anything.
  package init(columns: Int, rows: Int) {
    self.columns = min(max(columns, 1), 1000)
    self.rows = min(max(rows, 1), 1000)
  }
}
