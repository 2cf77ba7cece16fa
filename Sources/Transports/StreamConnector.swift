// Opening connections to a target.
//
// TCP and Unix sockets; half-close allowed, no delay of small writes, reads only when asked for.

internal import Exchanges
internal import NIOCore
internal import NIOPosix

/// Opens connections on the shared event loops.
package struct StreamConnector: Sendable {
  package var address: Target.Address
  /// How long a connect may take.
  package var timeoutMilliseconds: Int64

  package init(_ address: Target.Address, timeoutMilliseconds: Int64 = 5_000) {
    self.address = address
    self.timeoutMilliseconds = timeoutMilliseconds
  }

  /// One group for the whole program; two threads are plenty for a tester.
  private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)

  /// Opens a connection.
  ///
  /// - Throws: `TransportError` that says why not and what to do.
  package func connect() async throws(TransportError) -> StreamConnection {
    let target = address
    let bootstrap = ClientBootstrap(group: Self.group)
      .channelOption(.autoRead, value: false)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .connectTimeout(.milliseconds(timeoutMilliseconds))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(StreamHandler(target: target))
        }
      }
    do {
      let channel: any Channel
      switch address {
      case .tcp(let host, let port):
        channel = try await bootstrap.channelOption(.tcpOption(.tcp_nodelay), value: 1)
          .connect(host: host, port: port).get()
      case .unix(let path):
        channel = try await bootstrap.connect(unixDomainSocketPath: path).get()
      case .program(let path):
        throw TransportError(.wrongKind, "\(path) is a program, not an address to connect to", context: path)
      }
      let handler = try await channel.eventLoop.submit {
        NIOLoopBound(
          try channel.pipeline.syncOperations.handler(type: StreamHandler.self), eventLoop: channel.eventLoop)
      }.get()
      return StreamConnection(
        channel: channel, handler: handler, client: Self.endpoint(channel.localAddress, fallback: "unix:"),
        server: Self.endpoint(channel.remoteAddress, fallback: "\(address)"))
    } catch let error as TransportError {
      throw error
    } catch {
      throw TransportError.connecting(to: address, error, timeoutMilliseconds: timeoutMilliseconds)
    }
  }

  private static func endpoint(_ address: SocketAddress?, fallback: String) -> Endpoint {
    guard let address else { return Endpoint(fallback) }
    switch address {
    case .v4, .v6:
      guard let host = address.ipAddress, let port = address.port else { return Endpoint(fallback) }
      return Endpoint(host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)")
    case .unixDomainSocket:
      let path = address.pathname ?? ""
      return Endpoint(path.isEmpty ? fallback : "unix:\(path)")
    }
  }
}
