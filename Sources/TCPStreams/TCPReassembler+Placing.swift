// Where a segment's bytes belong: next, seen before, or ahead of a hole.
//
// The first copy of a byte counts. What is passed on goes through `deliver` alone, so that offsets, gaps and counters
// always agree.

import Packets
import WireBytes

extension TCPReassembler {
  /// Passes on, holds or drops the payload of a segment, and notes its FIN.
  ///
  /// - Returns: False when the sequence numbers prove another connection.
  mutating func place(
    _ segment: TCPSegment, _ frame: RawSpan, _ direction: Int, _ origin: Origin,
    _ sink: (borrowing StreamEvent) -> Void
  ) -> Bool {
    let header = segment.header
    var sequence = header.sequence
    if header.flags.contains(.syn) {
      if !directions[direction].state.contains(.known) || directions[direction].state.contains(.provisional) {
        directions[direction].begin(after: sequence)
        directions[direction].state.remove(.provisional)
      }
      sequence &+= 1
    }
    var byteCount = segment.wireByteCount
    begin(direction, at: sequence, hasContent: byteCount > 0 || header.flags.contains(.fin))
    if segment.isTruncated { counters.truncatedSegments &+= 1 }
    if header.flags.contains(.fin) {
      noteFIN(direction, at: sequence &+ UInt32(truncatingIfNeeded: byteCount), origin)
    }

    var distance = directions[direction].distance(sequence)
    guard byteCount > 0 else {
      if distance == -1, header.flags.isDisjoint(with: .control) { counters.keepAlives &+= 1 }
      return true
    }
    // Nothing stands behind a FIN.
    if directions[direction].state.contains(.finSeen) {
      byteCount = min(byteCount, directions[direction].distance(directions[direction].fin) - distance)
    }
    if distance > TCPReassembler.largestAdvance || distance < -TCPReassembler.largestReturn {
      return !isThirdStray(segment, sequence: sequence, direction)
    }
    directions[direction].strays = 0
    if liesBehindUnseen(distance, direction) {
      loseUnseen(direction, origin, sink)
      distance = directions[direction].distance(sequence)
    }
    if byteCount <= 0 || distance >= 0 && directions[direction].state.contains(.closed) {
      counters.lateSegments &+= 1
      return true
    }

    let payload = frame.extracting(segment.payload)
    if distance + byteCount <= 0 {
      if distance == -1, byteCount == 1 { counters.keepAlives &+= 1 } else { counters.retransmittedSegments &+= 1 }
      return true
    }
    if distance < 0 { counters.retransmittedSegments &+= 1 }
    // What was passed on is no longer here to be compared.
    let skip = max(0, -distance)
    let fresh = payload.extracting(droppingFirst: min(skip, payload.byteCount))
    let captured = fresh.extracting(first: min(byteCount - skip, fresh.byteCount))
    let position = max(0, distance)
    let acknowledgement = header.flags.contains(.ack) ? header.acknowledgement : nil
    if position == 0, !reachesHeld(direction, byteCount: byteCount - skip),
      !answersUnseen(acknowledgement, direction)
    {
      deliver(captured, byteCount: byteCount - skip, direction, origin, sink)
      drain(direction, origin, sink)
    } else {
      if position > 0 { counters.outOfOrderSegments &+= 1 }
      hold(captured, at: position, byteCount: byteCount - skip, acknowledgement, direction, origin, sink)
    }
    return true
  }

  /// Lets an unknown stream begin with the first segment seen of it.
  private mutating func begin(_ direction: Int, at sequence: UInt32, hasContent: Bool) {
    if !directions[direction].state.contains(.known) {
      directions[direction].begin(after: sequence &- 1)
      if !hasContent { directions[direction].state.insert(.provisional) }
    } else if directions[direction].state.contains(.provisional), hasContent {
      directions[direction].state.remove(.provisional)
      // The segment before was a keep-alive probe, one before the next byte.
      if directions[direction].distance(sequence) == 1 { directions[direction].begin(after: sequence &- 1) }
    }
  }

