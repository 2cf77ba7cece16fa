// The end of directions and connections: FIN, RST, idleness, the table's bound.
//
// A closed connection is remembered for a while, so that late retransmissions do not look like a new one.

import Packets
import WireBytes

extension TCPReassembler {
  /// Notes a FIN, which takes one sequence number; the earliest one counts.
  mutating func noteFIN(_ direction: Int, at sequence: UInt32, _ origin: Origin) {
    let distance = directions[direction].distance(sequence)
    guard distance >= 0, distance <= TCPReassembler.largestAdvance, !directions[direction].state.contains(.closed)
    else { return }
    if directions[direction].state.contains(.finSeen),
      directions[direction].distance(directions[direction].fin) <= distance
    {
      return
    }
    directions[direction].state.insert(.finSeen)
    directions[direction].fin = sequence
    if distance > 0 { wait(direction, since: origin.time) }
  }

  /// Whether a FIN was seen that data is still missing before.
  func awaitsFIN(_ direction: Int) -> Bool {
    directions[direction].state.contains(.finSeen) && directions[direction].distance(directions[direction].fin) > 0
  }

  /// Closes a direction whose FIN is next, and the connection when it was the second.
  mutating func endIfReached(_ direction: Int, _ origin: Origin, _ sink: (borrowing StreamEvent) -> Void) {
    guard directions[direction].state.contains(.finSeen), !directions[direction].state.contains(.closed),
      directions[direction].distance(directions[direction].fin) <= 0
    else { return }
    stopWaiting(direction)
    directions[direction].next = directions[direction].fin &+ 1
    directions[direction].state.insert(.closed)
    let slot = direction >> 1
    sink(.closed(handle(slot), side(direction), .end, origin))
    if directions[direction ^ 1].state.contains(.closed), isOpen(slot) {
      conclude(slot, .closed, origin, sink)
    }
  }

  /// Takes a RST, when its sequence number can be this connection's.
  ///
  /// Spec: RFC 9293 section 3.5.3.
  mutating func reset(
    _ header: TCPHeader, slot: Int, direction: Int, _ origin: Origin, _ sink: (borrowing StreamEvent) -> Void
  ) {
    guard isPlausibleReset(header, direction) else {
      counters.ignoredResets &+= 1
      return
    }
    flush(direction, origin, sink)
    flush(direction ^ 1, origin, sink)
    guard isOpen(slot) else { return }
    if !directions[direction].state.contains(.closed) {
      directions[direction].state.insert(.closed)
      sink(.closed(handle(slot), side(direction), .reset, origin))
    }
    connections[slot].state.insert(.reset)
    conclude(slot, .reset(by: side(direction)), origin, sink)
  }

  private func isPlausibleReset(_ header: TCPHeader, _ direction: Int) -> Bool {
    let own = directions[direction]
    if own.state.contains(.known) {
      return abs(own.distance(header.sequence)) <= TCPReassembler.resetReach
    }
    // The refusal of a SYN has the sequence number 0 and acknowledges the SYN.
    let other = directions[direction ^ 1]
    guard header.flags.contains(.ack), other.state.contains(.known) else { return true }
    return abs(other.distance(header.acknowledgement)) <= TCPReassembler.resetReach
  }

  /// Finishes a connection and remembers it as closed.
  mutating func conclude(
    _ slot: Int, _ ending: ConnectionEnding, _ origin: Origin, _ sink: (borrowing StreamEvent) -> Void
  ) {
    flush(slot * 2, origin, sink)
    flush(slot * 2 + 1, origin, sink)
    // What the flush passed on may have been the end of both directions.
    guard isOpen(slot) else { return }
    connections[slot].state.insert(.closed)
    connections[slot].lastTime = origin.time
    links.remove(slot, from: &open)
    links.append(slot, to: &closed)
    sink(.finished(handle(slot), ending, origin))
    if closed.count > limits.closedConnections { release(Int(closed.oldest)) }
  }

  /// Ends a connection because a new one took its addresses and ports, and frees its slot.
  mutating func supersede(_ slot: Int, _ origin: Origin, _ sink: (borrowing StreamEvent) -> Void) {
    if isOpen(slot) {
      counters.supersededConnections &+= 1
      conclude(slot, .superseded, origin, sink)
    }
    release(slot)
  }

  /// Frees the slot of a closed connection.
  mutating func release(_ slot: Int) {
    guard connections[slot].state.contains(.used) else { return }
    links.remove(slot, from: &closed)
    table.remove(slot, hash: connections[slot].hash)
    connections[slot].state = []
    freeSlots.append(slot)
  }

  /// Makes room in the table for one more connection: closed ones go first, then the longest quiet.
  mutating func makeRoom(_ origin: Origin, _ sink: (borrowing StreamEvent) -> Void) {
    while open.count + closed.count >= max(limits.connections, 1) {
      if closed.oldest >= 0 {
        release(Int(closed.oldest))
      } else if open.oldest >= 0 {
        counters.evictedConnections &+= 1
        evict(Int(open.oldest), .evicted, origin, sink)
      } else {
        return
      }
    }
  }

  private mutating func evict(
    _ slot: Int, _ ending: ConnectionEnding, _ origin: Origin, _ sink: (borrowing StreamEvent) -> Void
  ) {
    conclude(slot, ending, origin, sink)
    release(slot)
  }

  /// Looks after what time alone decides; about once a second of packet time.
  @inline(never)
  mutating func sweep(_ origin: Origin, _ sink: (borrowing StreamEvent) -> Void) {
    let now = origin.time
    nextSweep = now.nanoseconds &+ TCPReassembler.second
    while waiting.oldest >= 0,
      now.nanoseconds(since: held[Int(waiting.oldest)].since) > limits.holeSeconds &* TCPReassembler.second
    {
      loseFirstHole(held[Int(waiting.oldest)].direction, origin, sink)
    }
    while closed.oldest >= 0,
      now.nanoseconds(since: connections[Int(closed.oldest)].lastTime) > limits.closedSeconds &* TCPReassembler.second
    {
      release(Int(closed.oldest))
    }
    while open.oldest >= 0,
      now.nanoseconds(since: connections[Int(open.oldest)].lastTime) > limits.idleSeconds &* TCPReassembler.second
    {
      counters.evictedConnections &+= 1
      evict(Int(open.oldest), .idle, origin, sink)
    }
  }
}
