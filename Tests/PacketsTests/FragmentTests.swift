// Fragments: recognised, put together in any order, and bounded whatever comes.

import Packets
import TestSupport
import Testing
import WireBytes

/// A TCP packet of `byteCount` payload bytes, cut into fragments of at most `size` bytes of IP payload.
struct Fragmented {
  let payload: [UInt8]
  var packets: [[UInt8]] = []
  let version: IPVersion

  init(_ byteCount: Int, size: Int, _ version: IPVersion = .v4, identification: UInt16 = 7) {
    self.version = version
    payload = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let whole = PacketEncoder(linkType: .rawIP).frame(header(version), payload: payload)
    let headerByteCount = version == .v4 ? 20 : 40
    let content = Array(whole[headerByteCount...])
    for start in stride(from: 0, to: content.count, by: size) {
      let end = min(start + size, content.count)
      packets.append(
        Self.packet(
          Array(whole[..<headerByteCount]), Array(content[start..<end]), at: start, isLast: end == content.count,
          identification))
    }
  }

  static func packet(
    _ ipHeader: [UInt8], _ content: [UInt8], at position: Int, isLast: Bool, _ identification: UInt16 = 7
  ) -> [UInt8] {
    var packet = ipHeader
    let id = [UInt8(identification >> 8), UInt8(identification & 0xFF)]
    if ipHeader.count == 20 {
      let field = position / 8 | (isLast ? 0 : 0x2000)
      packet.replaceSubrange(2..<4, with: [UInt8((20 + content.count) >> 8), UInt8((20 + content.count) & 0xFF)])
      packet.replaceSubrange(4..<8, with: id + [UInt8(field >> 8), UInt8(field & 0xFF)])
      return packet + content
    }
    let field = position | (isLast ? 0 : 1)
    packet.replaceSubrange(4..<6, with: [UInt8((8 + content.count) >> 8), UInt8((8 + content.count) & 0xFF)])
    packet[6] = 44
    return packet + [6, 0, UInt8(field >> 8), UInt8(field & 0xFF), 0, 0] + id + content
  }
}

/// Feeds packets to a table and decodes what becomes whole.
struct FragmentLog {
  var table = FragmentTable()
  var payloads: [[UInt8]] = []
  var cut: [Int] = []

  init(limits: FragmentLimits = FragmentLimits()) { table = FragmentTable(limits: limits) }

  mutating func play(_ packets: [[UInt8]], kept: Int = .max, at milliseconds: Int64 = 0) {
    for packet in packets {
      let captured = Array(packet.prefix(kept))
      guard case .fragment(let fragment) = decode(captured, .rawIP, originalByteCount: packet.count) else {
        Issue.record("no fragment: \(decode(captured, .rawIP, originalByteCount: packet.count))")
        continue
      }
      let time = Timestamp(nanoseconds: 1_000_000_000_000 + milliseconds * 1_000_000)
      guard let whole = unsafe table.receive(fragment, frame: captured.span.bytes, at: time) else { continue }
      guard case .segment(let segment) = decode(whole.bytes, .rawIP, originalByteCount: whole.originalByteCount) else {
        Issue.record("\(decode(whole.bytes, .rawIP))")
        continue
      }
      payloads.append(Array(whole.bytes[segment.payload]))
      cut.append(segment.wireByteCount - segment.capturedByteCount)
    }
  }
}

@Suite struct FragmentTests {
  @Test(arguments: [IPVersion.v4, .v6])
  func inAnyOrder(_ version: IPVersion) {
    let sample = Fragmented(90, size: 32, version)
    #expect(sample.packets.count == 4)
    for order in permutations(of: [0, 1, 2, 3]) {
      var log = FragmentLog()
      log.play(order.map { sample.packets[$0] })
      #expect(log.payloads == [sample.payload], "\(order)")
      #expect(log.table.counters.packets == 1)
      #expect(log.table.heldByteCount == 0)
    }
  }

  private func permutations(of list: [Int]) -> [[Int]] {
    guard list.count > 1 else { return [list] }
    return list.flatMap { first in permutations(of: list.filter { $0 != first }).map { [first] + $0 } }
  }

  @Test func everyFragmentTwice() {
    let sample = Fragmented(90, size: 32)
    var log = FragmentLog()
    log.play(sample.packets.flatMap { [$0, $0] })
    log.table.finish()
    #expect(log.payloads == [sample.payload])
    #expect(log.table.counters.incomplete == 0)
    #expect(log.table.counters.conflicts == 0)
  }

  @Test func theNumberOfACompletedPacketIsUsedAgain() {
    let sample = Fragmented(90, size: 32)
    var log = FragmentLog()
    log.play(sample.packets)
    log.play(sample.packets, at: 200)
    #expect(log.payloads.count == 2)
  }

  @Test func overlapsKeepTheFirstCopy() {
    let sample = Fragmented(90, size: 32)
    let ipHeader = Array(sample.packets[0][..<20])
    var log = FragmentLog()
    // Bytes 24 to 71 of the IP payload, which agree, then 24 to 71 with other bytes.
    let content = sample.packets.flatMap { $0[20...] }
    let agreeing = Fragmented.packet(ipHeader, Array(content[24..<72]), at: 24, isLast: false)
    let differing = Fragmented.packet(ipHeader, [UInt8](repeating: 0xEE, count: 48), at: 24, isLast: false)
    log.play([sample.packets[0], agreeing, differing])
    #expect(log.table.counters.conflicts == 1)
    log.play([sample.packets[3], sample.packets[2]])
    #expect(log.payloads == [sample.payload])
    #expect(log.table.counters.conflicts == 1)
  }

