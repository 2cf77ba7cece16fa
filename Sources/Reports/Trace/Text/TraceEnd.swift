// The end of `gatespec trace`: what was seen, what was lost, and what to try when nothing was seen.
//
// Lines begin with `--`, so that a script can tell them from exchanges.

internal import Conformance
package import Inspection

/// Renders the last lines of a trace.
package struct TraceEnd: Sendable {
  private let style: TextStyle

  package init(style: TextStyle = .plain) { self.style = style }

  /// Appends the lines.
  ///
  /// - Parameters:
  ///   - isLive: Whether packets came from an interface: decides which advice helps.
  ///   - findings: What was found, added up.
  package func render(
    _ counters: InspectionCounters, _ findings: FindingTally = FindingTally(), isLive: Bool, to output: inout TextBuffer
  ) {
    output.append(
      "-- \(Self.count(counters.exchanges, "exchange")) on \(Self.count(counters.connections, "connection")), "
        + "\(Self.count(counters.packets, "packet")), \(Self.count(counters.bytes, "byte"))\n")
    if let selected = counters.selected {
      output.append("-- \(selected) of \(Self.count(counters.exchanges, "exchange")) passed the filter\n")
    }
    output.append(
      "-- lost: \(Self.count(counters.kernelDrops, "packet")) dropped by the kernel, "
        + "\(Self.count(counters.gapBytes, "byte")) missing, "
        + "\(Self.count(counters.truncatedPackets, "packet")) cut short; "
        + "\(Self.count(counters.incomplete, "exchange")) incomplete, "
        + "\(Self.count(counters.unknownConnections, "connection")) of no known protocol\n")
    renderOddities(counters, to: &output)
    renderBounds(counters, to: &output)
    if counters.findings > 0 {
      let shown = findings.ranked.reduce(0) { $0 &+ $1.count }
      let isPart = counters.selected != nil && shown < counters.findings
      output.append(
        isPart
          ? "-- \(shown) of \(Self.count(counters.findings, "finding")) in what passed the filter\n"
          : "-- \(Self.count(counters.findings, "finding"))\n")
    }
    for row in findings.ranked { render(row, to: &output) }
    if counters.exchanges == 0 { renderHint(counters, isLive: isLive, to: &output) }
  }

  /// How often a requirement was violated, and where to look for the first time.
  private func render(_ row: FindingTally.Row, to output: inout TextBuffer) {
    let count = "\(row.count)"
    output.append("--")
    output.append(spaces: max(7 - count.utf8.count, 1))
    output.append("\(count) × ")
    output.append(row.verdict.rawValue, row.verdict.ink, style)
    output.append(" \(row.requirement)  \(row.message)")
    output.append("; \(row.count > 1 ? "first: " : "")connection \(row.connection)")
    if row.index > 0 { output.append(", exchange \(row.index)") }
    output.append("\n")
  }

  /// What was met besides whole TCP segments; nothing of what was not met.
  private func renderOddities(_ counters: InspectionCounters, to output: inout TextBuffer) {
    let undecoded = counters.undecoded
    let reasons = [
      (undecoded.notIP, "not IP"), (undecoded.notTCP, "IP without TCP"),
      (undecoded.cutShort, "with a header cut short"), (undecoded.malformed, "with a malformed header"),
    ].filter { $0.0 > 0 }
    if !reasons.isEmpty {
      output.append(
        "-- \(Self.count(undecoded.all, "packet")) that held no TCP segment: "
          + "\(reasons.map { "\($0) \($1)" }.joined(separator: ", "))\n")
    }
    if counters.fragments > 0 {
      output.append(
        "-- \(Self.count(counters.fragments, "IP fragment")), "
          + "\(Self.count(counters.incompleteFragments, "packet")) of which some never came\n")
    }
    if counters.conflicts > 0 {
      output.append(
        "-- \(Self.count(counters.conflicts, "overlap")) with other bytes than came first; the first copy counts\n")
    }
  }

  /// What bounds of ours cost.
  private func renderBounds(_ counters: InspectionCounters, to output: inout TextBuffer) {
    if counters.unfollowedRequests > 0 {
      output.append(
        "-- not followed: \(Self.count(counters.unfollowedRequests, "request")) that began while "
          + "\(InspectorOptions.openRequestLimits.fastCGI) (FastCGI) or \(InspectorOptions.openRequestLimits.http) "
          + "(HTTP) were open on their connection\n")
    }
    if counters.letGoConnections > 0 {
      output.append(
        "-- let go to stay within the memory allowed: \(Self.count(counters.letGoExchanges, "open exchange")) on "
          + "\(Self.count(counters.letGoConnections, "connection")), those silent longest; --memory SIZE allows more\n")
    }
    if counters.leftConnections > 0 {
      output.append(
        "-- not shown: what \(Self.count(counters.leftConnections, "open connection")) held when the end was asked for\n"
      )
    }
  }

  private func renderHint(_ counters: InspectionCounters, isLive: Bool, to output: inout TextBuffer) {
    if counters.connections == 0 {
      output.append("-- no exchange was seen: there was no TCP connection with data\n")
      output.append(
        isLive
          ? "-- are the filter, the port and the interface right? `-i any` sees all interfaces\n"
          : "-- was the capture taken on the right interface, with the right filter?\n")
    } else {
      output.append(
        "-- no exchange was seen: what the connections carry is of no protocol that is known here;\n"
          + "-- `--port 9000=fastcgi` settles a port's protocol\n")
    }
    output.append(
      "-- a backend behind a Unix socket (php-fpm's default) never shows in packets:\n"
        + "-- `gatespec trace --relay LISTEN=CONNECT` stands between and decodes what passes\n")
  }

  private static func count(_ number: UInt64, _ thing: String) -> String {
    "\(number) \(thing)\(number == 1 ? "" : "s")"
  }
}
