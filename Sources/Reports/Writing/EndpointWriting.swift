// The ends of connections in reports: their texts, made once for the exchanges that follow on one another.

package import Exchanges

/// The texts of the ends of the connections that were written last.
///
/// Every exchange has them, and a connection has many exchanges: to make them anew each time costs percents of a trace.
struct EndpointTexts: Sendable {
  // One for each remainder of a connection's number; none until the first is written. Lists of their own, so that each is
  // looked at where it lies.
  private var connections: [ConnectionInfo] = []
  private var clients: [[UInt8]] = []
  private var servers: [[UInt8]] = []
  private static let count = 64

  /// Lends the texts of a connection's ends to `body`.
  @inline(__always)
  mutating func lend(_ connection: ConnectionInfo, _ body: (_ client: RawSpan, _ server: RawSpan) -> Void) {
    let place = Int(truncatingIfNeeded: connection.id % UInt64(Self.count))
    if connections.isEmpty || connections[place] != connection { make(connection, at: place) }
    let (client, server) = (clients[place], servers[place])
    unsafe body(client.span.bytes, server.span.bytes)
  }

  @inline(never)
  private mutating func make(_ connection: ConnectionInfo, at place: Int) {
    if connections.isEmpty {
      connections = Array(repeating: connection, count: Self.count)
      clients = Array(repeating: Array(connection.client.description.utf8), count: Self.count)
      servers = Array(repeating: Array(connection.server.description.utf8), count: Self.count)
    }
    connections[place] = connection
    clients[place] = Array(connection.client.description.utf8)
    servers[place] = Array(connection.server.description.utf8)
  }
}

extension JSONWriter {
  /// An endpoint as a string.
  package mutating func string(_ endpoint: Endpoint) {
    endpoint.withText { string($0) }
  }
}
