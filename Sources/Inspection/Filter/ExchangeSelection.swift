// Which exchanges a filter lets pass, and which connections had one.
//
// Memory is a function of open connections.

package import Conformance
package import Exchanges

/// Applies a filter, and a limit, to exchanges and to the connections that they came over.
package struct ExchangeSelection: Sendable {
  private let filter: ExchangeFilter?
  /// The most exchanges that pass.
  private let limit: UInt64
  /// Open connections of which an exchange passed.
  private var connections: Set<UInt64> = []
  /// Exchanges that passed.
  package private(set) var count: UInt64 = 0

  /// - Parameters:
  ///   - filter: Nil lets everything pass.
  ///   - limit: Nil lets any number pass.
  package init(_ filter: ExchangeFilter?, limit: UInt64? = nil) {
    self.filter = filter
    self.limit = limit ?? .max
  }

  /// Whether as many exchanges passed as may.
  package var isFull: Bool { count >= limit }
  /// Whether it lets everything pass, so that nothing need be remembered.
  private var isOpen: Bool { filter == nil && limit == .max }

  /// Whether there is a filter at all.
  package var isActive: Bool { filter != nil }

  /// Whether an exchange passes.
  package mutating func takes(_ exchange: Exchange, _ findings: [Finding]) -> Bool {
    guard !isFull, filter?.matches(exchange, findings) ?? true else { return false }
    count += 1
    if !isOpen { connections.insert(exchange.connection.id) }
    return true
  }

  /// Whether a connection that is over passes: an exchange of it did.
  package mutating func takes(_ summary: ConnectionSummary) -> Bool {
    isOpen || connections.remove(summary.connection.id) != nil
  }
}
