// From an IP packet to a TCP segment.
//
// IPv4 with options, IPv6 with its extension headers, TCP. Fragments are reported, not put together here: a fragment is
// never misread as a whole segment.

import WireBytes

extension FrameDecoder {
  /// The IPv4 packet at `start`.
  ///
  /// A total length of 0 is what segmentation offload leaves in frames captured on the sender: the frame's own
  /// length then counts.
  ///
  /// Spec: RFC 791 section 3.1.
  @inline(__always)
  func decodeIPv4(_ frame: RawSpan, at start: Int, _ outer: Extent) -> DecodedFrame {
    var extent = outer
    guard extent.holds(IPv4Layout.byteCount, at: start, in: frame) else {
      return extent.truncated(.ipv4, at: start, needs: IPv4Layout.byteCount, in: frame)
    }
    let first = frame.u8(at: start)
    let headerByteCount = Int(first & 0x0F) &* 4
    guard first >> 4 == 4, headerByteCount >= IPv4Layout.byteCount else { return .undecoded(.malformed(.ipv4)) }

    let totalLength = Int(frame.u16(at: start &+ IPv4Layout.totalLength))
    if totalLength != 0 {
      guard totalLength >= headerByteCount else { return .undecoded(.malformed(.ipv4)) }
      extent.wireEnd = start &+ totalLength
      extent.claimedBy = .ipLength
    }
    let number = frame.u8(at: start &+ IPv4Layout.protocol)
    let isWhole = frame.u16(at: start &+ IPv4Layout.fragment) & IPv4Layout.fragmentMask == 0
    guard number == IPProtocol.tcp || IPProtocol.mayCarryPackets(number) else {
      return .undecoded(.notTCP(protocolNumber: number))
    }
    guard extent.holds(headerByteCount, at: start, in: frame) else {
      return extent.truncated(.ipv4, at: start, needs: headerByteCount, in: frame)
    }
    guard isWhole else { return fragmentOfIPv4(frame, at: start, headerByteCount, extent) }
    guard number == IPProtocol.tcp else {
      return decodeTunnel(frame, at: start &+ headerByteCount, protocolNumber: number, extent)
    }
    return decodeTCP(
      frame, at: start &+ headerByteCount, extent,
      from: IPAddress(v4: frame.u32(at: start &+ IPv4Layout.source)),
      to: IPAddress(v4: frame.u32(at: start &+ IPv4Layout.destination)))
  }

  private func fragmentOfIPv4(
    _ frame: RawSpan, at start: Int, _ headerByteCount: Int, _ extent: Extent
  ) -> DecodedFrame {
    let field = frame.u16(at: start &+ IPv4Layout.fragment)
    let payloadStart = start &+ headerByteCount
    return .fragment(
      IPFragment(
        source: IPAddress(v4: frame.u32(at: start &+ IPv4Layout.source)),
        destination: IPAddress(v4: frame.u32(at: start &+ IPv4Layout.destination)),
        identification: UInt32(frame.u16(at: start &+ IPv4Layout.identification)),
        protocolNumber: frame.u8(at: start &+ IPv4Layout.protocol),
        isLast: field & IPv4Layout.moreFragments == 0, position: (field & IPv4Layout.fragmentOffsetMask) << 3,
        payloadStart: payloadStart, capturedByteCount: min(extent.wireEnd, frame.byteCount) &- payloadStart,
        wireByteCount: extent.wireEnd &- payloadStart))
  }

  /// The IPv6 packet at `start`.
  ///
  /// A payload length of 0 (a jumbogram, or segmentation offload) means the frame's own length.
  ///
  /// Spec: RFC 8200 sections 3 and 4.
  func decodeIPv6(_ frame: RawSpan, at start: Int, _ outer: Extent) -> DecodedFrame {
    var extent = outer
    guard extent.holds(IPv6Layout.byteCount, at: start, in: frame) else {
      return extent.truncated(.ipv6, at: start, needs: IPv6Layout.byteCount, in: frame)
    }
    guard frame.u8(at: start) >> 4 == 6 else { return .undecoded(.malformed(.ipv6)) }
    let payloadLength = Int(frame.u16(at: start &+ IPv6Layout.payloadLength))
    if payloadLength != 0 {
      extent.wireEnd = start &+ IPv6Layout.byteCount &+ payloadLength
      extent.claimedBy = .ipLength
    }
    var next = frame.u8(at: start &+ IPv6Layout.nextHeader)
    var position = start &+ IPv6Layout.byteCount
    while next != IPProtocol.tcp {
      guard IPv6ExtensionLayout.isExtension(next) else {
        return decodeTunnel(frame, at: position, protocolNumber: next, extent)
      }
      guard extent.holds(IPv6ExtensionLayout.byteCount, at: position, in: frame) else {
        return extent.truncated(.ipv6Extension, at: position, needs: IPv6ExtensionLayout.byteCount, in: frame)
      }
      if next == IPProtocol.fragment {
        let fragment = frame.u16(at: position &+ IPv6ExtensionLayout.fragment)
        // An atomic fragment is the whole packet: offset 0 and nothing more to come.
        guard fragment & IPv6ExtensionLayout.fragmentMask == 0 else {
          return fragmentOfIPv6(frame, at: start, header: position, extent)
        }
      }
      let byteCount = IPv6ExtensionLayout.byteCount(
        of: next, length: frame.u8(at: position &+ IPv6ExtensionLayout.length))
      next = frame.u8(at: position &+ IPv6ExtensionLayout.nextHeader)
      guard extent.holds(byteCount, at: position, in: frame) else {
        return extent.truncated(.ipv6Extension, at: position, needs: byteCount, in: frame)
      }
      position &+= byteCount
    }
    return decodeTCP(
      frame, at: position, extent,
      from: address(frame, at: start &+ IPv6Layout.source),
      to: address(frame, at: start &+ IPv6Layout.destination))
  }

