// `gatespec compare` for people: the targets, what they read differently, the grid of verdicts, where responses differ,
// the counts.
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
    // What is dangerous comes first.
    renderDiscrepancies(comparison, letters, to: &output)
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
    let totals = Self.totals.map { verdict in (verdict, comparison.reports.map { $0.count(verdict) }) }
      .filter { $0.1.contains { count in count > 0 } }
    let labels = totals.map { "all \($0.0.rawValue)" }
    let width = (rows.map(\.id) + labels).map(\.utf8.count).max() ?? 0
    output.append("  ")
    output.append("case", paddedTo: width)
    renderCells(letters.map { ($0, nil) }, to: &output)
    for row in rows { render(row, width, letters, to: &output) }
    if !rows.isEmpty { output.append("\n") }
    for (label, (verdict, counts)) in zip(labels, totals) {
      output.append("  ")
      output.append(label, paddedTo: width)
      renderCells(counts.map { ("\($0)", $0 > 0 ? verdict.ink : nil) }, to: &output)
    }
    if rows.count < comparison.rows.count { renderRest(comparison, to: &output) }
    output.append("\n")
  }

  /// The totals in the order of their rows.
  private static let totals: [Verdict] = [.pass, .fail, .warn, .info, .skip, .inconclusive, .error]
  /// The longest word of a cell: a column for each of ten targets fits a terminal.
  private static let columnWidth = 4

  /// Cells of a row, without spaces at the end of the line.
  private func renderCells(
    _ cells: [(word: String, ink: Ink?)], width: Int = Self.columnWidth, to output: inout TextBuffer
  ) {
    for (index, (word, ink)) in cells.enumerated() {
      output.append("  ")
      if let ink { output.append(word, ink, style) } else { output.append(word) }
      if index < cells.count - 1 { output.append(spaces: max(0, width - word.utf8.count)) }
    }
    output.append("\n")
  }

  /// How many cases have no row, since all targets agree about them.
  private func renderRest(_ comparison: CheckComparison, to output: inout TextBuffer) {
    let words = Self.totals.compactMap { verdict in
      let count = comparison.rows.count { $0.commonVerdict == verdict }
      return count > 0 ? "\(count) \(verdict.rawValue)" : nil
    }
    output.append("\n  the same on all that were asked: \(words.joined(separator: ", ")); -v lists them\n")
  }

  private func render(
    _ row: CheckComparison.Row, _ width: Int, _ letters: [String], to output: inout TextBuffer
  ) {
    output.append("  ")
    output.append(row.id, paddedTo: width)
    renderCells(row.results.map { (Self.word($0), $0?.verdict.ink) }, to: &output)
    guard listsAll else { return }
    for (letter, result) in zip(letters, row.results) {
      guard let result, !result.reason.isEmpty else { continue }
      output.append(spaces: 4)
      output.append(paragraph: "\(letter): \(result.reason)", indent: 7, from: 4, style)
    }
  }

  /// The verdict in four letters; a hyphen where the case did not run.
  private static func word(_ result: CaseResult?) -> String {
    switch result?.verdict {
    case .inconclusive: "inc."
    case .error: "err."
    case let verdict?: verdict.rawValue
    case nil: "-"
    }
  }

  // MARK: Readings

  /// Cases whose bytes are different requests to different targets, with the readings of all.
  private func renderDiscrepancies(_ comparison: CheckComparison, _ letters: [String], to output: inout TextBuffer) {
    let rows = comparison.rows.filter(\.isDiscrepant)
    guard !rows.isEmpty else { return }
    output.append("read differently", .bold, style)
    output.append(", in \(rows.count) \(rows.count == 1 ? "case" : "cases")")
    output.append(": the same bytes are different requests to these servers\n")
    let width = rows.map(\.id.utf8.count).max() ?? 0
    let column = rows.flatMap(\.readings).compactMap { $0?.utf8.count }.max() ?? 0
    output.append("  ")
    output.append("case", paddedTo: width)
    renderCells(letters.map { ($0, nil) }, width: column, to: &output)
    for row in rows {
      output.append("  ")
      output.append(row.id, paddedTo: width)
      renderCells(row.readings.map { ($0 ?? "-", nil) }, width: column, to: &output)
    }
    output.append("\n")
  }

  // MARK: Responses

  private func renderDifferences(_ comparison: CheckComparison, _ letters: [String], to output: inout TextBuffer) {
    // Where the verdicts differ, the grid has said so.
    let differences = comparison.sharedDifferences { listsAll || !$0.isRemarkable }
    let others = comparison.rows.count { $0.isRemarkable && !$0.differences.isEmpty }
    if !differences.isEmpty {
      output.append(listsAll ? "responses that differ" : "responses that differ where the verdicts agree", .bold, style)
      output.append("\n")
    }
    for difference in differences { render(difference, letters, to: &output) }
    if !listsAll, others > 0 {
      let cases = others == 1 ? "1 case" : "\(others) cases"
      output.append("  responses differ in \(cases) with different verdicts as well; -v lists them\n")
    }
    if !differences.isEmpty || others > 0 { output.append("\n") }
  }

  private func render(
    _ difference: CheckComparison.SharedDifference, _ letters: [String], to output: inout TextBuffer
  ) {
    let count = difference.cases.count
    output.append("  \(difference.what), in \(count) \(count == 1 ? "case" : "cases")\n")
    renderGroups(difference.values, letters, to: &output)
    let shown = listsAll ? count : min(count, Self.caseLimit)
    let more = count > shown ? " and \(count - shown) more" : ""
    output.append(paragraph: difference.cases.prefix(shown).joined(separator: " ") + more, indent: 4, style)
  }

  /// Each value with the targets that have it, a line each.
  private func renderGroups(_ values: [String?], _ letters: [String], to output: inout TextBuffer) {
    var groups: [(value: String, letters: [String])] = []
    for (letter, value) in zip(letters, values) {
      guard let value else { continue }
      if let index = groups.firstIndex(where: { $0.value == value }) {
        groups[index].letters.append(letter)
      } else {
        groups.append((value, [letter]))
      }
    }
    let width = groups.map { $0.letters.joined(separator: " ").utf8.count }.max() ?? 0
    for group in groups {
      output.append(spaces: 4)
      output.append(group.letters.joined(separator: " "), paddedTo: width + 2)
      output.append(paragraph: group.value, indent: width + 6, from: width + 6, style)
    }
  }
}
