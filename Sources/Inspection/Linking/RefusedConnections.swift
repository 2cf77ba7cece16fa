// The latest connections that servers refused: why a gateway answered 502 by itself.
//
// Bounded: the oldest makes room.

internal import Exchanges
internal import WireBytes

/// Connections that were refused.
struct RefusedConnections: Sendable {
  /// How many are remembered.
  static let limit = 64
  private struct Refusal: Sendable {
    var client: Endpoint
    var server: Endpoint
    var time: Timestamp
  }

  /// The latest last.
  private var refusals: [Refusal] = []

  /// Takes note of a connection that is over.
  mutating func take(_ summary: ConnectionSummary) {
    guard summary.wasRefused, let time = summary.opened else { return }
    if refusals.count >= Self.limit { refusals.removeFirst() }
    refusals.append(
      Refusal(client: summary.connection.client, server: summary.connection.server, time: time))
  }

  /// The servers that refused the gateway that answered this exchange by itself, while it went on, each once.
  func servers(behind front: Exchange) -> [Endpoint] {
    guard !refusals.isEmpty, let status = front.response.status, (502...504).contains(status),
      let begun = front.timeline.requestStart, let ended = front.timeline.end
    else { return [] }
    var servers: [Endpoint] = []
    for refusal in refusals
    where begun <= refusal.time && refusal.time <= ended && refusal.client.isOnHost(of: front.connection.server)
      && !servers.contains(refusal.server)
    {
      servers.append(refusal.server)
    }
    return servers
  }
}
