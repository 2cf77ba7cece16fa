// The stream transport against servers played by hand on loopback: order of events, ends, resets, errors.

import Exchanges
import Foundation
import Glibc
import Testing
import Transports

@Suite(.timeLimit(.minutes(1)))
struct StreamConnectionTests {
  /// The events of a connection up to its end, with runs of bytes joined: `>ping <pong end`.
  private func transcript(_ connection: StreamConnection, until stop: (String) -> Bool = { _ in false }) async -> String
  {
    var text = ""
    for await timed in connection {
      switch timed.event {
      case .sent(let bytes): append(&text, ">", bytes)
      case .received(let bytes): append(&text, "<", bytes)
      case .drained: break
      case .endOfStream: text += " end"
      case .endWithoutAlert: text += " end without alert"
      case .reset: text += " reset"
      case .failed(let error): text += " failed(\(error.code.rawValue))"
      }
      if stop(text) { break }
    }
    return text
  }

  private func append(_ text: inout String, _ mark: String, _ bytes: TransportBytes) {
    let run = text.split(separator: " ").last.map(String.init) ?? ""
    if !run.hasPrefix(mark) { text += (text.isEmpty ? "" : " ") + mark }
    text += String(decoding: bytes.array, as: UTF8.self)
  }

  private func connect(_ server: LoopbackServer, ipv6: Bool = false) async throws -> StreamConnection {
    let address: Target.Address =
      if let path = server.path { .unix(path: path) } else { .tcp(host: ipv6 ? "::1" : "127.0.0.1", port: server.port) }
    // A server that nobody holds stops listening: it must live until the connection is there.
    defer { withExtendedLifetime(server) {} }
    return try await StreamConnector(address).connect()
  }

  @Test func sentBytesComeBeforeTheAnswerTheyBring() async throws {
    let server = LoopbackServer { socket in
      if socket.read(4) == Array("ping".utf8) { socket.write("pong") }
    }
    let connection = try await connect(server)
    connection.send(Array("ping".utf8))
    #expect(await transcript(connection) { $0.hasSuffix("end") } == ">ping <pong end")
    #expect(connection.server.description == "127.0.0.1:\(server.port)")
    #expect(connection.client.description.hasPrefix("127.0.0.1:"))
    connection.close()
  }

  @Test func unixSocket() async throws {
    let path = temporaryPath("stream.sock")
    defer { remove(path) }
    let server = LoopbackServer(path: path) { $0.write("unix") }
    let connection = try await connect(server)
    #expect(await transcript(connection) { $0.hasSuffix("end") } == "<unix end")
    #expect(connection.server.description == "unix:\(path)")
    connection.close()
  }

  @Test func ipv6() async throws {
    let six = LoopbackServer(ipv6: true) { $0.write("six") }
    let overSix = try await connect(six, ipv6: true)
    #expect(await transcript(overSix) { $0.hasSuffix("end") } == "<six end")
    #expect(overSix.server.description == "[::1]:\(six.port)")
    overSix.close()
  }

  @Test func halfCloseLetsTheAnswerCome() async throws {
    let server = LoopbackServer { socket in
      let all = socket.readToEnd()
      socket.write("got \(all.count)")
    }
    let connection = try await connect(server)
    connection.send([UInt8](repeating: 0x61, count: 300_000))
    connection.halfClose()
    #expect(await transcript(connection).hasSuffix("<got 300000 end"))
  }

  @Test func theServersHalfCloseLetsUsSend() async throws {
    let got = Locked<[UInt8]>([])
    let done = Locked(false)
    let server = LoopbackServer { socket in
      socket.shutdownOutput()
      got.set(socket.readToEnd())
      done.set(true)
    }
    let connection = try await connect(server)
    #expect(await transcript(connection) { $0.hasSuffix("end") } == " end")
    connection.send(Array("late".utf8))
    connection.close()
    while !done.get() { await Task.yield() }
    #expect(got.get() == Array("late".utf8))
  }

  @Test func aResetIsToldAsOne() async throws {
    let server = LoopbackServer { socket in
      _ = socket.read(1)
      socket.reset()
    }
    let connection = try await connect(server)
    connection.send([0x61])
    #expect(await transcript(connection) == ">a reset")
  }

  @Test func anAnswerBeforeAResetIsKept() async throws {
    // The server answers and closes with bytes unread: on Linux a reset follows the answer.
    let server = LoopbackServer { socket in
      _ = socket.read(10)
      socket.write("early")
    }
    let connection = try await connect(server)
    connection.send([UInt8](repeating: 0x61, count: 8 << 20))
    let text = await transcript(connection)
    #expect(text.contains("<early"))
    #expect(text.hasSuffix("reset") || text.hasSuffix("end"))
  }

  @Test func ourResetReachesTheServer() async throws {
    let outcome = Locked<Int32>(-1)
    let server = LoopbackServer { socket in
      _ = socket.read(3)
      var byte: UInt8 = 0
      outcome.set(unsafe recv(socket.descriptor, &byte, 1, 0) < 0 ? errno : 0)
    }
    let connection = try await connect(server)
    connection.send(Array("abc".utf8))
    connection.reset()
    while outcome.get() == -1 { await Task.yield() }
    #expect(outcome.get() == ECONNRESET)
  }

  @Test func oneByteWritesAreSeparateAndAllArrive() async throws {
    let server = LoopbackServer { socket in
      socket.write("\(socket.readToEnd().count)")
    }
    let connection = try await connect(server)
    for _ in 0..<5_000 { connection.send([0x62]) }
    connection.halfClose()
    var pieces = 0
    var sent = 0
    var answer = ""
    for await timed in connection {
      if case .sent(let bytes) = timed.event {
        pieces += 1
        sent += bytes.count
      }
      if case .received(let bytes) = timed.event { answer += String(decoding: bytes.array, as: UTF8.self) }
    }
    #expect(sent == 5_000)
    #expect(answer == "5000")
    #expect(pieces >= 1)
  }

  @Test func aFloodWaitsUntilItIsAskedFor() async throws {
    let accepted = Locked(0)
    let server = LoopbackServer { socket in
      let chunk = [UInt8](repeating: 0x63, count: 65_536)
      for _ in 0..<512 {
        let count = unsafe send(socket.descriptor, chunk, chunk.count, noSignal)
        if count <= 0 { return }
        accepted.set(accepted.get() + count)
      }
    }
    let connection = try await connect(server)
    // One event taken: the rest of 32 MiB stays in the kernel's buffers and with the server.
    let first = await connection.next()
    #expect(first != nil)
    try await Task.sleep(for: .milliseconds(100))
    #expect(accepted.get() < 32 << 20)
    var total = 0
    if case .received(let bytes)? = first?.event { total += bytes.count }
    for await timed in connection {
      if case .received(let bytes) = timed.event { total += bytes.count }
      if case .endOfStream = timed.event { break }
    }
    #expect(total == 32 << 20)
    connection.close()
  }

  @Test func aCancelledTakerIsLetGo() async throws {
    let server = LoopbackServer { _ = $0.readToEnd() }
    let connection = try await connect(server)
    let taker = Task { await connection.next() }
    taker.cancel()
    #expect(await taker.value == nil)
    connection.abandon()
    #expect(await connection.next() == nil)
  }
}

/// A value behind a lock, for threads of a test's server.
final class Locked<Value: Sendable>: @unchecked Sendable {
  private let lock = NSLock()
  private var value: Value
  init(_ value: Value) { self.value = value }
  func get() -> Value { lock.withLock { value } }
  func set(_ new: Value) { lock.withLock { value = new } }
}
