// When to stop waiting: holes that will not be filled.
//
// A hole is lost when the receiver acknowledged data behind it (it had what we did not see), when too much or too long
// is held for it, and when the direction, the connection or the capture ends.
//
// What a side says after it received bytes that we did not see waits for them, or for their loss: a request must not
// overtake the end of the response before it.

import Packets
import WireBytes

extension TCPReassembler {
  /// Takes an acknowledgement of `direction`'s bytes.
  mutating func acknowledge(
    _ header: TCPHeader, _ direction: Int, _ origin: Origin, _ sink: (borrowing StreamEvent) -> Void
  ) {
    let number = header.acknowledgement
    guard directions[direction].state.contains(.known) else {
      // The server's answer to a SYN that was not captured tells where the client's stream begins.
      if header.flags.contains(.syn) {
        directions[direction].begin(after: number &- 1)
        directions[direction].state.insert(.provisional)
        return
      }
      // The client's answer to a SYN and ACK that was not captured tells where the server's stream begins.
      let other = directions[direction ^ 1]
      if connections[direction >> 1].state.contains(.hasSYN), direction & 1 == 1, other.offset == 0,
        other.state.contains(.known), header.sequence == other.next
      {
        directions[direction].begin(after: number &- 1)
      }
      return
    }
    var distance = directions[direction].distance(number)
    guard distance > 0, distance <= TCPReassembler.largestAdvance else { return }
    // That this side's data was received says nothing about the other's, which it waits for.
    guard !isBlocked(direction) else { return }
    while directions[direction].state.contains(.holding), let hole = holeEnd(direction),
      Int32(bitPattern: number &- hole) > 0, !isBlocked(direction)
    {
      lose(directions[direction].distance(hole), direction, origin, sink)
      drain(direction, origin, sink)
      release(direction ^ 1, origin, sink)
      endIfReached(direction, origin, sink)
    }
    guard isOpen(direction >> 1) else { return }
    distance = directions[direction].distance(number)
    guard distance > 0, !directions[direction].state.contains(.closed) else { return }
    if !directions[direction].state.contains(.unseen) {
      directions[direction].state.insert(.unseen)
      directions[direction].unseenSince = origin.time
      directions[direction].acknowledgedBefore = directions[direction].next
      directions[direction].acknowledged = number
    } else if distance > directions[direction].distance(directions[direction].acknowledged) {
      directions[direction].acknowledgedBefore = directions[direction].acknowledged
      directions[direction].acknowledged = number
    }
  }

  /// Declares acknowledged bytes lost that did not turn up in a short while.
  ///
  /// An acknowledgement may be captured just before the bytes it acknowledges when two captures were merged.
  mutating func lookForUnseen(_ direction: Int, _ origin: Origin, _ sink: (borrowing StreamEvent) -> Void) {
    guard directions[direction].state.contains(.unseen) else { return }
    let missing = directions[direction].distance(directions[direction].acknowledged)
    guard missing > 0, !directions[direction].state.contains(.closed) else {
      directions[direction].state.remove(.unseen)
      return
    }
    let waited = origin.time.nanoseconds(since: directions[direction].unseenSince)
    guard waited > limits.unseenMilliseconds &* 1_000_000 else { return }
    loseUnseen(direction, origin, sink)
    endIfReached(direction, origin, sink)
  }

  /// Whether data at `distance` follows bytes that were acknowledged and not seen.
  ///
  /// The sender went on, and its packets keep their order even where captures of two directions were merged: the
  /// missing ones do not come any more.
  func liesBehindUnseen(_ distance: Int, _ direction: Int) -> Bool {
    guard directions[direction].state.contains(.unseen) else { return false }
    let missing = directions[direction].distance(directions[direction].acknowledged)
    return missing > 0 && distance >= missing
  }

  /// Whether a sender in `direction` that acknowledged `number` had received bytes that we did not see.
  func answersUnseen(_ number: UInt32?, _ direction: Int) -> Bool {
    let other = directions[direction ^ 1]
    guard let number, other.state.contains(.unseen), !other.state.contains(.closed) else { return false }
    let missing = other.distance(number)
    // A single byte may be a FIN that was not captured.
    return missing > 1 && missing <= TCPReassembler.largestAdvance && !isBlocked(direction ^ 1)
  }

  /// Whether data is held that is next in its direction, because it answers bytes that were not seen.
  func isBlocked(_ direction: Int) -> Bool {
    guard directions[direction].state.contains(.holding),
      let first = held[Int(directions[direction].held)].pieces.first
    else { return false }
    return directions[direction].distance(first.sequence) == 0
  }

  /// Passes on what waited for the other direction and need not any more.
  mutating func release(_ direction: Int, _ origin: Origin, _ sink: (borrowing StreamEvent) -> Void) {
    guard isBlocked(direction) else { return }
    drain(direction, origin, sink)
    endIfReached(direction, origin, sink)
  }

