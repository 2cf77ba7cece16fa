// What a trace prints, in the format that was asked for.
//
// Chooses renderers and gathers their bytes; when bytes leave is TraceSession's decision.

import Conformance
import Exchanges
import Inspection
import LiveCapture
import Reports
import WireBytes

/// Renders what an inspector yields.
///
/// Not copyable: it is asked something for every packet, and a copy of all that it holds would cost more than the answer.
struct TracePrinter: InspectionSink, LinkedOutput, ~Copyable {
  private let format: TraceCommand.Format
  private var line: TraceLine
  private let tree: TraceTree
  private let summary: TraceSummary
  private var json: TraceJSON
  private var har: TraceHAR
  private var text = TextBuffer()
  private var selection: ExchangeSelection
  /// Nil where nothing that is printed would tell of links.
  private var linker: ExchangeLinker?
  /// Nil where no summary was asked for.
  private var statistics: TraceStatistics?
  private var findings = FindingTally()
  private let style: TextStyle
  /// Nil where secrets are shown.
  private let redactor: Redactor?
  /// Nil unless packets are what is to be written.
  private(set) var planner: PacketPlanner?
  var output = TraceOutput(FileOutput.standardOutput.unwaiting(), .ofReader(CaptureStop()))
  /// Shows exchanges as they come; nil where they are printed.
  let live: LiveDisplay?
  /// The gravest verdict of a finding so far.
  private(set) var worst = Verdict.pass
  /// Bytes that are gathered before they are written.
  private static let batchByteCount = 64 * 1024

  init(
    format: TraceCommand.Format, detail: TraceDetail, options: InspectorOptions, registry: RequirementRegistry,
    selection: ExchangeSelection, summarises: Bool, redactor: Redactor?, live: LiveDisplay?
  ) {
    self.format = format
    self.live = live
    self.redactor = redactor
    self.selection = selection
    statistics = summarises ? TraceStatistics() : nil
    planner = format == .pcap ? PacketPlanner() : nil
    let tellsLinks =
      format == .json || format == .text && detail.verbosity > 0 || summarises || options.judges || live != nil
    linker = tellsLinks ? ExchangeLinker(options: options) : nil
    style = Terminal.style(for: .standardOutput)
    line = TraceLine(style: style, zone: Terminal.zone)
    tree = TraceTree(detail: detail, style: style, zone: Terminal.zone)
    summary = TraceSummary(style: style, zone: Terminal.zone)
    json = TraceJSON(registry: registry, bodyByteCount: detail.bodyByteCount ?? 0)
    har = TraceHAR(version: Gatespec.version, bodyByteCount: detail.bodyByteCount ?? 0, registry: registry)
  }

  /// Whether as many exchanges were printed as were asked for.
  var isFull: Bool { selection.isFull }

  /// Whether connections are printed when they are over, so that those still open must be asked for.
  var printsConnections: Bool { format == .wire || format == .events || format == .pcap }

  /// Renders an exchange; nothing once the limit is reached.
  mutating func take(_ exchange: inout Exchange, _ findings: [Finding]) {
    // Taken out for the call, so that what it lets pass is shown at once and copied nowhere; asked before, for taking out
    // nothing moves as much.
    guard linker != nil, var linker = linker.take() else { return show(exchange, findings, .none) }
    linker.take(&exchange, findings, to: &self)
    self.linker = linker
  }

  /// Renders what belongs to a connection and to no exchange.
  mutating func take(_ connection: ConnectionSummary, _ findings: [Finding]) {
    guard var linker = linker.take() else { return show(connection, findings) }
    linker.take(connection, findings, to: &self)
    self.linker = linker
  }

  /// Takes note of the time, so that nothing waits for a backend longer than it may.
  mutating func advance(to time: Timestamp) {
    guard var linker = linker.take() else { return }
    linker.advance(to: time, to: &self)
    self.linker = linker
  }

  /// Takes note that nothing more comes: nothing waits for a backend any longer.
  mutating func settle() {
    guard var linker = linker.take() else { return }
    linker.finish(to: &self)
    self.linker = linker
  }

  mutating func show(_ exchange: Exchange, _ findings: [Finding], _ link: LinkOutcome) {
    let isChosen = selection.takes(exchange, findings)
    planner?.take(exchange, isChosen: isChosen)
    guard let redactor else { return show(exchange, findings, link, isChosen: isChosen) }
    var (exchange, findings) = (exchange, findings)
    redactor.redact(&exchange, &findings)
    show(exchange, findings, link, isChosen: isChosen)
  }

  private mutating func show(_ exchange: Exchange, _ findings: [Finding], _ link: LinkOutcome, isChosen: Bool) {
    if isChosen {
      note(findings)
      self.findings.take(findings, of: exchange)
      statistics?.take(exchange, gateway: link.gateway?.total)
    }
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
    guard selection.takes(connection) else { return }
    var findings = findings
    if let redactor {
      for index in findings.indices { findings[index].message = redactor.redacted(findings[index].message) }
    }
    note(findings)
    self.findings.take(findings, of: connection)
    statistics?.take(connection)
    planner?.take(connection)
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

  private mutating func note(_ findings: [Finding]) {
    for finding in findings { worst = max(worst, finding.verdict) }
  }

  /// Renders the end of the run and writes everything.
  ///
  /// Where standard output is for programs, or cannot be written any more, what is for people goes to standard error.
  mutating func finish(_ counters: InspectionCounters, isLive: Bool) {
    var counters = counters
    if var linker = linker.take() {
      linker.finish(to: &self)
      counters.findings &+= linker.findingCount
    }
    counters.selected = selection.isActive ? selection.count : nil
    var end = TextBuffer()
    if let statistics, format != .json { summary.render(statistics, to: &end) }
    // What waits is written now, so that it is known whether the end can follow it.
    flush()
    output.settle()
    if format != .json || counters.exchanges == 0 || output.isLost {
      TraceEnd(style: style).render(counters, findings, isLive: isLive, to: &end)
    }
    if format == .json { json.render(counters, statistics) }
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