  /// Whether `byteCount` bytes from the next one on touch what is held.
  private func reachesHeld(_ direction: Int, byteCount: Int) -> Bool {
    guard directions[direction].state.contains(.holding),
      let first = held[Int(directions[direction].held)].pieces.first
    else { return false }
    return directions[direction].distance(first.sequence) < byteCount
  }

  /// Passes on the next `byteCount` bytes of a direction; those that `captured` lacks are a gap.
  mutating func deliver(
    _ captured: RawSpan, byteCount: Int, _ direction: Int, _ origin: Origin, _ sink: (borrowing StreamEvent) -> Void
  ) {
    if captured.byteCount > 0 {
      directions[direction].next &+= UInt32(truncatingIfNeeded: captured.byteCount)
      directions[direction].offset &+= UInt64(captured.byteCount)
      counters.bytes &+= UInt64(captured.byteCount)
      sink(.bytes(handle(direction >> 1), side(direction), captured, origin))
    }
    if byteCount > captured.byteCount { lose(byteCount - captured.byteCount, direction, origin, sink) }
  }

  /// Keeps a segment that is ahead of a hole or touches held data.
  private mutating func hold(
    _ captured: RawSpan, at position: Int, byteCount: Int, _ acknowledgement: UInt32?, _ direction: Int,
    _ origin: Origin, _ sink: (borrowing StreamEvent) -> Void
  ) {
    wait(direction, since: origin.time)
    let index = Int(directions[direction].held)
    let before = held[index].charge
    let insertion = held[index].insert(
      at: position, payload: captured, byteCount: byteCount, next: directions[direction].next,
      acknowledgement: acknowledgement, origin: origin)
    heldCharge += held[index].charge - before
    if insertion.added < byteCount { counters.retransmittedSegments &+= 1 }
    for conflict in insertion.conflicts {
      counters.conflicts &+= 1
      sink(
        .conflict(
          handle(direction >> 1), side(direction), at: directions[direction].offset &+ UInt64(conflict.position),
          byteCount: conflict.byteCount, origin))
    }
    drain(direction, origin, sink)
    loseBeyondBounds(direction, origin, sink)
  }

  /// Passes on what is held and no longer has to wait.
  ///
  /// - Parameter isForced: The first piece goes on even though it answers bytes that were not seen.
  mutating func drain(
    _ direction: Int, isForced: Bool = false, _ origin: Origin, _ sink: (borrowing StreamEvent) -> Void
  ) {
    guard directions[direction].state.contains(.holding) else { return }
    let index = Int(directions[direction].held)
    var count = 0
    while count < held[index].pieces.count {
      let piece = held[index].pieces[count]
      // Nothing is passed on beyond the first piece before it: a piece is next, or behind a hole.
      if directions[direction].distance(piece.sequence) > 0 { break }
      if answersUnseen(piece.acknowledgement, direction), !isForced || count > 0 { break }
      count += 1
      unsafe deliver(piece.bytes.span.bytes, byteCount: piece.byteCount, direction, piece.origin, sink)
    }
    if count > 0 {
      let before = held[index].charge
      held[index].removeFirst(count)
      heldCharge += held[index].charge - before
      // The next hole has only now become the first.
      held[index].since = origin.time
      heldLinks.touch(index, in: &waiting)
    }
    if held[index].pieces.isEmpty, !awaitsFIN(direction) { stopWaiting(direction) }
  }

  /// Counts a segment that is far from the stream; the third that follows on its predecessors is believed.
  private mutating func isThirdStray(_ segment: TCPSegment, sequence: UInt32, _ direction: Int) -> Bool {
    counters.implausibleSegments &+= 1
    let follows = directions[direction].strays > 0 && directions[direction].strayEnd == sequence
    directions[direction].strays = follows ? directions[direction].strays &+ 1 : 1
    directions[direction].strayEnd = sequence &+ UInt32(truncatingIfNeeded: segment.wireByteCount)
    return directions[direction].strays >= 3
  }

  /// The direction that an index of ``directions`` stands for.
  @inline(__always)
  func side(_ direction: Int) -> Direction { direction & 1 == 0 ? .request : .response }
}
