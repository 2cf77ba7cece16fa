// Listening, connecting onwards, stopping: a relay's life. How bytes pass is RelaySide's.

internal import Exchanges
internal import Glibc
internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOPosix
internal import WireBytes

/// Stands between clients and servers, passes everything on unchanged, and tells what passed.
package final class RelayServer: Sendable {
  /// What passed, in order.
  package let queue: RelayQueue
  private let group: MultiThreadedEventLoopGroup
  private let listeners: NIOLockedValueBox<[any Channel]>
  /// The descriptors of the listeners, which own them.
  private let descriptors: [CInt]
  private let connections: RelayConnections

  private init(_ queue: RelayQueue, _ group: MultiThreadedEventLoopGroup, _ descriptors: [CInt]) {
    self.queue = queue
    self.group = group
    self.descriptors = descriptors
    listeners = NIOLockedValueBox([])
    connections = RelayConnections()
  }

  /// Unsent bytes of one side at which reading from the other stops, and at which it goes on.
  private static let lowMark = 64 << 10
  private static let highMark = 256 << 10
  private static let connectTimeoutMilliseconds: Int64 = 10_000
  /// How long before the end of its grace a connection is closed in the shortest pause.
  private static let lateNanoseconds: Int64 = 500_000_000

  /// Begins to accept connections, on a thread of its own.
  ///
  /// Here and in ``stop(graceSeconds:waiting:)`` the caller's thread waits: it may be the only one that there is so far.
  ///
  /// - Parameter entrances: Their listening sockets are owned by the relay from now on.
  package static func start(
    _ entrances: [RelayEntrance], queue: RelayQueue = RelayQueue()
  ) throws -> RelayServer {
    let server = RelayServer(queue, MultiThreadedEventLoopGroup(numberOfThreads: 1), entrances.map(\.descriptor))
    for entrance in entrances {
      let listener = try server.bootstrap(entrance).withBoundSocket(entrance.descriptor).wait()
      // NIO has listened again, with a queue of its own length.
      Glibc.listen(entrance.descriptor, entrance.queueLength)
      server.listeners.withLockedValue { $0.append(listener) }
    }
    return server
  }

  private func bootstrap(_ entrance: RelayEntrance) -> ServerBootstrap {
    var bootstrap = ServerBootstrap(group: group)
      .childChannelOption(.autoRead, value: false)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelOption(.writeBufferWaterMark, value: .init(low: Self.lowMark, high: Self.highMark))
      .childChannelInitializer { [self] channel in
        channel.eventLoop.makeCompletedFuture { try accept(channel, entrance) }
      }
    if case .tcp = entrance.route.listen {
      bootstrap = bootstrap.childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
    }
    return bootstrap
  }

  /// Takes a client's connection, and opens the one onwards on the same event loop.
  private func accept(_ channel: any Channel, _ entrance: RelayEntrance) throws {
    let route = entrance.route
    let number = connections.next()
    let reporter = RelayReporter(
      queue, connection: number, client: Endpoint(channel.remoteAddress) ?? .unix(path: "client-\(number)"),
      server: route.server, onEnd: { [connections] in connections.remove(number) })
    let client = RelaySide(.request, reporter)
    let server = RelaySide(.response, reporter)
    try channel.pipeline.syncOperations.addHandler(client)
    let sides = NIOLoopBound((client, server, reporter), eventLoop: channel.eventLoop)
    connections.insert(number) { condition in
      let (client, _, reporter) = sides.value
      switch condition {
      case .none: client.stop()
      case .idle: if reporter.isIdle(at: TransportClock.now) { client.stop() }
      case .passed(let byteCount): if reporter.byteCount == byteCount { client.stopWhenWritten() }
      }
    }
    var bootstrap = ClientBootstrap(group: channel.eventLoop)
      .channelOption(.autoRead, value: false)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .channelOption(.writeBufferWaterMark, value: .init(low: Self.lowMark, high: Self.highMark))
      .connectTimeout(.milliseconds(Self.connectTimeoutMilliseconds))
      .channelInitializer { onwards in
        onwards.eventLoop.makeCompletedFuture {
          try onwards.pipeline.syncOperations.addHandler(sides.value.1)
        }
      }
    let connected: EventLoopFuture<any Channel>
    switch route.connect {
    case .tcp(let host, let port):
      bootstrap = bootstrap.channelOption(.tcpOption(.tcp_nodelay), value: 1)
      connected = bootstrap.connect(host: host, port: port)
    case .unix(let path):
      do throws(TransportError) {
        connected = bootstrap.connect(unixDomainSocketPath: try entrance.door?.address() ?? path)
      } catch {
        connected = channel.eventLoop.makeFailedFuture(error)
      }
    case .program(let path):
      throw TransportError(.wrongKind, "\(path) is a program, not an address to connect to", context: path)
    case .module(let name):
      throw TransportError(.wrongKind, "\(name) is an application, not an address to connect to", context: name)
    }
    connected.whenComplete { result in
      let (client, server, reporter) = sides.value
      switch result {
      case .success:
        reporter.established()
        RelaySide.join(client, server)
      case .failure(let error):
        reporter.refused(
          error as? TransportError
            ?? .connecting(to: route.connect, error, timeoutMilliseconds: Self.connectTimeoutMilliseconds))
        client.refuse()
      }
    }
  }

  /// How many connections are open.
  package var openConnections: Int { connections.count }

  /// Accepts who stands in line, and listens no more; lets connections go on while they are in the middle of something,
  /// at most that long; closes all, and wakes the reader.
  ///
  /// - Parameter waiting: Which of these connections wait for their next request, as far as is known, each with the
  ///   bytes that had passed then; that is asked again and again. A server's silence alone does not tell: it may think in
  ///   the middle of its response. Nil where nobody knows, and silence has to do.
  package func stop(graceSeconds: Double, waiting: (_ open: [UInt64]) -> [UInt64: UInt64]? = { _ in nil }) {
    emptyLines()
    for listener in listeners.withLockedValue({ $0 }) { try? listener.close().wait() }
    let deadline = TransportClock.now.nanoseconds &+ Int64(graceSeconds * 1e9)
    while connections.count > 0, TransportClock.now.nanoseconds < deadline {
      let numbers = connections.numbers
      let waiting = waiting(numbers)
      // A busy connection waits for its next request for moments only, and who asks just then may not ask again: that is
      // better than a response that is cut off, and worse than to wait for the client's own end.
      if TransportClock.now.nanoseconds > deadline &- Self.lateNanoseconds, let waiting {
        for (number, byteCount) in waiting { connections.close([number], on: group.any(), .passed(byteCount)) }
        usleep(2_000)
      } else {
        connections.close(waiting.map { Array($0.keys) } ?? numbers, on: group.any(), .idle)
        usleep(20_000)
      }
    }
    connections.close(connections.numbers, on: group.any(), .none)
    try? group.syncShutdownGracefully()
    queue.wake()
  }

  /// Waits until nobody stands in line to be accepted: closing a listener resets those who do.
  ///
  /// For half a second at most, as there may always be somebody new.
  private func emptyLines() {
    for _ in 0..<50 {
      // Whoever is connecting at this very moment comes into line meanwhile.
      usleep(10_000)
      guard descriptors.contains(where: Self.hasSomebodyInLine) else { return }
    }
  }

  private static func hasSomebodyInLine(_ descriptor: CInt) -> Bool {
    var descriptor = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&descriptor, 1, 0) == 1 && descriptor.revents & Int16(POLLIN) != 0
  }
}

