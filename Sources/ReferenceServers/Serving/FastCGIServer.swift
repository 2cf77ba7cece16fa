// A FastCGI application over real sockets: listening, accepting, stopping.
//
// One event loop serves all connections. What is answered is FastCGIResponder's; how one connection is carried,
// ResponderHandler's.

internal import Glibc
internal import NIOCore
internal import NIOPosix

/// What a ``FastCGIServer`` serves, and to whom.
package struct FastCGIServerOptions: Sendable {
  package var responder: ResponderOptions
  /// A fault that every connection has.
  package var fault: ResponderFault?
  /// The peers that may connect; nil for all.
  package var peers: PeerList?
  /// How long a stop waits for requests that are being answered, in milliseconds.
  package var graceMilliseconds: UInt64 = 1_000

  package init(responder: ResponderOptions = ResponderOptions(), fault: ResponderFault? = nil, peers: PeerList? = nil) {
    self.responder = responder
    self.fault = fault
    self.peers = peers
  }

  func makeResponder(_ process: ResponderProcess) -> FastCGIResponder {
    fault?.responder(responder, process: process) ?? FastCGIResponder(responder, process: process)
  }
}

/// A FastCGI application that serves the probe over real sockets.
///
/// Accepts at most as many connections at once as its options say; more wait in the system's queue.
package final class FastCGIServer: Sendable {
  /// Where the server listens; for a port that the system chose, that port.
  package let boundAddress: ListenAddress
  private let group: MultiThreadedEventLoopGroup
  private let channel: any Channel
  private let table: NIOLoopBound<ConnectionTable>
  private let file: SocketFile?
  private let grace: TimeAmount

  private init(
    _ boundAddress: ListenAddress, _ group: MultiThreadedEventLoopGroup, _ channel: any Channel,
    _ table: NIOLoopBound<ConnectionTable>, _ file: SocketFile?, grace: TimeAmount
  ) {
    self.boundAddress = boundAddress
    self.group = group
    self.channel = channel
    self.table = table
    self.file = file
    self.grace = grace
  }

  /// Begins to listen at `address`.
  ///
  /// The file of a Unix socket that nobody listens at any more is replaced.
  package static func start(
    _ address: ListenAddress, _ options: FastCGIServerOptions = FastCGIServerOptions()
  ) async throws(ServerError) -> FastCGIServer {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    do {
      return try await listen(address, options, group)
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
    _ address: ListenAddress, _ options: FastCGIServerOptions, _ group: MultiThreadedEventLoopGroup
  ) async throws -> FastCGIServer {
    let loop = group.next()
    let limit = options.responder.maxConnections
    let isInherited = if case .inherited = address { true } else { false }
    let process = ResponderProcess(peers: options.peers, isInherited: isInherited)
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
          try channel.pipeline.syncOperations.addHandler(
            ResponderHandler(options.makeResponder(process), table: table.value))
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
    let grace = TimeAmount.milliseconds(Int64(clamping: options.graceMilliseconds))
    return FastCGIServer(bound, group, channel, table, file, grace: grace)
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
