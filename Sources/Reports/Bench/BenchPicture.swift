// A run as a picture: for each variant the distribution of its times over one axis, with its median and its 99th
// percentile. SVG that stands for itself: no script, no font and nothing else from elsewhere.
//
// The axis is logarithmic, for a process takes hundreds of times what a kept connection does. Heights are shares of the
// row's own largest bar: they say where times lie, and the numbers beside them how many there were.

package import Benching
internal import Glibc

/// Draws a run.
package struct BenchPicture {
  private static let width = 960.0
  private static let left = 250.0
  private static let right = 790.0
  private static let rowHeight = 44.0
  private static let headHeight = 30.0
  private static let top = 64.0

  private let result: BenchResult
  /// The ends of the axis, as decimal logarithms of nanoseconds.
  private let axis: ClosedRange<Double>
  private let rows: [(load: BenchLoad, variants: [VariantResult])]

  package init(_ result: BenchResult) {
    self.result = result
    var loads: [BenchLoad] = []
    for variant in result.variants where !loads.contains(variant.variant.load) { loads.append(variant.variant.load) }
    rows = loads.map { load in (load, result.variants.filter { $0.variant.load == load }) }
    let bars = result.variants.flatMap { variant -> [Int64] in
      let bars = variant.total.times.distribution
      return [bars.first?.upTo, bars.last?.upTo].compactMap { $0 }
    }
    let least = log10(Double(max(bars.min() ?? 10_000, 1))) - 1 / Double(BenchTimes.barsPerDecade)
    let most = log10(Double(max(bars.max() ?? 10_000_000, 1)))
    axis = (least - 0.05)...max(most + 0.05, least + 0.5)
  }

  private var height: Double {
    Self.top + rows.reduce(0) { $0 + Self.headHeight + Double($1.variants.count) * Self.rowHeight } + 26
  }

  private func x(_ nanoseconds: Double) -> Double {
    let share = (log10(max(nanoseconds, 1)) - axis.lowerBound) / (axis.upperBound - axis.lowerBound)
    return Self.left + min(max(share, 0), 1) * (Self.right - Self.left)
  }

  private func number(_ value: Double) -> String { BenchWords.fixed(value, 1) }

  /// Writes the picture as a file of its own.
  package func render(to output: inout TextBuffer) {
    var writer = MarkupWriter()
    write(to: &writer)
    writer.literal("\n")
    output.append(writer.output.text)
  }

  /// Writes the element.
  func write(to writer: inout MarkupWriter) {
    writer.element(
      "svg",
      [
        ("xmlns", "http://www.w3.org/2000/svg"), ("viewBox", "0 0 \(number(Self.width)) \(number(height))"),
        ("width", number(Self.width)), ("height", number(height)), ("role", "img"), ("class", "bench"),
      ]
    ) { writer in
      writer.element("title", text: "How long requests took: \(result.request)")
      writer.literal(Self.style)
      writer.empty(
        "rect", [("class", "ground"), ("width", number(Self.width)), ("height", number(height))])
      text("How long requests took", at: (16, 26), "title", &writer)
      let loop = result.variants.first?.variant.load.rate == nil ? "closed" : "open"
      text("\(loop) loop, \(result.request)", at: (16, 46), "quiet", &writer)
      drawAxis(&writer)
      var y = Self.top
      for row in rows {
        text(BenchWords.load(row.load), at: (16, y + 20), "load", &writer)
        y += Self.headHeight
        for variant in row.variants {
          draw(variant, at: y, &writer)
          y += Self.rowHeight
        }
      }
    }
  }

  private func text(
    _ text: String, at point: (x: Double, y: Double), _ style: String, anchor: String = "start",
    _ writer: inout MarkupWriter
  ) {
    writer.element(
      "text",
      [("x", number(point.x)), ("y", number(point.y)), ("class", style), ("text-anchor", anchor)], text: text)
  }

  /// A line for each power of ten, and for twice and five times of it.
  private func drawAxis(_ writer: inout MarkupWriter) {
    let bottom = height - 24
    for decade in Int(axis.lowerBound.rounded(.down))...Int(axis.upperBound.rounded(.up)) {
      for (factor, isMain) in [(1.0, true), (2, false), (5, false)] {
        let value = pow(10, Double(decade)) * factor
        guard axis.contains(log10(value)) else { continue }
        writer.empty(
          "line",
          [
            ("x1", number(x(value))), ("x2", number(x(value))), ("y1", number(Self.top)), ("y2", number(bottom)),
            ("class", isMain ? "main" : "grid"),
          ])
        // Between powers of ten there is no room for words.
        for y in isMain ? [Self.top - 5, bottom + 15] : [] {
          text(BenchWords.round(value), at: (x(value), y), "tick", anchor: "middle", &writer)
        }
      }
    }
  }

  private func draw(_ result: VariantResult, at y: Double, _ writer: inout MarkupWriter) {
    let base = y + Self.rowHeight - 8
    let tall = Self.rowHeight - 14
    let variant = result.variant
    // Of a long address the end tells it from others.
    let name = self.result.name(of: variant)
    text(name.count > 30 ? "…\(name.suffix(29))" : name, at: (28, y + 17), "name", &writer)
    text(variant.mode.title, at: (28, y + 32), "quiet", &writer)
    let figures = result.total.times.figures
    let rate = result.spread(of: .rate).map { "\(BenchWords.count($0.median))/s" } ?? "no answer"
    text(rate, at: (Self.width - 16, y + 17), "rate", anchor: "end", &writer)
    let failed = result.total.failed > 0 ? ", \(result.total.failed) failed" : ""
    if figures.count > 0 {
      text(
        "p50 \(BenchWords.time(Double(figures.p50))), p99 \(BenchWords.time(Double(figures.p99)))\(failed)",
        at: (Self.width - 16, y + 32), "quiet", anchor: "end", &writer)
    }
    writer.empty(
      "line",
      [
        ("x1", number(Self.left)), ("x2", number(Self.right)), ("y1", number(base)), ("y2", number(base)),
        ("class", "base"),
      ])
    let bars = result.total.times.distribution
    guard let most = bars.map(\.count).max(), most > 0 else { return }
    let place = self.result.targets.firstIndex { $0.name == variant.target } ?? 0
    writer.empty("path", [("class", "shape c\(place % 6)"), ("d", outline(bars, most, base, tall))])
    for (value, style) in [(figures.p50, "median"), (figures.p99, "late")] {
      writer.empty(
        "line",
        [
          ("x1", number(x(Double(value)))), ("x2", number(x(Double(value)))), ("y1", number(base - tall)),
          ("y2", number(base + 4)), ("class", style),
        ])
    }
  }

  /// The bars as one shape: steps, for nothing is known of what lies between them.
  private func outline(_ bars: [TimeBar], _ most: UInt64, _ base: Double, _ tall: Double) -> String {
    let factor = pow(10, -1 / Double(BenchTimes.barsPerDecade))
    var path = "M\(number(x(Double(bars[0].upTo) * factor))) \(number(base))"
    for bar in bars {
      // What is there is seen, however little of all it is.
      let share = bar.count == 0 ? 0 : max(Double(bar.count) / Double(most), 0.03)
      path += "V\(number(base - share * tall))H\(number(x(Double(bar.upTo))))"
    }
    return path + "V\(number(base))Z"
  }

  private static let style: StaticString = """
    <style>
    .bench { font: 13px system-ui, sans-serif; --ground: #fff; --text: #1c2128; --quiet: #59636e; --line: #d5dae0 }
    .bench .c0 { --ink: #0b6fc2 } .bench .c1 { --ink: #c2571a } .bench .c2 { --ink: #1b8a5a }
    .bench .c3 { --ink: #8d4bbb } .bench .c4 { --ink: #a8851a } .bench .c5 { --ink: #c03a6b }
    @media (prefers-color-scheme: dark) {
      .bench { --ground: #10141a; --text: #e3e8ee; --quiet: #98a3af; --line: #323b46 }
      .bench .c0 { --ink: #5aa9f0 } .bench .c1 { --ink: #f0935a } .bench .c2 { --ink: #4cc28d }
      .bench .c3 { --ink: #bd8ae6 } .bench .c4 { --ink: #dcbb52 } .bench .c5 { --ink: #f07aa5 }
    }
    .bench .ground { fill: var(--ground) }
    .bench text { fill: var(--text) } .bench .quiet, .bench .tick { fill: var(--quiet); font-size: 11px }
    .bench .title { font-size: 16px; font-weight: 600 } .bench .load { font-weight: 600 }
    .bench .rate { font-weight: 600; font-variant-numeric: tabular-nums }
    .bench line { stroke: var(--line) } .bench .grid { stroke-dasharray: 1 4 }
    .bench .shape { fill: var(--ink); fill-opacity: .55; stroke: var(--ink); stroke-width: 1 }
    .bench .median { stroke: var(--text); stroke-width: 2 } .bench .late { stroke: var(--text); stroke-dasharray: 3 2 }
    </style>
    """
}

extension BenchWords {
  /// A place on an axis: `20 µs`, `1 ms`.
  static func round(_ nanoseconds: Double) -> String {
    let units: [(Double, String)] = [(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1, "ns")]
    let unit = units.first { nanoseconds >= $0.0 * 0.999 } ?? (1, "ns")
    return "\(fixed(nanoseconds / unit.0, 0)) \(unit.1)"
  }
}
