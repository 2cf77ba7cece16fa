// The server over real sockets, on loopback only. Nothing here depends on how fast anything is.

import FastCGIWire
import Glibc
import NIOCore
import NIOPosix
import ReferenceServers
import Testing

@Suite struct ServerTests {
  static let loopback = ListenAddress.tcp(host: "127.0.0.1", port: 0)

  private func served<Result>(
    _ address: ListenAddress, peers: PeerList? = nil,
    by makeProcess: @Sendable (ServerStart) -> ServerProcess = { .fastCGI($0) },
    _ body: (ReferenceServer) async throws -> Result
  ) async throws -> Result {
    let server = try await ReferenceServer.start(address, peers: peers, makeProcess)
    do {
      let result = try await body(server)
      try await server.stop()
      return result
    } catch {
      try await server.stop()
      throw error
    }
  }

  private func expect(
    _ bytes: [UInt8], endsWith text: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let output = try stdout(bytes)
    #expect(output.suffix(text.utf8.count).elementsEqual(text.utf8), sourceLocation: sourceLocation)
  }

  private func stdout(_ bytes: [UInt8], _ id: UInt16 = 1) throws -> [UInt8] {
    try #require(records(bytes)).filter { $0.type == .stdout && $0.id == id }.flatMap(\.content)
  }

  @Test func tcp() async throws {
    try await served(Self.loopback) { server in
      guard case .tcp("127.0.0.1", let port) = server.boundAddress, port != 0 else {
        Issue.record("bound at \(server.boundAddress)")
        return
      }
      let request = Client.make { $0.request(query: "probe=reflect", keeps: false, body: Array("over TCP".utf8)) }
      let expected = Conversation(FastCGIResponder(), [.send(request), .settle])
      let answer = try await Socket.exchange(server.boundAddress, request)
      #expect(answer == expected.output)
    }
  }

  @Test func unixSocketAndItsFile() async throws {
    let path = Socket.temporaryPath("file")
    let address = ListenAddress.unix(path: path)
    try await served(address) { server in
      #expect(server.boundAddress == address)
      let request = Client.make { $0.request(query: "probe=fields", keeps: false) }
      try await expect(Socket.exchange(address, request), endsWith: "fields\n")
      await #expect(throws: ServerError.self) { _ = try await ReferenceServer.start(address) { .fastCGI($0) } }
      // The failed start has not taken the path away.
      try await expect(Socket.exchange(address, request), endsWith: "fields\n")
    }
    #expect(!Socket.fileExists(path))
  }

