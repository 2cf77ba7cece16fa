// `gatespec trace --format events`: what the decoders said, one event a line, as golden files hold it.
//
// The events' texts come from the conversations; a comment line before each exchange says whose they are.

package import Exchanges
internal import WireBytes

/// Renders the wire events of exchanges as `OFFSET DIR EVENT key=value…`.
package struct TraceEvents: Sendable {
  /// What conversations must keep for it.
  package static let retention = Retention(wireEventLimit: 65_536)

  package init() {}

  /// Appends a connection's events in the order they were met, and the anomalies after them.
  package func render(_ summary: ConnectionSummary, to output: inout TextBuffer) {
    guard !summary.wireEvents.isEmpty || !summary.anomalies.isEmpty else { return }
    output.append(
      "# connection \(summary.connection.id) \(summary.connection.client) > \(summary.connection.server)")
    if let name = summary.wireProtocol?.rawValue { output.append(" \(name)") }
    output.append("\n")
    for event in summary.wireEvents { output.append("\(event.offset) \(event.direction.mark) \(event.text)\n") }
    if summary.droppedWireEvents > 0 {
      output.append(
        "# \(summary.droppedWireEvents) events more; of a connection \(summary.wireEvents.count) are kept\n")
    }
    render(summary.anomalies, to: &output)
  }

  private func render(_ anomalies: AnomalyLog, to output: inout TextBuffer) {
    for entry in anomalies.entries {
      let anomaly = entry.anomaly
      let side = entry.direction == .request ? "request" : "response"
      output.append("\(anomaly.range.lowerBound) ! anomaly \(anomaly.kind.name) of=\(side)")
      let byteCount = anomaly.range.upperBound - anomaly.range.lowerBound
      if byteCount > 1 { output.append(" bytes=\(byteCount)") }
      if anomaly.value != 0 { output.append(" value=\(anomaly.value)") }
      output.append("\n")
    }
  }
}
