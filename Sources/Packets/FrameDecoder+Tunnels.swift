// Packets inside packets: mirrored and overlay traffic.
//
// VXLAN and Geneve over UDP, GRE with Ethernet, IP or ERSPAN in it, IP in IP. What is found is the innermost TCP
// segment; which tunnel it came through makes no difference to its connection.

import WireBytes

extension FrameDecoder {
  /// More tunnels in one another than anybody builds; frames that claim more are hostile.
  private static let tunnelLimit = 8

  /// What a packet carries that is not TCP, beginning at `start`.
  @inline(never)
  func decodeTunnel(
    _ frame: RawSpan, at start: Int, protocolNumber number: UInt8, _ outer: Extent
  ) -> DecodedFrame {
    guard IPProtocol.mayCarryPackets(number) else { return .undecoded(.notTCP(protocolNumber: number)) }
    var extent = outer
    extent.tunnels &+= 1
    guard extent.tunnels <= FrameDecoder.tunnelLimit else { return .undecoded(.malformed(.tunnel)) }
    switch number {
    case IPProtocol.udp: return decodeUDP(frame, at: start, extent)
    case IPProtocol.gre: return decodeGRE(frame, at: start, extent)
    case IPProtocol.ipv4: return decodeNetwork(frame, at: start, etherType: EtherType.ipv4, extent)
    default: return decodeNetwork(frame, at: start, etherType: EtherType.ipv6, extent)
    }
  }

  private func decodeUDP(_ frame: RawSpan, at start: Int, _ extent: Extent) -> DecodedFrame {
    guard extent.holds(UDPLayout.byteCount, at: start, in: frame) else {
      return extent.truncated(.udp, at: start, needs: UDPLayout.byteCount, in: frame)
    }
    let next = start &+ UDPLayout.byteCount
    switch frame.u16(at: start &+ UDPLayout.destinationPort) {
    case UDPLayout.vxlanPort, UDPLayout.oldVXLANPort:
      guard extent.holds(VXLANLayout.byteCount, at: next, in: frame) else {
        return extent.truncated(.vxlan, at: next, needs: VXLANLayout.byteCount, in: frame)
      }
      // Another protocol on this port.
      guard frame.u8(at: next &+ VXLANLayout.flags) & VXLANLayout.hasIdentifier != 0 else { break }
      return decodeEthernet(frame, at: next &+ VXLANLayout.byteCount, extent)
    case UDPLayout.genevePort:
      guard extent.holds(GeneveLayout.byteCount, at: next, in: frame) else {
        return extent.truncated(.geneve, at: next, needs: GeneveLayout.byteCount, in: frame)
      }
      let lead = frame.u8(at: next &+ GeneveLayout.versionAndLength)
      guard lead >> 6 == 0 else { break }
      let byteCount = GeneveLayout.byteCount &+ Int(lead & 0x3F) &* 4
      guard extent.holds(byteCount, at: next, in: frame) else {
        return extent.truncated(.geneve, at: next, needs: byteCount, in: frame)
      }
      return decodeCarried(
        frame, at: next &+ byteCount, etherType: frame.u16(at: next &+ GeneveLayout.etherType), extent)
    default: break
    }
    return .undecoded(.notTCP(protocolNumber: IPProtocol.udp))
  }

  private func decodeGRE(_ frame: RawSpan, at start: Int, _ extent: Extent) -> DecodedFrame {
    guard extent.holds(GRELayout.byteCount, at: start, in: frame) else {
      return extent.truncated(.gre, at: start, needs: GRELayout.byteCount, in: frame)
    }
    let flags = frame.u16(at: start &+ GRELayout.flags)
    // Version 1 carries PPP; source routes are extinct.
    guard flags & (GRELayout.versionMask | GRELayout.hasRouting) == 0 else {
      return .undecoded(.notTCP(protocolNumber: IPProtocol.gre))
    }
    var byteCount = GRELayout.byteCount
    for option in [GRELayout.hasChecksum, GRELayout.hasKey, GRELayout.hasSequence] where flags & option != 0 {
      byteCount &+= 4
    }
    guard extent.holds(byteCount, at: start, in: frame) else {
      return extent.truncated(.gre, at: start, needs: byteCount, in: frame)
    }
    let etherType = frame.u16(at: start &+ GRELayout.etherType)
    let next = start &+ byteCount
    switch etherType {
    case EtherType.erspan:
      // Type I is an Ethernet frame behind plain GRE; type II numbers its packets and has a header.
      guard flags & GRELayout.hasSequence != 0 else { return decodeEthernet(frame, at: next, extent) }
      return decodeEthernet(frame, at: next &+ ERSPANLayout.byteCount2, extent)
    case EtherType.erspan3: return decodeERSPAN3(frame, at: next, extent)
    default: return decodeCarried(frame, at: next, etherType: etherType, extent)
    }
  }

  private func decodeERSPAN3(_ frame: RawSpan, at start: Int, _ extent: Extent) -> DecodedFrame {
    guard extent.holds(ERSPANLayout.byteCount3, at: start, in: frame) else {
      return extent.truncated(.erspan, at: start, needs: ERSPANLayout.byteCount3, in: frame)
    }
    let flags = frame.u16(at: start &+ ERSPANLayout.flags3)
    let subheader = flags & ERSPANLayout.hasSubheader != 0 ? ERSPANLayout.subheaderByteCount : 0
    let next = start &+ ERSPANLayout.byteCount3 &+ subheader
    let frameType = flags >> ERSPANLayout.frameTypeShift & ERSPANLayout.frameTypeMask
    switch frameType {
    case ERSPANLayout.frameTypeEthernet: return decodeEthernet(frame, at: next, extent)
    case ERSPANLayout.frameTypeIP:
      guard extent.holds(1, at: next, in: frame) else { return extent.truncated(.ipv4, at: next, needs: 1, in: frame) }
      let etherType = frame.u8(at: next) >> 4 == 6 ? EtherType.ipv6 : EtherType.ipv4
      return decodeNetwork(frame, at: next, etherType: etherType, extent)
    default: return .undecoded(.notIP(carried: UInt32(frameType)))
    }
  }

  /// What an EtherType inside a tunnel announces, which may be Ethernet itself.
  private func decodeCarried(_ frame: RawSpan, at start: Int, etherType: UInt16, _ extent: Extent) -> DecodedFrame {
    etherType == EtherType.ethernet
      ? decodeEthernet(frame, at: start, extent) : decodeNetwork(frame, at: start, etherType: etherType, extent)
  }

  private func decodeEthernet(_ frame: RawSpan, at start: Int, _ extent: Extent) -> DecodedFrame {
    guard extent.holds(EthernetLayout.byteCount, at: start, in: frame) else {
      return extent.truncated(.link, at: start, needs: EthernetLayout.byteCount, in: frame)
    }
    return decodeNetwork(
      frame, at: start &+ EthernetLayout.byteCount, etherType: frame.u16(at: start &+ EthernetLayout.etherType), extent)
  }
}
