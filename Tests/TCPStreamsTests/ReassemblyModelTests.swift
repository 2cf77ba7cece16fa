// Random conversations: whatever the order, the cutting and the repeating of segments, the streams come out.
//
// Two models. Without loss the streams come out whole. With loss, bytes and gaps together still line up with the
// original offsets: lost bytes are missing, never attributed to another place.

import Packets
import TCPStreams
import Testing
import WireBytes

/// A small generator with a seed, so that a failure can be had again.
struct Seeded: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}

/// One direction's original bytes, and what came out of it.
private struct Side {
  var original: [UInt8]
  var initial: UInt32
  var position = 0
  var gapBytes = 0
  var isClosed = false
  var wrong: String?

  init(_ random: inout Seeded) {
    original = (0..<Int.random(in: 0...3_000, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
    // Often close to the wrap.
    initial = 0 &- UInt32.random(in: 0...(Bool.random(using: &random) ? UInt32.max : 2_000), using: &random)
  }

  mutating func take(_ span: RawSpan) {
    let bytes = span.copied()
    let end = position + bytes.count
    if end > original.count || Array(original[position..<end]) != bytes {
      wrong = wrong ?? "\(bytes.count) bytes at \(position) are not those of the stream"
    }
    position = end
  }
}

/// A segment of a direction as it was sent: a range of the stream.
private struct Sent {
  var direction: Direction
  var range: Range<Int>
  var fin: Bool
}

private struct Model {
  var random: Seeded
  var sides: [Side]
  var reassembler: TCPReassembler
  var packet: UInt64 = 0
  let encoder = PacketEncoder(linkType: .rawIP)
  let decoder = FrameDecoder(linkType: .rawIP)
  let client = IPEndpoint(IPAddress(v6High: 0x2001_0DB8 << 32, low: 1), port: 50_000)
  let server = IPEndpoint(IPAddress(v6High: 0x2001_0DB8 << 32, low: 2), port: 443)
  var finished = 0

  init(seed: UInt64, limits: ReassemblyLimits = ReassemblyLimits()) {
    random = Seeded(state: seed)
    sides = [Side(&random), Side(&random)]
    reassembler = TCPReassembler(limits: limits)
  }

  /// Cuts a stream into segments, most of them once, some again with other borders.
  mutating func segments(_ direction: Direction) -> [Sent] {
    let count = sides[Int(direction.rawValue)].original.count
    var all: [Sent] = []
    var position = 0
    while position < count {
      let end = min(count, position + Int.random(in: 1...300, using: &random))
      all.append(Sent(direction: direction, range: position..<end, fin: false))
      if Int.random(in: 0..<6, using: &random) == 0 {
        let low = Int.random(in: 0...position, using: &random)
        all.append(Sent(direction: direction, range: low..<Int.random(in: low...end, using: &random), fin: false))
      }
      position = end
    }
    all.append(Sent(direction: direction, range: count..<count, fin: true))
    return all
  }

  mutating func send(
    _ sent: Sent, flags: TCPFlags = [], acknowledging: Int?, captured: Int? = nil, syn: Bool = false
  ) {
    packet += 1
    let own = sides[Int(sent.direction.rawValue)]
    let other = sides[Int(sent.direction.opposite.rawValue)]
    var flags = flags
    if sent.fin { flags.insert(.fin) }
    if syn { flags.insert(.syn) }
    if acknowledging != nil { flags.insert(.ack) }
    let isRequest = sent.direction == .request
    let header = TCPHeader(
      from: isRequest ? client : server, to: isRequest ? server : client,
      sequence: own.initial &+ (syn ? 0 : UInt32(sent.range.lowerBound + 1)),
      acknowledgement: other.initial &+ UInt32(acknowledging ?? 0) &+ 1, flags: flags)
    let payload = Array(own.original[sent.range])
    let frame = encoder.frame(header, payload: payload)
    let kept = frame.count - payload.count + min(captured ?? payload.count, payload.count)
    let bytes = unsafe frame.span.bytes.extracting(first: kept)
    guard case .segment(let segment) = decoder.decode(bytes, originalByteCount: frame.count) else {
      Issue.record("a frame of ours is not decoded")
      return
    }
    let origin = Origin(time: Timestamp(nanoseconds: Int64(packet) * 50_000), packet: packet)
    var sides = sides
    var finished = finished
    reassembler.receive(segment, frame: bytes, origin: origin) { Model.apply($0, &sides, &finished) }
    self.sides = sides
    self.finished = finished
  }

  mutating func finish() {
    var sides = sides
    var finished = finished
    reassembler.finish { Model.apply($0, &sides, &finished) }
    self.sides = sides
    self.finished = finished
  }

  private static func apply(_ event: borrowing StreamEvent, _ sides: inout [Side], _ finished: inout Int) {
    switch event {
    case .bytes(_, let direction, let span, _):
      sides[Int(direction.rawValue)].take(span)
    case .gap(_, let direction, let byteCount, _):
      sides[Int(direction.rawValue)].position += Int(byteCount)
      sides[Int(direction.rawValue)].gapBytes += Int(byteCount)
    case .closed(_, let direction, _, _): sides[Int(direction.rawValue)].isClosed = true
    case .finished: finished += 1
    case .opened, .established, .conflict: break
    }
  }

  mutating func shakeHands() {
    send(Sent(direction: .request, range: 0..<0, fin: false), acknowledging: nil, syn: true)
    send(Sent(direction: .response, range: 0..<0, fin: false), acknowledging: 0, syn: true)
    send(Sent(direction: .request, range: 0..<0, fin: false), acknowledging: 0)
  }

  /// Both directions' segments, mixed, each moved at most a few places.
  mutating func shuffledSegments() -> [Sent] {
    var queues = [segments(.request), segments(.response)]
    var order: [Sent] = []
    while !queues[0].isEmpty || !queues[1].isEmpty {
      let choice = queues[0].isEmpty ? 1 : queues[1].isEmpty ? 0 : Int.random(in: 0...1, using: &random)
      order.append(queues[choice].removeFirst())
    }
    for index in order.indices.dropLast() where Int.random(in: 0..<3, using: &random) == 0 {
      order.swapAt(index, min(order.count - 1, index + Int.random(in: 1...8, using: &random)))
    }
    for index in order.indices.reversed() where Int.random(in: 0..<8, using: &random) == 0 {
      order.insert(order[index], at: min(order.count, index + Int.random(in: 0...5, using: &random)))
    }
    return order
  }
}

@Suite struct ReassemblyModelTests {
  @Test(arguments: 1...150)
  func anyOrderGivesTheStreams(_ seed: Int) {
    var model = Model(seed: UInt64(seed))
    model.shakeHands()
    for sent in model.shuffledSegments() { model.send(sent, acknowledging: 0) }
    for side in model.sides {
      #expect(side.wrong == nil)
      #expect(side.position == side.original.count)
      #expect(side.gapBytes == 0)
      #expect(side.isClosed)
    }
    #expect(model.finished == 1)
    #expect(model.reassembler.counters.conflicts == 0)
    #expect(model.reassembler.counters.bytes == UInt64(model.sides[0].position + model.sides[1].position))
  }

  @Test(arguments: 1...150)
  func lossNeverMovesBytes(_ seed: Int) {
    var limits = ReassemblyLimits()
    // Small bounds in half of the runs, so that they are met.
    if seed.isMultiple(of: 2) { limits.heldBytesPerDirection = 700 }
    if seed.isMultiple(of: 3) { limits.heldBytes = 900 }
    var model = Model(seed: UInt64(seed) &* 7_919, limits: limits)
    model.shakeHands()
    // The receivers get everything that was sent, whatever the capture misses.
    var arrived = [0, 0]
    for sent in model.shuffledSegments() {
      let own = Int(sent.direction.rawValue)
      let acknowledging = arrived[1 - own]
      // What arrived is what was sent without holes; with holes the receiver's number stays, which is less.
      if sent.range.lowerBound <= arrived[own] { arrived[own] = max(arrived[own], sent.range.upperBound) }
      guard Int.random(in: 0..<5, using: &model.random) != 0 else { continue }
      let cut = Int.random(in: 0..<10, using: &model.random) == 0 ? Int.random(in: 0...100, using: &model.random) : nil
      model.send(sent, acknowledging: acknowledging, captured: cut)
    }
    model.finish()
    for side in model.sides {
      #expect(side.wrong == nil)
      #expect(side.position <= side.original.count)
      if side.isClosed { #expect(side.position == side.original.count) }
    }
    #expect(model.finished == 1)
    #expect(
      model.reassembler.counters.gapBytes == UInt64(model.sides[0].gapBytes + model.sides[1].gapBytes))
  }

  @Test(arguments: 1...60)
  func anySegmentsKeepTheRulesOfEvents(_ seed: Int) {
    var random = Seeded(state: UInt64(seed) &* 104_729)
    var limits = ReassemblyLimits()
    limits.connections = 4
    limits.closedConnections = Int.random(in: 0...2, using: &random)
    limits.heldBytes = 2_000
    limits.heldBytesPerDirection = 1_000
    var log = StreamLog(initial: (.max - 20, 50), limits: limits)
    let payloads = ["", "", "a", "bc", "defgh", "0123456789"]
    for _ in 0..<400 {
      let bits = UInt8.random(in: 0...0xFF, using: &random) & UInt8.random(in: 0...0xFF, using: &random)
      let payload = payloads.randomElement(using: &random) ?? ""
      var step = c(
        Int.random(in: -5...60, using: &random), payload, TCPFlags(rawValue: bits),
        ack: Int.random(in: -5...60, using: &random),
        captured: Int.random(in: 0..<6, using: &random) == 0 ? payload.utf8.count / 2 : nil)
      step.fromClient = Bool.random(using: &random)
      if Int.random(in: 0..<40, using: &random) == 0 { step.sequence = Int.random(in: 0...0xFFFF_FFFF, using: &random) }
      if Int.random(in: 0..<40, using: &random) == 0 {
        step.acknowledgement = Int.random(in: 0...0xFFFF_FFFF, using: &random)
      }
      let ports = UInt16.random(in: 40_000...40_006, using: &random)
      log.play(step.ports(ports, 80).after(Int.random(in: 0...40_000, using: &random)))
    }
    log.finish()
    #expect(checkLog(log.lines) == nil)
    #expect(log.reassembler.openConnections == 0)
    #expect(log.reassembler.slotCount <= 5)
  }

  /// The first event that breaks the order which ``StreamEvent`` promises.
  private func checkLog(_ lines: [String]) -> String? {
    var open: [Substring: Set<Substring>] = [:]
    var last: UInt64 = 0
    for line in lines {
      let words = line.split(separator: " ")
      guard words.count >= 2, let id = UInt64(words[0]) else { return line }
      switch words[1] {
      case "open":
        guard id == last + 1 else { return line }
        last = id
        open[words[0]] = []
      case "finished":
        guard open.removeValue(forKey: words[0]) != nil else { return line }
      case "established":
        guard open[words[0]]?.insert("established").inserted == true else { return line }
      default:
        guard let state = open[words[0]], !state.contains(words[1]) else { return line }
        if words[2] == "end" || words[2] == "reset" { open[words[0]]?.insert(words[1]) }
      }
    }
    return open.isEmpty ? nil : "still open at the end"
  }
}
