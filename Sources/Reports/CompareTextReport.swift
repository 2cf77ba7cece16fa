// `gatespec compare` for people: the targets, the grid of verdicts, where responses differ, the counts.
//
// Targets are named by letters, so that the grid fits a terminal.

internal import Conformance
internal import Drivers

/// Renders a comparison as text.
package struct CompareTextReport: Sendable {
  private let style: TextStyle
  private let listsAll: Bool
  /// Cases named of one difference, unless all are asked for.
  private static let caseLimit = 3

  /// - Parameter listsAll: Whether cases that passed everywhere have a row, and reasons and all cases are named.
  package init(style: TextStyle = .plain, listsAll: Bool = false) {
    self.style = style
    self.listsAll = listsAll
  }

  /// Appends the whole comparison; its last lines are the counts.
  package func render(_ comparison: CheckComparison, to output: inout TextBuffer) {
    let letters = Self.letters(comparison.reports.count)
    output.append("gatespec compare", .bold, style)
    output.append("\n\n")
    for (letter, report) in zip(letters, comparison.reports) {
      output.append("  \(letter)  \(report.target)\n")
    }
    output.append("\n")
    renderGrid(comparison, letters, to: &output)
    renderDifferences(comparison, letters, to: &output)
    for (letter, report) in zip(letters, comparison.reports) {
      if report.interrupted { output.append("\(letter)  interrupted: not every case ran\n", .yellow, style) }
      output.append("\(letter)  \(report.countLine)\n")
    }
  }

  /// `A`, `B`, … `Z`, `A2`, ….
  static func letters(_ count: Int) -> [String] {
    (0..<count).map { number in
      let letter = String(Unicode.Scalar(UInt8(65 + number % 26)))
      return number < 26 ? letter : "\(letter)\(number / 26 + 1)"
    }
  }

  // MARK: The grid

  private func renderGrid(_ comparison: CheckComparison, _ letters: [String], to output: inout TextBuffer) {
    let rows = listsAll ? comparison.rows : comparison.rows.filter(\.isRemarkable)
    let passed = comparison.rows.count - rows.count
    if !rows.isEmpty {
      let width = rows.map { $0.id.utf8.count }.max() ?? 0
      let columns = letters.indices.map { target in
        (rows.map { Self.word($0.results[target]).utf8.count }.max() ?? 0) + 2
      }
      output.append("  ")
      output.append("case", paddedTo: width)
      for (letter, column) in zip(letters, columns) {
        output.append("  ")
        output.append(letter, paddedTo: letter == letters.last ? 0 : column - 2)
      }
      output.append("\n")
      for row in rows { render(row, width, columns, letters, to: &output) }
    }
    if passed > 0 {
      output.append("  \(passed) \(passed == 1 ? "case" : "cases") passed everywhere; -v lists them\n")
    }
    output.append("\n")
  }

  private func render(
    _ row: CheckComparison.Row, _ width: Int, _ columns: [Int], _ letters: [String], to output: inout TextBuffer
  ) {
    output.append("  ")
    output.append(row.id, paddedTo: width)
    for (target, column) in columns.enumerated() {
      let word = Self.word(row.results[target])
      output.append("  ")
      if let verdict = row.results[target]?.verdict {
        output.append(word, verdict.ink, style)
      } else {
        output.append(word)
      }
      // No spaces at the end of a line.
      if target < columns.count - 1 { output.append(spaces: column - 2 - word.utf8.count) }
    }
    output.append("\n")
    guard listsAll else { return }
    for (letter, result) in zip(letters, row.results) {
      guard let result, !result.reason.isEmpty else { continue }
      output.append(spaces: 4)
      output.append(paragraph: "\(letter): \(result.reason)", indent: 7, from: 4, style)
    }
  }

  private static func word(_ result: CaseResult?) -> String { result?.verdict.rawValue ?? "-" }

  // MARK: Responses

  private func renderDifferences(_ comparison: CheckComparison, _ letters: [String], to output: inout TextBuffer) {
    let differences = comparison.sharedDifferences
    guard !differences.isEmpty else { return }
    output.append("responses that differ", .bold, style)
    output.append("\n")
    for difference in differences {
      let count = difference.cases.count
      output.append("  \(difference.what), in \(count) \(count == 1 ? "case" : "cases")\n")
      for (letter, value) in zip(letters, difference.values) {
        output.append("    \(letter)  ")
        output.append(paragraph: value ?? "-", indent: 7, from: 7, style)
      }
      let shown = listsAll ? count : min(count, Self.caseLimit)
      let more = count > shown ? " and \(count - shown) more" : ""
      output.append(paragraph: difference.cases.prefix(shown).joined(separator: " ") + more, indent: 4, style)
    }
    output.append("\n")
  }
}
