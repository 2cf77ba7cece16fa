// The relay between clients and servers played by hand: bytes, ends and resets pass, memory stays bounded, and what
// passed is told in order.

import Exchanges
import Foundation
import Glibc
import Testing
import Transports
import WireBytes

@Suite(.timeLimit(.minutes(1)))
struct RelayTests {
  /// A relay on a Unix socket before a server on a Unix socket, and what it told.
  private func withRelay(
    queue: RelayQueue = RelayQueue(), server handle: @escaping @Sendable (AcceptedSocket) -> Void,
    client play: (StreamConnection) async throws -> Void
  ) async throws -> [RelayEvent] {
    let (front, back) = (temporaryPath("front.sock"), temporaryPath("back.sock"))
    defer { [front, back].forEach(remove) }
    let server = LoopbackServer(path: back, handle)
    let route = RelayRoute(listen: .unix(path: front), connect: .unix(path: back))
    let relay = try RelayServer.start([try RelaySocket.listen(route)], queue: queue)
    let connection = try await StreamConnector(.unix(path: front)).connect()
    try await play(connection)
    connection.close()
    relay.stop(graceSeconds: 5)
    withExtendedLifetime(server) {}
    return queue.take(waitingSeconds: 0)
  }

  /// Events as text, runs of bytes joined: `opened established >ping <pong >end <end finished`.
  private func transcript(_ events: [RelayEvent]) -> String {
    var words: [String] = []
    for event in events {
      switch event.kind {
      case .opened: words.append("opened")
      case .passed(.opened): words.append("opened again")
      case .passed(.established): words.append("established")
      case .passed(.bytes(let direction, let bytes)):
        let text = String(decoding: bytes.array, as: UTF8.self)
        if let last = words.last, last.hasPrefix(direction.mark), !last.hasSuffix("end") {
          words[words.count - 1] += text
        } else {
          words.append(direction.mark + text)
        }
      case .passed(.gap(let direction, let count)): words.append("\(direction.mark)lost(\(count))")
      case .passed(.closed(let direction, let closing)): words.append("\(direction.mark)\(closing.rawValue)")
      case .refused(let error): words.append("refused(\(error.code.rawValue))")
      case .passed(.finished): words.append("finished")
      }
    }
    return words.joined(separator: " ")
  }

  private func received(_ connection: StreamConnection) async -> (bytes: [UInt8], end: String) {
    var bytes: [UInt8] = []
    for await timed in connection {
      switch timed.event {
      case .received(let more): bytes += more.array
      case .endOfStream, .endWithoutAlert: return (bytes, "end")
      case .reset: return (bytes, "reset")
      case .failed(let error): return (bytes, error.code.rawValue)
      case .sent, .drained: break
      }
    }
    return (bytes, "over")
  }

  @Test func bytesAndHalfClosesPassBothWays() async throws {
    let events = try await withRelay { socket in
      // The end of the request must arrive while the response is still to come.
      if socket.readToEnd() == Array("ping".utf8) { socket.write("pong") }
    } client: { connection in
      connection.send(Array("ping".utf8))
      connection.halfClose()
      let (bytes, end) = await received(connection)
      #expect(bytes == Array("pong".utf8))
      #expect(end == "end")
    }
    #expect(transcript(events) == "opened established >ping >end <pong <end finished")
  }

  @Test func manyBytesPassUnchanged() async throws {
    let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
    let events = try await withRelay { socket in
      socket.write(socket.readToEnd())
    } client: { connection in
      connection.send(body)
      connection.halfClose()
      #expect(await received(connection).bytes == body)
    }
    var seen: [Direction: [UInt8]] = [:]
    for event in events {
      if case .passed(.bytes(let direction, let bytes)) = event.kind { seen[direction, default: []] += bytes.array }
    }
    #expect(seen[.request] == body)
    #expect(seen[.response] == body)
  }

