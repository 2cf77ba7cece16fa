// From a captured frame to a TCP segment: the link layer, and the way through the layers.
//
// Reads headers only and keeps no state. Checksums are not verified: captures taken on a sending machine hold
// frames whose checksums the network card fills in later. IP and TCP are in FrameDecoder+IP.swift.

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
    let extent = Extent(wireEnd: max(originalByteCount, frame.byteCount), claimedBy: nil)
    switch linkType {
    case .ethernet:
      return decodeLink(frame, extent, byteCount: EthernetLayout.byteCount, etherTypeAt: EthernetLayout.etherType)
    case .linuxCooked:
      return decodeLink(
        frame, extent, byteCount: LinuxCookedLayout.byteCount, etherTypeAt: LinuxCookedLayout.etherType)
    case .linuxCooked2:
      return decodeLink(
        frame, extent, byteCount: LinuxCooked2Layout.byteCount, etherTypeAt: LinuxCooked2Layout.etherType)
    case .null, .loop:
      return decodeLoopback(frame, extent)
    case .rawIP, .rawIP12, .rawIP14, .rawIPv4, .rawIPv6:
      return decodeRawIP(frame, at: 0, extent)
    default:
      return .undecoded(.unknownLinkType(linkType))
    }
  }

  /// A link header that names its content by an EtherType, then any number of VLAN tags.
  @inline(__always)
  private func decodeLink(
    _ frame: RawSpan, _ extent: Extent, byteCount: Int, etherTypeAt: Int
  ) -> DecodedFrame {
    guard frame.byteCount >= byteCount else { return extent.truncated(.link, at: 0, needs: byteCount, in: frame) }
    return decodeNetwork(frame, at: byteCount, etherType: frame.u16(at: etherTypeAt), extent)
  }

  private func decodeLoopback(_ frame: RawSpan, _ extent: Extent) -> DecodedFrame {
    guard frame.byteCount >= LoopbackLayout.byteCount else {
      return extent.truncated(.link, at: 0, needs: LoopbackLayout.byteCount, in: frame)
    }
    var family = frame.u32(at: LoopbackLayout.family)
    // The capturing machine's byte order is unknown; families are small numbers, so only one order makes sense.
    if family > 0xFFFF { family = family.byteSwapped }
    if family == LoopbackLayout.familyIPv4 { return decodeIPv4(frame, at: LoopbackLayout.byteCount, extent) }
    if LoopbackLayout.isIPv6(family) { return decodeIPv6(frame, at: LoopbackLayout.byteCount, extent) }
    return .undecoded(.notIP(carried: family))
  }

  /// What an EtherType announces.
  ///
  /// Tunnels that carry Ethernet or IP come back to here or to ``decodeRawIP``.
  @inline(__always)
  func decodeNetwork(_ frame: RawSpan, at start: Int, etherType: UInt16, _ extent: Extent) -> DecodedFrame {
    if etherType == EtherType.ipv4 { return decodeIPv4(frame, at: start, extent) }
    if etherType == EtherType.ipv6 { return decodeIPv6(frame, at: start, extent) }
    return decodeTagged(frame, at: start, etherType: etherType, extent)
  }

  private func decodeTagged(
    _ frame: RawSpan, at start: Int, etherType: UInt16, _ extent: Extent
  ) -> DecodedFrame {
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

  /// An IP packet whose version only its first nibble tells.
  func decodeRawIP(_ frame: RawSpan, at start: Int, _ extent: Extent) -> DecodedFrame {
    guard frame.byteCount > start else { return extent.truncated(.ipv4, at: start, needs: 1, in: frame) }
    let version = frame.u8(at: start) >> 4
    switch version {
    case 4: return decodeIPv4(frame, at: start, extent)
    case 6: return decodeIPv6(frame, at: start, extent)
    default: return .undecoded(.notIP(carried: UInt32(version)))
    }
  }
}

/// How far a frame reaches: where the wire's bytes end, which may be past what was captured.
struct Extent {
  /// The index in the frame at which the current layer's bytes end on the wire.
  var wireEnd: Int
  /// Who set `wireEnd`, when it is not the frame.
  var claimedBy: HeaderTruncation.Claim?

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
