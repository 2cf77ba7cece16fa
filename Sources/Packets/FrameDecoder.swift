// From a captured frame to a TCP segment: the link layer, and the way through the layers.
//
// Reads headers only and keeps no state. Checksums are not verified: captures taken on a sending machine hold
// frames whose checksums the network card fills in later. IP and TCP are in FrameDecoder+IP.swift, tunnels in
// FrameDecoder+Tunnels.swift.

import WireBytes

/// Decodes the headers of captured frames.
///
/// Never fails on content: a frame that is no TCP segment gives the reason. Touches the headers only, does not
/// allocate.
package struct FrameDecoder: Sendable {
  /// The link type of every frame given.
  package let linkType: LinkType

  package init(linkType: LinkType) { self.linkType = linkType }

  /// The TCP segment in `frame`, or why there is none.
  ///
  /// - Parameters:
  ///   - frame: The captured bytes, from the first of the link header.
  ///   - originalByteCount: The frame's length on the wire, as the capture records it.
  package func decode(_ frame: RawSpan, originalByteCount: Int) -> DecodedFrame {
    let extent = Extent(wireEnd: max(originalByteCount, frame.byteCount))
    var start = 0
    var etherType: UInt16
    switch linkType {
    case .ethernet:
      start = EthernetLayout.byteCount
      guard frame.byteCount >= start else { return extent.truncated(.link, at: 0, needs: start, in: frame) }
      etherType = frame.u16(at: EthernetLayout.etherType)
    case .linuxCooked:
      start = LinuxCookedLayout.byteCount
      guard frame.byteCount >= start else { return extent.truncated(.link, at: 0, needs: start, in: frame) }
      etherType = frame.u16(at: LinuxCookedLayout.etherType)
    case .linuxCooked2:
      start = LinuxCooked2Layout.byteCount
      guard frame.byteCount >= start else { return extent.truncated(.link, at: 0, needs: start, in: frame) }
      etherType = frame.u16(at: LinuxCooked2Layout.etherType)
    case .null, .loop:
      start = LoopbackLayout.byteCount
      guard frame.byteCount >= start else { return extent.truncated(.link, at: 0, needs: start, in: frame) }
      let family = LoopbackLayout.family(frame.u32(at: LoopbackLayout.family))
      etherType = LoopbackLayout.etherType(family)
      if etherType == 0 { return .undecoded(.notIP(carried: family)) }
    case .rawIP, .rawIP12, .rawIP14, .rawIPv4, .rawIPv6:
      guard frame.byteCount > 0 else { return extent.truncated(.ipv4, at: 0, needs: 1, in: frame) }
      let version = frame.u8(at: 0) >> 4
      guard version == 4 || version == 6 else { return .undecoded(.notIP(carried: UInt32(version))) }
      etherType = version == 4 ? EtherType.ipv4 : EtherType.ipv6
    default:
      return .undecoded(.unknownLinkType(linkType))
    }
    return decodeNetwork(frame, at: start, etherType: etherType, extent)
  }

  /// What an EtherType announces, behind any number of VLAN tags.
  ///
  /// Tunnels that carry Ethernet or IP come back to here.
  @inline(__always)
  func decodeNetwork(_ frame: RawSpan, at start: Int, etherType: UInt16, _ extent: Extent) -> DecodedFrame {
    var etherType = etherType
    var start = start
    while true {
      switch etherType {
      case EtherType.ipv4: return decodeIPv4(frame, at: start, extent)
      case EtherType.ipv6: return decodeIPv6(frame, at: start, extent)
      case EtherType.vlan, EtherType.providerVLAN, EtherType.oldProviderVLAN, EtherType.oldProviderVLAN2:
        guard frame.byteCount &- start >= VLANTagLayout.byteCount else {
          return extent.truncated(.vlan, at: start, needs: VLANTagLayout.byteCount, in: frame)
        }
        etherType = frame.u16(at: start &+ VLANTagLayout.etherType)
        start &+= VLANTagLayout.byteCount
      default: return .undecoded(.notIP(carried: UInt32(etherType)))
      }
    }
  }
}

/// How far a frame reaches: where the wire's bytes end, which may be past what was captured.
struct Extent {
  /// The index in the frame at which the current layer's bytes end on the wire.
  var wireEnd: Int
  /// Who set `wireEnd`, when it is not the frame.
  var claimedBy: HeaderTruncation.Claim?
  /// How many tunnels were entered on the way here.
  var tunnels = 0

  /// Whether `count` bytes at `start` were captured and belong to the packet.
  @inline(__always)
  func holds(_ count: Int, at start: Int, in frame: RawSpan) -> Bool {
    min(wireEnd, frame.byteCount) &- start >= count
  }

  /// The report of a header at `start` that is not whole.
  @inline(never)
  func truncated(_ layer: HeaderLayer, at start: Int, needs required: Int, in frame: RawSpan) -> DecodedFrame {
    let claim: HeaderTruncation.Claim =
      if let claimedBy, wireEnd < start &+ required { claimedBy } else if wireEnd > frame.byteCount { .snapshot } else {
        .frame
      }
    let available = max(0, min(wireEnd, frame.byteCount) &- start)
    return .undecoded(
      .truncated(HeaderTruncation(layer: layer, required: required, available: available, claimedBy: claim)))
  }
}
