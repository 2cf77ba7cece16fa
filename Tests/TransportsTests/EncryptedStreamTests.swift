// Connections over TLS: bytes both ways, both ends, and each reason for which a server is not believed.

import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Testing
import Transports

@Suite(.timeLimit(.minutes(1)))
struct EncryptedStreamTests {
  /// A server on loopback that sends back what it gets, and closes when the client's side ends.
  ///
  /// - Parameter cutsAtOnce: Instead of that it closes after its first bytes, below TLS.
  private static func server(_ shown: TestCertificate, cutsAtOnce: Bool = false) async throws -> any Channel {
    let configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: [.certificate(try NIOSSLCertificate(bytes: Array(shown.certificate.utf8), format: .pem))],
      privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(shown.key.utf8), format: .pem)))
    let context = try NIOSSLContext(configuration: configuration)
    return try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
          try channel.pipeline.syncOperations.addHandler(Echo(cutsAtOnce: cutsAtOnce))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
  }

  /// A file with the authority of all certificates here.
  private func withAuthority<Result>(_ body: (ServerTrust) async throws -> Result) async throws -> Result {
    let path = temporaryPath("authority.pem")
    try Data(TestCertificate.authority.utf8).write(to: URL(fileURLWithPath: path))
    defer { remove(path) }
    return try await body(.authorities(file: path))
  }

  private func connect(
    _ server: any Channel, _ trust: ServerTrust, host: String = "127.0.0.1"
  ) async throws -> StreamConnection {
    let port = try #require(server.localAddress?.port)
    return try await StreamConnector(.tcp(host: host, port: port), trust: trust).connect()
  }

  @Test func bytesGoBothWaysAndBothSidesEnd() async throws {
    let server = try await Self.server(.sound)
    try await withAuthority { trust in
      for host in ["127.0.0.1", "localhost"] {
        let connection = try await connect(server, trust, host: host)
        let text = String(repeating: "0123456789", count: 10_000)
        connection.send(Array(text.utf8))
        var received: [UInt8] = []
        var ended = false
        for await timed in connection {
          if case .received(let bytes) = timed.event { received += bytes.array }
          if received.count == text.utf8.count, !ended {
            ended = true
            connection.halfClose()
          }
          if case .endOfStream = timed.event { break }
          if case .failed(let error) = timed.event { Issue.record("\(error)") }
        }
        #expect(String(decoding: received, as: UTF8.self) == text)
        connection.close()
      }
    }
    try await server.close()
  }

  @Test func anEndWithoutAnAlertIsTold() async throws {
    let server = try await Self.server(.sound, cutsAtOnce: true)
    try await withAuthority { trust in
      let connection = try await connect(server, trust)
      connection.send(Array("one".utf8))
      var words: [String] = []
      reading: for await timed in connection {
        switch timed.event {
        case .received(let bytes): words.append(String(decoding: bytes.array, as: UTF8.self))
        case .endWithoutAlert:
          words.append("no alert")
          break reading
        case .endOfStream, .reset, .failed:
          Issue.record("\(timed.event)")
          break reading
        case .sent, .drained: break
        }
      }
      #expect(words == ["one", "no alert"])
      connection.close()
    }
    try await server.close()
  }

  @Test(
    "each reason is named",
    arguments: [
      ("other", "is for www.example.test, example.test"), ("expired", "expired on 2021-02-03"),
      ("not yet", "is valid from 2119-05-06 on"),
    ])
  func mistrust(which: String, reason: String) async throws {
    let shown: [String: TestCertificate] = ["other": .otherName, "expired": .expired, "not yet": .notYet]
    let server = try await Self.server(try #require(shown[which]))
    try await withAuthority { trust in
      let error = await #expect(throws: TransportError.self) { _ = try await connect(server, trust) }
      #expect(error?.code == .notTrusted)
      #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }
    let connection = try await connect(server, .everybody)
    connection.close()
    try await server.close()
  }

  @Test func anUnknownAuthorityIsNotTrusted() async throws {
    let server = try await Self.server(.sound)
    let error = await #expect(throws: TransportError.self) { _ = try await connect(server, .system) }
    #expect(error?.code == .notTrusted)
    #expect(error?.message.contains("from an unknown authority") == true, "\(error?.message ?? "")")
    try await server.close()
  }

  @Test func whatSpeaksNoTLSIsToldSo() async throws {
    let server = LoopbackServer { socket in
      _ = socket.read(4)
      socket.write("HTTP/1.1 400 Bad Request\r\n\r\n")
    }
    let connector = StreamConnector(.tcp(host: "127.0.0.1", port: server.port), trust: .everybody)
    let error = await #expect(throws: TransportError.self) { _ = try await connector.connect() }
    #expect(error?.code == .wrongProtocol, "\(error?.message ?? "")")
    withExtendedLifetime(server) {}
  }

  @Test func aSilentPortIsLeftInTime() async throws {
    let server = LoopbackServer { socket in
      while !socket.read(1).isEmpty {}
    }
    let connector = StreamConnector(
      .tcp(host: "127.0.0.1", port: server.port), trust: .everybody, timeoutMilliseconds: 200)
    let error = await #expect(throws: TransportError.self) { _ = try await connector.connect() }
    #expect(error?.code == .timedOut)
    withExtendedLifetime(server) {}
  }

  @Test func aFileWithoutAuthoritiesIsNamed() async throws {
    let connector = StreamConnector(
      .tcp(host: "127.0.0.1", port: 1), trust: .authorities(file: "/nowhere/authority.pem"))
    let error = await #expect(throws: TransportError.self) { _ = try await connector.connect() }
    #expect(error?.message.contains("/nowhere/authority.pem") == true)
  }
}

/// Sends back what it reads, and closes after the other side has.
private final class Echo: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let cutsAtOnce: Bool

  init(cutsAtOnce: Bool) { self.cutsAtOnce = cutsAtOnce }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let written = context.writeAndFlush(data)
    guard cutsAtOnce else { return }
    // From where TLS stands a close goes straight to the socket.
    let below = try? context.pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self)
    let bound = NIOLoopBound(below, eventLoop: context.eventLoop)
    written.whenComplete { _ in bound.value?.close(promise: nil) }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event as? ChannelEvent == .inputClosed { context.close(promise: nil) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
