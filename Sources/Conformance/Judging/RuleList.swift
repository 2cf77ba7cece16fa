// The rules by which something is judged, as a value.
//
// Ordinarily all of them; a test that leaves one out sees what the others say.

internal import Exchanges

/// Rules, sorted by what they judge.
package struct RuleList: Sendable {
  /// Those over exchanges, by the protocols that they look at: an exchange is asked about only by rules of its own.
  private let exchange: [WireProtocol: [Rule]]
  let connection: [Rule]
  let pair: [Rule]

  package init(_ rules: [Rule]) {
    let overExchanges = rules.filter { $0.checkExchange != nil }
    exchange = Dictionary(
      uniqueKeysWithValues: WireProtocol.allCases.map { wireProtocol in
        (wireProtocol, overExchanges.filter { $0.protocols.contains(wireProtocol) })
      })
    connection = rules.filter { $0.checkConnection != nil }
    pair = rules.filter { $0.checkPair != nil }
  }

  /// The rules over exchanges of a protocol.
  func exchange(of wireProtocol: WireProtocol) -> [Rule] { exchange[wireProtocol] ?? [] }

  /// Every rule there is.
  package static let all = RuleList(RuleCatalog.all)
}
