// Which peers may connect: the list of FCGI_WEB_SERVER_ADDRS.

internal import WireBytes

/// The addresses that web servers may connect from.
///
/// Spec: FastCGI 1.0 section 3.2.
package struct PeerList: Hashable, Sendable {
  /// The name of the variable that holds the list.
  package static let variableName = "FCGI_WEB_SERVER_ADDRS"

  /// The list as it was written.
  package let text: String
  private let addresses: Set<[UInt8]>

  /// The list in the form of the variable: IPv4 addresses in dotted form, comma-separated.
  ///
  /// Returns nil when any of them is no such address; a server must then not start as if there were no list.
  package init?(_ text: String) {
    var addresses: Set<[UInt8]> = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let address = Self.octets(part) else { return nil }
      addresses.insert(address)
    }
    self.addresses = addresses
    self.text = text
  }

  /// Whether a peer at that address may connect; nil stands for a transport other than TCP.
  package func allows(_ address: String?) -> Bool {
    guard let address, let octets = Self.octets(address) else { return false }
    return addresses.contains(octets)
  }

  private static func octets(_ text: some StringProtocol) -> [UInt8]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var octets: [UInt8] = []
    for part in parts {
      guard part.utf8.count <= 3, part.utf8.allSatisfy(ASCII.isDigit), let octet = UInt8(part) else { return nil }
      octets.append(octet)
    }
    return octets
  }
}
