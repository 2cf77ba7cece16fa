// Where a target and its clients are, as the ends of a connection.

package import Exchanges
internal import NIOCore
internal import WireBytes

extension Target.Address {
  /// The address as an end of a connection.
  package var endpoint: Endpoint {
    switch self {
    case .tcp(let host, let port):
      let port = UInt16(truncatingIfNeeded: port)
      return IPAddress(host).map { .ip(IPEndpoint($0, port: port)) } ?? .host(host, port: port)
    case .unix(let path): return .unix(path: path)
    case .program(let path): return .program(path: path)
    case .module(let name): return .named(name)
    }
  }
}

extension Endpoint {
  /// The end that a socket's address names; nil where it names none.
  init?(_ address: SocketAddress?) {
    switch address {
    case .v4, .v6:
      guard let address, let host = address.ipAddress.flatMap({ IPAddress($0) }),
        let port = address.port.flatMap({ UInt16(exactly: $0) })
      else { return nil }
      self = .ip(IPEndpoint(host, port: port))
    case .unixDomainSocket:
      guard let path = address?.pathname, !path.isEmpty else { return nil }
      self = .unix(path: path)
    case nil: return nil
    }
  }
}
