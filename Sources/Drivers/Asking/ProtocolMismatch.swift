// What is there when an answer is not of the protocol that was asked for, in words that say what to do.
//
// Asked before a check, and when a single request brought nothing.

import Exchanges
package import Transports
import WireBytes

extension PlayedCase {
  /// Why the first connection's answer to a plain request is none; nil where it is one, or there is no telling.
  package func mismatch(_ target: Target, _ timeouts: PhaseTimeouts) -> TransportError? {
    let dialect = target.wireProtocol.dialect
    guard let question = dialect.questionOfSilence, let connection = connections[1] else { return nil }
    let address = "\(target.address)"
    func wrong(_ message: String) -> TransportError { TransportError(.wrongProtocol, message, context: address) }
    let first = connection.firstBytes
    // An answer that begins as it should may begin as one of another protocol too.
    guard !dialect.isBegun(by: first) else { return nil }
    let others = ClientDialects.all.filter { $0.wireProtocol != target.wireProtocol }
    if let other = others.first(where: { $0.isBegun(by: first) }), let scheme = other.wireProtocol.traits.schemes.first
    {
      return wrong(
        "\(address) answers with \(other.name): that is \(other.name) on \(dialect.portName); use "
          + "\(scheme)://\(address)")
    }
    guard first.isEmpty else {
      guard dialect.isForeign(connection) else { return nil }
      return wrong(
        "\(address) does not speak \(dialect.name); its answer begins \"\(WireText.escape(first, limit: 32))\"")
    }
    if connection.closedByServer {
      return wrong("\(address) closed the connection without an answer to a plain request; \(question)")
    }
    return TransportError(
      .silent,
      "\(address) accepted the connection and never answered (\(timeouts.firstByte) ms); another protocol, or every "
        + "worker is busy", context: address)
  }
}
