// Packets in packets: every tunnel that is followed, alone, in one another, and cut at every byte.

import Packets
import Testing
import WireBytes

/// A tunnel as the bytes that stand between an outer IP header and the inner frame.
struct Tunnel: Sendable, CustomTestStringConvertible {
  var testDescription: String
  /// IP's number for it.
  var protocolNumber: UInt8
  var header: [UInt8]
  /// What the inner frame begins with.
  var inner: LinkType
  /// The layer of a frame cut within `header`, for each of its bytes.
  var layers: [HeaderLayer]

  init(
    _ name: String, protocolNumber: UInt8 = 17, _ parts: [(HeaderLayer, [UInt8])], inner: LinkType = .ethernet
  ) {
    testDescription = name
    self.protocolNumber = protocolNumber
    header = parts.flatMap(\.1)
    layers = parts.flatMap { part in part.1.map { _ in part.0 } }
    self.inner = inner
  }

  /// An IPv4 packet that carries `frame`.
  func packet(_ frame: [UInt8], _ version: IPVersion = .v4) -> [UInt8] {
    let count = header.count + frame.count
    switch version {
    case .v4:
      let total = 20 + count
      return [0x45, 0, UInt8(total >> 8), UInt8(total & 0xFF), 0, 0, 0, 0, 64, protocolNumber, 0, 0]
        + [10, 0, 0, 1, 10, 0, 0, 2] + header + frame
    case .v6:
      return [0x60, 0, 0, 0, UInt8(count >> 8), UInt8(count & 0xFF), protocolNumber, 64]
        + [UInt8](repeating: 1, count: 32) + header + frame
    }
  }
}

private func udp(_ port: UInt16) -> (HeaderLayer, [UInt8]) {
  (.udp, [0xC0, 0, UInt8(port >> 8), UInt8(port & 0xFF), 0, 0, 0, 0])
}

let tunnels: [Tunnel] = [
  Tunnel("VXLAN", [udp(4_789), (.vxlan, [0x08, 0, 0, 0, 0, 0, 42, 0])]),
  Tunnel("VXLAN on the old port", [udp(8_472), (.vxlan, [0x08, 0, 0, 0, 0, 0, 42, 0])]),
  Tunnel("Geneve with Ethernet", [udp(6_081), (.geneve, [0, 0, 0x65, 0x58, 0, 0, 42, 0])]),
  Tunnel(
    "Geneve with options and IPv4",
    [udp(6_081), (.geneve, [2, 0, 0x08, 0, 0, 0, 42, 0] + [UInt8](repeating: 0xEE, count: 8))], inner: .rawIP),
  Tunnel("GRE with IPv4", protocolNumber: 47, [(.gre, [0, 0, 0x08, 0])], inner: .rawIP),
  Tunnel("GRE with Ethernet", protocolNumber: 47, [(.gre, [0, 0, 0x65, 0x58])]),
  Tunnel(
    "GRE with checksum, key and sequence", protocolNumber: 47,
    [(.gre, [0xB0, 0, 0x65, 0x58] + [UInt8](repeating: 7, count: 12))]),
  Tunnel("ERSPAN I", protocolNumber: 47, [(.gre, [0, 0, 0x88, 0xBE])]),
  Tunnel(
    "ERSPAN II", protocolNumber: 47,
    [(.gre, [0x10, 0, 0x88, 0xBE, 0, 0, 0, 1]), (.link, [0x10, 1, 0, 1, 0, 0, 0, 0])]),
  Tunnel(
    "ERSPAN III", protocolNumber: 47,
    [(.gre, [0x10, 0, 0x22, 0xEB, 0, 0, 0, 1]), (.erspan, [0x20, 1, 0, 1] + [UInt8](repeating: 0, count: 8))]),
  Tunnel(
    "ERSPAN III with a subheader", protocolNumber: 47,
    [
      (.gre, [0x10, 0, 0x22, 0xEB, 0, 0, 0, 1]), (.erspan, [0x20, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]),
      (.link, [UInt8](repeating: 9, count: 8)),
    ]),
  Tunnel(
    "ERSPAN III with IP", protocolNumber: 47,
    [(.gre, [0x10, 0, 0x22, 0xEB, 0, 0, 0, 1]), (.erspan, [0x20, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0x08, 0])],
    inner: .rawIP),
  Tunnel("IPv4 in IP", protocolNumber: 4, [], inner: .rawIP),
]

