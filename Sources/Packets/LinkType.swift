// The link types of captures: which header stands before the IP header.
//
// Numbers, names and the list of those that FrameDecoder reads. How each header is laid out is in
// HeaderLayouts.swift.

/// The kind of link-layer header that begins every frame of a capture.
///
/// The raw value is libpcap's `DLT_` number or the `LINKTYPE_` number of a file; the two differ only for raw IP, and
/// both spellings are known here.
package struct LinkType: RawRepresentable, Hashable, Sendable {
  package var rawValue: Int32
  @inlinable package init(rawValue: Int32) { self.rawValue = rawValue }

  /// BSD loopback: the address family in the byte order of the capturing machine (LINKTYPE_NULL).
  package static let null = LinkType(rawValue: 0)
  /// Ethernet (LINKTYPE_ETHERNET).
  package static let ethernet = LinkType(rawValue: 1)
  /// Raw IP as libpcap numbers it on most systems (DLT_RAW).
  package static let rawIP12 = LinkType(rawValue: 12)
  /// Raw IP as libpcap numbers it on OpenBSD (DLT_RAW).
  package static let rawIP14 = LinkType(rawValue: 14)
  /// Raw IP as files number it (LINKTYPE_RAW).
  package static let rawIP = LinkType(rawValue: 101)
  /// OpenBSD loopback: the address family in network byte order (LINKTYPE_LOOP).
  package static let loop = LinkType(rawValue: 108)
  /// Linux "cooked" capture, as the interface `any` gives it (LINKTYPE_LINUX_SLL).
  package static let linuxCooked = LinkType(rawValue: 113)
  /// Raw IPv4 (LINKTYPE_IPV4).
  package static let rawIPv4 = LinkType(rawValue: 228)
  /// Raw IPv6 (LINKTYPE_IPV6).
  package static let rawIPv6 = LinkType(rawValue: 229)
  /// Linux "cooked" capture, version 2 (LINKTYPE_LINUX_SLL2).
  package static let linuxCooked2 = LinkType(rawValue: 276)

  /// The link types that ``FrameDecoder`` reads, in the order in which an error lists them.
  package static let supported: [LinkType] = [
    .ethernet, .linuxCooked, .linuxCooked2, .null, .loop, .rawIP, .rawIP12, .rawIP14, .rawIPv4, .rawIPv6,
  ]

  /// Whether ``FrameDecoder`` reads this link type.
  package var isSupported: Bool { LinkType.supported.contains(self) }
}

extension LinkType: CustomStringConvertible {
  /// A short name with the number: `Ethernet (1)`; unknown ones are `link type 147`.
  package var description: String {
    guard let name else { return "link type \(rawValue)" }
    return "\(name) (\(rawValue))"
  }

  private var name: String? {
    switch self {
    case .null: "BSD loopback"
    case .ethernet: "Ethernet"
    case .rawIP, .rawIP12, .rawIP14: "raw IP"
    case .loop: "OpenBSD loopback"
    case .linuxCooked: "Linux cooked v1"
    case .rawIPv4: "raw IPv4"
    case .rawIPv6: "raw IPv6"
    case .linuxCooked2: "Linux cooked v2"
    default: nil
    }
  }
}
