// What came back in one exchange, small enough to keep for every case: what `gatespec compare` lays side by side.
//
// Values and how they are taken from an exchange. What counts as a difference is decided in Reports.

package import Exchanges
internal import Expectations
internal import WireBytes

/// One response in short.
package struct ResponseDigest: Hashable, Sendable {
  /// The case's connection and the exchange's number on it, both from 1.
  package var connection: Int
  package var index: Int
  package var ending: Ending
  /// Nil where no head came.
  package var status: UInt16?
  /// Fields in order, names as they came; both bounded by ``fieldByteLimit``.
  package var fields: [Field]
  package var bodyByteCount: UInt64
  /// FNV-1a over what was retained of the body: equal bodies have equal hashes.
  package var bodyHash: UInt64
  /// The body's first bytes.
  package var bodyStart: [UInt8]
  /// The body is a probe's echo report, which tells of the target and differs between any two.
  package var isEchoReport: Bool

  /// A header field of the response.
  package struct Field: Hashable, Sendable {
    package var name: [UInt8]
    package var value: [UInt8]

    package init(name: [UInt8], value: [UInt8]) {
      self.name = name
      self.value = value
    }
  }

  /// How many exchanges of a case, and how many fields of a response, are kept.
  static let exchangeLimit = 32
  static let fieldLimit = 64
  static let fieldByteLimit = 256
  static let bodyStartByteCount = 64

  package init(
    connection: Int = 1, index: Int = 1, ending: Ending = .complete, status: UInt16?, fields: [Field] = [],
    body: [UInt8] = []
  ) {
    self.connection = connection
    self.index = index
    self.ending = ending
    self.status = status
    self.fields = fields
    bodyByteCount = UInt64(body.count)
    bodyHash = Self.hash(body)
    bodyStart = Array(body.prefix(Self.bodyStartByteCount))
    isEchoReport = EchoReport.isReport(body)
  }

  init(_ exchange: Exchange, connection: Int) {
    let list = exchange.response.fields
    let fields = list.indices.prefix(Self.fieldLimit).map {
      Field(
        name: Array(list.name($0).prefix(Self.fieldByteLimit)), value: Array(list.value($0).prefix(Self.fieldByteLimit))
      )
    }
    self.init(
      connection: connection, index: exchange.index, ending: exchange.ending, status: exchange.response.status,
      fields: fields, body: exchange.response.body.retained)
    bodyByteCount = exchange.response.body.byteCount
  }

  /// The responses of a case, in the order of its connections and of their exchanges.
  static func all(of played: PlayedCase) -> [ResponseDigest] {
    let digests = played.connections.sorted { $0.key < $1.key }.lazy.flatMap { number, connection in
      connection.exchanges.sorted { $0.index < $1.index }.lazy.map { ResponseDigest($0, connection: number) }
    }
    return Array(digests.prefix(exchangeLimit))
  }

  private static func hash(_ bytes: [UInt8]) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}
