// Opening connections to a target.
//
// TCP and Unix sockets; half-close allowed, no delay of small writes, reads only when asked for.

internal import Exchanges
internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import WireBytes

/// Opens connections on the shared event loops.
package struct StreamConnector: Sendable {
  package var address: Target.Address
  /// How long a connect may take.
  package var timeoutMilliseconds: Int64
  /// On whose word the server is believed to be who it says; nil where nothing is encrypted.
  package var trust: ServerTrust?

  package init(_ address: Target.Address, trust: ServerTrust? = nil, timeoutMilliseconds: Int64 = 5_000) {
    self.address = address
    self.trust = trust
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
    let encryption = try encryption(trust)
    do {
      return try await open(encryption)
    } catch let error as TransportError {
      throw error
    } catch let failure as HandshakeFailure {
      throw failure.explained(of: address, certificate: failure.isMistrust ? await shownCertificate() : nil)
    } catch {
      throw TransportError.connecting(to: address, error, timeoutMilliseconds: timeoutMilliseconds)
    }
  }

  private func encryption(_ trust: ServerTrust?) throws(TransportError) -> ChannelEncryption? {
    guard let trust else { return nil }
    guard case .tcp(let host, _) = address else {
      throw TransportError(.wrongKind, "\(address) is no host that could prove who it is", context: "\(address)")
    }
    return try ChannelEncryption(host: host, trust: trust, timeoutMilliseconds: timeoutMilliseconds)
  }

  /// The certificate that the server shows, asked for on a connection of its own: TLS does not say what is wrong with one.
  private func shownCertificate() async -> NIOSSLCertificate? {
    let shown = NIOLockedValueBox<NIOSSLCertificate?>(nil)
    let encryption = try? encryption(.everybody)?.looking { certificate in shown.withLockedValue { $0 = certificate } }
    guard let encryption else { return nil }
    if let connection = try? await open(encryption) { connection.abandon() }
    return shown.withLockedValue { $0 }
  }

  /// A new connection's handler, and what is told of its handshake.
  private struct Made: Sendable {
    var handler: NIOLoopBound<StreamHandler>
    var handshake: EventLoopFuture<Void>?
  }

  private func open(_ encryption: ChannelEncryption?) async throws -> StreamConnection {
    let target = address
    // Kept from the beginning: a server that closes at once takes the handler out of its pipeline.
    let made = NIOLockedValueBox<[ObjectIdentifier: Made]>([:])
    let bootstrap = ClientBootstrap(group: Self.group)
      // A handshake reads by itself.
      .channelOption(.autoRead, value: encryption != nil)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .connectTimeout(.milliseconds(timeoutMilliseconds))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let handshake = try encryption?.add(to: channel)
          let handler = StreamHandler(target: target)
          let bound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
          made.withLockedValue { $0[ObjectIdentifier(channel)] = Made(handler: bound, handshake: handshake) }
          try channel.pipeline.syncOperations.addHandler(handler)
        }
      }
    let channel: any Channel
    switch address {
    case .tcp(let host, let port):
      channel = try await bootstrap.channelOption(.tcpOption(.tcp_nodelay), value: 1)
        .connect(host: host, port: port).get()
    case .unix(let path):
      channel = try await bootstrap.connect(unixDomainSocketPath: path).get()
    case .program(let path):
      throw TransportError(.wrongKind, "\(path) is a program, not an address to connect to", context: path)
    case .module(let name):
      throw TransportError(.wrongKind, "\(name) is an application, not an address to connect to", context: name)
    }
    guard let made = made.withLockedValue({ $0[ObjectIdentifier(channel)] }) else {
      preconditionFailure("a channel that is connected was initialised")
    }
    if let handshake = made.handshake {
      do {
        try await handshake.get()
      } catch {
        throw HandshakeFailure(cause: error)
      }
      try await channel.setOption(.autoRead, value: false).get()
    }
    return StreamConnection(
      channel: channel, handler: made.handler, client: Endpoint(channel.localAddress) ?? .unix(path: ""),
      server: Endpoint(channel.remoteAddress) ?? address.endpoint)
  }
}
