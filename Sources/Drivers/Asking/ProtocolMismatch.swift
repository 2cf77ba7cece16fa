// What is there when an answer is not of the protocol that was asked for, in words that say what to do.
//
// Asked before a check, and when a single request brought nothing.

import Exchanges
package import Transports
import WireBytes

extension PlayedCase {
  /// Why the first connection's answer to a plain request is none; nil where it is one, or there is no telling.
  ///
  /// A program that was started speaks CGI as well as it can: nothing is held against it here.
  package func mismatch(_ target: Target, _ timeouts: PhaseTimeouts) -> TransportError? {
    guard target.wireProtocol != .cgi, let connection = connections[1] else { return nil }
    let address = "\(target.address)"
    let first = connection.firstBytes
    if target.wireProtocol == .fastCGI, first.starts(with: bytes("HTTP/")) {
      return TransportError(
        .wrongProtocol, "\(address) answers with HTTP: that is HTTP on a FastCGI port; use http://\(address)",
        context: address)
    }
    if target.wireProtocol == .http1, first.starts(with: [1]) {
      return TransportError(
        .wrongProtocol, "\(address) answers with FastCGI: that is FastCGI on an HTTP port; use fastcgi://\(address)",
        context: address)
    }
    guard first.isEmpty else {
      guard connection.summary?.fastCGI?.fromServer.notARecord == 0 else { return nil }
      return TransportError(
        .wrongProtocol,
        "\(address) does not speak FastCGI; its answer begins \"\(WireText.escape(first, limit: 32))\"",
        context: address)
    }
    if connection.closedByServer {
      let question =
        target.wireProtocol == .http1
        ? "is it an HTTP server? A FastCGI server closes so on what is not FastCGI"
        : "is it a \(target.wireProtocol.rawValue) server, and may this address connect (php-fpm's "
          + "listen.allowed_clients)?"
      return TransportError(
        .wrongProtocol, "\(address) closed the connection without an answer to a plain request; \(question)",
        context: address)
    }
    return TransportError(
      .silent,
      "\(address) accepted the connection and never answered (\(timeouts.firstByte) ms); another protocol, or every "
        + "worker is busy", context: address)
  }
}