  @Test func whatFindsNoRoomIsCountedAndPassesAllTheSame() async throws {
    let body = [UInt8](repeating: 7, count: 1_000_000)
    let queue = RelayQueue(limit: 100_000)
    let events = try await withRelay(queue: queue) { socket in
      socket.write(socket.readToEnd())
    } client: { connection in
      connection.send(body)
      connection.halfClose()
      #expect(await received(connection).bytes == body)
    }
    var observed: UInt64 = 0
    var lost: UInt64 = 0
    for event in events {
      if case .passed(.bytes(_, let bytes)) = event.kind { observed += UInt64(bytes.count) }
      if case .passed(.gap(_, let count)) = event.kind { lost += count }
    }
    #expect(lost > 0)
    #expect(observed <= 100_000)
    #expect(observed + lost == 2_000_000)
    #expect(transcript(events).hasSuffix("finished"))
  }

  @Test func aResetOfTheServerResetsTheClient() async throws {
    let front = temporaryPath("front.sock")
    defer { remove(front) }
    let server = LoopbackServer { socket in
      _ = socket.read(4)
      socket.reset()
    }
    // TCP on both sides: Unix sockets know no reset.
    let port = try freePort()
    let route = RelayRoute(
      listen: .tcp(host: "127.0.0.1", port: port), connect: .tcp(host: "127.0.0.1", port: server.port))
    let relay = try RelayServer.start([try RelaySocket.listen(route)])
    let connection = try await StreamConnector(route.listen).connect()
    connection.send(Array("ping".utf8))
    #expect(await received(connection).end == "reset")
    connection.close()
    relay.stop(graceSeconds: 5)
    #expect(transcript(relay.queue.take(waitingSeconds: 0)) == "opened established >ping <reset finished")
    withExtendedLifetime(server) {}
  }

  @Test func aServerThatRefusesIsTold() async throws {
    let port = try freePort()
    let route = RelayRoute(
      listen: .tcp(host: "127.0.0.1", port: port), connect: .unix(path: temporaryPath("nobody.sock")))
    let relay = try RelayServer.start([try RelaySocket.listen(route)])
    // The client may meet the refusal as early as its connect.
    if let connection = try? await StreamConnector(route.listen).connect() {
      #expect(await received(connection).end == "reset")
      connection.close()
    }
    relay.stop(graceSeconds: 5)
    #expect(transcript(relay.queue.take(waitingSeconds: 0)) == "opened refused(not-found) finished")
  }

  private func freePort() throws -> Int {
    // Closed again at once: nobody else asks the system for ports in this range meanwhile.
    let server = LoopbackServer(connections: 0) { _ in }
    defer { withExtendedLifetime(server) {} }
    return server.port
  }

  @Test(
    arguments: [
      ("127.0.0.1:9001=/run/x.sock", "127.0.0.1:9001 = unix:/run/x.sock"),
      (":9001=[::1]:9000", "127.0.0.1:9001 = [::1]:9000"),
      ("unix:/a.sock=/b.sock", "unix:/a.sock = unix:/b.sock"),
    ]) func routes(_ text: String, _ expected: String) throws
  {
    #expect("\(try RelayRoute(text))" == expected)
  }

  @Test(arguments: ["", "9001", "9001=9000", "a=b", "::1:9=:8", "/a=", "=/a", "/a=/a", ":0=/a", ":70000=/a"])
  func routesThatAreNone(_ text: String) {
    #expect(throws: UsageError.self) { try RelayRoute(text) }
  }
}

@Suite(.timeLimit(.minutes(1)))
struct SocketTakeoverTests {
  private func mode(_ path: String) -> mode_t? {
    var facts = stat()
    return unsafe lstat(path, &facts) == 0 ? facts.st_mode : nil
  }

  private func answer(_ path: String) async throws -> String {
    let connection = try await StreamConnector(.unix(path: path)).connect()
    defer { connection.close() }
    for await timed in connection {
      if case .received(let bytes) = timed.event { return String(decoding: bytes.array, as: UTF8.self) }
    }
    return ""
  }

