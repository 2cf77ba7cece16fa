// TCP segments in, the events of connections out: the state, and the way of one segment through it.
//
// Pure: no clock but the packets' times, no I/O, no protocol above TCP. Segments in order pass straight from the
// capture buffer; what takes the long way is in the extensions: Opening, Placing, Loss, Ending.

package import Packets
package import WireBytes

/// Puts the segments of TCP connections in order.
///
/// What becomes of a segment's data in its direction, by how far it lies from the next byte:
///
///     not known ── SYN, or the first data ─▶ known ◀────────────────────────────────────┐
///     known ── in order ─▶ passed on at once                                            │
///           ── before ───▶ a copy: dropped, or compared where the first copy still waits │
///           ── ahead ────▶ held (holding) ── the hole is filled, or given up: a gap ────┘
///           ── too far ──▶ a stray; strays that follow on one another begin a new connection
///     known ── its FIN is reached, or a reset is believed ─▶ closed; both closed: finished, remembered for a while
///
/// Memory depends on the number of open connections and on ``ReassemblyLimits``, never on the capture's length. A
/// segment in order costs no copy and no allocation.
package struct TCPReassembler: Sendable {
  package let limits: ReassemblyLimits
  package internal(set) var counters = ReassemblyCounters()
  /// Ports that are known to be servers', for connections joined in the middle.
  let serverPorts: Set<UInt16>

  var table = FlowTable()
  var connections: [ConnectionRecord] = []
  /// Two for each slot: requests, then responses.
  var directions: [DirectionRecord] = []
  var freeSlots: [Int] = []
  var links = SlotLinks()
  /// Slots of open connections by the time of their last packet.
  var open = SlotList()
  /// Slots of closed connections by the time of their closing.
  var closed = SlotList()

  var held: [HeldSegments] = []
  var freeHeld: [Int] = []
  var heldLinks = SlotLinks()
  /// Held data by the time since when it waits.
  var waiting = SlotList()
  var heldCharge = 0

  var lastID: UInt64 = 0
  var lastOrigin = Origin(time: .zero)
  var nextSweep = Int64.min
  private let seed: UInt64

  /// Offsets further ahead than any window allows are no part of this connection.
  ///
  /// Spec: RFC 7323 section 2.3.
  static let largestAdvance = 1 << 30
  /// Retransmissions do not go back further than this.
  static let largestReturn = 1 << 26
  /// A reset's distance from the next byte expected that is still believed.
  static let resetReach = 1 << 24
  /// The most payload that one captured segment is believed to have carried.
  static let largestSegment = 1 << 24

  /// - Parameter serverPorts: Ports on which servers listen. They decide which side of a connection joined in the
  ///   middle is the client's; where they do not, the lower port is taken for the server's.
  package init(limits: ReassemblyLimits = ReassemblyLimits(), serverPorts: Set<UInt16> = []) {
    self.limits = limits
    self.serverPorts = serverPorts
    var generator = SystemRandomNumberGenerator()
    seed = generator.next()
  }

  /// The connections that are open now.
  package var openConnections: Int { open.count }

  /// What is held of data that is ahead of a hole, with what it costs beside its bytes.
  package var heldByteCount: Int { heldCharge }

  /// One more than the highest slot ever given.
  package var slotCount: Int { connections.count }

  /// Takes the next segment of the capture.
  ///
  /// - Parameters:
  ///   - segment: As ``FrameDecoder`` gave it for `frame`.
  ///   - frame: The captured frame, borrowed for the call.
  ///   - sink: Called for each event, in order, before this returns.
  /// - Complexity: O(1) and the events; a segment out of order costs a copy and a search.
  package mutating func receive(
    _ segment: TCPSegment, frame: RawSpan, origin: Origin, _ sink: (borrowing StreamEvent) -> Void
  ) {
    counters.segments &+= 1
    lastOrigin = origin
    let untilSweep = nextSweep &- origin.time.nanoseconds
    // The clock may step back as well; then the next sweep is far ahead.
    if untilSweep <= 0 || untilSweep > 2 * TCPReassembler.second { sweep(origin, sink) }

    var sourceIsFirst = false
    let key = FlowKey(segment.header, sourceIsFirst: &sourceIsFirst)
    let hash = key.hash(seed: seed)
    let slot = table.slot(hash) { connections[$0].key == key }
    guard slot >= 0 else {
      return openFor(segment, frame, key, hash, sourceIsFirst: sourceIsFirst, origin, sink)
    }

    let state = connections[slot].state
    let direction = slot &* 2 &+ (sourceIsFirst == state.contains(.firstIsClient) ? 0 : 1)
    if passInOrder(segment, frame, slot, direction, state, origin, sink) { return }

    if startsAnew(segment.header, slot: slot, direction: direction) {
      supersede(slot, origin, sink)
      return openFor(segment, frame, key, hash, sourceIsFirst: sourceIsFirst, origin, sink)
    }
    if state.contains(.closed) {
      counters.lateSegments &+= 1
      return
    }
    links.touch(slot, in: &open)
    connections[slot].lastTime = origin.time
    if !process(segment, frame, slot: slot, direction: direction, origin, sink) {
      supersede(slot, origin, sink)
      openFor(segment, frame, key, hash, sourceIsFirst: sourceIsFirst, origin, sink)
    }
  }

  /// The short way: an established connection, nothing held or lost, the next bytes or a plain acknowledgement.
  ///
  /// - Returns: Whether the segment was of that kind; if not, nothing was done.
  @inline(__always)
  private mutating func passInOrder(
    _ segment: TCPSegment, _ frame: RawSpan, _ slot: Int, _ direction: Int, _ state: ConnectionRecord.State,
    _ origin: Origin, _ sink: (borrowing StreamEvent) -> Void
  ) -> Bool {
    guard segment.header.flags.isDisjoint(with: .control), state.contains(.established), !state.contains(.closed),
      directions[direction].state == .known, directions[direction].next == segment.header.sequence,
      directions[direction ^ 1].state == .known, segment.header.flags.contains(.ack),
      directions[direction ^ 1].distance(segment.header.acknowledgement) <= 0,
      segment.capturedByteCount == segment.wireByteCount
    else { return false }
    links.touch(slot, in: &open)
    connections[slot].lastTime = origin.time
    let byteCount = segment.capturedByteCount
    guard byteCount > 0 else { return true }
    directions[direction].next &+= UInt32(truncatingIfNeeded: byteCount)
    directions[direction].offset &+= UInt64(byteCount)
    counters.bytes &+= UInt64(byteCount)
    sink(.bytes(handle(slot), direction & 1 == 0 ? .request : .response, frame.extracting(segment.payload), origin))
    return true
  }

  /// The long way of a segment of an open connection.
  ///
  /// - Returns: False when the segment belongs to another connection on the same ports, whose beginning was missed.
  mutating func process(
    _ segment: TCPSegment, _ frame: RawSpan, slot: Int, direction: Int, _ origin: Origin,
    _ sink: (borrowing StreamEvent) -> Void
  ) -> Bool {
    let header = segment.header
    guard segment.wireByteCount <= TCPReassembler.largestSegment else {
      counters.implausibleSegments &+= 1
      return true
    }
    if header.flags.contains(.rst) {
      reset(header, slot: slot, direction: direction, origin, sink)
      return true
    }
    noteHandshake(segment, slot: slot, direction: direction, origin, sink)
    if header.flags.contains(.ack) {
      acknowledge(header, direction ^ 1, origin, sink)
    }
    lookForUnseen(direction ^ 1, origin, sink)
    // Declaring a loss may have ended both directions.
    guard isOpen(slot) else { return true }
    let belongs = place(segment, frame, direction, origin, sink)
    lookForUnseen(direction, origin, sink)
    release(direction ^ 1, origin, sink)
    endIfReached(direction, origin, sink)
    return belongs
  }

  /// Finishes every connection, in order of opening: the capture is over.
  ///
  /// - Parameter goesOn: Asked before each; what is left when it says no stays as it is.
  package mutating func finish(while goesOn: () -> Bool = { true }, _ sink: (borrowing StreamEvent) -> Void) {
    let slots = connections.indices.filter { isOpen($0) }.sorted {
      connections[$0].id.rawValue < connections[$1].id.rawValue
    }
    for slot in slots {
      guard goesOn() else { return }
      conclude(slot, .captureEnd, lastOrigin, sink)
      release(slot)
    }
  }

  /// Whether `slot` holds a connection that was not finished.
  func isOpen(_ slot: Int) -> Bool {
    connections[slot].state.contains(.used) && !connections[slot].state.contains(.closed)
  }

  @inline(__always)
  func handle(_ slot: Int) -> ConnectionHandle { ConnectionHandle(id: connections[slot].id, slot: slot) }

  static let second: Int64 = 1_000_000_000
}