  @Test func twoEndsContradictEachOther() {
    let sample = Fragmented(90, size: 32)
    let ipHeader = Array(sample.packets[0][..<20])
    var log = FragmentLog()
    log.play([sample.packets[3], Fragmented.packet(ipHeader, [1, 2, 3], at: 200, isLast: true)])
    log.play([Fragmented.packet(ipHeader, [UInt8](repeating: 0, count: 64), at: 96, isLast: false)])
    #expect(log.table.counters.conflicts == 2)
    log.play([sample.packets[0], sample.packets[1], sample.packets[2]])
    #expect(log.payloads == [sample.payload])
  }

  @Test func whatTheSnapshotCutIsAGapAtTheEnd() {
    let sample = Fragmented(90, size: 32)
    var log = FragmentLog()
    // 20 bytes of IP header and 28 of content are kept of each.
    log.play(sample.packets, kept: 48)
    // The TCP header takes 20 of the first 28; what stands behind the first loss cannot be placed in the segment.
    #expect(log.payloads == [Array(sample.payload.prefix(8))])
    #expect(log.cut == [82])
  }

  @Test func missingFragmentsAreCounted() {
    var log = FragmentLog()
    log.play(Array(Fragmented(90, size: 32).packets.dropFirst()))
    log.play(Array(Fragmented(90, size: 32, identification: 8).packets.dropLast()), at: 1_000)
    #expect(log.table.counters.incomplete == 0)
    log.play(Array(Fragmented(90, size: 32, identification: 9).packets.dropLast()), at: 30_500)
    #expect(log.table.counters.incomplete == 1, "the first is given up")
    log.table.finish()
    #expect(log.table.counters.incomplete == 3)
    #expect(log.table.heldByteCount == 0)
  }

  @Test func fragmentsThatNobodySends() {
    let ipHeader = Array(Fragmented(90, size: 32).packets[0][..<20])
    var log = FragmentLog()
    log.play([
      Fragmented.packet(ipHeader, [], at: 8, isLast: false), Fragmented.packet(ipHeader, [1], at: 8, isLast: false),
      Fragmented.packet(ipHeader, [UInt8](repeating: 0, count: 64), at: 65_528, isLast: true),
    ])
    #expect(log.table.counters.malformed == 3)
    #expect(log.table.heldByteCount == 0)
  }

  /// A flood of fragments of packets that never become whole, far ahead to cost as much as they can.
  @Test func hostileFragmentsAreBounded() {
    var limits = FragmentLimits()
    limits.packets = 16
    limits.bytes = 200_000
    var log = FragmentLog(limits: limits)
    let ipHeader = Array(Fragmented(90, size: 32).packets[0][..<20])
    for id in 0..<200 as Range<UInt16> {
      log.play([Fragmented.packet(ipHeader, [UInt8](repeating: 1, count: 8), at: 65_000, isLast: false, id)])
      #expect(log.table.heldByteCount <= 200_000)
    }
    #expect(log.table.counters.incomplete >= 184)
    // One packet in more pieces than there are paths for.
    for position in stride(from: 0, to: 64_000, by: 16) {
      log.play([Fragmented.packet(ipHeader, [UInt8](repeating: 1, count: 8), at: position, isLast: false, 999)])
    }
    log.table.finish()
    #expect(log.table.heldByteCount == 0)
    #expect(log.payloads.isEmpty)
  }

  @Test func fragmentsOfOtherProtocolsAreNotHeld() {
    var packet = Fragmented(90, size: 32).packets[1]
    packet[9] = 1
    #expect(decode(packet, .rawIP) == .undecoded(.notTCP(protocolNumber: 1)))
    packet[9] = 17
    guard case .fragment = decode(packet, .rawIP) else {
      Issue.record("a tunnel may be in it")
      return
    }
  }

  /// Random fragments of a few packets: the table answers, stays within its bounds, and what it puts together decodes.
  @Test func anyFragments() {
    var random = SeededGenerator(seed: 20)
    var limits = FragmentLimits()
    limits.bytes = 1_000
    limits.milliseconds = 1_000
    var table = FragmentTable(limits: limits)
    var time: Int64 = 0
    var wholes = 0
    let bytes = [UInt8](repeating: 0x5A, count: 2_048)
    for _ in 0..<5_000 {
      time += Int64.random(in: -50_000_000...100_000_000, using: &random)
      let count = Int.random(in: 0...12, using: &random) * 8 + (random.below(20) == 0 ? 1 : 0)
      let captured = Int.random(in: 0...count, using: &random)
      let fragment = IPFragment(
        source: client4.address, destination: server4.address,
        identification: UInt32.random(in: 0..<4, using: &random), protocolNumber: 6,
        isLast: random.below(4) == 0, position: UInt16(random.below(12)) * 8, payloadStart: 8,
        capturedByteCount: random.below(4) == 0 ? captured : count, wireByteCount: count)
      if let whole = unsafe table.receive(fragment, frame: bytes.span.bytes, at: Timestamp(nanoseconds: time)) {
        wholes += 1
        #expect(whole.bytes.count <= whole.originalByteCount)
        _ = decode(whole.bytes, .rawIP, originalByteCount: whole.originalByteCount)
      }
      #expect(table.heldByteCount <= 1_000)
    }
    #expect(wholes > 20)
    table.finish()
    #expect(table.heldByteCount == 0)
  }
}
