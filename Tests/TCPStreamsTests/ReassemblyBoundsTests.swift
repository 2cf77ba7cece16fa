// The bounds: what is held, how many connections, how long.
//
// Each test drives one bound past its value and looks at what gives way.

import Packets
import TCPStreams
import Testing
import WireBytes

@Suite struct ReassemblyBoundsTests {
  @Test func heldBytesOfOneDirectionAreBounded() {
    var limits = ReassemblyLimits()
    limits.heldBytesPerDirection = 500
    var log = StreamLog(limits: limits)
    log.play(handshake + [c(11, String(repeating: "x", count: 300), ack: 1)])
    #expect(log.lines.count == 2)
    log.play(c(321, String(repeating: "y", count: 200), ack: 1))
    #expect(log.lines[2] == "1 > gap 10 #5")
    #expect(log.lines[3].hasPrefix("1 > \"xxx"))
    #expect(log.lines.count == 4, "the second hole is within the bound again")
    #expect(log.reassembler.counters.gapBytes == 10)
  }

  @Test func whatWaitsForTheOtherDirectionIsBoundedToo() {
    var limits = ReassemblyLimits()
    limits.heldBytesPerDirection = 1_000
    var log = StreamLog(limits: limits)
    log.play(handshake + [c(1, "a", ack: 1)])
    // The response was never seen, and 20 ms have not passed.
    for index in 0..<100 {
      log.play(c(2 + index * 10, "0123456789", ack: 50).after(0))
      #expect(log.reassembler.heldByteCount <= 1_000 + 106)
    }
    log.finish()
    #expect(log.reassembler.heldByteCount == 0)
    #expect(log.lines.filter { $0.hasPrefix("1 > \"0123") }.count == 100)
    #expect(log.reassembler.counters.gapBytes == 49)
  }

  @Test func tinySegmentsCountMoreThanTheirBytes() {
    var limits = ReassemblyLimits()
    limits.heldBytesPerDirection = 10_000
    var log = StreamLog(limits: limits)
    log.play(handshake)
    for index in 1...2_000 { log.play(c(1 + index * 2, "z", ack: 1)) }
    #expect(log.reassembler.counters.gaps > 1_800)
  }

  @Test func theOldestHoleGoesFirstWhenAllHoldTooMuch() {
    var limits = ReassemblyLimits()
    limits.heldBytes = 1_000
    var log = StreamLog(limits: limits)
    let content = String(repeating: "x", count: 300)
    for port in [50_001, 50_002, 50_003] as [UInt16] {
      log.play(handshake.map { $0.ports(port, 80) })
      log.play(c(5, content, ack: 1).ports(port, 80))
    }
    let gaps = log.lines.filter { $0.contains("gap") }
    #expect(gaps == ["1 > gap 4 #12"])
  }

  @Test func theTableIsBounded() {
    var limits = ReassemblyLimits()
    limits.connections = 3
    var log = StreamLog(limits: limits)
    for port in [50_001, 50_002, 50_003] as [UInt16] { log.play(c(1, "a", ack: 1).ports(port, 80)) }
    // The first is the most lately active now.
    log.play(c(2, "b", ack: 1).ports(50_001, 80))
    log.play(c(1, "a", ack: 1).ports(50_004, 80))
    #expect(log.lines.filter { $0.contains("finished") } == ["2 finished evicted #5"])
    #expect(log.lines.last == #"4 > "a" #5"#)
    #expect(log.reassembler.openConnections == 3)
    #expect(log.reassembler.slotCount == 3)
    #expect(log.reassembler.counters.evictedConnections == 1)
  }

  @Test func closedConnectionsMakeRoomBeforeOpenOnes() {
    var limits = ReassemblyLimits()
    limits.connections = 2
    var log = StreamLog(limits: limits)
    log.play(c(1, "a", ack: 1).ports(50_001, 80))
    log.play(c(1, "a", ack: 1).ports(50_002, 80))
    log.play(c(2, "", .rst).ports(50_002, 80))
    log.play(c(1, "a", ack: 1).ports(50_003, 80))
    #expect(log.reassembler.counters.evictedConnections == 0)
    #expect(log.reassembler.openConnections == 2)
  }

