// `gatespec trace -v`, `-vv`, `-x`, `--body` and `--lint`: what stands under an exchange's line.
//
// Everything shown was kept by the retention; nothing is decoded here. Bytes of the wire are escaped.

package import Conformance
package import Exchanges
package import Inspection
internal import WireBytes

/// How much is shown under an exchange's line.
package struct TraceDetail: Hashable, Sendable {
  /// 1: phases, parameters, fields, error stream; 2: the records as well.
  package var verbosity = 0
  /// Bytes of bodies that are shown; nil for none.
  package var bodyByteCount: Int?
  /// Show bodies and the error stream as a hexdump.
  package var isHexdump = false

  package init(verbosity: Int = 0, bodyByteCount: Int? = nil, isHexdump: Bool = false) {
    self.verbosity = verbosity
    self.bodyByteCount = bodyByteCount
    self.isHexdump = isHexdump
  }

  /// Whether more than findings stands under a line.
  var showsExchanges: Bool { verbosity > 0 || bodyByteCount != nil || isHexdump }

  /// What conversations must keep for it.
  package var retention: Retention {
    var retention = Retention.inspector
    let shown = bodyByteCount ?? (isHexdump ? Self.hexdumpByteCount : 0)
    retention.bodyByteCount = isHexdump || shown == 0 ? shown : ContentCoding.retainedByteCount(for: shown)
    retention.wireEventLimit = verbosity >= 2 ? 4096 : 0
    return retention
  }

  /// Bytes of a body that `-x` shows where `--body` says nothing.
  package static let hexdumpByteCount = 4096
}

