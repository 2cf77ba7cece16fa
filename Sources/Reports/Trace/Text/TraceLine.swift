// `gatespec trace` for people, one line an exchange.
//
// The tree of `-v` and what a run lost stand in their own files. Bytes of the wire are escaped before they are shown.

internal import Conformance
package import Exchanges
internal import WireBytes

/// Renders exchanges as lines whose columns stand under each other as far as they can.
package struct TraceLine: Sendable {
  let style: TextStyle
  /// Seconds east of Greenwich at a moment, given in seconds since 1970.
  private let zone: @Sendable (Int64) -> Int
  /// The width that the widest pair of endpoints so far took.
  private var endpointWidth = 33
  private var endpoints = EndpointTexts()
  /// The zone of the quarter of an hour that was asked about last.
  private var cachedZone: (quarter: Int64, secondsEast: Int)?
  /// Columns of method and URI where nothing says how wide lines may be.
  private static let targetWidth = 40
  /// Columns that follow method and URI: status, bytes in and out, time, flags.
  private static let tailWidth = 44

  package init(style: TextStyle = .plain, zone: @escaping @Sendable (Int64) -> Int = { _ in 0 }) {
    self.style = style
    self.zone = zone
  }

  /// Appends the line of an exchange.
  package mutating func render(_ exchange: Exchange, hasFindings: Bool, to output: inout TextBuffer) {
    let start = output.count
    if let time = exchange.start {
      output.append(timeOfDay: time, secondsEast: secondsEast(at: time))
    } else {
      output.append("            ")
    }
    output.append("  ")
    let name = exchange.wireProtocol.rawValue
    output.append(name)
    output.append(spaces: 7 - name.utf8.count)
    output.append("  ")
    renderEndpoints(exchange.connection, to: &output)
    // The arrow is one column and three bytes.
    renderTarget(exchange, column: output.count - start - 2, to: &output)
    renderStatus(exchange, to: &output)
    output.append(right: exchange.request.body.byteCount, 7)
    output.append(right: exchange.response.body.byteCount, 9)
    output.append(" ")
    renderDuration(exchange, to: &output)
    renderFlags(hasFindings ? exchange.flags.union(.finding) : exchange.flags, to: &output)
    output.append("\n")
  }

  private mutating func secondsEast(at time: Timestamp) -> Int {
    let seconds = time.nanoseconds / 1_000_000_000
    if let cachedZone, cachedZone.quarter == seconds / 900 { return cachedZone.secondsEast }
    let secondsEast = zone(seconds)
    cachedZone = (seconds / 900, secondsEast)
    return secondsEast
  }

  private mutating func renderEndpoints(_ connection: ConnectionInfo, to output: inout TextBuffer) {
    let start = output.count
    endpoints.lend(connection) { client, server in
      output.append(client)
      output.append(" → ")
      output.append(server)
    }
    let width = output.count - start - 2
    endpointWidth = max(endpointWidth, min(width, 60))
    output.append(spaces: endpointWidth - width)
    output.append("  ")
  }

  private func renderTarget(_ exchange: Exchange, column: Int, to output: inout TextBuffer) {
    let room = style.width.map { max($0 - column - Self.tailWidth, 16) } ?? Self.targetWidth
    let start = output.count
    let (method, target) = (exchange.request.method, exchange.request.target)
    var isPlain = true
    if method.isEmpty { output.append("-") } else { isPlain = unsafe output.append(wire: method.span.bytes) }
    output.append(" ")
    if target.isEmpty { output.append("-") } else { isPlain = unsafe output.append(wire: target.span.bytes) && isPlain }
    if isPlain, output.count - start <= room {
      output.append(spaces: room - (output.count - start) + 2)
    } else {
      fit(&output, from: start, into: room)
    }
  }

  /// The slow way, for what is too long or is not ASCII: counts characters, and shortens on a terminal.
  private func fit(_ output: inout TextBuffer, from start: Int, into room: Int) {
    var text = String(decoding: output.bytes[start...], as: UTF8.self)
    output.truncate(to: start)
    if style.width != nil, text.unicodeScalars.count > room {
      text = String(String.UnicodeScalarView(text.unicodeScalars.prefix(room - 1))) + "…"
    }
    output.append(text, paddedTo: room)
    output.append("  ")
  }

  private func renderStatus(_ exchange: Exchange, to output: inout TextBuffer) {
    guard let status = exchange.response.status else { return output.append("---") }
    let ink: Ink? = status >= 500 ? .red : status >= 400 ? .yellow : nil
    if let ink { output.append("\(status)", ink, style) } else { output.append(decimal: UInt64(status)) }
  }

  private func renderDuration(_ exchange: Exchange, to output: inout TextBuffer) {
    guard let duration = exchange.durationNanoseconds else { return output.append("         - ms") }
    // A point and three decimals behind the whole milliseconds, which a duration, never negative, rounds half up to.
    output.append(spaces: 6 - TextBuffer.digitCount((duration.magnitude &+ 500) / 1_000_000))
    output.append(millisecondsOf: duration)
    output.append(" ms")
  }

  private func renderFlags(_ flags: ExchangeFlags, to output: inout TextBuffer) {
    guard !flags.isEmpty else { return }
    output.append("  ")
    for (flag, letter) in ExchangeFlags.letters where flags.contains(flag) {
      if style.usesColour, flag != .keptConnection {
        output.append(String(Unicode.Scalar(letter)), .yellow, style)
      } else {
        output.append(byte: letter)
      }
    }
  }
}

extension TextBuffer {
  /// Appends a number, right-aligned in `width` columns.
  fileprivate mutating func append(right value: UInt64, _ width: Int) {
    append(spaces: max(width - Self.digitCount(value), 1))
    append(decimal: value)
  }

  /// How many digits a number takes in decimal.
  fileprivate static func digitCount(_ value: UInt64) -> Int {
    var digits = 1, rest = value / 10
    while rest > 0 {
      digits += 1
      rest /= 10
    }
    return digits
  }
}
