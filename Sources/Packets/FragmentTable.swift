// Fragments of IP packets, put together.
//
// Bounded in packets, bytes and time, whatever the capture holds. Of bytes that came twice the first copy counts;
// differing copies are counted. A packet that never becomes whole is counted, and its data shows as a gap above.

package import WireBytes

/// The bounds of what is held while fragments are missing.
package struct FragmentLimits: Hashable, Sendable {
  /// Packets that are incomplete, or were lately completed.
  package var packets = 256
  /// Bytes held for all of them.
  package var bytes = 4 << 20
  /// How long fragments are waited for, in milliseconds of packet time.
  package var milliseconds: Int64 = 30_000
  /// How long further copies of a completed packet's fragments are expected: a capture may see each packet twice.
  package var repeatMilliseconds: Int64 = 100

  package init() {}
}

/// What a fragment table met so far.
package struct FragmentCounters: Hashable, Sendable {
  package var fragments: UInt64 = 0
  /// Packets put together.
  package var packets: UInt64 = 0
  /// Packets of which some fragments never came.
  package var incomplete: UInt64 = 0
  /// Fragments whose bytes, or whose idea of the packet's end, differ from what came before.
  package var conflicts: UInt64 = 0
  /// Fragments that no sender makes: empty, past the end of any packet, of an odd length in the middle.
  package var malformed: UInt64 = 0

  package init() {}
}

/// An IP packet put together from its fragments.
package struct WholePacket: Sendable {
  /// The packet, from its IP header; without options and extension headers of its fragments.
  package var bytes: [UInt8]
  /// Its length on the wire; more than `bytes` holds when the snapshot cut a fragment.
  package var originalByteCount: Int
  /// Numbers of the captured packets that brought it, as far as they were told.
  package var packets: [UInt64]
}

/// Puts fragments together.
package struct FragmentTable: Sendable {
  package let limits: FragmentLimits
  package private(set) var counters = FragmentCounters()
  /// Bytes held, with what they cost beside themselves; never more than the bound and one packet.
  package private(set) var heldByteCount = 0
  private var packets: [Key: PartialPacket] = [:]
  private var nextSweep = Timestamp(nanoseconds: .min)

  private struct Key: Hashable, Sendable {
    var source: IPAddress
    var destination: IPAddress
    var identification: UInt32
    /// Belongs to the key in IPv4 only.
    var protocolNumber: UInt8
  }

  package init(limits: FragmentLimits = FragmentLimits()) { self.limits = limits }

  /// Takes the next fragment of the capture.
  ///
  /// - Parameters:
  ///   - fragment: As ``FrameDecoder`` gave it for `frame`.
  ///   - time: The frame's time.
  ///   - numbers: Of the captured packets that brought the fragment.
  /// - Returns: The whole packet, when this was its last missing part.
  package mutating func receive(
    _ fragment: IPFragment, frame: RawSpan, at time: Timestamp, packets numbers: [UInt64] = []
  ) -> WholePacket? {
    counters.fragments &+= 1
    if time >= nextSweep || nextSweep.nanoseconds(since: time) > 2_000_000_000 { sweep(time) }
    let end = Int(fragment.position) + fragment.wireByteCount
    guard fragment.wireByteCount > 0, end <= PartialPacket.largest, fragment.isLast || fragment.wireByteCount % 8 == 0
    else {
      counters.malformed &+= 1
      return nil
    }
    let isV4 = fragment.source.version == .v4
    let key = Key(
      source: fragment.source, destination: fragment.destination, identification: fragment.identification,
      protocolNumber: isV4 ? fragment.protocolNumber : 0)
    if let earlier = packets[key], isOver(earlier, at: time) { forget(key) }
    if packets[key] == nil, packets.count >= max(limits.packets, 1) { forgetOldest() }

    let (isSound, whole) = change(key, at: time) { packet in
      let isSound = packet.insert(fragment, frame.extracting(fragment.payload))
      packet.note(numbers)
      return (isSound, packet.takeWhole(fragment, at: time))
    }
    if !isSound { counters.conflicts &+= 1 }
    if whole != nil { counters.packets &+= 1 }
    if packets[key]?.isTooScattered == true { forget(key) }
    while heldByteCount > limits.bytes, !packets.isEmpty { forgetOldest() }
    return whole
  }

  /// Takes note that no more fragments come.
  package mutating func finish() {
    for key in Array(packets.keys) { forget(key) }
  }

  /// Changes a packet, which is new unless it is known, and keeps the account of what is held.
  private mutating func change<Result>(
    _ key: Key, at time: Timestamp, _ body: (inout PartialPacket) -> Result
  ) -> Result {
    func measured(_ packet: inout PartialPacket) -> (Result, growth: Int) {
      let before = packet.charge
      let result = body(&packet)
      return (result, packet.charge - before)
    }
    let (result, growth) = measured(&packets[key, default: PartialPacket(since: time)])
    heldByteCount += growth
    return result
  }

  private func isOver(_ packet: PartialPacket, at time: Timestamp) -> Bool {
    let limit = packet.isDone ? limits.repeatMilliseconds : limits.milliseconds
    return time.nanoseconds(since: packet.since) > limit &* 1_000_000
  }

  /// Forgets what time is over for; about once a second of packet time.
  private mutating func sweep(_ time: Timestamp) {
    nextSweep = Timestamp(nanoseconds: time.nanoseconds &+ 1_000_000_000)
    for (key, packet) in packets where isOver(packet, at: time) { forget(key) }
  }

  private mutating func forgetOldest() {
    guard let oldest = packets.min(by: { $0.value.since < $1.value.since }) else { return }
    forget(oldest.key)
  }

  private mutating func forget(_ key: Key) {
    guard let packet = packets.removeValue(forKey: key) else { return }
    heldByteCount -= packet.charge
    if !packet.isDone { counters.incomplete &+= 1 }
  }
}

