// Where a relay listens and where it connects to, from the text of the command line. Parsing only.

package import Exchanges

/// One `LISTEN=CONNECT`: a relay listens at one address and passes every connection on to another.
package struct RelayRoute: Hashable, Sendable, CustomStringConvertible {
  package var listen: Target.Address
  package var connect: Target.Address
  /// What the server is called in traces: where it listens when no relay stands before it.
  package var server: Endpoint

  package init(listen: Target.Address, connect: Target.Address, server: Endpoint? = nil) {
    self.listen = listen
    self.connect = connect
    self.server = server ?? connect.endpoint
  }

  package var description: String { "\(listen) = \(connect)" }

  /// The forms of both halves, for messages and help texts.
  package static let forms = "HOST:PORT, :PORT (loopback), [IPv6]:PORT, /PATH/OF/SOCKET or unix:PATH"

  /// A route from its text: `127.0.0.1:9001=/run/php/php-fpm.sock`.
  ///
  /// - Throws: `UsageError` that says what is wrong and what is expected.
  package init(_ text: String) throws(UsageError) {
    guard let separator = text.firstIndex(of: "=") else {
      throw UsageError(.malformedTarget, "a relay is LISTEN=CONNECT, each \(Self.forms)", context: text)
    }
    self.init(
      listen: try Self.address(text[..<separator], in: text),
      connect: try Self.address(text[text.index(after: separator)...], in: text))
    if listen == connect {
      throw UsageError(
        .malformedTarget, "a relay cannot connect to where it listens (--relay-take PATH takes a socket's place)",
        context: text)
    }
  }

  private static func address(_ text: Substring, in whole: String) throws(UsageError) -> Target.Address {
    if text.hasPrefix("/") { return .unix(path: String(text)) }
    if text.hasPrefix("unix:"), text.count > 5 { return .unix(path: String(text.dropFirst(5))) }
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0 else {
      throw UsageError(.malformedTarget, "'\(text)' is no address; expected \(forms)", context: whole)
    }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      throw UsageError(
        .malformedTarget, "an IPv6 address is written in brackets: [\(host)]:\(port)", context: whole)
    }
    return .tcp(host: host.isEmpty ? "127.0.0.1" : String(host), port: Int(port))
  }
}
