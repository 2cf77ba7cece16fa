// A reference server over real sockets, whatever it speaks: listening, accepting, stopping.
//
// One event loop serves all connections. What is answered is its responders'; how one connection is carried,
// ResponderHandler's.

internal import Glibc
internal import NIOCore
internal import NIOPosix

/// A process of a reference that serves the probe over real sockets.
///
/// Accepts at most as many connections at once as the process serves; more wait in the system's queue.
package final class ReferenceServer: Sendable {
  /// Where the server listens; for a port that the system chose, that port.
  package let boundAddress: ListenAddress
  /// The exit code of the process after SIGTERM; nil for one that does not end.
  package let exitCode: Int32?
  private let group: MultiThreadedEventLoopGroup
  private let channel: any Channel
  private let table: NIOLoopBound<ConnectionTable>
  private let file: SocketFile?
  private let grace: TimeAmount

  private init(
    _ boundAddress: ListenAddress, _ group: MultiThreadedEventLoopGroup, _ channel: any Channel,
    _ table: NIOLoopBound<ConnectionTable>, _ file: SocketFile?, grace: TimeAmount, exitCode: Int32?
  ) {
    self.boundAddress = boundAddress
    self.exitCode = exitCode
    self.group = group
    self.channel = channel
    self.table = table
    self.file = file
    self.grace = grace
  }

  /// Begins to listen at `address`.
  ///
  /// The file of a Unix socket that nobody listens at any more is replaced.
  ///
  /// - Parameters:
  ///   - peers: The peers that may connect; nil for all.
  ///   - graceMilliseconds: How long a stop waits for requests that are being answered.
  ///   - makeProcess: What serves, as it was started.
  package static func start(
    _ address: ListenAddress, peers: PeerList? = nil, graceMilliseconds: UInt64 = 1_000,
    _ makeProcess: @Sendable (ServerStart) -> ServerProcess
  ) async throws(ServerError) -> ReferenceServer {
    let isInherited = if case .inherited = address { true } else { false }
    var start = ServerStart(peers: peers, isInherited: isInherited)
    start.clock = { UInt64(clamping: time(nil)) }
    let process = makeProcess(start)
    let grace = TimeAmount.milliseconds(Int64(clamping: graceMilliseconds))
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    do {
      return try await listen(address, process, grace: grace, group)
    } catch {
      try? await group.shutdownGracefully()
      throw serverError(error, address)
    }
  }

  /// Stops: accepts no more, lets requests that are being answered end within the grace, closes every connection and
  /// removes the file of a Unix socket.
  ///
  /// A server is stopped once.
  package func stop() async throws(ServerError) {
    file?.remove()
    // Closing fails only where the listening channel is closed already.
    try? await channel.close()
    let loop = channel.eventLoop
    let (table, grace) = (table, grace)
    let gone = loop.makePromise(of: Void.self)
    loop.execute {
      let connections = table.value
      connections.onRemoval = { if connections.isEmpty { gone.succeed() } }
      if connections.isEmpty { return gone.succeed() }
      let deadline = loop.assumeIsolated().scheduleTask(in: grace) { connections.closeAll() }
      gone.futureResult.assumeIsolated().whenComplete { _ in deadline.cancel() }
      connections.drain()
    }
    do {
      try await gone.futureResult.get()
      try await group.shutdownGracefully()
    } catch {
      throw Self.serverError(error, boundAddress)
    }
  }

  private static func listen(
    _ address: ListenAddress, _ process: ServerProcess, grace: TimeAmount, _ group: MultiThreadedEventLoopGroup
  ) async throws -> ReferenceServer {
    let loop = group.next()
    let limit = process.connectionLimit
    let table = try await loop.submit { NIOLoopBound(ConnectionTable(), eventLoop: loop) }.get()
    var bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 256)
      .serverChannelOption(.maxMessagesPerRead, value: 1)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(AcceptGate(limit: limit))
        }
      }
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelOption(.writeBufferWaterMark, value: .init(low: 64 << 10, high: 256 << 10))
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(ResponderHandler(process.connect(), table: table.value))
        }
      }
    let channel: any Channel
    switch address {
    case .tcp(let host, let port):
      bootstrap = bootstrap.serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      channel = try await bootstrap.bind(host: host, port: port).get()
    case .unix(let path):
      try await removeStaleSocket(path, group)
      channel = try await bootstrap.bind(unixDomainSocketPath: path).get()
    case .inherited(let descriptor):
      channel = try await bootstrap.withBoundSocket(InheritedSocket.duplicate(of: descriptor)).get()
    }
    var bound = address
    var file: SocketFile?
    switch address {
    case .tcp(let host, let port):
      bound = .tcp(host: channel.localAddress?.ipAddress ?? host, port: channel.localAddress?.port ?? port)
    case .unix(let path): file = SocketFile(path: path)
    case .inherited: break
    }
    return ReferenceServer(bound, group, channel, table, file, grace: grace, exitCode: process.exitCode)
  }

  /// Removes the socket file at `path` when nobody answers there.
  private static func removeStaleSocket(_ path: String, _ group: MultiThreadedEventLoopGroup) async throws {
    guard let file = SocketFile(path: path) else { return }
    do {
      let probe = try await ClientBootstrap(group: group).connect(unixDomainSocketPath: path).get()
      try? await probe.close()
    } catch let error as IOError where error.errnoCode == ECONNREFUSED {
      return file.remove()
    }
    throw ServerError(
      code: .addressInUse, message: "somebody listens at \(path); stop that server or choose another path",
      errno: EADDRINUSE)
  }

  private static func serverError(_ error: any Error, _ address: ListenAddress) -> ServerError {
    if let error = error as? ServerError { return error }
    let code = (error as? IOError)?.errnoCode ?? 0
    return ServerError(
      code: code == EADDRINUSE ? .addressInUse : .cannotListen,
      message: "cannot listen at \(address): \(error)", errno: code)
  }
}
