// Above the codecs: conversations, segments in any order, and whole capture files, to the lines that people see.
//
// What holds of every input: no trap, as many exchanges as bytes can pay for, and output in which no byte of the wire
// can command a terminal.

import Conformance
import Exchanges
import Inspection
import LiveCapture
import Packets
import Reports
import TestSupport
import WireBytes

/// One connection without packets: requests, then responses, whole and cut.
enum FuzzedConversation {
  static func check(_ input: [UInt8]) -> String? {
    let cuts = Cuts(input)
    let boundary = Int(cuts.variant >> 32) % (input.count + 1)
    let whole = digest(input, [0..<boundary, boundary..<input.count], boundary)
    var pieces: [Range<Int>] = []
    for piece in cuts.pieces {
      // No piece reaches over the boundary between the directions.
      if piece.contains(boundary), piece.lowerBound != boundary {
        pieces += [piece.lowerBound..<boundary, boundary..<piece.upperBound]
      } else {
        pieces.append(piece)
      }
    }
    let cut = digest(input, pieces, boundary)
    // Ten facts of an exchange, seven of the connection.
    guard whole.count <= 10 * input.count + 7 else { return "\(whole.count) facts for \(input.count) bytes" }
    return whole.value == cut.value
      ? nil : "other exchanges when cut into \(pieces), responses from \(boundary): \(cut.count) facts"
  }

  private static func digest(_ input: [UInt8], _ pieces: [Range<Int>], _ boundary: Int) -> EventDigest {
    let info = ConnectionInfo(id: 1, client: .named("client"), server: .named("server"))
    let origin = Origin(time: .zero, packet: 1)
    var digest = EventDigest()
    var conversation = DetectingConversation(info, retention: Retention(bodyByteCount: 256))
    func take(_ exchange: inout Exchange) { digest.add(exchange) }
    conversation.receive(.opened(origin), take)
    conversation.receive(.established(origin), take)
    for piece in pieces {
      let direction: Direction = piece.lowerBound < boundary ? .request : .response
      unsafe conversation.receive(.bytes(direction, input.span.bytes.extracting(piece), origin), take)
    }
    conversation.receive(.closed(.request, .end, origin), take)
    conversation.receive(.closed(.response, .end, origin), take)
    conversation.receive(.finished(origin), take)
    digest.add(conversation.summary)
    return digest
  }
}

extension EventDigest {
  /// Everything of an exchange that does not depend on when its bytes came.
  fileprivate mutating func add(_ exchange: Exchange) {
    add(exchange.wireProtocol)
    add(exchange.index)
    add(exchange.request)
    add(exchange.response)
    add(exchange.errorStream)
    add(exchange.ending)
    add(exchange.anomalies)
    add(exchange.fastCGI)
    add(exchange.http1)
    add(exchange.cgi)
  }

  fileprivate mutating func add(_ summary: ConnectionSummary) {
    add(summary.wireProtocol)
    add(summary.exchangeCount)
    add(summary.anomalies)
    add(summary.requestByteCount)
    add(summary.responseByteCount)
    add(summary.opaqueByteCount)
    add(summary.fastCGI)
  }
}

/// Renders what an inspector yields, in every form, and looks for what may not be there.
struct CheckedOutput: InspectionSink {
  private(set) var count = 0
  private(set) var complaint: String?
  private var line = TraceLine()
  private let tree = TraceTree(detail: TraceDetail(verbosity: 2, bodyByteCount: 64))
  private var json = TraceJSON()
  private var text = TextBuffer()

  mutating func take(_ exchange: inout Exchange, _ findings: [Finding]) {
    line.render(exchange, hasFindings: !findings.isEmpty, to: &text)
    tree.render(exchange, findings, to: &text)
    json.render(exchange, findings)
    look()
  }

  mutating func take(_ connection: ConnectionSummary, _ findings: [Finding]) {
    tree.render(connection, findings, to: &text)
    json.render(connection, findings)
    look()
  }

  private mutating func look() {
    count += 1
    look(text.bytes, "text")
    look(json.output.bytes, "JSON")
    text.clear()
    json.output.clear()
  }

  private mutating func look(_ bytes: ArraySlice<UInt8>, _ form: String) {
    for byte in bytes where byte < 0x20 && byte != 0x0A || byte == 0x7F {
      complaint = complaint ?? "\(form) holds the byte \(byte)"
    }
  }

  static var options: InspectorOptions {
    var options = InspectorOptions()
    options.judges = true
    options.retention = Retention(bodyByteCount: 64, wireEventLimit: 256)
    return options
  }
}

