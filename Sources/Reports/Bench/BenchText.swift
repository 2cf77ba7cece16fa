// A run as a table for people: a row for each variant with a bar for its rate, what is doubtful, and what differs.

package import Benching

/// Writes a run as text.
package struct BenchText {
  private let style: TextStyle
  private static let barWidth = 24

  package init(style: TextStyle) { self.style = style }

  package func render(_ result: BenchResult, _ judged: [JudgedThreshold] = [], to output: inout TextBuffer) {
    let loads = result.variants.map(\.variant.load)
    output.append(paragraph: BenchWords.loop(loads) + ".", indent: 0, style)
    output.append(paragraph: "\(result.request); \(BenchWords.time(ofPlan: result.plan)).", indent: 0, style)
    for target in result.targets {
      output.append(
        paragraph: "\(target.name): \(target.contract); \(target.status), \(target.bodyByteCount) bytes of body; "
          + "\(BenchWords.comparison(target.comparison)).", indent: 0, style)
    }
    output.append("\n")
    renderTable(result, to: &output)
    renderDoubts(result, to: &output)
    renderComparisons(result, to: &output)
    renderJudgements(result, judged, to: &output)
    if result.wasInterrupted { output.append("\ninterrupted: this is what there was\n") }
  }

  // MARK: The table

  private struct Column: Sendable {
    var title: String
    var value: @Sendable (VariantResult) -> String?
  }

  private static let columns: [Column] = [
    Column(title: "req/s") { $0.spread(of: .rate).map { BenchWords.count($0.median) } },
    Column(title: "±") { $0.rounds.count > 1 ? $0.spread(of: .rate).map { BenchWords.percent($0.share) } : nil },
    Column(title: "p50 ms") { time($0) { $0.p50 } },
    Column(title: "p90") { time($0) { $0.p90 } },
    Column(title: "p99") { time($0) { $0.p99 } },
    Column(title: "max") { time($0) { $0.max } },
    Column(title: "failed") { $0.total.failed > 0 ? "\($0.total.failed)" : nil },
    Column(title: "skipped") { $0.total.skipped > 0 ? "\($0.total.skipped)" : nil },
    Column(title: "CPU/req") { $0.targetWork.map(BenchWords.time) },
    Column(title: "memory") { $0.total.targetMemory.flatMap { $0 > 0 ? BenchWords.memory($0) : nil } },
    Column(title: "ceiling") { $0.ceiling.map { BenchWords.count($0) } },
  ]

  private static func time(_ result: VariantResult, _ value: (TimeFigures) -> Int64) -> String? {
    let figures = result.total.times.figures
    return figures.count > 0 ? BenchWords.milliseconds(value(figures)) : nil
  }

  private func renderTable(_ result: BenchResult, to output: inout TextBuffer) {
    let variants = result.variants
    // A column that nobody has anything in is left out.
    let columns = Self.columns.filter { column in variants.contains { column.value($0) != nil } }
    let widths = columns.map { column in
      (variants.compactMap { column.value($0)?.unicodeScalars.count } + [column.title.unicodeScalars.count]).max() ?? 0
    }
    let labels = variants.map { "  \($0.variant.mode.title), \(BenchWords.load($0.variant.load))" }
    let labelWidth = labels.map(\.unicodeScalars.count).max() ?? 0
    let most = variants.compactMap { $0.spread(of: .rate)?.median }.max() ?? 0
    output.append("", paddedTo: labelWidth)
    for (column, width) in zip(columns, widths) { append(column.title, rightTo: width, to: &output) }
    output.append("\n")
    var heading = ""
    for (variant, label) in zip(variants, labels) {
      let name = result.name(of: variant.variant)
      if name != heading {
        output.append(name, .bold, style)
        output.append("\n")
        heading = name
      }
      output.append(label, paddedTo: labelWidth)
      for (column, width) in zip(columns, widths) { append(column.value(variant) ?? "", rightTo: width, to: &output) }
      output.append("  ")
      let bar = Self.bar((variant.spread(of: .rate)?.median ?? 0) / max(most, 1))
      output.append(bar, variant.marks.isEmpty ? .green : .yellow, style)
      if !variant.marks.isEmpty { output.append(bar.isEmpty ? "!" : " !", .yellow, style) }
      output.append("\n")
    }
    if columns.contains(where: { $0.title == "ceiling" }) {
      output.append(
        paragraph: "ceiling: what gatespec does against a sink of its own with the same request and answer.", indent: 0,
        style)
    }
    if columns.contains(where: { $0.title == "memory" }) {
      output.append(
        paragraph: "memory: the peak of resident memory of each of the target's processes, added up; for CGI, of one "
          + "process for each user. What processes share is in each of them.", indent: 0, style)
    }
  }

  private func append(_ text: String, rightTo width: Int, to output: inout TextBuffer) {
    output.append(spaces: 2 + width - text.unicodeScalars.count)
    output.append(text)
  }

  /// A bar in eighths of a character.
  static func bar(_ share: Double) -> String {
    guard share > 0 else { return "" }
    let eighths = max(Int((min(share, 1) * Double(barWidth * 8)).rounded()), 1)
    let parts: [Character] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    let rest = eighths % 8
    return String(repeating: "█", count: eighths / 8) + (rest > 0 ? String(parts[rest - 1]) : "")
  }

  // MARK: What else there is to say

  private func renderDoubts(_ result: BenchResult, to output: inout TextBuffer) {
    let doubtful = result.variants.filter { !$0.marks.isEmpty }
    if !doubtful.isEmpty {
      output.append("\n")
      output.append("Doubtful (!)", .bold, style)
      output.append("\n")
    }
    for variant in doubtful {
      for mark in variant.marks {
        output.append(
          paragraph: "\(result.title(of: variant.variant)): \(BenchWords.sentence(mark, variant))", indent: 2, style)
      }
    }
    let resent = result.variants.reduce(0) { $0 + $1.total.resent }
    if resent > 0 {
      output.append(
        paragraph: "\(resent) requests were sent anew, for the server had closed the kept connection meanwhile; their "
          + "times run from the first sending.", indent: 0, style)
    }
    for leftOut in result.leftOut {
      output.append(
        paragraph: "not measured: \(leftOut.target), \(leftOut.mode.title): \(leftOut.reason).", indent: 0, style)
    }
  }

  private func renderComparisons(_ result: BenchResult, to output: inout TextBuffer) {
    let comparisons = result.comparisons
    guard !comparisons.isEmpty else { return }
    output.append("\n")
    output.append("Beside one another", .bold, style)
    output.append(" (clear: no round of the one was like a round of the other)\n")
    for comparison in comparisons {
      let faster = result.variants[comparison.faster].variant
      let slower = result.variants[comparison.slower].variant
      func title(_ variant: BenchVariant) -> String { "\(result.name(of: variant)), \(variant.mode.title)" }
      let measure = faster.load.rate == nil ? "times the requests of" : "times as fast as"
      let verdict =
        comparison.isClear
        ? "\(BenchWords.digits(comparison.factor)) \(measure)"
        : "not clearly more than (\(BenchWords.fixed(comparison.factor, 2)) times)"
      output.append(
        paragraph: "\(BenchWords.load(faster.load)): \(title(faster)): \(verdict) \(title(slower))", indent: 2, style)
    }
  }

  private func renderJudgements(
    _ result: BenchResult, _ judged: [JudgedThreshold], to output: inout TextBuffer
  ) {
    guard !judged.isEmpty else { return }
    output.append("\n")
    for judgement in judged {
      let variant = result.variants[judgement.variant].variant
      let ink: Ink = judgement.judgement == .passed ? .red : .dim
      output.append(judgement.word, ink, style)
      output.append(" ")
      output.append(
        paragraph: "\(judgement.threshold.text): \(result.title(of: variant)): \(judgement.words)", indent: 2,
        from: judgement.word.count + 1, style)
    }
  }
}