@Suite struct TunnelTests {
  @Test(arguments: tunnels, [IPVersion.v4, .v6])
  func theInnerSegmentIsFound(_ tunnel: Tunnel, _ outer: IPVersion) {
    let inner = PacketEncoder(linkType: tunnel.inner).frame(header(.v4), payload: [1, 2, 3])
    let packet = tunnel.packet(inner, outer)
    guard case .segment(let segment) = decode(packet, .rawIP) else {
      Issue.record("\(decode(packet, .rawIP))")
      return
    }
    #expect(segment.header == header(.v4))
    #expect(Array(packet[segment.payload]) == [1, 2, 3])
    #expect(segment.wireByteCount == 3)
  }

  @Test func iPv6IsFoundToo() {
    let inner = PacketEncoder(linkType: .rawIP).frame(header(.v6), payload: [1, 2, 3])
    for tunnel in [
      Tunnel("IPv6 in IP", protocolNumber: 41, [], inner: .rawIP),
      Tunnel("GRE with IPv6", protocolNumber: 47, [(.gre, [0, 0, 0x86, 0xDD])], inner: .rawIP),
    ] {
      guard case .segment(let segment) = decode(tunnel.packet(inner), .rawIP) else {
        Issue.record("\(tunnel.testDescription)")
        continue
      }
      #expect(segment.header == header(.v6))
    }
  }

  /// Wherever the snapshot cuts, the layer that is not whole is named.
  @Test(arguments: tunnels)
  func everyLengthIsToldRight(_ tunnel: Tunnel) {
    let inner = PacketEncoder(linkType: tunnel.inner).frame(header(.v4), payload: [1, 2, 3])
    let packet = tunnel.packet(inner)
    for kept in 20..<(packet.count - 3) {
      guard
        case .undecoded(.truncated(let truncation)) = decode(
          Array(packet[..<kept]), .rawIP, originalByteCount: packet.count)
      else {
        Issue.record("cut at \(kept): \(decode(Array(packet[..<kept]), .rawIP, originalByteCount: packet.count))")
        continue
      }
      #expect(truncation.claimedBy == .snapshot)
      if kept - 20 < tunnel.layers.count { #expect(truncation.layer == tunnel.layers[kept - 20], "cut at \(kept)") }
    }
    guard case .segment(let segment) = decode(Array(packet.dropLast(2)), .rawIP, originalByteCount: packet.count) else {
      Issue.record("the headers are whole")
      return
    }
    #expect(segment.capturedByteCount == 1)
    #expect(segment.wireByteCount == 3)
  }

  @Test func tunnelsInTunnels() {
    var packet = PacketEncoder(linkType: .rawIP).frame(header(.v4), payload: [5])
    let carrier = Tunnel("IPv4 in IP", protocolNumber: 4, [], inner: .rawIP)
    for _ in 0..<8 { packet = carrier.packet(packet) }
    guard case .segment(let segment) = decode(packet, .rawIP) else {
      Issue.record("eight are followed")
      return
    }
    #expect(Array(packet[segment.payload]) == [5])
    #expect(decode(carrier.packet(packet), .rawIP) == .undecoded(.malformed(.tunnel)))
    for _ in 0..<2_000 { packet = carrier.packet(packet) }
    #expect(decode(packet, .rawIP) == .undecoded(.malformed(.tunnel)))
  }

  /// Other traffic on the same protocol numbers and ports is none of ours.
  @Test func whatIsNoTunnelIsNotTCP() {
    func carried(_ number: UInt8, _ bytes: [UInt8]) -> DecodedFrame {
      decode(Tunnel("", protocolNumber: number, []).packet(bytes), .rawIP)
    }
    let inner = PacketEncoder().frame(header(.v4))
    #expect(carried(17, udp(53).1 + inner) == .undecoded(.notTCP(protocolNumber: 17)))
    #expect(carried(17, udp(4_789).1 + [0, 0, 0, 0, 0, 0, 0, 0] + inner) == .undecoded(.notTCP(protocolNumber: 17)))
    #expect(carried(17, udp(6_081).1 + [0x40, 0, 0x65, 0x58, 0, 0, 0, 0]) == .undecoded(.notTCP(protocolNumber: 17)))
    #expect(carried(47, [0x20, 0x01, 0x88, 0x0B, 0, 0, 0, 0]) == .undecoded(.notTCP(protocolNumber: 47)))
    #expect(carried(47, [0x40, 0, 0x08, 0] + inner) == .undecoded(.notTCP(protocolNumber: 47)))
    #expect(carried(47, [0, 0, 0x88, 0x47] + inner) == .undecoded(.notIP(carried: 0x8847)))
  }
}
