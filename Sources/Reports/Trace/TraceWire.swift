// `gatespec trace --format wire`: the bytes of connections in the text form of `.wire` files.
//
// What people can read, review and cut cases from; a parser of that form reads it back byte for byte.

package import Exchanges
internal import WireBytes

/// Renders connections as `.wire` text.
package struct TraceWire: Sendable {
  /// Bytes of a connection that must be kept for it.
  package static let wireByteCount = 1 << 20
  /// What conversations must keep, so that lines begin where records do.
  package static let retention = TraceEvents.retention
  /// Columns after which a line ends.
  private static let width = 100

  package init() {}

  /// Appends a connection: an action that opens it, its bytes in the order they were seen, and how it ended.
  package func render(_ summary: ConnectionSummary, to output: inout TextBuffer) {
    guard !summary.wire.bytes.isEmpty else { return }
    output.append(
      "= open \(summary.connection.id) \(summary.connection.client) \(summary.connection.server)"
        + " \(summary.wireProtocol?.rawValue ?? "unknown")\n")
    var cuts = [Cuts(summary, .request), Cuts(summary, .response)]
    for piece in summary.wire.pieces {
      switch piece {
      case .bytes(let direction, let offset, let range):
        let side = Int(direction.rawValue)
        render(summary.wire.bytes[range], at: offset, direction, &cuts[side], to: &output)
      case .gap(let direction, let byteCount):
        output.append("= gap \(Self.name(direction)) \(byteCount)\n")
      case .closed(let direction, .end), .closed(let direction, .endWithoutAlert):
        output.append("= half-close \(Self.name(direction))\n")
      case .closed(let direction, .reset):
        output.append("= reset \(Self.name(direction))\n")
      case .cut:
        output.append("= cut\n# more than \(Self.wireByteCount) bytes: the rest of the connection was not kept\n")
      }
    }
  }

  private static func name(_ direction: Direction) -> StaticString { direction == .request ? "client" : "server" }

  /// Where the units of one direction begin, and what each is.
  private struct Cuts {
    var events: [WireEvent]
    var next = 0

    init(_ summary: ConnectionSummary, _ direction: Direction) {
      // Lines speak for themselves, and cut themselves.
      let isText = summary.wireProtocol?.traits.isText ?? false
      events = isText ? [] : summary.wireEvents.filter { $0.direction == direction }
      events.sort { $0.offset < $1.offset }
    }
  }

  private func render(
    _ bytes: ArraySlice<UInt8>, at offset: StreamOffset, _ direction: Direction, _ cuts: inout Cuts,
    to output: inout TextBuffer
  ) {
    var position = offset
    var rest = bytes
    while !rest.isEmpty {
      while cuts.next < cuts.events.count, cuts.events[cuts.next].offset <= position {
        if cuts.events[cuts.next].offset == position { comment(cuts.events[cuts.next], to: &output) }
        cuts.next += 1
      }
      let end = cuts.next < cuts.events.count ? cuts.events[cuts.next].offset : .max
      let unit = rest.prefix(Int(clamping: min(end &- position, UInt64(rest.count))))
      renderLines(unit, direction, to: &output)
      rest = rest.dropFirst(unit.count)
      position &+= UInt64(unit.count)
    }
  }

  /// What a unit is; its content follows anyway.
  private func comment(_ event: WireEvent, to output: inout TextBuffer) {
    let text = event.text.firstRange(of: " \"").map { event.text[..<$0.lowerBound] } ?? event.text[...]
    output.append("# \(event.offset) \(text)\n")
  }

  private func renderLines(_ bytes: ArraySlice<UInt8>, _ direction: Direction, to output: inout TextBuffer) {
    var index = bytes.startIndex
    while index < bytes.endIndex {
      let start = output.count
      output.append(direction == .request ? ">" : "<")
      repeat {
        let run = bytes[index...].prefix { $0 == bytes[index] }.count
        let text = bytes[index...].prefix(Self.width).prefix { Self.isText($0) }
        if run >= 16 {
          output.append(" ")
          if Self.isText(bytes[index]) {
            appendText(bytes[index..<(index + 1)], to: &output)
          } else {
            output.append(hex: bytes[index])
          }
          output.append(" * \(run)")
          index += run
        } else if text.count >= 4 || text.count >= 2 && text.last == 0x0A {
          let room = max(Self.width - (output.count - start), 24)
          let line = text.firstIndex(of: 0x0A).map { text[...$0] } ?? text
          let shown = line.prefix(room)
          output.append(" ")
          appendText(shown, to: &output)
          index += shown.count
          if shown.last == 0x0A { break }
        } else {
          output.append(" ")
          output.append(hex: bytes[index])
          index += 1
        }
      } while index < bytes.endIndex && output.count - start < Self.width
      output.append("\n")
    }
  }

  private static func isText(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte < 0x7F || byte == 0x0A || byte == 0x0D || byte == 0x09
  }

  private func appendText(_ bytes: ArraySlice<UInt8>, to output: inout TextBuffer) {
    output.append("\"")
    for byte in bytes {
      switch byte {
      case 0x0A: output.append("\\n")
      case 0x0D: output.append("\\r")
      case 0x09: output.append("\\t")
      case 0x22: output.append("\\\"")
      case 0x5C: output.append("\\\\")
      default: output.append(byte: byte)
      }
    }
    output.append("\"")
  }
}
