// `gatespec trace --summary` for people: per route its counts and the times of its phases, in 80 columns.
//
// Lines begin with `--`, as all that is no exchange. Adding up is Inspection's.

internal import Exchanges
package import Inspection
internal import WireBytes

/// Renders what a trace's exchanges add up to.
package struct TraceSummary: Sendable {
  private let style: TextStyle
  private let zone: @Sendable (Int64) -> Int
  /// Columns: what is left of the times, a phase's name, and each of its four times.
  private static let leftWidth = 33
  private static let nameWidth = 8
  private static let timeWidth = 9
  /// A phase that never took so long is left out: its line would be of zeros.
  private static let leastNanoseconds: Int64 = 5000
  /// Columns of a route's or an exchange's name.
  private static let titleWidth = 74

  package init(style: TextStyle = .plain, zone: @escaping @Sendable (Int64) -> Int = { _ in 0 }) {
    self.style = style
    self.zone = zone
  }

  /// Appends the tables; nothing where there was no exchange.
  package func render(_ statistics: TraceStatistics, to output: inout TextBuffer) {
    let servers = statistics.rankedServers
    guard !servers.isEmpty else { return }
    for server in servers { render(server, to: &output) }
    output.append("--\n-- ")
    output.append("where the time went, in ms", paddedTo: Self.leftWidth + Self.nameWidth)
    for name in ["p50", "p90", "p99", "max"] { Self.append(right: name, Self.timeWidth, to: &output) }
    output.append("\n")
    for route in statistics.rankedRoutes { render(route, to: &output) }
    output.append("--\n-- slowest exchanges\n")
    for slow in statistics.slowest { render(slow, to: &output) }
    for words in TraceStallText.words(for: statistics) {
      output.append("--\n")
      Self.append(lines: words, to: &output)
    }
    output.append("--\n")
  }

  private func render(_ server: TraceStatistics.Server, to output: inout TextBuffer) {
    var text = "server \(server.name.isEmpty ? "(other)" : server.name): \(server.exchanges) exchanges"
    if server.exchanges == 1 { text.removeLast() }
    if server.connections > 0 {
      text += " on \(server.connections) connection\(server.connections == 1 ? "" : "s")"
      text += ", at most \(server.mostExchanges) on one"
    }
    let share = Self.percent(server.reused, of: server.exchanges)
    text += ", \(server.reused) (\(share)) on a kept connection"
    Self.append(lines: text, to: &output)
  }

  private func render(_ route: TraceStatistics.Route, to output: inout TextBuffer) {
    output.append("-- ")
    if route.isOther {
      output.append("(other): all routes after the first \(TraceStatistics.routeLimit)", .bold, style)
    } else {
      let room = Self.titleWidth - route.server.utf8.count
      output.append(Self.name(route.method, route.path, room: room), .bold, style)
      output.append("  \(route.server)")
    }
    output.append("\n")
    var left = [Self.counts(route), "in \(Self.size(route.requestBytes)), out \(Self.size(route.responseBytes))"]
    if route.stalls > 0 { left.append("\(route.stalls) with a tail stall") }
    let order: [Phase] = [.total, .connect, .send, .wait, .stream, .tail, .gateway]
    let rows = order.compactMap { phase in route.times.percentiles(phase).map { (phase, $0) } }
      .filter { $0.0 == .total || $0.1.max >= Self.leastNanoseconds }
    for index in 0..<max(left.count, rows.count) {
      output.append("--   ")
      let isFailing = index == 0 && route.failures > 0
      let text = index < left.count ? left[index] : ""
      if isFailing { output.append(text, .red, style) } else { output.append(text) }
      if index < rows.count {
        output.append(spaces: max(Self.leftWidth - 2 - text.unicodeScalars.count, 1))
        Self.render(rows[index].0, rows[index].1, to: &output)
      }
      output.append("\n")
    }
  }

  private static func counts(_ route: TraceStatistics.Route) -> String {
    let text = "\(route.exchanges) exchange\(route.exchanges == 1 ? "" : "s")"
    guard route.failures > 0 else { return text }
    return text + ", \(route.failures) failed (\(percent(route.failures, of: route.exchanges)))"
  }

  private static func render(_ phase: Phase, _ times: Percentiles, to output: inout TextBuffer) {
    output.append("\(phase.name)", paddedTo: nameWidth)
    for nanoseconds in [times.p50, times.p90, times.p99, times.max] {
      append(right: milliseconds(nanoseconds), timeWidth, to: &output)
    }
  }

  private func render(_ slow: TraceStatistics.Slow, to output: inout TextBuffer) {
    output.append("-- ")
    Self.append(right: Self.milliseconds(slow.nanoseconds), Self.timeWidth, to: &output)
    output.append(" ms  ")
    output.append(slow.status.map { "\($0)" } ?? "---")
    output.append("  \(Self.name(slow.method, slow.target, room: 56))\n--        ")
    output.append("\(slow.phase.name) \(Self.milliseconds(slow.phaseNanoseconds)) ms at ")
    if let start = slow.start {
      output.append(timeOfDay: start, secondsEast: zone(start.nanoseconds / 1_000_000_000))
    }
    output.append(", connection \(slow.connection), exchange \(slow.index)")
    if slow.firstPacket > 0 { output.append(", packet \(slow.firstPacket)") }
    output.append("\n")
  }

  // MARK: Words and numbers

  private static func name(_ method: [UInt8], _ path: [UInt8], room: Int) -> String {
    let text = "\(method.isEmpty ? "-" : WireText.escape(method)) \(path.isEmpty ? "-" : WireText.escape(path))"
    let room = max(room, 16)
    guard text.unicodeScalars.count > room else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.prefix(room - 1))) + "…"
  }

  private static func milliseconds(_ nanoseconds: Int64) -> String {
    let hundredths = (nanoseconds.magnitude + 5000) / 10_000
    let fraction = hundredths % 100
    return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
  }

  /// `12.3%`.
  static func percent(_ part: UInt64, of whole: UInt64) -> String {
    guard whole > 0 else { return "0%" }
    let tenths = Int((Double(part) * 1000 / Double(whole)).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)%" : "\(tenths / 10).\(tenths % 10)%"
  }

  /// `512 B`, `1.5 kB`: of 1000, to one decimal.
  static func size(_ bytes: UInt64) -> String {
    guard bytes >= 1000 else { return "\(bytes) B" }
    var tenths = bytes / 100
    for unit in ["kB", "MB", "GB", "TB", "PB"] {
      if tenths < 10_000 { return "\(tenths / 10).\(tenths % 10) \(unit)" }
      tenths /= 1000
    }
    return "\(tenths / 10) EB"
  }

  private static func append(right text: String, _ width: Int, to output: inout TextBuffer) {
    output.append(spaces: max(width - text.utf8.count, 1))
    output.append(text)
  }

  /// Appends running text in lines of 80 columns, `--` before each.
  private static func append(lines text: String, to output: inout TextBuffer) {
    var column = 0
    for word in text.split(separator: " ") {
      let width = word.unicodeScalars.count
      if column > 0, column + 1 + width > 80 {
        output.append("\n")
        column = 0
      }
      output.append(column == 0 ? "-- " : " ")
      if column == 0 { column = 2 }
      output.append(String(word))
      column += 1 + width
    }
    output.append("\n")
  }
}
