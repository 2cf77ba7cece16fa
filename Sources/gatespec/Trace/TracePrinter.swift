// What a trace prints, in the format that was asked for.
//
// Chooses renderers and gathers their bytes; when bytes leave is TraceSession's decision.

import Conformance
import Exchanges
import Inspection
import LiveCapture
import Reports
import WireBytes

/// Renders what a trace has to say.
///
/// Not copyable: it is asked something for every packet, and a copy of all that it holds would cost more than the answer.
struct TracePrinter: TraceViewer, ~Copyable {
  private let format: TraceCommand.Format
  private var line: TraceLine
  private let tree: TraceTree
  private let summary: TraceSummary
  private var json: TraceJSON
  private var har: TraceHAR
  private var text = TextBuffer()
  private let style: TextStyle
  var output = TraceOutput(FileOutput.standardOutput.unwaiting(), .ofReader(CaptureStop()))
  /// Shows exchanges as they come; nil where they are printed.
  let live: LiveDisplay?
  /// Bytes that are gathered before they are written.
  private static let batchByteCount = 64 * 1024

  init(format: TraceCommand.Format, detail: TraceDetail, registry: RequirementRegistry, live: LiveDisplay?) {
    self.format = format
    self.live = live
    style = Terminal.style(for: .standardOutput)
    line = TraceLine(style: style, zone: Terminal.zone)
    tree = TraceTree(detail: detail, style: style, zone: Terminal.zone)
    summary = TraceSummary(style: style, zone: Terminal.zone)
    json = TraceJSON(registry: registry, bodyByteCount: detail.bodyByteCount ?? 0)
    har = TraceHAR(version: Gatespec.version, bodyByteCount: detail.bodyByteCount ?? 0, registry: registry)
  }

  /// Whether connections are printed when they are over, so that those still open must be asked for.
  var printsConnections: Bool { format == .wire || format == .events || format == .pcap }

  mutating func show(_ exchange: Exchange, _ findings: [Finding], _ link: LinkOutcome, isChosen: Bool) {
    // A live view has a filter of its own, which can be changed.
    if let live { return live.take(exchange, findings, link) }
    guard isChosen else { return }
    switch format {
    case .text:
      line.render(exchange, hasFindings: !findings.isEmpty, to: &text)
      tree.render(exchange, findings, link: link, to: &text)
    case .json: json.render(exchange, findings, link: link)
    case .har: har.render(exchange, findings)
    case .events, .wire, .pcap: break
    }
    flushWhenFull()
  }

  mutating func show(_ connection: ConnectionSummary, _ findings: [Finding]) {
    guard live == nil else { return }
    switch format {
    case .text: tree.render(connection, findings, to: &text)
    case .json: json.render(connection, findings)
    case .events: TraceEvents().render(connection, to: &text)
    case .wire: TraceWire().render(connection, to: &text)
    case .har, .pcap: break
    }
    flushWhenFull()
  }

  private mutating func flushWhenFull() {
    if pendingByteCount > Self.batchByteCount { flush() }
  }

  /// Renders the end of the run and writes everything.
  ///
  /// Where standard output is for programs, or cannot be written any more, what is for people goes to standard error.
  mutating func finish(_ totals: TraceTotals, isLive: Bool) {
    let counters = totals.counters
    var end = TextBuffer()
    if let statistics = totals.statistics, format != .json { summary.render(statistics, to: &end) }
    // What waits is written now, so that it is known whether the end can follow it.
    flush()
    output.settle()
    if format != .json || counters.exchanges == 0 || output.isLost {
      TraceEnd(style: style).render(counters, totals.findings, isLive: isLive, to: &end)
    }
    if format == .json { json.render(counters, totals.statistics) }
    if format == .har { har.finish() }
    let isText = format == .text && !output.isLost
    if isText { unsafe text.append(end.bytes.span.bytes) }
    flush()
    output.settle()
    if !isText, !end.isEmpty { FileOutput.standardError.drain(&end) }
  }

  private var pendingByteCount: Int { text.count + json.pendingByteCount + har.output.count }

  /// Whether something waits to be written.
  var isPending: Bool { pendingByteCount > 0 }

  /// Writes what was rendered so far.
  mutating func flush() {
    output.push()
    if !text.isEmpty { output.drain(&text) }
    if !json.output.isEmpty { output.drain(&json.output) }
    if !har.output.isEmpty { output.drain(&har.output) }
  }
}