  /// Declares lost what was acknowledged, as far as nothing held contradicts.
  mutating func loseUnseen(_ direction: Int, _ origin: Origin, _ sink: (borrowing StreamEvent) -> Void) {
    var missing = directions[direction].distance(directions[direction].acknowledged)
    if let hole = holeEnd(direction) { missing = min(missing, directions[direction].distance(hole)) }
    // One byte more than was seen, and nothing behind it: a FIN that was not captured.
    if missing == 1, !directions[direction].state.contains(.holding) {
      if directions[direction ^ 1].state.contains(.closed) {
        directions[direction].state.remove(.unseen)
        noteFIN(direction, at: directions[direction].next, origin)
      }
      return
    }
    // In steps: what the other side said in between comes in between.
    while isBlocked(direction ^ 1),
      let number = held[Int(directions[direction ^ 1].held)].pieces.first?.acknowledgement,
      case let step = directions[direction].distance(number), step > 0, step < missing
    {
      lose(step, direction, origin, sink)
      missing -= step
      drain(direction ^ 1, origin, sink)
    }
    directions[direction].state.remove(.unseen)
    guard missing > 0 else { return }
    lose(missing, direction, origin, sink)
    drain(direction, origin, sink)
    release(direction ^ 1, origin, sink)
  }

  /// Where the first hole ends: at held data, or at a FIN.
  func holeEnd(_ direction: Int) -> UInt32? {
    guard directions[direction].state.contains(.holding) else { return nil }
    if let first = held[Int(directions[direction].held)].pieces.first { return first.sequence }
    return awaitsFIN(direction) ? directions[direction].fin : nil
  }

  /// Declares lost what the bounds no longer allow to wait for.
  mutating func loseBeyondBounds(_ direction: Int, _ origin: Origin, _ sink: (borrowing StreamEvent) -> Void) {
    while directions[direction].state.contains(.holding),
      held[Int(directions[direction].held)].charge > limits.heldBytesPerDirection
    {
      loseFirstHole(direction, origin, sink)
    }
    while heldCharge > limits.heldBytes, waiting.oldest >= 0 {
      loseFirstHole(held[Int(waiting.oldest)].direction, origin, sink)
    }
  }

  /// Declares the first hole of a direction lost and passes on what is behind it.
  mutating func loseFirstHole(_ direction: Int, _ origin: Origin, _ sink: (borrowing StreamEvent) -> Void) {
    guard let hole = holeEnd(direction) else { return stopWaiting(direction) }
    lose(directions[direction].distance(hole), direction, origin, sink)
    drain(direction, isForced: true, origin, sink)
    endIfReached(direction, origin, sink)
  }

  /// Declares everything lost that a direction waits for, and passes on what is held.
  mutating func flush(_ direction: Int, _ origin: Origin, _ sink: (borrowing StreamEvent) -> Void) {
    if isBlocked(direction) { loseUnseenAtEnd(direction ^ 1, origin, sink) }
    while directions[direction].state.contains(.holding) { loseFirstHole(direction, origin, sink) }
    loseUnseenAtEnd(direction, origin, sink)
  }

  /// Declares everything lost that was acknowledged and not seen; nothing more comes.
  private mutating func loseUnseenAtEnd(
    _ direction: Int, _ origin: Origin, _ sink: (borrowing StreamEvent) -> Void
  ) {
    guard directions[direction].state.contains(.unseen), !directions[direction].state.contains(.closed) else { return }
    // The last byte acknowledged, alone and when the other side had ended, is a FIN that was not captured.
    let isFIN =
      directions[direction].acknowledged == directions[direction].acknowledgedBefore &+ 1
      && directions[direction ^ 1].state.contains(.finSeen)
    if isFIN { directions[direction].acknowledged &-= 1 }
    loseUnseen(direction, origin, sink)
    if isFIN { noteFIN(direction, at: directions[direction].next, origin) }
    endIfReached(direction, origin, sink)
  }

  /// Skips the next `byteCount` bytes of a direction: they were not captured.
  mutating func lose(
    _ byteCount: Int, _ direction: Int, _ origin: Origin, _ sink: (borrowing StreamEvent) -> Void
  ) {
    guard byteCount > 0 else { return }
    directions[direction].next &+= UInt32(truncatingIfNeeded: byteCount)
    directions[direction].offset &+= UInt64(byteCount)
    counters.gaps &+= 1
    counters.gapBytes &+= UInt64(byteCount)
    sink(.gap(handle(direction >> 1), side(direction), byteCount: UInt64(byteCount), origin))
  }

  /// Begins to wait for an earlier segment, unless it does already.
  mutating func wait(_ direction: Int, since time: Timestamp) {
    guard !directions[direction].state.contains(.holding) else { return }
    let index: Int
    if let free = freeHeld.popLast() {
      index = free
    } else {
      index = held.count
      held.append(HeldSegments())
      heldLinks.addSlot()
    }
    held[index].direction = direction
    held[index].since = time
    heldLinks.append(index, to: &waiting)
    directions[direction].held = Int32(truncatingIfNeeded: index)
    directions[direction].state.insert(.holding)
  }

  /// Ends the waiting of a direction and forgets what it holds.
  mutating func stopWaiting(_ direction: Int) {
    guard directions[direction].state.contains(.holding) else { return }
    let index = Int(directions[direction].held)
    heldCharge -= held[index].charge
    held[index] = HeldSegments()
    heldLinks.remove(index, from: &waiting)
    freeHeld.append(index)
    directions[direction].held = -1
    directions[direction].state.remove(.holding)
  }
}
