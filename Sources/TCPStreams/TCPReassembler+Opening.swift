// The beginning of connections: which packets open one, who is the client, the handshake's times.
//
// A packet opens a connection when it carries SYN or data; acknowledgements, FINs and resets of unknown connections
// are the tails of old ones and only counted.

import Packets
import WireBytes

extension TCPReassembler {
  /// Opens a connection for a segment of none that is known, when the segment can open one, and takes the segment.
  @inline(never)
  mutating func openFor(
    _ segment: TCPSegment, _ frame: RawSpan, _ key: FlowKey, _ hash: UInt32, sourceIsFirst: Bool,
    _ origin: Origin, _ sink: (borrowing StreamEvent) -> Void
  ) {
    let header = segment.header
    guard !header.flags.contains(.rst), header.flags.contains(.syn) || segment.wireByteCount > 0 else {
      counters.unattachedSegments &+= 1
      return
    }
    let start: ConnectionStart =
      header.flags.contains(.syn) ? (header.flags.contains(.ack) ? .synAck : .syn) : .middle
    let sourceIsClient = isFromClient(header, start)
    makeRoom(origin, sink)

    lastID &+= 1
    var state: ConnectionRecord.State = sourceIsFirst == sourceIsClient ? [.used, .firstIsClient] : [.used]
    if start == .middle { state.insert(.established) }
    let record = ConnectionRecord(
      key: key, hash: hash, state: state, id: ConnectionID(rawValue: lastID), lastTime: origin.time)
    let slot = takeSlot(record)
    table.insert(slot, hash: hash)
    links.append(slot, to: &open)
    counters.connections &+= 1
    if start == .middle { counters.joinedConnections &+= 1 }
    sink(
      .opened(
        ConnectionInfo(
          handle: handle(slot), client: sourceIsClient ? header.source : header.destination,
          server: sourceIsClient ? header.destination : header.source, start: start),
        origin))
    _ = process(segment, frame, slot: slot, direction: slot &* 2 &+ (sourceIsClient ? 0 : 1), origin, sink)
  }

  /// Whether the sender of the first segment seen is taken for the client.
  private func isFromClient(_ header: TCPHeader, _ start: ConnectionStart) -> Bool {
    switch start {
    case .syn: return true
    case .synAck: return false
    case .middle:
      let fromServerPort = serverPorts.contains(header.source.port)
      let toServerPort = serverPorts.contains(header.destination.port)
      if fromServerPort != toServerPort { return toServerPort }
      return header.source.port >= header.destination.port
    }
  }

  private mutating func takeSlot(_ record: ConnectionRecord) -> Int {
    if let slot = freeSlots.popLast() {
      connections[slot] = record
      directions[slot * 2] = DirectionRecord()
      directions[slot * 2 + 1] = DirectionRecord()
      return slot
    }
    connections.append(record)
    directions.append(DirectionRecord())
    directions.append(DirectionRecord())
    links.addSlot()
    return connections.count - 1
  }

  /// Whether a segment of a known flow begins a new connection on it: a SYN that is not this connection's own.
  func startsAnew(_ header: TCPHeader, slot: Int, direction: Int) -> Bool {
    guard header.flags.contains(.syn), !header.flags.contains(.rst) else { return false }
    let own = directions[direction]
    let state = connections[slot].state
    if own.state.contains(.known), !own.state.contains(.provisional) {
      // A refused client may try again with the sequence number it had.
      if own.initial == header.sequence { return state.contains(.reset) && !header.flags.contains(.ack) }
      return true
    }
    if header.flags.contains(.ack) { return false }
    // A SYN from the other side while the first is unanswered: both open at once. Spec: RFC 9293 section 3.5.
    let other = directions[direction ^ 1]
    let opensAtOnce = state.contains(.hasSYN) && !state.contains(.established) && other.offset == 0
    return !opensAtOnce
  }

  /// Remembers the times of the handshake, and says when it is complete.
  mutating func noteHandshake(
    _ segment: TCPSegment, slot: Int, direction: Int, _ origin: Origin, _ sink: (borrowing StreamEvent) -> Void
  ) {
    let state = connections[slot].state
    guard !state.contains(.established) else { return }
    let flags = segment.header.flags
    if flags.contains(.syn) {
      if flags.contains(.ack) {
        if !state.contains(.hasSYNAck) {
          connections[slot].state.insert(.hasSYNAck)
          connections[slot].synAck = origin.time
        }
      } else if !state.contains(.hasSYN) {
        connections[slot].state.insert(.hasSYN)
        connections[slot].syn = origin.time
      }
      return
    }
    guard direction & 1 == 0 || segment.wireByteCount > 0 else { return }
    connections[slot].state.insert(.established)
    let handshake = Handshake(
      syn: state.contains(.hasSYN) ? connections[slot].syn : nil,
      synAck: state.contains(.hasSYNAck) ? connections[slot].synAck : nil, established: origin.time)
    sink(.established(handle(slot), handshake, origin))
  }
}