/// What must be so of a connection for the relay to close it.
enum RelayClosingCondition: Sendable {
  case none
  /// The server spoke last, and not just now.
  case idle
  /// So many bytes passed and no more, in both directions together.
  case passed(UInt64)
}

/// The open connections of a relay, by number.
final class RelayConnections: Sendable {
  private struct State {
    var last: UInt64 = 0
    var open: [UInt64: @Sendable (RelayClosingCondition) -> Void] = [:]
  }

  private let state = NIOLockedValueBox(State())

  var count: Int { state.withLockedValue { $0.open.count } }

  /// A number for a new connection.
  func next() -> UInt64 {
    state.withLockedValue { state in
      state.last += 1
      return state.last
    }
  }

  func insert(_ number: UInt64, closing: @escaping @Sendable (RelayClosingCondition) -> Void) {
    state.withLockedValue { $0.open[number] = closing }
  }

  func remove(_ number: UInt64) { state.withLockedValue { _ = $0.open.removeValue(forKey: number) } }

  /// Those that are open.
  var numbers: [UInt64] { state.withLockedValue { Array($0.open.keys) } }

  /// Closes those of these of which the condition holds, on their event loop.
  func close(_ numbers: [UInt64], on loop: any EventLoop, _ condition: RelayClosingCondition) {
    let closings = state.withLockedValue { state in numbers.compactMap { state.open[$0] } }
    loop.execute { for close in closings { close(condition) } }
  }
}
