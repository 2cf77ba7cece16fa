// A little language for TCP conversations, and the log of what reassembly made of them.
//
// Every step is encoded as a frame and decoded again, so that the tests go the way of real packets.

import Packets
import TCPStreams
import WireBytes

/// One packet.
///
/// Sequence and acknowledgement numbers count from the sender's and receiver's initial ones.
struct Step: Sendable {
  var fromClient: Bool
  var sequence: Int
  var acknowledgement: Int?
  var payload: [UInt8]
  var flags: TCPFlags
  /// Bytes of the payload that the snapshot kept.
  var captured: Int?
  /// Milliseconds since the packet before.
  var wait: Int = 1
  var ports: (client: UInt16, server: UInt16) = (40_000, 80)

  func after(_ milliseconds: Int) -> Step {
    var step = self
    step.wait = milliseconds
    return step
  }

  func ports(_ client: UInt16, _ server: UInt16) -> Step {
    var step = self
    step.ports = (client, server)
    return step
  }
}

/// A packet of the client.
func c(
  _ sequence: Int, _ payload: String = "", _ flags: TCPFlags = [], ack: Int? = nil, captured: Int? = nil
) -> Step {
  Step(
    fromClient: true, sequence: sequence, acknowledgement: ack, payload: Array(payload.utf8), flags: flags,
    captured: captured)
}

/// A packet of the server.
func s(
  _ sequence: Int, _ payload: String = "", _ flags: TCPFlags = [], ack: Int? = nil, captured: Int? = nil
) -> Step {
  var step = c(sequence, payload, flags, ack: ack, captured: captured)
  step.fromClient = false
  return step
}

/// The three packets of a handshake: the streams' first bytes have the number 1.
let handshake: [Step] = [c(0, "", .syn), s(0, "", .syn, ack: 1), c(1, ack: 1)]

/// Plays steps and writes what comes out as lines.
struct StreamLog {
  var reassembler: TCPReassembler
  var lines: [String] = []
  var initial: (client: UInt32, server: UInt32)
  private var packet: UInt64 = 0
  private var time: Int64 = 1_000_000_000_000
  private let encoder = PacketEncoder(linkType: .ethernet)
  private let decoder = FrameDecoder(linkType: .ethernet)
  private var slots: [Int: UInt64] = [:]

  init(
    initial: (client: UInt32, server: UInt32) = (1_000, 2_000), limits: ReassemblyLimits = ReassemblyLimits(),
    serverPorts: Set<UInt16> = []
  ) {
    self.initial = initial
    reassembler = TCPReassembler(limits: limits, serverPorts: serverPorts)
  }

  mutating func play(_ steps: [Step]) {
    for step in steps { play(step) }
  }

  mutating func play(_ step: Step) {
    packet += 1
    time += Int64(step.wait) * 1_000_000
    let client = IPEndpoint(IPAddress(v4: 0x0A00_0001), port: step.ports.client)
    let server = IPEndpoint(IPAddress(v4: 0x0A00_0002), port: step.ports.server)
    let own = step.fromClient ? initial.client : initial.server
    let other = step.fromClient ? initial.server : initial.client
    var flags = step.flags
    if step.acknowledgement != nil { flags.insert(.ack) }
    let header = TCPHeader(
      from: step.fromClient ? client : server, to: step.fromClient ? server : client,
      sequence: own &+ UInt32(truncatingIfNeeded: step.sequence),
      acknowledgement: other &+ UInt32(truncatingIfNeeded: step.acknowledgement ?? 0), flags: flags)
    let frame = encoder.frame(header, payload: step.payload)
    let kept = frame.count - step.payload.count + (step.captured ?? step.payload.count)
    take(Array(frame[..<kept]), originalByteCount: frame.count)
  }

  private mutating func take(_ frame: [UInt8], originalByteCount: Int) {
    let bytes = unsafe frame.span.bytes
    guard case .segment(let segment) = decoder.decode(bytes, originalByteCount: originalByteCount) else {
      lines.append("undecoded")
      return
    }
    let origin = Origin(time: Timestamp(nanoseconds: time), packet: packet)
    var new: [String] = []
    var owners = slots
    reassembler.receive(segment, frame: bytes, origin: origin) { event in
      new.append(StreamLog.line(event, &owners))
    }
    slots = owners
    lines += new
  }

  mutating func finish() {
    var new: [String] = []
    var owners = slots
    reassembler.finish { event in new.append(StreamLog.line(event, &owners)) }
    slots = owners
    lines += new
  }

  /// One event as text; checks on the way that a slot belongs to one connection at a time.
  private static func line(_ event: borrowing StreamEvent, _ owners: inout [Int: UInt64]) -> String {
    func place(_ handle: ConnectionHandle) -> String {
      let owner = owners[handle.slot]
      let mark = owner == handle.id.rawValue ? "" : "(slot \(handle.slot) belongs to \(owner ?? 0)) "
      return mark + "\(handle.id.rawValue)"
    }
    switch event {
    case .opened(let info, let origin):
      if let owner = owners[info.handle.slot] { return "slot \(info.handle.slot) still belongs to \(owner)" }
      owners[info.handle.slot] = info.handle.id.rawValue
      let ports = "\(info.client.port)>\(info.server.port)"
      return "\(place(info.handle)) open \(info.start.rawValue) \(ports) #\(origin.packet)"
    case .established(let handle, let times, let origin):
      let start = times.syn.map { "\(times.established.nanoseconds(since: $0) / 1_000_000)ms" } ?? "?"
      let answer = times.synAck.map { "\(times.established.nanoseconds(since: $0) / 1_000_000)ms" } ?? "?"
      return "\(place(handle)) established \(start) \(answer) #\(origin.packet)"
    case .bytes(let handle, let direction, let span, let origin):
      return "\(place(handle)) \(direction.mark) \"\(WireText.escape(span))\" #\(origin.packet)"
    case .gap(let handle, let direction, let byteCount, let origin):
      return "\(place(handle)) \(direction.mark) gap \(byteCount) #\(origin.packet)"
    case .conflict(let handle, let direction, let offset, let byteCount, let origin):
      return "\(place(handle)) \(direction.mark) conflict at=\(offset) count=\(byteCount) #\(origin.packet)"
    case .closed(let handle, let direction, let closing, let origin):
      return "\(place(handle)) \(direction.mark) \(closing.rawValue) #\(origin.packet)"
    case .finished(let handle, let ending, let origin):
      let text = "\(place(handle)) finished \(ending) #\(origin.packet)"
      owners[handle.slot] = nil
      return text
    }
  }
}
