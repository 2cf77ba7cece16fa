// What a decoded frame is: a TCP segment, a fragment of an IP packet, or the reason why it is neither.
//
// Small values without storage of their own; the payload stays in the frame and is named by a range.

package import WireBytes

/// The control bits of a TCP header.
///
/// Spec: RFC 9293 section 3.1.
package struct TCPFlags: OptionSet, Hashable, Sendable, CustomStringConvertible {
  package var rawValue: UInt8
  @inlinable @inline(__always) package init(rawValue: UInt8) { self.rawValue = rawValue }

  // Computed, so that other modules see constants.
  @inlinable package static var fin: TCPFlags { TCPFlags(rawValue: 0x01) }
  @inlinable package static var syn: TCPFlags { TCPFlags(rawValue: 0x02) }
  @inlinable package static var rst: TCPFlags { TCPFlags(rawValue: 0x04) }
  @inlinable package static var psh: TCPFlags { TCPFlags(rawValue: 0x08) }
  @inlinable package static var ack: TCPFlags { TCPFlags(rawValue: 0x10) }
  @inlinable package static var urg: TCPFlags { TCPFlags(rawValue: 0x20) }
  @inlinable package static var ece: TCPFlags { TCPFlags(rawValue: 0x40) }
  @inlinable package static var cwr: TCPFlags { TCPFlags(rawValue: 0x80) }

  /// FIN, SYN and RST: what changes a connection's state.
  @inlinable package static var control: TCPFlags { TCPFlags(rawValue: 0x07) }

  // The two questions of the hot path, as concrete code: the generic ones are not specialised across modules.

  /// Whether every flag of `other` is set.
  @inlinable @inline(__always)
  package func contains(_ other: TCPFlags) -> Bool { rawValue & other.rawValue == other.rawValue }

  /// Whether no flag of `other` is set.
  @inlinable @inline(__always)
  package func isDisjoint(with other: TCPFlags) -> Bool { rawValue & other.rawValue == 0 }

  /// One letter for each flag that is set, lowest bit first: `SA` is `syn` and `ack`; `-` when none is.
  package var description: String {
    let letters = zip(0..<8, "FSRPAUEC").filter { rawValue & (1 << $0.0) != 0 }.map(\.1)
    return letters.isEmpty ? "-" : String(letters)
  }
}

/// The fields of a TCP header that a capture tool needs, with both addresses.
package struct TCPHeader: Hashable, Sendable {
  package var source: IPEndpoint
  package var destination: IPEndpoint
  package var sequence: UInt32
  /// Means something only when `flags` contains `.ack`.
  package var acknowledgement: UInt32
  package var flags: TCPFlags
  /// As it stands on the wire, not scaled.
  package var window: UInt16

  @inlinable @inline(__always)
  package init(
    from source: IPEndpoint, to destination: IPEndpoint, sequence: UInt32, acknowledgement: UInt32 = 0,
    flags: TCPFlags = .ack, window: UInt16 = 65_535
  ) {
    self.source = source
    self.destination = destination
    self.sequence = sequence
    self.acknowledgement = acknowledgement
    self.flags = flags
    self.window = window
  }
}

/// A TCP segment inside a captured frame.
package struct TCPSegment: Hashable, Sendable {
  package var header: TCPHeader
  /// Where the captured payload begins in the frame.
  package var payloadStart: Int
  /// The bytes of payload in the frame.
  package var capturedByteCount: Int
  /// The bytes of payload that the segment carried on the wire; more than captured when the snapshot cut it.
  package var wireByteCount: Int

  @inlinable @inline(__always)
  package init(header: TCPHeader, payloadStart: Int, capturedByteCount: Int, wireByteCount: Int) {
    self.header = header
    self.payloadStart = payloadStart
    self.capturedByteCount = capturedByteCount
    self.wireByteCount = wireByteCount
  }

  /// The captured payload's place in the frame.
  @inlinable package var payload: Range<Int> { payloadStart..<(payloadStart &+ capturedByteCount) }

  /// Whether the capture holds less payload than the wire carried.
  @inlinable package var isTruncated: Bool { capturedByteCount < wireByteCount }
}

/// A fragment of an IP packet inside a captured frame; ``FragmentTable`` puts them together.
package struct IPFragment: Hashable, Sendable {
  package var source: IPAddress
  package var destination: IPAddress
  /// The packet's number: 16 bits in IPv4, 32 in IPv6.
  package var identification: UInt32
  /// What the whole packet carries; in IPv6 only the first fragment's counts.
  package var protocolNumber: UInt8
  /// Whether no fragment stands behind this one.
  package var isLast: Bool
  /// Where its bytes stand in the whole packet's payload: a multiple of 8.
  package var position: UInt16
  /// Where the captured payload begins in the frame.
  package var payloadStart: Int
  /// The bytes of payload in the frame.
  package var capturedByteCount: Int
  /// The bytes of payload that the fragment carried on the wire.
  package var wireByteCount: Int

  package init(
    source: IPAddress, destination: IPAddress, identification: UInt32, protocolNumber: UInt8, isLast: Bool,
    position: UInt16, payloadStart: Int, capturedByteCount: Int, wireByteCount: Int
  ) {
    self.source = source
    self.destination = destination
    self.identification = identification
    self.protocolNumber = protocolNumber
    self.isLast = isLast
    self.position = position
    self.payloadStart = payloadStart
    self.capturedByteCount = capturedByteCount
    self.wireByteCount = wireByteCount
  }

  /// The captured payload's place in the frame.
  package var payload: Range<Int> { payloadStart..<(payloadStart &+ capturedByteCount) }
}

/// What became of one frame.
package enum DecodedFrame: Hashable, Sendable {
  case segment(TCPSegment)
  case fragment(IPFragment)
  case undecoded(Undecoded)
}

/// Why a frame is no TCP segment to us.
package enum Undecoded: Hashable, Sendable {
  /// The capture's link type is none of ``LinkType/supported``.
  case unknownLinkType(LinkType)
  /// The link layer carries something else than IP: an EtherType, an address family, or a version nibble.
  case notIP(carried: UInt32)
  /// IP carries neither TCP nor a tunnel that is followed; the number is IP's.
  case notTCP(protocolNumber: UInt8)
  /// A header is not whole.
  case truncated(HeaderTruncation)
  /// A header contradicts itself: a length below its minimum, a version that is not the announced one, tunnels nested
  /// without end.
  case malformed(HeaderLayer)
}

/// A layer of headers.
package enum HeaderLayer: String, Hashable, Sendable {
  case link, vlan, ipv4, ipv6, ipv6Extension = "ipv6-extension", tcp
  case udp, vxlan, geneve, gre, erspan, tunnel
}

/// A header that did not fit in what was there.
package struct HeaderTruncation: Hashable, Sendable {
  /// Who says that no more bytes are available.
  package enum Claim: String, Hashable, Sendable {
    /// The capture's snapshot length cut the frame.
    case snapshot
    /// The frame itself ended.
    case frame
    /// The length field of the IP header ends the packet here.
    case ipLength = "ip-length"
  }

  package var layer: HeaderLayer
  /// The bytes that the header needs.
  package var required: Int
  /// The bytes that were there, fewer than `required`.
  package var available: Int
  package var claimedBy: Claim

  package init(layer: HeaderLayer, required: Int, available: Int, claimedBy: Claim) {
    self.layer = layer
    self.required = required
    self.available = available
    self.claimedBy = claimedBy
  }
}
