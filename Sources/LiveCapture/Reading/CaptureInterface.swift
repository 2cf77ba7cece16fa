// The interfaces of this machine, as libpcap lists them.
//
// A list for people and for error messages; nothing is opened.

internal import CPcap
internal import Glibc
package import WireBytes

/// An interface that packets can be captured on.
package struct CaptureInterface: Hashable, Sendable {
  package var name: String
  /// The system's words for it, where it has any.
  package var summary: String?
  /// Its Internet addresses.
  package var addresses: [IPAddress]
  package var isUp: Bool
  package var isLoopback: Bool

  package init(name: String, summary: String?, addresses: [IPAddress], isUp: Bool, isLoopback: Bool) {
    self.name = name
    self.summary = summary
    self.addresses = addresses
    self.isUp = isUp
    self.isLoopback = isLoopback
  }

  /// Every interface that this user may see, in libpcap's order: the likeliest first.
  ///
  /// - Throws: `.captureFailed` with libpcap's words.
  package static func all() throws(CaptureError) -> [CaptureInterface] {
    var words = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
    var list: UnsafeMutablePointer<pcap_if_t>?
    guard unsafe pcap_findalldevs(&list, &words) == 0 else {
      throw CaptureError(
        .captureFailed, "The interfaces cannot be listed: \(string(words)).", context: "interfaces")
    }
    defer { unsafe pcap_freealldevs(list) }
    var interfaces: [CaptureInterface] = []
    var next = unsafe list
    while let device = unsafe next {
      let item = unsafe device.pointee
      unsafe interfaces.append(
        CaptureInterface(
          name: String(cString: item.name), summary: item.description.map { unsafe String(cString: $0) },
          addresses: addresses(item.addresses), isUp: item.flags & UInt32(PCAP_IF_UP) != 0,
          isLoopback: item.flags & UInt32(PCAP_IF_LOOPBACK) != 0))
      unsafe next = unsafe item.next
    }
    return interfaces
  }

  private static func addresses(_ list: UnsafeMutablePointer<pcap_addr>?) -> [IPAddress] {
    var found: [IPAddress] = []
    var next = unsafe list
    while let entry = unsafe next {
      if let address = unsafe entry.pointee.addr {
        let raw = UnsafeRawPointer(address)
        let family = unsafe Int32(address.pointee.sa_family)
        switch family {
        case AF_INET:
          let bits = unsafe raw.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
          found.append(IPAddress(v4: UInt32(bigEndian: bits)))
        case AF_INET6:
          let high = unsafe raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
          let low = unsafe raw.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
          found.append(IPAddress(v6High: UInt64(bigEndian: high), low: UInt64(bigEndian: low)))
        default: break
        }
      }
      unsafe next = unsafe entry.pointee.next
    }
    return found
  }
}
