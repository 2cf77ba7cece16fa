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
  private let hasVariables: Bool
  private let connection: UInt64
  private let server: Address
  private let client: Address
  /// REMOTE_ADDR and REMOTE_PORT, where the backend was told both; otherwise of no value.
  private let remote: Address

  /// A function and no initialiser, for those are given copies, and an exchange is large.
  static func of(_ exchange: borrowing Exchange) -> LinkKey {
    let hasVariables = exchange.wireProtocol.traits.requestNames == .metaVariables
    var remote = Address.none
    if hasVariables, let address = exchange.request.fields.first("REMOTE_ADDR"),
      let port = exchange.request.fields.first("REMOTE_PORT"), !port.isEmpty
    {
      // What is no port is that of nobody.
      let number = String(decoding: port, as: UTF8.self)
      remote = unsafe Address(host: hash(address.span.bytes), port: UInt16(number).map { UInt64($0) } ?? .max)
    }
    return unsafe LinkKey(
      target: hash(exchange.request.originTarget.span.bytes), hasVariables: hasVariables,
      connection: exchange.connection.id,
      server: Address(exchange.connection.server), client: Address(exchange.connection.client), remote: remote)
  }

  /// Whether a full comparison with `back`, asked for the same, may find that this exchange caused it.
  func mayCause(_ back: LinkKey) -> Bool {
    guard connection != back.connection else { return false }
    // Without variables that name the client, a gateway's own address tells: it does not ask itself.
    if !back.hasVariables { return server != back.server && server.host == back.client.host }
    return back.remote.host != client.host || back.remote.port == client.port
  }

  /// An endpoint's address without brackets, and its port.
  private struct Address: Equatable {
    var host: UInt64
    /// Of a Unix socket the hash of its path; 0 where there is none.
    var port: UInt64

    static var none: Address { Address(host: 0, port: 0) }

    init(host: UInt64, port: UInt64) {
      self.host = host
      self.port = port
    }

    init(_ endpoint: Endpoint) {
      let host = endpoint.withHost { hash($0) }
      switch endpoint {
      case .unix(let path): self.init(host: host, port: unsafe hash(Array(path.utf8).span.bytes))
      case .ip, .host, .program, .named: self.init(host: host, port: endpoint.port.map { UInt64($0) } ?? 0)
      }
    }
  }

  /// A hash, never 0: words are mixed in by a multiplication, of which the upper half comes down.
  ///
  /// Who aims at collisions of targets gains a thousand comparisons a request, no more.
  private static func hash(_ bytes: RawSpan) -> UInt64 {
    var hash = UInt64(truncatingIfNeeded: bytes.byteCount) &+ 0x9E37_79B9_7F4A_7C15
    func mix(_ word: UInt64) {
      let product = (hash ^ word).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
      hash = product.high ^ product.low
    }
    var index = 0
    while index &+ 4 <= bytes.byteCount {
      mix(UInt64(bytes.u32le(at: index)))
      index &+= 4
    }
    var rest: UInt64 = 0
    while index < bytes.byteCount {
      rest = rest << 8 | UInt64(bytes.u8(at: index))
      index &+= 1
    }
    mix(rest)
    return max(hash, 1)
  }
}
