// Tables that fit any width: columns that matter less give way to the one that takes what is left.
//
// Widths and inks; what the rows are is LiveRows'.

/// A column of a table.
struct LiveColumn<Row> {
  var title: String
  /// Columns of the terminal; nil for the one column that takes what is left.
  var width: Int?
  var isRight = false
  /// Columns with the lowest rank are left out first.
  var rank: Int
  var text: (Row) -> String
  var ink: (Row) -> Ink? = { _ in nil }
}

/// A table of which one column takes what the others leave.
struct LiveTable<Row> {
  private let columns: [LiveColumn<Row>]
  private let flexibleWidth: Int
  private let width: Int

  /// What the column that takes the rest must have, where others can give way.
  private static var leastFlexibleWidth: Int { 20 }

  init(_ columns: [LiveColumn<Row>], width: Int) {
    var columns = columns
    func rest() -> Int { width - 1 - columns.reduce(0) { $0 + ($1.width.map { $0 + 1 } ?? 0) } }
    while rest() < Self.leastFlexibleWidth,
      let least = columns.indices.filter({ columns[$0].width != nil })
        .min(by: { columns[$0].rank < columns[$1].rank })
    {
      columns.remove(at: least)
    }
    self.columns = columns
    self.width = width
    flexibleWidth = max(rest(), 0)
  }

  /// The names of the columns.
  var header: LiveLine {
    var line = LiveLine(width: width)
    line.put(spaces: 1)
    for (index, column) in columns.enumerated() {
      put(column.title, .bold, column, isLast: index == columns.count - 1, to: &line)
    }
    return line
  }

  /// A row's line; the chosen one is marked.
  func line(_ row: Row, isChosen: Bool) -> LiveLine {
    var line = LiveLine(width: width)
    line.isReversed = isChosen
    line.put(isChosen ? ">" : " ")
    for (index, column) in columns.enumerated() {
      put(column.text(row), column.ink(row), column, isLast: index == columns.count - 1, to: &line)
    }
    return line
  }

  private func put(
    _ text: String, _ ink: Ink?, _ column: LiveColumn<Row>, isLast: Bool, to line: inout LiveLine
  ) {
    line.put(text, ink, cell: column.width ?? flexibleWidth, isRight: column.isRight)
    if !isLast { line.put(spaces: 1) }
  }
}
