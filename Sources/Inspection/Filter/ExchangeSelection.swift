// Which exchanges a filter lets pass, and which connections had one.
//
// Memory is a function of open connections.

package import Conformance
package import Exchanges

/// Applies a filter to exchanges and to the connections that they came over.
package struct ExchangeSelection: Sendable {
  private let filter: ExchangeFilter?
  /// Open connections of which an exchange passed.
  private var connections: Set<UInt64> = []

  /// - Parameter filter: Nil lets everything pass.
  package init(_ filter: ExchangeFilter?) { self.filter = filter }

  /// Whether there is a filter at all.
  package var isActive: Bool { filter != nil }

  /// Whether an exchange passes.
  package mutating func takes(_ exchange: Exchange, _ findings: [Finding]) -> Bool {
    guard let filter else { return true }
    guard filter.matches(exchange, findings) else { return false }
    connections.insert(exchange.connection.id)
    return true
  }

  /// Whether a connection that is over passes: an exchange of it did.
  package mutating func takes(_ summary: ConnectionSummary) -> Bool {
    filter == nil || connections.remove(summary.connection.id) != nil
  }
}
