// Who stands at one end of a connection, as a value.
//
// Its text is made where it is printed, and nothing reads it back from there.

package import WireBytes

/// One end of a connection.
package enum Endpoint: Hashable, Sendable, CustomStringConvertible {
  /// An address and a port.
  case ip(IPEndpoint)
  /// A host by its name, where no address of it is known, and a port.
  case host(String, port: UInt16)
  /// A Unix socket; the path is empty where it has none.
  case unix(path: String)
  /// A program that is started for each request.
  case program(path: String)
  /// Somebody without an address, by a name; empty where nothing is known.
  case named(String)

  /// `127.0.0.1:9000`, `[::1]:9000`, `localhost:9000`, `unix:/run/php.sock`, `/srv/cgi-bin/x`, or empty where unknown.
  package var description: String {
    switch self {
    case .ip(let end): end.description
    case .host(let name, let port): name.contains(":") ? "[\(name)]:\(port)" : "\(name):\(port)"
    case .unix(let path): "unix:\(path)"
    case .program(let path): path
    case .named(let name): name
    }
  }

  /// Lends the text to `body`; that of an address takes no memory.
  package func withText<Result>(_ body: (RawSpan) -> Result) -> Result {
    if case .ip(let end) = self { return end.withText(body) }
    return unsafe body(Array(description.utf8).span.bytes)
  }

  /// The port; nil where there is none.
  package var port: UInt16? {
    switch self {
    case .ip(let end): end.port
    case .host(_, let port): port
    case .unix, .program, .named: nil
    }
  }

  /// Whether both are on one host, as far as what is known of them says.
  package func isOnHost(of other: Endpoint) -> Bool {
    switch (self, other) {
    case (.ip(let one), .ip(let other)): one.address == other.address
    case (.host(let one, _), .host(let other, _)): one == other
    case (.unix, .unix): true
    default: self == other
    }
  }

  /// Whether that is the text of its address, as REMOTE_ADDR has it.
  package func isHost(_ text: RawSpan) -> Bool {
    switch self {
    case .ip(let end): IPAddress(text: text) == end.address
    case .host(let name, _): name.utf8.elementsEqual(text.copied())
    case .unix, .program, .named: false
    }
  }
}
