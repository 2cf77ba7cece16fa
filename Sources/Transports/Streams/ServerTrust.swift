// Whom an encrypted connection believes, and how a channel gets its encryption.
//
// Contexts are made once for each trust: reading the system's authorities takes longer than a connection.

internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOSSL
internal import NIOTLS

/// On whose word a server is believed to be who it says.
package enum ServerTrust: Hashable, Sendable {
  /// That of the authorities which the system trusts.
  case system
  /// That of the authorities in a PEM file, and of no others.
  case authorities(file: String)
  /// Nobody's: every certificate is taken, as by curl's `-k`.
  case everybody
}

/// What encrypts a channel.
struct ChannelEncryption: Sendable {
  /// The host that the server is to prove it is: a name, or an address where the target is named by one.
  private let host: String
  private let context: NIOSSLContext
  private let timeoutMilliseconds: Int64
  /// What looks at the server's certificate in place of verifying it; the handshake fails then.
  private var look: (@Sendable (NIOSSLCertificate?) -> Void)?

  private static let contexts = NIOLockedValueBox<[ServerTrust: NIOSSLContext]>([:])

  /// - Throws: Where the file of authorities cannot be read.
  init(host: String, trust: ServerTrust, timeoutMilliseconds: Int64) throws(TransportError) {
    self.host = host
    self.timeoutMilliseconds = timeoutMilliseconds
    if let known = Self.contexts.withLockedValue({ $0[trust] }) {
      context = known
      return
    }
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.applicationProtocols = ["http/1.1"]
    switch trust {
    case .system: break
    case .everybody: configuration.certificateVerification = .none
    case .authorities(let file): configuration.trustRoots = .file(file)
    }
    do {
      context = try NIOSSLContext(configuration: configuration)
    } catch {
      guard case .authorities(let file) = trust else {
        throw TransportError(.failed, "TLS cannot be used: \(error)", context: host)
      }
      throw TransportError(
        .notFound, "no authorities can be read from \(file); expected a file of certificates in PEM form",
        context: file)
    }
    let made = context
    Self.contexts.withLockedValue { $0[trust] = made }
  }

  /// The same, where the server's certificate is only looked at.
  func looking(_ look: @escaping @Sendable (NIOSSLCertificate?) -> Void) -> ChannelEncryption {
    var copy = self
    copy.look = look
    return copy
  }

  /// Adds the encryption to a new channel.
  ///
  /// - Returns: What is told of the handshake.
  func add(to channel: any Channel) throws -> EventLoopFuture<Void> {
    let promise = channel.eventLoop.makePromise(of: Void.self)
    // The name that the server is told; an address is none.
    let name = (try? SocketAddress(ipAddress: host, port: 0)) == nil ? host : nil
    let handler =
      if let look {
        try NIOSSLClientHandler(
          context: context, serverHostname: name,
          customVerificationCallback: { certificates, result in
            look(certificates.first)
            result.succeed(.failed)
          })
      } else {
        try NIOSSLClientHandler(context: context, serverHostname: name)
      }
    try channel.pipeline.syncOperations.addHandler(handler)
    try channel.pipeline.syncOperations.addHandler(HandshakeWaiter(promise))
    let limit = TimeAmount.milliseconds(timeoutMilliseconds)
    let tooLate = channel.eventLoop.scheduleTask(in: limit) {
      promise.fail(ChannelError.connectTimeout(limit))
      channel.close(promise: nil)
    }
    promise.futureResult.whenComplete { _ in tooLate.cancel() }
    return promise.futureResult
  }

  /// Whether a connection ended without the word that TLS has for it.
  static func isEndWithoutWord(_ error: any Error) -> Bool {
    error as? NIOSSLError == .uncleanShutdown
  }
}

/// Tells whether the handshake was done, and is gone then.
private final class HandshakeWaiter: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer

  private let promise: EventLoopPromise<Void>

  init(_ promise: EventLoopPromise<Void>) { self.promise = promise }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .handshakeCompleted? = event as? TLSUserEvent {
      promise.succeed()
      context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    } else {
      context.fireUserInboundEventTriggered(event)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    promise.fail(error)
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    promise.fail(ChannelError.eof)
    context.fireChannelInactive()
  }
}
