// What becomes of exchanges between the inspector and whoever shows them: linked, chosen, made unrecognisable where they
// hold secrets, summed up.
//
// How they are shown is the viewer's matter.

package import Conformance
package import Exchanges
package import WireBytes

/// Shows what a trace has to say.
///
/// A protocol and no closure, so that an exchange, which is large, is lent and not copied.
package protocol TraceViewer: ~Copyable {
  /// - Parameters:
  ///   - link: The exchange with a backend that it caused.
  ///   - isChosen: It passes the filter, and is within the limit.
  mutating func show(_ exchange: Exchange, _ findings: [Finding], _ link: LinkOutcome, isChosen: Bool)
  /// Shows what belongs to a connection and to no exchange.
  mutating func show(_ connection: ConnectionSummary, _ findings: [Finding])
}

/// What is made of a trace's exchanges on their way to the viewer.
package struct TracePlan: Sendable {
  package var selection: ExchangeSelection
  /// Exchanges are linked to those with backends: something that is shown tells of it.
  package var tellsLinks: Bool
  package var summarises: Bool
  /// Remembers which packets belong to exchanges that were chosen.
  package var plansPackets: Bool
  /// Nil where secrets are shown.
  package var redactor: Redactor?

  package init(
    selection: ExchangeSelection, tellsLinks: Bool = false, summarises: Bool = false, plansPackets: Bool = false,
    redactor: Redactor? = nil
  ) {
    self.selection = selection
    self.tellsLinks = tellsLinks
    self.summarises = summarises
    self.plansPackets = plansPackets
    self.redactor = redactor
  }
}

/// What a trace amounts to.
package struct TraceTotals: Sendable {
  package var counters: InspectionCounters
  package var findings: FindingTally
  /// Nil where no summary was asked for.
  package var statistics: TraceStatistics?
}

/// Passes what an inspector yields on to a viewer.
///
/// Not copyable: it is asked something for every packet, and a copy of all that it holds would cost more than the answer.
package struct TracePipeline<Viewer: TraceViewer & ~Copyable>: InspectionSink, LinkedOutput, ~Copyable {
  package var viewer: Viewer
  private var selection: ExchangeSelection
  private var linker: ExchangeLinker?
  private var statistics: TraceStatistics?
  private var findings = FindingTally()
  private let redactor: Redactor?
  /// Nil unless packets are what is to be written.
  package private(set) var planner: PacketPlanner?
  /// The gravest verdict of a finding so far.
  package private(set) var worst = Verdict.pass

  package init(_ plan: TracePlan, options: InspectorOptions, viewer: consuming Viewer) {
    self.viewer = viewer
    selection = plan.selection
    isFull = plan.selection.isFull
    linker = plan.tellsLinks ? ExchangeLinker(options: options) : nil
    statistics = plan.summarises ? TraceStatistics() : nil
    planner = plan.plansPackets ? PacketPlanner() : nil
    redactor = plan.redactor
  }

  /// Whether as many exchanges were shown as were asked for; stored, as it is asked for every packet.
  package private(set) var isFull = false

  package mutating func take(_ exchange: inout Exchange, _ findings: [Finding]) {
    // Taken out for the call, so that what it lets pass is shown at once and copied nowhere; asked before, for taking out
    // nothing moves as much.
    guard linker != nil, var linker = linker.take() else { return show(exchange, findings, .none) }
    linker.take(&exchange, findings, to: &self)
    self.linker = linker
  }

  package mutating func take(_ connection: ConnectionSummary, _ findings: [Finding]) {
    guard var linker = linker.take() else { return show(connection, findings) }
    linker.take(connection, findings, to: &self)
    self.linker = linker
  }

  /// Takes note of the time, so that nothing waits for a backend longer than it may.
  package mutating func advance(to time: Timestamp) {
    guard var linker = linker.take() else { return }
    linker.advance(to: time, to: &self)
    self.linker = linker
  }

  /// Takes note that nothing more comes: nothing waits for a backend any longer.
  package mutating func settle() {
    guard var linker = linker.take() else { return }
    linker.finish(to: &self)
    self.linker = linker
  }

  /// Ends the trace: everything that waits is shown.
  ///
  /// - Parameter counters: What was seen.
  package mutating func finish(_ counters: InspectionCounters) -> TraceTotals {
    var counters = counters
    settle()
    counters.findings &+= linker?.findingCount ?? 0
    counters.selected = selection.isActive ? selection.count : nil
    return TraceTotals(counters: counters, findings: findings, statistics: statistics)
  }

  // MARK: What is linked

  package mutating func show(_ exchange: Exchange, _ findings: [Finding], _ link: LinkOutcome) {
    let isChosen = selection.takes(exchange, findings)
    isFull = selection.isFull
    planner?.take(exchange, isChosen: isChosen)
    guard let redactor else { return pass(exchange, findings, link, isChosen: isChosen) }
    var (exchange, findings) = (exchange, findings)
    redactor.redact(&exchange, &findings)
    pass(exchange, findings, link, isChosen: isChosen)
  }

  private mutating func pass(_ exchange: Exchange, _ findings: [Finding], _ link: LinkOutcome, isChosen: Bool) {
    if isChosen {
      note(findings)
      self.findings.take(findings, of: exchange)
      statistics?.take(exchange, gateway: link.gateway?.total)
    }
    viewer.show(exchange, findings, link, isChosen: isChosen)
  }

  package mutating func show(_ connection: ConnectionSummary, _ findings: [Finding]) {
    guard selection.takes(connection) else { return }
    var findings = findings
    if let redactor {
      for index in findings.indices { findings[index].message = redactor.redacted(findings[index].message) }
    }
    note(findings)
    self.findings.take(findings, of: connection)
    statistics?.take(connection)
    planner?.take(connection)
    viewer.show(connection, findings)
  }

  private mutating func note(_ findings: [Finding]) {
    for finding in findings { worst = max(worst, finding.verdict) }
  }
}
