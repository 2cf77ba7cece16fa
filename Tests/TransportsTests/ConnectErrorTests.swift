// Every way in which a connect fails has its code and a message that names the address.

import Foundation
import Glibc
import Testing
import Transports

@Suite(.timeLimit(.minutes(1)))
struct ConnectErrorTests {
  private func failure(_ address: Target.Address, timeout: Int64 = 2_000) async -> TransportError? {
    do throws(TransportError) {
      let connection = try await StreamConnector(address, timeoutMilliseconds: timeout).connect()
      connection.abandon()
      return nil
    } catch {
      return error
    }
  }

  @Test func nothingListens() async {
    let server = LoopbackServer { _ in }
    let port = server.port
    server.stop()
    // The accepting thread holds the listener until it is woken: connect once to be sure that it is gone.
    _ = await failure(.tcp(host: "127.0.0.1", port: port))
    let error = await failure(.tcp(host: "127.0.0.1", port: port))
    #expect(error?.code == .refused)
    #expect(error?.message.hasPrefix("nothing listens on 127.0.0.1:\(port)") == true)
    #expect(error?.underlying == ECONNREFUSED)
  }

  @Test func noSuchSocketFile() async {
    let path = temporaryPath("none")
    let error = await failure(.unix(path: path))
    #expect(error?.code == .notFound)
    #expect(error?.message.contains("no socket file \(path)") == true)
  }

  @Test func aPlainFileIsNoSocket() async throws {
    let path = temporaryPath("plain")
    try Data().write(to: URL(filePath: path))
    defer { remove(path) }
    let error = await failure(.unix(path: path))
    // Linux answers a connect to a plain file with ECONNREFUSED.
    #expect(error?.code == .wrongKind || error?.code == .refused)
  }

  /// A Unix socket that is bound and does not listen yet.
  private func boundSocket(_ path: String) -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: Array(path.utf8)) }
    _ = unsafe withUnsafePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    return descriptor
  }

  @Test func aFullListenQueueIsWaitedFor() async throws {
    let path = temporaryPath("queue")
    defer { remove(path) }
    let listener = boundSocket(path)
    defer { close(listener) }
    // Room for one connection that nobody has accepted.
    listen(listener, 0)
    let first = try await StreamConnector(.unix(path: path)).connect()
    let error = await failure(.unix(path: path), timeout: 20)
    #expect(error?.code == .timedOut)
    #expect(error?.message.hasPrefix("the listen queue of \(path) is full") == true)
    async let second = StreamConnector(.unix(path: path)).connect()
    for _ in 0..<20 { await Task.yield() }
    let accepted = accept(listener, nil, nil)
    #expect(accepted >= 0)
    try await second.abandon()
    first.abandon()
    close(accepted)
  }

  @Test func aStaleSocketFile() async {
    let path = temporaryPath("stale")
    defer { remove(path) }
    close(boundSocket(path))
    let error = await failure(.unix(path: path))
    #expect(error?.code == .refused)
    #expect(error?.message.contains("stale") == true)
  }

  @Test func aTooLongSocketPath() async {
    let error = await failure(.unix(path: "/" + String(repeating: "x", count: 200)))
    #expect(error?.message.contains("too long") == true)
  }

  @Test func aNameWithoutAddress() async {
    let error = await failure(.tcp(host: "no-such-host.invalid", port: 9000))
    #expect(error?.code == .nameResolution)
    #expect(error?.message.contains("no-such-host.invalid") == true)
  }
}