  @Test func idleConnectionsAreFinished() {
    var limits = ReassemblyLimits()
    limits.idleSeconds = 10
    var log = StreamLog(limits: limits)
    log.play(c(1, "a", ack: 1).ports(50_001, 80))
    log.play(c(1, "a", ack: 1).ports(50_002, 80).after(6_000))
    log.play(c(2, "b", ack: 1).ports(50_002, 80).after(6_000))
    #expect(log.lines.filter { $0.contains("finished") } == ["1 finished idle #3"])
  }

  @Test func aHoleDoesNotWaitForever() {
    var limits = ReassemblyLimits()
    limits.holeSeconds = 5
    var log = StreamLog(limits: limits)
    log.play(handshake + [c(4, "d", ack: 1)])
    log.play(s(1, "x", ack: 1).after(6_000))
    #expect(log.lines.suffix(3) == ["1 > gap 3 #5", #"1 > "d" #4"#, #"1 < "x" #5"#])
  }

  @Test func aClosedConnectionIsForgottenAfterAWhile() {
    var log = StreamLog()
    log.play(handshake + [c(1, "a", ack: 1), c(2, "", .rst)])
    log.play(c(2, "late", ack: 1).after(59_000))
    #expect(log.reassembler.counters.lateSegments == 1)
    log.play(c(6, "anew", ack: 1).after(3_000))
    #expect(log.lines.suffix(2) == ["2 open middle 40000>80 #7", #"2 > "anew" #7"#])
  }

  @Test func aClockThatStepsBackIsBorne() {
    var log = StreamLog()
    log.play(handshake + [c(1, "a", ack: 1)])
    log.play(c(2, "b", ack: 1).after(-500_000))
    log.play(c(3, "c", ack: 1).after(2_000))
    #expect(log.lines.suffix(2) == [#"1 > "b" #5"#, #"1 > "c" #6"#])
  }

  @Test func knownServerPortsDecideWhoIsTheClient() {
    var log = StreamLog(serverPorts: [50_000])
    log.play(c(1, "a", ack: 1).ports(9_000, 50_000))
    #expect(log.lines.first == "1 open middle 9000>50000 #1")
    var other = StreamLog()
    other.play(c(1, "a", ack: 1).ports(9_000, 50_000))
    #expect(other.lines == ["1 open middle 50000>9000 #1", #"1 < "a" #1"#])
  }

  @Test func manyConnectionsFindTheirOwnStream() {
    var log = StreamLog()
    for port in 30_000..<33_000 { log.play(c(1, "\(port)", ack: 1).ports(UInt16(port), 80)) }
    for port in 30_000..<33_000 where port % 3 == 0 { log.play(c(6, "", .rst).ports(UInt16(port), 80)) }
    for port in 30_000..<33_000 where port % 3 != 0 { log.play(c(6, "!", ack: 1).ports(UInt16(port), 80)) }
    #expect(log.reassembler.counters.connections == 3_000)
    #expect(log.reassembler.openConnections == 2_000)
    let again = log.lines.suffix(2_000)
    let expected = (30_000..<33_000).filter { $0 % 3 != 0 }.map { "\($0 - 29_999) > \"!\"" }
    #expect(again.map { $0.prefix { $0 != "#" }.dropLast() }.map(String.init) == expected)
  }

  @Test func bothDirectionsOfOneEndpointAreNoTrap() {
    var reassembler = TCPReassembler()
    let end = IPEndpoint(IPAddress(v4: 0x7F00_0001), port: 7)
    let frame = PacketEncoder(linkType: .rawIP).frame(TCPHeader(from: end, to: end, sequence: 5), payload: [1, 2])
    let bytes = unsafe frame.span.bytes
    guard case .segment(let segment) = FrameDecoder(linkType: .rawIP).decode(bytes, originalByteCount: frame.count)
    else {
      Issue.record("not decoded")
      return
    }
    var events = 0
    for number in 1...3 as ClosedRange<UInt64> {
      reassembler.receive(segment, frame: bytes, origin: Origin(time: .zero, packet: number)) { _ in events += 1 }
    }
    #expect(events == 2)
  }
}
