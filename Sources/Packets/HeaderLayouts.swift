// Where the fields of the link, IP and TCP headers stand.
//
// Offsets in bytes from the start of each header, named once and used by both the decoder and the encoder. No
// reading, no judgement.

/// An Ethernet II header.
enum EthernetLayout {
  static let destination = 0
  static let source = 6
  static let etherType = 12
  static let byteCount = 14
}

/// A VLAN tag: it stands between the EtherType that announces it and the EtherType of what it carries.
///
/// Offsets count from the first byte after the announcing EtherType. Spec: IEEE 802.1Q.
enum VLANTagLayout {
  static let control = 0
  static let etherType = 2
  static let byteCount = 4
}

/// EtherTypes that the decoder follows.
enum EtherType {
  static let ipv4: UInt16 = 0x0800
  static let ipv6: UInt16 = 0x86DD
  static let vlan: UInt16 = 0x8100
  static let providerVLAN: UInt16 = 0x88A8
  static let oldProviderVLAN: UInt16 = 0x9100
  static let oldProviderVLAN2: UInt16 = 0x9200
  /// A whole Ethernet frame, inside a tunnel.
  static let ethernet: UInt16 = 0x6558
  static let erspan: UInt16 = 0x88BE
  static let erspan3: UInt16 = 0x22EB
}

/// A Linux cooked header, version 1.
enum LinuxCookedLayout {
  static let etherType = 14
  static let byteCount = 16
}

/// A Linux cooked header, version 2.
enum LinuxCooked2Layout {
  static let etherType = 0
  static let byteCount = 20
}

/// A BSD loopback header: one 32-bit address family.
enum LoopbackLayout {
  static let family = 0
  static let byteCount = 4
  static let familyIPv4: UInt32 = 2
  /// AF_INET6 of NetBSD and OpenBSD, FreeBSD, Darwin, and Linux.
  static func isIPv6(_ family: UInt32) -> Bool { family == 24 || family == 28 || family == 30 || family == 10 }

  /// The family in the order of this machine.
  ///
  /// The capturing machine's order is unknown; families are small numbers, so only one order makes sense.
  static func family(_ word: UInt32) -> UInt32 { word > 0xFFFF ? word.byteSwapped : word }

  /// The EtherType of what a family stands for; 0 when that is not IP.
  static func etherType(_ family: UInt32) -> UInt16 {
    family == familyIPv4 ? EtherType.ipv4 : isIPv6(family) ? EtherType.ipv6 : 0
  }
}

/// An IPv4 header.
///
/// Spec: RFC 791 section 3.1.
enum IPv4Layout {
  static let versionAndLength = 0
  static let totalLength = 2
  static let identification = 4
  static let fragment = 6
  static let timeToLive = 8
  static let `protocol` = 9
  static let checksum = 10
  static let source = 12
  static let destination = 16
  static let byteCount = 20
  /// "More fragments" and the fragment's offset: both are zero in a packet that is whole.
  static let fragmentMask: UInt16 = 0x3FFF
  static let fragmentOffsetMask: UInt16 = 0x1FFF
  static let moreFragments: UInt16 = 0x2000
  static let dontFragment: UInt16 = 0x4000
}

/// An IPv6 header.
///
/// Spec: RFC 8200 section 3.
enum IPv6Layout {
  static let version = 0
  static let payloadLength = 4
  static let nextHeader = 6
  static let hopLimit = 7
  static let source = 8
  static let destination = 24
  static let byteCount = 40
}

/// An IPv6 extension header.
///
/// Spec: RFC 8200 section 4.
enum IPv6ExtensionLayout {
  static let nextHeader = 0
  static let length = 1
  static let byteCount = 8
  static let fragment = 2
  /// The fragment's offset and "more fragments" of a fragment header.
  static let fragmentMask: UInt16 = 0xFFF9
  static let fragmentOffsetMask: UInt16 = 0xFFF8
  static let moreFragments: UInt16 = 0x0001
  static let identification = 4
}

/// Protocol numbers that the decoder follows.
enum IPProtocol {
  static let hopByHop: UInt8 = 0
  static let ipv4: UInt8 = 4
  static let tcp: UInt8 = 6
  static let udp: UInt8 = 17
  static let ipv6: UInt8 = 41
  static let routing: UInt8 = 43
  static let fragment: UInt8 = 44
  static let gre: UInt8 = 47
  static let authentication: UInt8 = 51
  static let destinationOptions: UInt8 = 60
  static let mobility: UInt8 = 135

  /// Whether packets of this protocol can hold other packets: GRE, IP in IP, and UDP for VXLAN and Geneve.
  static func mayCarryPackets(_ number: UInt8) -> Bool {
    number == udp || number == gre || number == ipv4 || number == ipv6
  }
}

/// A TCP header.
///
/// Spec: RFC 9293 section 3.1.
enum TCPLayout {
  static let sourcePort = 0
  static let destinationPort = 2
  static let sequence = 4
  static let acknowledgement = 8
  static let dataOffset = 12
  static let flags = 13
  static let window = 14
  static let checksum = 16
  static let urgent = 18
  static let byteCount = 20
}

/// A UDP header, and the ports of the tunnels over it.
///
/// Spec: RFC 768.
enum UDPLayout {
  static let destinationPort = 2
  static let byteCount = 8
  static let vxlanPort: UInt16 = 4_789
  /// What Linux took for VXLAN before a port was assigned, and flannel still does.
  static let oldVXLANPort: UInt16 = 8_472
  static let genevePort: UInt16 = 6_081
}

/// A VXLAN header, which an Ethernet frame follows.
///
/// Spec: RFC 7348 section 5.
enum VXLANLayout {
  static let flags = 0
  static let byteCount = 8
  /// The network identifier is valid: set in every packet.
  static let hasIdentifier: UInt8 = 0x08
}

/// A Geneve header without its options.
///
/// Spec: RFC 8926 section 3.4.
enum GeneveLayout {
  static let versionAndLength = 0
  static let etherType = 2
  static let byteCount = 8
}

/// A GRE header without its optional words.
///
/// Spec: RFC 2784 section 2.1, RFC 2890 section 2.
enum GRELayout {
  static let flags = 0
  static let etherType = 2
  static let byteCount = 4
  static let hasChecksum: UInt16 = 0x8000
  static let hasRouting: UInt16 = 0x4000
  static let hasKey: UInt16 = 0x2000
  static let hasSequence: UInt16 = 0x1000
  static let versionMask: UInt16 = 0x0007
}

/// The headers of mirrored frames behind GRE.
///
/// Spec: draft-foschiano-erspan-03 section 4.
enum ERSPANLayout {
  /// Of type II; type I has none.
  static let byteCount2 = 8
  static let byteCount3 = 12
  /// The word of type III that says what is carried and whether a subheader follows.
  static let flags3 = 10
  static let hasSubheader: UInt16 = 0x0001
  static let frameTypeShift: UInt16 = 10
  static let frameTypeMask: UInt16 = 0x1F
  static let frameTypeEthernet: UInt16 = 0
  static let frameTypeIP: UInt16 = 2
  static let subheaderByteCount = 8
}
