// The ends of connections as tests write them.

package import Exchanges
internal import WireBytes

extension Endpoint {
  /// The endpoint `192.0.2.1:80` or `[2001:db8::1]:80`; any other text is the name of somebody without an address.
  package init(_ text: String) {
    let colon = text.lastIndex(of: ":") ?? text.endIndex
    let host = text[..<colon].drop { $0 == "[" }.prefix { $0 != "]" }
    guard let address = IPAddress(String(host)), let port = UInt16(text[colon...].dropFirst()) else {
      self = .named(text)
      return
    }
    self = .ip(IPEndpoint(address, port: port))
  }
}