/// What came of one packet's payload.
private struct PartialPacket: Sendable {
  /// When its first fragment came, or when it was completed.
  var since: Timestamp
  /// Whether it was completed and is only remembered.
  private(set) var isDone = false
  private var bytes: [UInt8] = []
  /// What has come, in order, without overlaps; neighbours are joined.
  private var ranges: [Range<Int>] = []
  /// The payload's length, once the last fragment came.
  private var total: Int?
  /// Where the first byte is that came and was not captured.
  private var capturedEnd = Int.max
  /// The first fragment's word for what the packet carries.
  private var protocolNumber: UInt8?
  /// The captured packets that brought fragments.
  private var numbers: [UInt64] = []

  /// The most payload of an IP packet.
  static let largest = 65_515
  /// More pieces with holes between them than any path makes.
  private static let rangeLimit = 512
  /// More captured packets than any path needs for one.
  private static let numberLimit = 4096

  init(since: Timestamp) { self.since = since }

  /// The bytes that this holds.
  var charge: Int {
    bytes.count + ranges.count * MemoryLayout<Range<Int>>.stride + numbers.count * MemoryLayout<UInt64>.stride
  }

  var isTooScattered: Bool { ranges.count > PartialPacket.rangeLimit }

  /// Adds a fragment: of it only what is new.
  ///
  /// - Returns: Whether it agrees with what came before.
  mutating func insert(_ fragment: IPFragment, _ captured: RawSpan) -> Bool {
    if isDone { return true }
    let start = Int(fragment.position)
    let end = start + fragment.wireByteCount
    if let total, end > total || fragment.isLast && end != total { return false }
    if fragment.isLast {
      guard (ranges.last?.upperBound ?? 0) <= end else { return false }
      total = end
    }
    if start == 0, protocolNumber == nil { protocolNumber = fragment.protocolNumber }
    if captured.byteCount < fragment.wireByteCount { capturedEnd = min(capturedEnd, start + captured.byteCount) }
    let held = start + captured.byteCount
    if bytes.count < held { bytes.append(contentsOf: repeatElement(0, count: held - bytes.count)) }

    var isSound = true
    var position = start
    for range in ranges where range.upperBound > start && range.lowerBound < end {
      copy(captured, at: start, from: position, to: range.lowerBound)
      let shared = range.clamped(to: start..<end)
      for index in shared where index < min(held, capturedEnd) {
        if bytes[index] != captured.u8(at: index - start) { isSound = false }
      }
      position = range.upperBound
    }
    copy(captured, at: start, from: position, to: end)
    join(start..<end)
    return isSound
  }

  /// Notes which captured packets brought a fragment.
  mutating func note(_ packets: [UInt64]) {
    if !isDone, numbers.count < Self.numberLimit { numbers += packets }
  }

  /// Copies what was captured of the payload between two positions; nothing when they cross.
  private mutating func copy(_ captured: RawSpan, at start: Int, from low: Int, to high: Int) {
    var index = low
    while index < min(high, start + captured.byteCount) {
      bytes[index] = captured.u8(at: index - start)
      index += 1
    }
  }

  /// Notes that a range has come.
  private mutating func join(_ new: Range<Int>) {
    var joined = new
    var others: [Range<Int>] = []
    others.reserveCapacity(ranges.count + 1)
    for range in ranges {
      if range.upperBound < joined.lowerBound || range.lowerBound > joined.upperBound {
        others.append(range)
      } else {
        joined = min(range.lowerBound, joined.lowerBound)..<max(range.upperBound, joined.upperBound)
      }
    }
    others.insert(joined, at: others.firstIndex { $0.lowerBound > joined.lowerBound } ?? others.count)
    ranges = others
  }

  /// The whole packet, if nothing is missing any more; of what is held only the memory of it is left.
  mutating func takeWhole(_ fragment: IPFragment, at time: Timestamp) -> WholePacket? {
    guard !isDone, let total, let protocolNumber, ranges == [0..<total] else { return nil }
    let isV4 = fragment.source.version == .v4
    var packet: [UInt8] = []
    let headerByteCount = isV4 ? IPv4Layout.byteCount : IPv6Layout.byteCount
    packet.reserveCapacity(headerByteCount + bytes.count)
    if isV4 {
      packet.append(contentsOf: [0x45, 0])
      packet.appendBigEndian(UInt16(headerByteCount + total))
      packet.append(contentsOf: [0, 0, 0, 0, 64, protocolNumber, 0, 0])
    } else {
      packet.append(contentsOf: [0x60, 0, 0, 0])
      packet.appendBigEndian(UInt16(total))
      packet.append(contentsOf: [protocolNumber, 64])
    }
    packet.append(fragment.source)
    packet.append(fragment.destination)
    packet.append(contentsOf: bytes.prefix(min(total, capturedEnd)))
    let numbers = numbers
    self = PartialPacket(since: time)
    isDone = true
    return WholePacket(bytes: packet, originalByteCount: headerByteCount + total, packets: numbers)
  }
}