  @Test func theSocketIsTakenWithItsModeAndGivenBack() async throws {
    let path = temporaryPath("taken.sock")
    defer { remove(path) }
    let server = LoopbackServer(path: path, connections: 10) { $0.write("original") }
    _ = unsafe chmod(path, 0o620)
    let before = mode(path)
    let takeover = try SocketTakeover.take(path)
    #expect(mode(path) == before)
    #expect(mode(takeover.aside) == before)
    let queueLength = ListenQueue.length(at: path)
    let relay = try RelayServer.start([takeover.entrance])
    #expect(queueLength != nil && ListenQueue.length(at: path) == queueLength, "as many may wait as before")
    #expect(ListenQueue.length(at: takeover.aside) == queueLength)
    #expect(try await answer(path) == "original")
    takeover.name.giveBack()
    relay.stop(graceSeconds: 5)
    #expect(mode(takeover.aside) == nil)
    #expect(try await answer(path) == "original")
    let told = relay.queue.take(waitingSeconds: 0)
    #expect(
      told.contains { if case .opened(_, let server) = $0.kind { server.description == "unix:\(path)" } else { false } }
    )
    // Twice does no harm.
    takeover.name.giveBack()
    #expect(try await answer(path) == "original")
    withExtendedLifetime(server) {}
  }

  /// Clients that connect without a pause while the place is given back and the relay stops: whoever was accepted, or
  /// stood in line, is served through the relay; whoever came later by the server itself.
  @Test func nobodyIsLostWhenThePlaceIsGivenBack() async throws {
    let path = temporaryPath("busy.sock")
    defer { remove(path) }
    let server = LoopbackServer(path: path, connections: 100_000) { socket in
      _ = socket.read(4)
      socket.write("pong")
    }
    for _ in 0..<5 {
      let takeover = try SocketTakeover.take(path)
      let relay = try RelayServer.start([takeover.entrance])
      let clients = PlainClients(path: path, count: 4)
      try await Task.sleep(nanoseconds: 100_000_000)
      takeover.name.restore()
      relay.stop(graceSeconds: 5)
      takeover.name.giveBack()
      #expect(mode(takeover.aside) == nil)
      try await Task.sleep(nanoseconds: 20_000_000)
      let answers = await clients.stop()
      #expect(Set(answers.keys) == ["pong"], "\(answers)")
      #expect(!relay.queue.take(waitingSeconds: 0).isEmpty)
    }
    withExtendedLifetime(server) {}
  }

  @Test func whatAKilledRunLeftIsPutBack() async throws {
    let path = temporaryPath("killed.sock")
    defer { remove(path) }
    let server = LoopbackServer(path: path, connections: 10) { $0.write("original") }
    let takeover = try SocketTakeover.take(path)
    // A process that is killed gives nothing back, and nobody listens in its place any more.
    close(takeover.entrance.descriptor)
    #expect(SocketTakeover.repair(path))
    #expect(mode(takeover.aside) == nil)
    #expect(try await answer(path) == "original")
    #expect(!SocketTakeover.repair(path))
    withExtendedLifetime(server) {}
  }

  @Test func aSocketThatTheServerMadeAnewStays() async throws {
    let path = temporaryPath("anew.sock")
    defer { remove(path) }
    let old = LoopbackServer(path: path, connections: 2) { $0.write("old") }
    let takeover = try SocketTakeover.take(path)
    remove(path)
    let new = LoopbackServer(path: path, connections: 2) { $0.write("new") }
    takeover.name.giveBack()
    #expect(try await answer(path) == "new")
    #expect(mode(takeover.aside) == nil)
    withExtendedLifetime((old, new)) {}
  }

  @Test func aPathWithoutAServerIsRefused() {
    let path = temporaryPath("absent.sock")
    #expect(throws: TransportError.self) { try SocketTakeover.take(path) }
    #expect(throws: TransportError.self) { try SocketTakeover.take("/dev/null") }
  }

  @Test func aRelayBeforeAUnixSocketLetsInNobodyElse() throws {
    let (front, back) = (temporaryPath("narrow.sock"), temporaryPath("wide.sock"))
    defer { [front, back].forEach(remove) }
    let server = LoopbackServer(path: back) { _ in }
    _ = unsafe chmod(back, 0o640)
    let like = try RelaySocket.listen(RelayRoute(listen: .unix(path: front), connect: .unix(path: back)))
    #expect(mode(front).map { $0 & 0o777 } == 0o640)
    close(like.descriptor)
    let own = try RelaySocket.listen(
      RelayRoute(listen: .unix(path: front), connect: .tcp(host: "127.0.0.1", port: 1)))
    #expect(mode(front).map { $0 & 0o777 } == 0o600)
    close(own.descriptor)
    withExtendedLifetime(server) {}
  }
}
