// Opening connections to a target.
//
// TCP and Unix sockets; half-close allowed, no delay of small writes, reads only when asked for.

internal import Exchanges
internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOPosix
internal import WireBytes

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
  /// Where the listen queue of a Unix socket is full, it waits as the system does for TCP.
  ///
  /// - Throws: `TransportError` that says why not and what to do.
  package func connect() async throws(TransportError) -> StreamConnection {
    let begun = TransportClock.now
    var pause: Int64 = 1_000_000
    while true {
      do {
        return try await connectAtOnce()
      } catch {
        let left = timeoutMilliseconds * 1_000_000 - TransportClock.now.nanoseconds(since: begun)
        guard error.isOfAFullQueue, left > 0, !Task.isCancelled else { throw error }
        try? await Task.sleep(nanoseconds: UInt64(min(pause, left)))
        pause = min(2 * pause, Self.longestPause)
      }
    }
  }

  /// The longest time between two attempts while a listen queue is full.
  private static let longestPause: Int64 = 50_000_000

  private func connectAtOnce() async throws(TransportError) -> StreamConnection {
    let target = address
    // Kept from the beginning: a server that closes at once takes the handler out of its pipeline.
    let made = NIOLockedValueBox<[ObjectIdentifier: NIOLoopBound<StreamHandler>]>([:])
    let bootstrap = ClientBootstrap(group: Self.group)
      .channelOption(.autoRead, value: false)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .connectTimeout(.milliseconds(timeoutMilliseconds))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let handler = StreamHandler(target: target)
          let bound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
          made.withLockedValue { $0[ObjectIdentifier(channel)] = bound }
          try channel.pipeline.syncOperations.addHandler(handler)
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
      guard let handler = made.withLockedValue({ $0[ObjectIdentifier(channel)] }) else {
        preconditionFailure("a channel that is connected was initialised")
      }
      return StreamConnection(
        channel: channel, handler: handler, client: Endpoint(channel.localAddress) ?? .unix(path: ""),
        server: Endpoint(channel.remoteAddress) ?? address.endpoint)
    } catch let error as TransportError {
      throw error
    } catch {
      throw TransportError.connecting(to: address, error, timeoutMilliseconds: timeoutMilliseconds)
    }
  }
}
