// `--summary`: what a trace's exchanges add up to, per server and route.
//
// Counts and distributions within bounds; how they are shown is the reports' matter. A route is a method and a path
// without its query.

package import Exchanges
package import WireBytes

/// Adds up exchanges; memory is bounded whatever the traffic holds.
package struct TraceStatistics: Sendable {
  /// What the exchanges of one route have in common.
  package struct Route: Sendable {
    /// Empty for the routes that have no place of their own.
    package var server: String
    package var method: [UInt8]
    package var path: [UInt8]
    package var isOther = false
    package var exchanges: UInt64 = 0
    package var failures: UInt64 = 0
    package var requestBytes: UInt64 = 0
    package var responseBytes: UInt64 = 0
    package var stalls: UInt64 = 0
    /// The time of all its exchanges together, in nanoseconds: what ranks routes.
    package var nanoseconds: UInt64 = 0
    package var times: PhaseTimes
    /// Exchanges of the last seconds, by the time of their end.
    package var recent = RecentRate()

    /// Whether an exchange is of this route.
    package func holds(_ exchange: Exchange) -> Bool {
      let (method, path) = TraceStatistics.route(of: exchange)
      return !isOther && path.elementsEqual(self.path) && method.elementsEqual(self.method)
        && exchange.connection.server.description == server
    }
  }

  /// What the connections to one server have in common.
  package struct Server: Sendable {
    /// Empty for the servers that have no place of their own.
    package var name: String
    package var exchanges: UInt64 = 0
    /// Exchanges that were not the first of their connection.
    package var reused: UInt64 = 0
    /// Connections that ended, or were open at the end, and the most exchanges that one of them carried.
    package var connections: UInt64 = 0
    package var mostExchanges = 0
  }

  /// One of the exchanges that took longest.
  package struct Slow: Sendable {
    package var nanoseconds: Int64
    package var start: Timestamp?
    package var server: String
    package var method: [UInt8]
    package var target: [UInt8]
    package var status: UInt16?
    package var connection: UInt64
    package var index: Int
    package var firstPacket: UInt64
    /// The phase that took most of the time.
    package var phase: Phase
    package var phaseNanoseconds: Int64
  }

  /// Routes and servers that are told apart; the rest is added up as one.
  package static let routeLimit = 200
  package static let serverLimit = 200
  /// How many slow exchanges are named.
  package static let slowLimit = 10
  /// Bytes of a path or target that are kept.
  private static let pathLimit = 256

  private var routeIndices: [[UInt8]: Int] = [:]
  private var serverIndices: [Endpoint: Int] = [:]
  private var routes: [Route] = []
  private var servers: [Server] = []
  private var otherRoute: Int?
  private var otherServer: Int?
  /// Longest first.
  package private(set) var slowest: [Slow] = []
  /// Exchanges with a stall at the end, and with one inside the body.
  package private(set) var tailStalls = StallTally()
  package private(set) var streamStalls = StallTally()
  /// The key of the route that is looked up; reused.
  private var key: [UInt8] = []
  private let phases: [Phase]

  /// - Parameter phases: Those of which times are kept, some 20 kB for a phase of a route.
  package init(phases: [Phase] = Phase.allCases) { self.phases = phases }

  /// Routes, those that took the most time in all first, the rest last.
  package var rankedRoutes: [Route] {
    routes.sorted { ($0.isOther ? 1 : 0, $1.nanoseconds) < ($1.isOther ? 1 : 0, $0.nanoseconds) }
  }

  /// Servers, those with the most exchanges first.
  package var rankedServers: [Server] {
    servers.sorted { ($0.name.isEmpty ? 1 : 0, $1.exchanges) < ($1.name.isEmpty ? 1 : 0, $0.exchanges) }
  }

  /// Takes an exchange.
  ///
  /// - Parameter gateway: The gateway's own share of its time, where it is known.
  package mutating func take(_ exchange: Exchange, gateway: Int64? = nil) {
    let phases = exchange.phases, total = exchange.durationNanoseconds
    let route = routeIndex(exchange)
    routes[route].exchanges &+= 1
    if exchange.isFailure { routes[route].failures &+= 1 }
    routes[route].requestBytes &+= exchange.request.body.byteCount
    routes[route].responseBytes &+= exchange.response.body.byteCount
    routes[route].nanoseconds &+= UInt64(max(total ?? 0, 0))
    routes[route].times.take(phases, total: total, gateway: gateway)
    if let end = exchange.timeline.end { routes[route].recent.take(at: end) }
    let server = serverIndex(exchange.connection.server)
    servers[server].exchanges &+= 1
    if exchange.index > 1 { servers[server].reused &+= 1 }
    if let stall = exchange.tailStall {
      routes[route].stalls &+= 1
      tailStalls.take(stall)
    }
    if let stall = exchange.streamStall { streamStalls.take(stall) }
    if let total { rank(exchange, phases, total) }
  }

  /// Takes a connection that is over.
  package mutating func take(_ summary: ConnectionSummary) {
    guard summary.exchangeCount > 0 else { return }
    let server = serverIndex(summary.connection.server)
    servers[server].connections &+= 1
    servers[server].mostExchanges = max(servers[server].mostExchanges, summary.exchangeCount)
  }

  private mutating func routeIndex(_ exchange: Exchange) -> Int {
    let (method, path) = Self.route(of: exchange)
    key.removeAll(keepingCapacity: true)
    exchange.connection.server.withText { key.append(contentsOf: $0) }
    key.append(0x20)
    key.append(contentsOf: method)
    key.append(0x20)
    key.append(contentsOf: path)
    if let index = routeIndices[key] { return index }
    if routeIndices.count < Self.routeLimit {
      routeIndices[key] = routes.count
      routes.append(
        Route(
          server: exchange.connection.server.description, method: Array(method), path: Array(path),
          times: PhaseTimes(phases)))
      return routes.count - 1
    }
    if let otherRoute { return otherRoute }
    otherRoute = routes.count
    routes.append(Route(server: "", method: [], path: [], isOther: true, times: PhaseTimes(phases)))
    return routes.count - 1
  }

  /// Method and path of an exchange, as far as they tell routes apart.
  private static func route(of exchange: Exchange) -> (method: ArraySlice<UInt8>, path: ArraySlice<UInt8>) {
    (
      exchange.request.method.prefix(pathLimit),
      exchange.request.target.prefix { $0 != 0x3F }.prefix(pathLimit)
    )
  }

  private mutating func serverIndex(_ server: Endpoint) -> Int {
    if let index = serverIndices[server] { return index }
    if serverIndices.count < Self.serverLimit {
      serverIndices[server] = servers.count
      servers.append(Server(name: server.description))
      return servers.count - 1
    }
    if let otherServer { return otherServer }
    otherServer = servers.count
    servers.append(Server(name: ""))
    return servers.count - 1
  }

  private mutating func rank(_ exchange: Exchange, _ phases: Phases, _ total: Int64) {
    if slowest.count == Self.slowLimit, let last = slowest.last, total <= last.nanoseconds { return }
    let parts: [(Phase, Int64?)] = [
      (.send, phases.send), (.wait, phases.wait), (.stream, phases.stream), (.tail, phases.tail),
    ]
    let longest = parts.max { ($0.1 ?? -1) < ($1.1 ?? -1) }
    let slow = Slow(
      nanoseconds: total, start: exchange.start, server: exchange.connection.server.description,
      method: Array(exchange.request.method.prefix(Self.pathLimit)),
      target: Array(exchange.request.target.prefix(Self.pathLimit)), status: exchange.response.status,
      connection: exchange.connection.id, index: exchange.index, firstPacket: exchange.packets.lowerBound,
      phase: longest?.0 ?? .total, phaseNanoseconds: longest?.1 ?? total)
    let place = slowest.firstIndex { $0.nanoseconds < total } ?? slowest.count
    slowest.insert(slow, at: place)
    if slowest.count > Self.slowLimit { slowest.removeLast() }
  }
}
