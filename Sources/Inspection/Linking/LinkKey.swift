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
      remote = unsafe Address(host: host(address.span.bytes), port: number(port))
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
      func hashed(_ text: String) -> UInt64 { unsafe hash(Array(text.utf8).span.bytes) }
      switch endpoint {
      case .ip(let end): self.init(host: hash(end.address), port: UInt64(end.port))
      case .host(let name, let port): self.init(host: hashed(name), port: UInt64(port))
      // All Unix sockets are of one host.
      case .unix(let path): self.init(host: 1, port: hashed(path))
      case .program(let name), .named(let name): self.init(host: hashed(name), port: 0)
      }
    }
  }

  /// The hash of what REMOTE_ADDR says.
  private static func host(_ text: RawSpan) -> UInt64 { IPAddress(text: text).map { hash($0) } ?? hash(text) }

  /// What REMOTE_PORT says; what is no port is that of nobody.
  private static func number(_ digits: ArraySlice<UInt8>) -> UInt64 {
    guard digits.count < 6, digits.allSatisfy({ 0x30...0x39 ~= $0 }) else { return .max }
    return digits.reduce(0) { $0 * 10 + UInt64($1 & 0xF) }
  }

  /// A hash of an address, never 0.
  private static func hash(_ address: IPAddress) -> UInt64 {
    let product = (address.low ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
    return max(product.high ^ product.low ^ address.high ^ UInt64(address.version.rawValue), 1)
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
