// A run as a page: the picture, the numbers, and what is doubtful about them. Loads nothing, runs nothing.

package import Benching

/// Writes a run as HTML.
package struct BenchPage {
  private let version: String

  package init(version: String) { self.version = version }

  package func render(_ result: BenchResult, _ judged: [JudgedThreshold] = [], to output: inout TextBuffer) {
    var writer = MarkupWriter()
    writer.literal("<!DOCTYPE html>\n")
    writer.element("html", [("lang", "en")]) { writer in
      writer.element("head") { writer in
        writer.literal(Self.metadata)
        writer.element("title", text: "gatespec bench: \(result.request)")
        writer.literal(Self.style)
      }
      writer.element("body") { writer in
        writer.element("h1", text: "gatespec bench")
        let loads = result.variants.map(\.variant.load)
        writer.element("p", text: BenchWords.loop(loads) + ".")
        writer.element("p", text: "\(result.request); \(BenchWords.time(ofPlan: result.plan)).")
        if result.wasInterrupted {
          writer.element("p", [("class", "notice")], text: "Interrupted: this is what there was.")
        }
        writer.element("div", [("class", "picture")]) { BenchPicture(result).write(to: &$0) }
        table(result, &writer)
        phases(result, &writer)
        remarks(result, judged, &writer)
        writer.element("footer", text: "gatespec \(version)")
      }
    }
    writer.literal("\n")
    output.append(writer.output.text)
  }

  private func table(
    _ title: String, _ columns: [String], _ rows: [(name: String, cells: [String])], _ writer: inout MarkupWriter
  ) {
    writer.element("h2", text: title)
    writer.element("table") { writer in
      writer.element("thead") { writer in
        writer.element("tr") { writer in for column in [""] + columns { writer.element("th", text: column) } }
      }
      writer.element("tbody") { writer in
        for row in rows {
          writer.element("tr") { writer in
            writer.element("th", text: row.name)
            for cell in row.cells { writer.element("td", text: cell) }
          }
        }
      }
    }
  }

  private func table(_ result: BenchResult, _ writer: inout MarkupWriter) {
    let columns = [
      "requests/s", "±", "p50 ms", "p90", "p99", "p99.9", "max", "failed", "CPU/request", "memory", "ceiling/s",
      "own CPU",
    ]
    let rows = result.variants.map { variant -> (String, [String]) in
      let figures = variant.total.times.figures
      let rate = variant.spread(of: .rate)
      let times = [figures.p50, figures.p90, figures.p99, figures.p999, figures.max].map {
        figures.count > 0 ? BenchWords.milliseconds($0) : ""
      }
      let cells =
        [rate.map { BenchWords.count($0.median) } ?? "", rate.map { BenchWords.percent($0.share) } ?? ""] + times + [
          variant.total.failed > 0 ? "\(variant.total.failed)" : "", variant.targetWork.map(BenchWords.time) ?? "",
          variant.total.targetMemory.map(BenchWords.memory) ?? "", variant.ceiling.map(BenchWords.count) ?? "",
          variant.ownWork.map(BenchWords.time) ?? "",
        ]
      return (result.title(of: variant.variant), cells)
    }
    table("Numbers", columns, rows, &writer)
  }

  private func phases(_ result: BenchResult, _ writer: inout MarkupWriter) {
    let rows = result.variants.map { variant in
      (
        result.title(of: variant.variant),
        BenchPhase.allCases.map { phase in
          variant.total.times.figures(of: phase).map { BenchWords.milliseconds($0.p50) } ?? ""
        }
      )
    }
    table("Where the time goes: the median of each phase, in ms", BenchPhase.allCases.map(\.name), rows, &writer)
  }

  private func remarks(_ result: BenchResult, _ judged: [JudgedThreshold], _ writer: inout MarkupWriter) {
    var lines: [String] = []
    for variant in result.variants {
      lines += variant.marks.map { "\(result.title(of: variant.variant)): \(BenchWords.sentence($0, variant))" }
    }
    lines += result.leftOut.map { "Not measured: \($0.target), \($0.mode.title): \($0.reason)." }
    lines += result.targets.map {
      "\($0.name): \($0.contract); \($0.status), \($0.bodyByteCount) bytes of body; "
        + "\(BenchWords.comparison($0.comparison))."
    }
    lines += judged.map {
      "\($0.word) \($0.threshold.text): \(result.title(of: result.variants[$0.variant].variant)): \($0.words)."
    }
    guard !lines.isEmpty else { return }
    writer.element("h2", text: "Remarks")
    writer.element("ul") { writer in for line in lines { writer.element("li", text: line) } }
  }

  private static let metadata: StaticString = """

    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; \
    base-uri 'none'; form-action 'none'">

    """

  private static let style: StaticString = """

    <style>
    :root { --ground: #fff; --text: #1c2128; --quiet: #59636e; --line: #d5dae0; --warn: #8a5a00 }
    @media (prefers-color-scheme: dark) {
      :root { --ground: #10141a; --text: #e3e8ee; --quiet: #98a3af; --line: #323b46; --warn: #e0a530 }
    }
    html { background: var(--ground); color: var(--text); font: 15px/1.5 system-ui, sans-serif }
    body { max-width: 70rem; margin: 0 auto; padding: 1.5rem 1.25rem 3rem }
    h1 { font-size: 1.35rem; margin: 0 } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem }
    .notice { border-left: 3px solid var(--warn); padding-left: .75rem }
    .picture { overflow-x: auto } .picture svg { max-width: 100%; height: auto }
    table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; display: block;
      overflow-x: auto }
    th, td { padding: .2rem .7rem .2rem 0; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap }
    th:first-child { text-align: left; font-weight: normal } thead th { color: var(--quiet); font-weight: 600 }
    footer { color: var(--quiet); margin-top: 2.5rem; font-size: .85rem }
    </style>

    """
}
