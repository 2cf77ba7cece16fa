// What decides most comparisons of two exchanges, as numbers that are taken from each of them once.
//
// Where many requests ask for the same, each is compared with many: nearly all of these comparisons end here, without a
// look at the exchanges. What passes is compared in full by LinkEvidence.

internal import Exchanges
internal import WireBytes

/// The addresses of an exchange, as hashes.
///
/// Two different texts with one hash cost a link that would have been found, and are as likely as 64 bits make it.
struct LinkKey: Sendable {
  /// The hash of the request's target.
  let target: UInt64
  private let isHTTP: Bool
  private let connection: UInt64
  private let server: UInt64
  private let serverHost: UInt64
  private let clientHost: UInt64
  private let clientPort: UInt64
  /// REMOTE_ADDR and REMOTE_PORT, where the backend was told both; otherwise 0.
  private let remoteHost: UInt64
  private let remotePort: UInt64

  init(_ exchange: Exchange) {
    let (client, server) = (exchange.connection.client, exchange.connection.server)
    target = Self.hash(exchange.request.originTarget)
    isHTTP = exchange.wireProtocol == .http1
    connection = exchange.connection.id
    self.server = Self.hash(server.description.utf8)
    serverHost = Self.hash(server.bareHost)
    clientHost = Self.hash(client.bareHost)
    clientPort = client.port.map { Self.hash($0) } ?? 0
    if !isHTTP, let address = exchange.request.fields.first("REMOTE_ADDR"),
      let port = exchange.request.fields.first("REMOTE_PORT"), !port.isEmpty
    {
      remoteHost = Self.hash(address)
      remotePort = Self.hash(port)
    } else {
      remoteHost = 0
      remotePort = 0
    }
  }

  /// Whether a full comparison with `back`, asked for the same, may find that this exchange caused it.
  func mayCause(_ back: LinkKey) -> Bool {
    guard connection != back.connection else { return false }
    // A gateway asks an HTTP backend from its own address, and not itself.
    if back.isHTTP { return server != back.server && serverHost == back.clientHost }
    return back.remoteHost != clientHost || back.remotePort == clientPort
  }

  /// FNV-1a; never 0.
  ///
  /// Who aims at collisions of targets gains a thousand comparisons a request, no more.
  private static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return max(hash, 1)
  }
}
