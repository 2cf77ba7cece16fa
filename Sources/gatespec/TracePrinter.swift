// What a trace prints, in the format that was asked for.
//
// Chooses renderers and gathers their bytes; when bytes leave is TraceSession's decision.

import Conformance
import Exchanges
import Inspection
import Reports

/// Renders what an inspector yields.
struct TracePrinter {
  private let format: TraceCommand.Format
  private var line: TraceLine
  private let tree: TraceTree
  private let events = TraceEvents()
  private var json: TraceJSON
  private var text = TextBuffer()
  let output = FileOutput.standardOutput
  /// The gravest verdict of a finding so far.
  private(set) var worst = Verdict.pass
  /// Exchanges printed, and the most that are.
  private var exchangeCount: UInt64 = 0
  private let limit: UInt64
  private var selection: ExchangeSelection
  /// Nil where no summary was asked for.
  private var statistics: TraceStatistics?
  private let summary: TraceSummary
  /// Bytes that are gathered before they are written.
  private static let batchByteCount = 64 * 1024

  init(
    format: TraceCommand.Format, detail: TraceDetail, registry: RequirementRegistry, filter: ExchangeFilter?,
    limit: UInt64?, summarises: Bool
  ) {
    statistics = summarises ? TraceStatistics() : nil
    selection = ExchangeSelection(filter)
    self.format = format
    self.limit = limit ?? .max
    let style = Terminal.style(for: output)
    line = TraceLine(style: style, zone: Terminal.zone)
    tree = TraceTree(detail: detail, style: style)
    json = TraceJSON(registry: registry)
    summary = TraceSummary(style: style, zone: Terminal.zone)
  }

  /// Whether as many exchanges were printed as were asked for.
  var isFull: Bool { exchangeCount >= limit }

  /// Renders one exchange, or what belongs to a connection; nothing once the limit is reached.
  mutating func take(_ result: consuming InspectionOutput) {
    guard !isFull else { return }
    switch result {
    case .exchange(let exchange, let findings):
      guard selection.takes(exchange, findings) else { return }
      note(findings)
      exchangeCount += 1
      statistics?.take(exchange)
      switch format {
      case .text:
        line.render(exchange, hasFindings: !findings.isEmpty, to: &text)
        tree.render(exchange, findings, to: &text)
      case .json: json.render(exchange, findings)
      case .events: break
      }
    case .connection(let summary, let findings):
      guard selection.takes(summary) else { return }
      note(findings)
      statistics?.take(summary)
      switch format {
      case .text: tree.render(summary, findings, to: &text)
      case .json: json.render(summary, findings)
      case .events: events.render(summary, to: &text)
      }
    }
    if text.count > Self.batchByteCount || json.output.count > Self.batchByteCount { flush() }
  }

  private mutating func note(_ findings: [Finding]) {
    for finding in findings { worst = max(worst, finding.verdict) }
  }

  /// Renders the end of the run and writes everything.
  mutating func finish(_ counters: InspectionCounters, isLive: Bool) {
    var counters = counters
    counters.selected = selection.isActive ? exchangeCount : nil
    switch format {
    case .text:
      if let statistics { summary.render(statistics, to: &text) }
      TraceEnd().render(counters, isLive: isLive, to: &text)
    case .json: json.render(counters, statistics)
    case .events: break
    }
    flush()
  }

  /// Whether something waits to be written.
  var isPending: Bool { !text.isEmpty || !json.output.isEmpty }

  /// Writes what was rendered so far.
  mutating func flush() {
    output.drain(&text)
    output.drain(&json.output)
  }
}