/// Renders the details of exchanges.
package struct TraceTree: Sendable {
  let detail: TraceDetail
  let style: TextStyle
  /// Seconds east of Greenwich at a moment, given in seconds since 1970.
  private let zone: @Sendable (Int64) -> Int

  package init(
    detail: TraceDetail, style: TextStyle = .plain, zone: @escaping @Sendable (Int64) -> Int = { _ in 0 }
  ) {
    self.detail = detail
    self.style = style
    self.zone = zone
  }

  /// Appends what stands under an exchange's line; nothing where nothing was asked for.
  ///
  /// - Parameter link: The exchange with a backend that it caused, where that was looked for.
  package func render(
    _ exchange: Exchange, _ findings: [Finding], link: LinkOutcome = .none, to output: inout TextBuffer
  ) {
    if detail.showsExchanges { renderExchange(exchange, link, to: &output) }
    for finding in findings { render(finding, to: &output) }
  }

  private func renderExchange(_ exchange: Exchange, _ link: LinkOutcome, to output: inout TextBuffer) {
    if detail.verbosity >= 1 {
      renderPhases(exchange, to: &output)
      if let link = link.link { TraceLadder(style: style).render(exchange, link, to: &output) }
      if let reason = link.reasonForNone { TraceLadder(style: style).render(reasonForNone: reason, to: &output) }
      for words in TraceStallText.words(for: exchange) {
        output.append("    ")
        output.append(words, .yellow, style)
        output.append("\n")
      }
      renderFacts(exchange, to: &output)
      renderFields(
        exchange.request.fields, exchange.wireProtocol.traits.requestNames == .headerFields ? "request" : "params",
        to: &output)
    }
    renderBody(exchange.request.body, "request body", to: &output) { exchange.requestBody(limit: $0) }
    if detail.verbosity >= 1 { renderFields(exchange.response.fields, "response", to: &output) }
    renderBody(exchange.response.body, "response body", to: &output) { exchange.responseBody(limit: $0) }
    if detail.verbosity >= 1 { renderErrorStream(exchange.errorStream, to: &output) }
    if detail.verbosity >= 1 { renderAnomalies(exchange.anomalies, to: &output) }
    if detail.verbosity >= 2 {
      renderWireEvents(exchange.wireEvents, to: &output)
      if exchange.droppedWireEvents > 0 { output.append("      … \(exchange.droppedWireEvents) records more\n") }
    }
  }

  /// Appends the findings of a connection that belong to no single exchange, and what an unreadable one speaks.
  package func render(_ summary: ConnectionSummary, _ findings: [Finding], to output: inout TextBuffer) {
    guard !findings.isEmpty || summary.foreign != nil else { return }
    if let time = summary.opened {
      output.append(timeOfDay: time, secondsEast: zone(time.nanoseconds / 1_000_000_000))
      output.append("  ")
    }
    output.append(
      "connection \(summary.connection.id)  \(summary.connection.client) → \(summary.connection.server)\n")
    if let foreign = summary.foreign { output.append("    \(foreign.title)  \(foreign.advice)\n") }
    for finding in findings { render(finding, to: &output) }
  }

  private func renderPhases(_ exchange: Exchange, to output: inout TextBuffer) {
    let phases = exchange.phases
    output.append("    time")
    let parts: [(StaticString, Int64?)] = [
      ("connect", phases.connect), ("send", phases.send), ("wait", phases.wait), ("stream", phases.stream),
      ("tail", phases.tail),
    ]
    for case (let name, let nanoseconds?) in parts {
      output.append("  ")
      output.append(name)
      output.append(" ")
      output.append(millisecondsOf: nanoseconds)
    }
    output.append("  (ms)\n")
  }

  private func renderFacts(_ exchange: Exchange, to output: inout TextBuffer) {
    output.append("    connection \(exchange.connection.id), exchange \(exchange.index)")
    if exchange.packets.lowerBound != 0 {
      output.append(", packets \(exchange.packets.lowerBound) to \(exchange.packets.upperBound)")
    }
    if let facts = exchange.fastCGI { Self.render(beginning: facts, to: &output) }
    output.append(", \(exchange.ending.rawValue)")
    if let end = exchange.fastCGI?.end { Self.render(end, to: &output) }
    if exchange.gapByteCount > 0 { output.append(", \(exchange.gapByteCount) bytes lost") }
    output.append("\n")
  }

  private func renderFields(_ fields: FieldList, _ label: StaticString, to output: inout TextBuffer) {
    guard !fields.isEmpty else { return }
    output.append("    ")
    output.append(label)
    output.append("\n")
    for index in fields.indices {
      output.append("      ")
      output.append(wire: fields.name(index))
      output.append(": ")
      output.append(wire: fields.value(index))
      output.append("\n")
    }
    if fields.droppedCount > 0 { output.append("      … \(fields.droppedCount) more, not kept\n") }
  }

  /// The error stream's text, a line for each of its lines.
  private func renderErrorStream(_ content: Content, to output: inout TextBuffer) {
    guard content.byteCount > 0 else { return }
    output.append("    error stream, \(content.byteCount) bytes\n")
    if detail.isHexdump { return renderHexdump(content.retained, to: &output) }
    var lines = content.retained.split(separator: 0x0A, omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    for line in lines {
      output.append("      ")
      output.append(wire: line)
      output.append("\n")
    }
    if !content.isWhole { output.append("      … not kept from here on\n") }
  }

  /// A body's beginning: decoded, or with `-x` as it was transferred.
  private func renderBody(
    _ content: Content, _ label: StaticString, to output: inout TextBuffer, _ decode: (_ limit: Int) -> DecodedBody
  ) {
    guard detail.bodyByteCount != nil || detail.isHexdump, content.byteCount > 0 else { return }
    output.append("    ")
    output.append(label)
    output.append(", \(content.byteCount) bytes")
    if detail.isHexdump {
      if !content.isWhole { output.append(", the first \(content.retained.count)") }
      output.append("\n")
      return renderHexdump(content.retained, to: &output)
    }
    let body = decode(detail.bodyByteCount ?? 0)
    if let coding = body.coding { output.append(" of \(coding)") }
    if !body.isWhole {
      output.append(", the first \(body.bytes.count)\(body.coding == nil ? "" : " decoded")")
    } else if body.coding != nil {
      output.append(", \(body.bytes.count) decoded")
    }
    if let trouble = body.trouble { output.append("; \(trouble)") }
    output.append("\n")
    for line in body.bytes.split(separator: 0x0A, omittingEmptySubsequences: false) where !line.isEmpty {
      output.append("      ")
      output.append(wire: line)
      output.append("\n")
    }
  }

  private func renderHexdump(_ bytes: [UInt8], to output: inout TextBuffer) {
    for start in stride(from: 0, to: bytes.count, by: 16) {
      let row = bytes[start..<min(start + 16, bytes.count)]
      output.append("      ")
      for shift in [24, 16, 8, 0] { output.append(hex: UInt8(truncatingIfNeeded: start >> shift)) }
      output.append(" ")
      for column in 0..<16 {
        output.append(column == 8 ? "  " : " ")
        if start + column < row.endIndex { output.append(hex: row[start + column]) } else { output.append("  ") }
      }
      output.append("  |")
      for byte in row { output.append(byte: byte >= 0x20 && byte < 0x7F ? byte : 0x2E) }
      output.append("|\n")
    }
  }

  private func renderAnomalies(_ log: AnomalyLog, to output: inout TextBuffer) {
    for entry in log.entries {
      output.append("    odd: \(entry.anomaly.kind.name) at \(entry.direction.mark)\(entry.anomaly.range.lowerBound)\n")
    }
    if log.count > log.entries.count { output.append("    odd: \(log.count - log.entries.count) more\n") }
  }

  private func renderWireEvents(_ events: [WireEvent], to output: inout TextBuffer) {
    for event in events {
      output.append("      ")
      let packet = event.packet == 0 ? "" : "#\(event.packet)"
      output.append(packet, paddedTo: 8)
      output.append(event.direction.mark)
      let offset = "\(event.offset)"
      output.append(spaces: 9 - offset.utf8.count)
      output.append("\(offset)  \(event.text)\n")
    }
  }

  private func render(_ finding: Finding, to output: inout TextBuffer) {
    output.append("    ! ")
    output.append(finding.verdict.rawValue, finding.verdict.ink, style)
    output.append(" \(finding.requirement)  \(finding.message)")
    if let offset = finding.offset { output.append("  (\(finding.direction?.mark ?? "")\(offset))") }
    output.append("\n")
  }
}