/// A connection's bytes as segments that are lost, repeated, cut, reordered and damaged.
enum FuzzedSegments {
  static func check(_ input: [UInt8]) -> String? {
    var chance = SeededGenerator(seed: Cuts(input).variant)
    let encoder = PacketEncoder(linkType: .ethernet)
    var segments: [[UInt8]] = []
    let port = UInt16(truncatingIfNeeded: 1024 + chance.below(4))
    let ends = (
      client: IPEndpoint(IPAddress(v4: 0x7F00_0001), port: port),
      server: IPEndpoint(IPAddress(v4: 0x7F00_0001), port: 9000)
    )
    var next: [UInt32] = [UInt32(truncatingIfNeeded: chance.next()), UInt32.max - 100]
    func send(_ side: Int, _ flags: TCPFlags, _ payload: ArraySlice<UInt8> = []) {
      let header = TCPHeader(
        from: side == 0 ? ends.client : ends.server, to: side == 0 ? ends.server : ends.client, sequence: next[side],
        acknowledgement: next[1 - side], flags: flags)
      var frame: [UInt8] = []
      unsafe encoder.append(header, payload: payload.span.bytes, to: &frame)
      next[side] &+= UInt32(payload.count) &+ (flags.isDisjoint(with: [.syn, .fin]) ? 0 : 1)
      segments.append(frame)
    }
    if chance.below(4) > 0 {
      send(0, .syn)
      send(1, [.syn, .ack])
    }
    let boundary = chance.below(input.count + 1)
    var start = 0
    while start < input.count {
      let side = start < boundary ? 0 : 1
      let limit = side == 0 ? boundary : input.count
      let end = min(start + 1 + chance.below(80), limit)
      send(side, .ack, input[start..<end])
      start = end
    }
    if chance.below(3) > 0 { send(chance.below(2), chance.below(3) == 0 ? [.rst, .ack] : [.fin, .ack]) }
    if chance.below(3) > 0 { send(chance.below(2), [.fin, .ack]) }
    disturb(&segments, &chance)
    return inspect(segments, &chance)
  }

  private static func disturb(_ segments: inout [[UInt8]], _ chance: inout SeededGenerator) {
    for _ in 0..<chance.below(6) where !segments.isEmpty {
      let place = chance.below(segments.count)
      switch chance.below(5) {
      case 0: segments.remove(at: place)
      case 1: segments.insert(segments[place], at: chance.below(segments.count))
      case 2: segments.swapAt(place, chance.below(segments.count))
      case 3: Mutations.damage(&segments[place], using: &chance)
      default: segments[place].removeLast(chance.below(segments[place].count))
      }
    }
  }

  private static func inspect(_ segments: [[UInt8]], _ chance: inout SeededGenerator) -> String? {
    var inspector = Inspector(linkType: .ethernet, options: CheckedOutput.options)
    var output = CheckedOutput()
    var time: Int64 = 1_700_000_000_000_000_000
    var byteCount = 0
    for (index, segment) in segments.enumerated() {
      // Mostly microseconds, sometimes minutes, sometimes back.
      time += chance.below(16) == 0 ? Int64(chance.below(200)) * 1_000_000_000 - 50_000_000_000 : 7_000
      byteCount += segment.count
      unsafe inspector.receive(
        segment.span.bytes, originalByteCount: segment.count + (chance.below(32) == 0 ? chance.below(70_000) : 0),
        origin: Origin(time: Timestamp(nanoseconds: time), packet: UInt64(index) + 1), to: &output)
    }
    inspector.finish(to: &output)
    if let complaint = output.complaint { return complaint }
    return output.count <= byteCount + 4 ? nil : "\(output.count) outputs for \(byteCount) bytes"
  }
}

/// A frame of any link type.
enum FuzzedFrame {
  static func check(_ input: [UInt8]) -> String? {
    let variant = Cuts(input).variant
    let linkType = LinkType.supported[Int(variant >> 8) % LinkType.supported.count]
    let original = variant & 7 == 0 ? Int(truncatingIfNeeded: variant) : input.count
    let decoded = unsafe FrameDecoder(linkType: linkType).decode(input.span.bytes, originalByteCount: original)
    guard case .segment(let segment) = decoded else { return nil }
    guard segment.payload.lowerBound >= 0, segment.payload.upperBound <= input.count else { return "payload outside" }
    return segment.wireByteCount >= segment.capturedByteCount ? nil : "less on the wire than captured"
  }
}
