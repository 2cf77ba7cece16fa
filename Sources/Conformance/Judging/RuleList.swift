// The rules by which something is judged, as a value.
//
// Ordinarily all of them; a test that leaves one out sees what the others say.

/// Rules, sorted by what they judge.
package struct RuleList: Sendable {
  let exchange: [Rule]
  let connection: [Rule]
  let pair: [Rule]

  package init(_ rules: [Rule]) {
    exchange = rules.filter { $0.checkExchange != nil }
    connection = rules.filter { $0.checkConnection != nil }
    pair = rules.filter { $0.checkPair != nil }
  }

  /// Every rule there is.
  package static let all = RuleList(RuleCatalog.all)
}