  private func fragmentOfIPv6(_ frame: RawSpan, at start: Int, header: Int, _ extent: Extent) -> DecodedFrame {
    let number = frame.u8(at: header &+ IPv6ExtensionLayout.nextHeader)
    let field = frame.u16(at: header &+ IPv6ExtensionLayout.fragment)
    let position = field & IPv6ExtensionLayout.fragmentOffsetMask
    // What later fragments call the next header means nothing.
    guard
      position > 0 || number == IPProtocol.tcp || IPProtocol.mayCarryPackets(number)
        || IPv6ExtensionLayout.isExtension(number)
    else { return .undecoded(.notTCP(protocolNumber: number)) }
    let payloadStart = header &+ IPv6ExtensionLayout.byteCount
    return .fragment(
      IPFragment(
        source: address(frame, at: start &+ IPv6Layout.source),
        destination: address(frame, at: start &+ IPv6Layout.destination),
        identification: frame.u32(at: header &+ IPv6ExtensionLayout.identification), protocolNumber: number,
        isLast: field & IPv6ExtensionLayout.moreFragments == 0, position: position, payloadStart: payloadStart,
        capturedByteCount: min(extent.wireEnd, frame.byteCount) &- payloadStart,
        wireByteCount: extent.wireEnd &- payloadStart))
  }

  /// The TCP segment at `start`.
  ///
  /// The header's presence and length are checked here, its meaning is not judged.
  ///
  /// Spec: RFC 9293 section 3.1.
  @inline(__always)
  private func decodeTCP(
    _ frame: RawSpan, at start: Int, _ extent: Extent, from source: IPAddress, to destination: IPAddress
  ) -> DecodedFrame {
    guard extent.holds(TCPLayout.byteCount, at: start, in: frame) else {
      return extent.truncated(.tcp, at: start, needs: TCPLayout.byteCount, in: frame)
    }
    let headerByteCount = Int(frame.u8(at: start &+ TCPLayout.dataOffset) >> 4) &* 4
    guard headerByteCount >= TCPLayout.byteCount else { return .undecoded(.malformed(.tcp)) }
    guard extent.wireEnd &- start >= headerByteCount else {
      return extent.truncated(.tcp, at: start, needs: headerByteCount, in: frame)
    }
    let payloadStart = start &+ headerByteCount
    // Options cut by the snapshot hide nothing that is needed: the payload is known to be uncaptured.
    let captured = max(0, min(extent.wireEnd, frame.byteCount) &- payloadStart)
    let ports = frame.u32(at: start)
    let header = TCPHeader(
      from: IPEndpoint(source, port: UInt16(truncatingIfNeeded: ports >> 16)),
      to: IPEndpoint(destination, port: UInt16(truncatingIfNeeded: ports)),
      sequence: frame.u32(at: start &+ TCPLayout.sequence),
      acknowledgement: frame.u32(at: start &+ TCPLayout.acknowledgement),
      flags: TCPFlags(rawValue: frame.u8(at: start &+ TCPLayout.flags)),
      window: frame.u16(at: start &+ TCPLayout.window))
    return .segment(
      TCPSegment(
        header: header, payloadStart: min(payloadStart, frame.byteCount), capturedByteCount: captured,
        wireByteCount: extent.wireEnd &- payloadStart))
  }

  @inline(__always)
  private func address(_ frame: RawSpan, at start: Int) -> IPAddress {
    IPAddress(
      v6High: UInt64(frame.u32(at: start)) << 32 | UInt64(frame.u32(at: start &+ 4)),
      low: UInt64(frame.u32(at: start &+ 8)) << 32 | UInt64(frame.u32(at: start &+ 12)))
  }
}

extension IPv6ExtensionLayout {
  /// Whether `number` is an extension header that leads on to another header.
  static func isExtension(_ number: UInt8) -> Bool {
    switch number {
    case IPProtocol.hopByHop, IPProtocol.routing, IPProtocol.fragment, IPProtocol.authentication,
      IPProtocol.destinationOptions, IPProtocol.mobility:
      true
    default: false
    }
  }

  /// The whole length of an extension header whose length field is `length`.
  static func byteCount(of number: UInt8, length: UInt8) -> Int {
    switch number {
    case IPProtocol.fragment: 8
    case IPProtocol.authentication: (Int(length) + 2) * 4
    default: (Int(length) + 1) * 8
    }
  }
}