  @Test func aStaleSocketFileIsReplaced() async throws {
    let path = Socket.temporaryPath("stale")
    let descriptor = try Socket.check(socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0))
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    let bound = unsafe withUnsafePointer(to: &name) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    #expect(bound == 0)
    _ = close(descriptor)
    #expect(Socket.fileExists(path))
    try await served(.unix(path: path)) { server in
      let request = Client.make { $0.request(query: "probe=fields", keeps: false) }
      try await expect(Socket.exchange(server.boundAddress, request), endsWith: "fields\n")
    }
  }

  @Test func aFileThatIsNoSocketIsLeftAlone() async throws {
    let path = Socket.temporaryPath("plain")
    _ = close(try Socket.check(unsafe open(path, O_CREAT | O_WRONLY, 0o600)))
    await #expect(throws: ServerError.self) { _ = try await ReferenceServer.start(.unix(path: path)) { .fastCGI($0) } }
    #expect(Socket.fileExists(path))
    _ = unsafe unlink(path)
  }

  @Test func anInheritedSocket() async throws {
    let descriptor = try Socket.check(socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0))
    defer { _ = close(descriptor) }
    await #expect(throws: ServerError.self) {
      _ = try await ReferenceServer.start(.inherited(descriptor: descriptor)) { .fastCGI($0) }
    }
    _ = try Socket.check(listen(descriptor, 8))
    var name = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = unsafe withUnsafeMutablePointer(to: &name) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getsockname(descriptor, $0, &length) }
    }
    let address = ListenAddress.tcp(host: "127.0.0.1", port: Int(in_port_t(bigEndian: name.sin_port)))
    try await served(.inherited(descriptor: descriptor)) { _ in
      let request = Client.make { $0.request(query: "probe=fields", keeps: false) }
      try await expect(Socket.exchange(address, request), endsWith: "fields\n")
    }
  }

  @Test func largeBodiesBothWays() async throws {
    try await served(Self.loopback) { server in
      let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
      let request = Client.make { $0.request(query: "probe=reflect", keeps: false, body: body) }
      let answer = try await stdout(Socket.exchange(server.boundAddress, request))
      #expect(answer.suffix(body.count) == body[...])
    }
  }

  @Test func anUnreadBodyDoesNotLoseTheAnswer() async throws {
    try await served(Self.loopback) { server in
      let request = Client.make {
        $0.request(query: "probe=unread", keeps: false, body: Array(repeating: 1, count: 2_000_000))
      }
      try await expect(Socket.exchange(server.boundAddress, request), endsWith: "unread\n")
    }
  }

  @Test func aHalfClosedClientIsAnswered() async throws {
    try await served(Self.loopback) { server in
      let request = Client.make { $0.request(query: "probe=sleep&ms=20") }
      let answer = try await Socket.exchange(server.boundAddress, request, endsInput: true)
      try expect(answer, endsWith: "slept 20\n")
    }
  }

  @Test func aClientThatResetsDoesNoHarm() async throws {
    try await served(Self.loopback) { server in
      let descriptor = try Socket.connect(server.boundAddress)
      try Socket.sendAll(descriptor, Client.make { $0.request(query: "probe=pattern&bytes=90000000") })
      var option = linger(l_onoff: 1, l_linger: 0)
      _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
      _ = close(descriptor)
      let request = Client.make { $0.request(query: "probe=fields", keeps: false) }
      try await expect(Socket.exchange(server.boundAddress, request), endsWith: "fields\n")
    }
  }

  @Test func connectionsBeyondTheBoundWait() async throws {
    var options = ResponderOptions()
    options.maxConnections = 1
    try await served(Self.loopback, by: { [options] in .fastCGI($0, options) }) { server in
      let first = try Socket.connect(server.boundAddress)
      let request = Client.make { $0.request(query: "probe=fields", keeps: false) }
      async let second = Socket.exchange(server.boundAddress, request)
      // The one place is taken: the first client is answered and gone before the second is served.
      try Socket.sendAll(first, request)
      try expect(Socket.receiveAll(first), endsWith: "fields\n")
      _ = close(first)
      try await expect(second, endsWith: "fields\n")
    }
  }

  @Test func peersOutsideTheListAreClosedWithoutAWord() async throws {
    let request = Client.make { $0.request(query: "probe=fields", keeps: false) }
    let path = Socket.temporaryPath("peers")
    let others = PeerList("10.0.0.1,10.0.0.2")
    for address in [Self.loopback, .unix(path: path)] {
      let answer = try await served(address, peers: others) { server in
        // Closing before the request is read may reset the connection.
        do { return try await Socket.exchange(server.boundAddress, request) } catch is Socket.Failure { return [] }
      }
      #expect(answer.isEmpty)
    }
    let answer = try await served(Self.loopback, peers: PeerList("10.0.0.1,127.0.0.1")) {
      try await Socket.exchange($0.boundAddress, request)
    }
    try expect(answer, endsWith: "fields\n")
  }

  @Test func peerLists() throws {
    let one = try #require(PeerList("127.0.0.1"))
    #expect(one.allows("127.0.0.1"))
    #expect(!one.allows("127.0.0.2"))
    #expect(!one.allows(nil))
    for text in ["", "localhost", "1.2.3", "1.2.3.256", "1.2.3.4,", "1.2.3.4, 5.6.7.8"] {
      #expect(PeerList(text) == nil)
    }
  }

  @Test func aFaultyServerIsFaulty() async throws {
    guard case .connections(let process)? = ResponderFault.named("wrong-version")?.service else {
      Issue.record("there is no such fault")
      return
    }
    try await served(Self.loopback, by: process) { server in
      let request = Client.make { $0.request(query: "probe=fields", keeps: false) }
      let answer = try #require(records(await Socket.exchange(server.boundAddress, request)))
      #expect(!answer.isEmpty && answer.allSatisfy { $0.header.version == 2 })
    }
  }

  @Test func aStopLetsRequestsEnd() async throws {
    let server = try await ReferenceServer.start(Self.loopback) { .fastCGI($0) }
    let descriptor = try Socket.connect(server.boundAddress)
    defer { _ = close(descriptor) }
    // The first answer proves that the second request has arrived with it.
    try Socket.sendAll(
      descriptor,
      Client.make {
        $0.request(1, query: "probe=sleep&ms=100")
        $0.encoder.appendGetValues([], to: &$0.bytes)
      })
    var header = [UInt8](repeating: 0, count: 8)
    let count = unsafe header.withUnsafeMutableBytes {
      unsafe recv(descriptor, $0.baseAddress, 8, CInt(MSG_WAITALL))
    }
    #expect(count == 8 && header[1] == 10)
    async let rest = NIOThreadPool.singleton.runIfActive { try Socket.receiveAll(descriptor) }
    try await server.stop()
    try await expect(rest, endsWith: "slept 100\n")
    await #expect(throws: Socket.Failure.self) { _ = try await Socket.exchange(server.boundAddress, []) }
  }
}
