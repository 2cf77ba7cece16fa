// `gatespec trace -v`: one request on its way from the client to the backend and back, moment by moment.
//
// Two lanes, time downwards, in 80 columns. What belongs together was found by Inspection.

package import Exchanges
internal import FastCGIWire
package import Inspection
internal import WireBytes

/// Renders an exchange with a client and the one with a backend that it caused.
package struct TraceLadder {
  private let style: TextStyle

  private enum Lane { case front, back }

  /// One moment: something goes along a lane, to the right or to the left.
  private struct Step {
    var time: Timestamp
    var lane: Lane
    var isRequest: Bool
    var label: String
    var note = ""
  }

  /// Columns between two of the three parties.
  private static let laneWidth = 18
  private static let timeWidth = 12

  package init(style: TextStyle = .plain) { self.style = style }

  /// Appends the ladder, and what the gateway took for itself.
  package func render(_ front: Exchange, _ link: ExchangeLink, to output: inout TextBuffer) {
    guard let start = front.timeline.requestStart else { return }
    output.append("    asked connection \(link.back.connection.id), exchange \(link.back.index)")
    output.append(", \(link.back.wireProtocol.rawValue) to \(link.back.connection.server)\n    ")
    output.append("  \(link.reason)\n", .dim, style)
    output.append(spaces: Self.timeWidth)
    output.append("client", paddedTo: Self.laneWidth - 1)
    output.append("gateway", paddedTo: Self.laneWidth + 1)
    output.append("backend\n")
    for step in steps(front, link.back) { render(step, since: start, to: &output) }
    if !link.back.hasProperEnd {
      output.append("      the backend's exchange did not end properly: \(link.back.ending.rawValue)\n")
    }
    guard let gateway = link.gateway else { return }
    output.append("      gateway ")
    output.append(millisecondsOf: gateway.total)
    output.append(" ms: ")
    output.append(millisecondsOf: gateway.before)
    output.append(" before the backend, ")
    output.append(millisecondsOf: gateway.after)
    output.append(" after it\n")
  }

  /// Appends that there is no link although there could be one.
  func render(reasonForNone reason: String, to output: inout TextBuffer) {
    output.append("    not linked to a backend's exchange: \(reason)\n")
  }

  private func render(_ step: Step, since start: Timestamp, to output: inout TextBuffer) {
    var time = TextBuffer()
    time.append(millisecondsOf: step.time.nanoseconds(since: start))
    output.append(spaces: max(Self.timeWidth - 2 - time.count, 1))
    output.append(time.text)
    output.append("  ")
    let line = String(repeating: "─", count: max(Self.laneWidth - 4 - step.label.utf8.count, 1))
    let arrow = step.isRequest ? "├─ \(step.label) \(line)→" : "│←\(line) \(step.label) ─"
    let gap = "│" + String(repeating: " ", count: Self.laneWidth)
    let end = step.isRequest ? "│" : "┤"
    switch step.lane {
    case .front: output.append("\(arrow)\(end)\(gap.dropFirst())│")
    case .back: output.append("\(gap)\(arrow)\(end)")
    }
    if !step.note.isEmpty { output.append("  \(step.note)") }
    output.append("\n")
  }

  /// Everything that was seen, in the order of time; what happened at once in the order of cause.
  private func steps(_ front: Exchange, _ back: Exchange) -> [Step] {
    var steps: [Step] = []
    func add(_ time: Timestamp?, _ lane: Lane, isRequest: Bool, _ label: String, _ note: String = "") {
      guard let time else { return }
      steps.append(Step(time: time, lane: lane, isRequest: isRequest, label: label, note: note))
    }
    let asked = front.timeline, passed = back.timeline
    add(asked.requestStart, .front, isRequest: true, "request")
    if asked.requestEnd != asked.requestStart { add(asked.requestEnd, .front, isRequest: true, "last byte") }
    if let first = back.firstMoment(since: asked.requestStart), first != passed.requestStart {
      add(first, .back, isRequest: true, "connect")
    }
    add(passed.requestStart, .back, isRequest: true, "request")
    if passed.requestEnd != passed.requestStart { add(passed.requestEnd, .back, isRequest: true, "last byte") }
    add(passed.responseStart, .back, isRequest: false, "first byte", Self.status(back))
    if passed.responseStart != nil, back.wireProtocol.traits.responseEnd != .lastByte, passed.bodyEnd != passed.end {
      add(passed.bodyEnd, .back, isRequest: false, "last byte")
    }
    if back.clientGaveUp, back.ending != .clientClosed { add(passed.clientLeft, .back, isRequest: true, "leaves") }
    addEnd(of: back) { add($0 ? passed.clientLeft ?? passed.end : passed.end, .back, isRequest: $0, $1, $2) }
    add(asked.responseStart, .front, isRequest: false, "first byte", Self.status(front))
    addEnd(of: front) { add($0 ? asked.clientLeft ?? asked.end : asked.end, .front, isRequest: $0, $1, $2) }
    return steps.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element)
  }

  /// How an exchange ended, where its last byte does not say so.
  private func addEnd(of exchange: Exchange, _ add: (_ isRequest: Bool, _ label: String, _ note: String) -> Void) {
    switch exchange.ending {
    case .complete:
      let timeline = exchange.timeline
      switch exchange.wireProtocol.traits.responseEnd {
      case .record(let name): add(false, name, "")
      case .lastByte: if timeline.end != timeline.responseStart { add(false, "last byte", "") }
      case .close: if timeline.end != timeline.bodyEnd { add(false, "closes", "") }
      }
    case .aborted:
      if case .record(let name) = exchange.wireProtocol.traits.responseEnd { add(false, name, "aborted") }
    case .clientClosed: add(true, "leaves", "")
    case .serverClosed: add(false, "closes", "")
    case .unfinished, .lost: break
    }
  }

  private static func status(_ exchange: Exchange) -> String {
    guard let status = exchange.response.status else { return "" }
    return "status \(status)"
  }
}
