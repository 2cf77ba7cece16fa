// Loops against sinks and against servers that misbehave: what is counted, not how fast it goes.

import BenchRunning
import Benching
import Foundation
import Testing
import Transports

/// The request of the tests; what it says is nobody's matter here.
private let request = BenchRequest(
  method: Array("GET".utf8), target: Array("/".utf8), variables: [(Array("REQUEST_METHOD".utf8), Array("GET".utf8))],
  fields: [(Array("Host".utf8), Array("localhost".utf8))])
private let body = Array("hello\n".utf8)
private let expectation = AnswerExpectation(status: 200, body: body, comparison: .content)

/// A server on loopback that a test writes down: what it does with each connection.
private final class Server: Sendable {
  let address: Target.Address
  private let listener: Int32

  /// - Parameter serve: Serves one connection, on a thread of its own, and leaves it open for the server to close.
  init(_ serve: @escaping @Sendable (Int32) -> Void) throws {
    let listener = try ListeningSocket.open(.tcp(host: "127.0.0.1", port: 0))
    self.listener = listener
    address = .tcp(host: "127.0.0.1", port: ListeningSocket.port(of: listener))
    Thread.detachNewThread {
      while true {
        let descriptor = accept(listener, nil, nil)
        // Only this thread closes it: its number would be the next server's, and this thread would serve there.
        guard descriptor >= 0 else {
          close(listener)
          return
        }
        Thread.detachNewThread {
          serve(descriptor)
          close(descriptor)
        }
      }
    }
  }

  deinit { shutdown(listener, Int32(SHUT_RDWR)) }

  /// Reads a request's head; false at the end of the connection.
  static func readHead(_ descriptor: Int32) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 4096)
    return unsafe read(descriptor, &buffer, buffer.count) > 0
  }

  static func answer(_ descriptor: Int32, _ text: String) {
    _ = unsafe text.withCString { unsafe write(descriptor, $0, strlen($0)) }
  }
  static let badChunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"
  static let whole = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n"
}

private func order(
  _ source: any CarrierSource, _ dialect: any BenchDialect = HTTP1Bench(), _ mode: BenchMode = .keep,
  load: BenchLoad = .closed(users: 2), limit: Int? = 50, duration: Int64 = 5_000_000_000,
  timeout: Int64 = 5_000_000_000
) -> LoadOrder {
  LoadOrder(
    source: source, dialect: dialect, mode: mode, load: load, request: request, expectation: expectation, warmUp: 0,
    duration: duration, limit: limit, timeout: timeout)
}

@Suite(.timeLimit(.minutes(1))) struct LoopTests {
  @Test("a limit of requests ends a turn", arguments: [1, 2, 8])
  func closedLoop(users: Int) throws {
    let server = try Server { descriptor in
      while Server.readHead(descriptor) { Server.answer(descriptor, Server.whole) }
    }
    let outcome = LoadLoop(
      order(try SocketSource(server.address), load: .closed(users: users)), stop: StopSign()
    ).run()
    #expect(outcome.answered >= 50)
    #expect(outcome.failed == 0)
    #expect(outcome.resent == 0)
    #expect(outcome.measured > 0 && outcome.openTime > 0 && outcome.ownWork > 0)
  }

  @Test func aConnectionForEveryRequest() throws {
    let server = try Server { descriptor in
      if Server.readHead(descriptor) { Server.answer(descriptor, Server.whole) }
    }
    let outcome = LoadLoop(order(try SocketSource(server.address), HTTP1Bench(), .close), stop: StopSign()).run()
    #expect(outcome.answered >= 50)
    #expect(outcome.times.figures(of: .connect)?.count == outcome.times.figures.count)
  }

  @Test func aKeptConnectionThatIsClosedMeanwhileIsReplaced() throws {
    // Five answers on each connection, and no word about its end.
    let server = try Server { descriptor in
      for _ in 0..<5 where Server.readHead(descriptor) { Server.answer(descriptor, Server.whole) }
    }
    let outcome = LoadLoop(order(try SocketSource(server.address)), stop: StopSign()).run()
    #expect(outcome.answered >= 50)
    #expect(outcome.failed == 0)
    #expect(outcome.resent > 0)
  }

  @Test func everyKindOfFailureIsANumber() throws {
    let kinds: [(FailureKind, @Sendable (Int32) -> Void)] = [
      (.closed, { _ = Server.readHead($0) }),
      (.broken, { if Server.readHead($0) { Server.answer($0, Server.badChunk) } }),
      (.otherAnswer, { if Server.readHead($0) { Server.answer($0, Server.whole.replacing("hello", with: "holla")) } }),
      (.status, { if Server.readHead($0) { Server.answer($0, Server.whole.replacing("200", with: "503")) } }),
      (
        .reset,
        { descriptor in
          _ = Server.readHead(descriptor)
          var now = linger(l_onoff: 1, l_linger: 0)
          unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        }
      ),
    ]
    for (kind, serve) in kinds {
      let server = try Server(serve)
      let outcome = LoadLoop(
        order(try SocketSource(server.address), HTTP1Bench(), .close, limit: 10), stop: StopSign()
      ).run()
      #expect(outcome.answered == 0, "\(kind)")
      #expect(outcome.failures[kind, default: 0] >= 10, "\(kind): \(outcome.failures)")
    }
  }

  @Test func whatNobodyAnswersTimesOut() throws {
    let server = try Server { _ in sleep(5) }
    let outcome = LoadLoop(
      order(try SocketSource(server.address), limit: 4, timeout: 30_000_000), stop: StopSign()
    ).run()
    #expect(outcome.failures == [.timedOut: outcome.failed])
    #expect(outcome.failed >= 4)
  }

  @Test func nobodyListensAnyMore() throws {
    var server: Server? = try Server { _ in }
    let source = try SocketSource(try #require(server).address)
    server = nil
    let outcome = LoadLoop(order(source, limit: 4), stop: StopSign()).run()
    #expect(outcome.answered == 0)
    #expect(outcome.failed >= 4)
  }

  @Test func anOpenLoopCountsFromWhenRequestsWereDue() throws {
    // One connection whose every answer takes five times as long as there is between two requests.
    let server = try Server { descriptor in
      while Server.readHead(descriptor) {
        usleep(50_000)
        Server.answer(descriptor, Server.whole)
      }
    }
    let outcome = LoadLoop(
      order(
        try SocketSource(server.address), load: .open(rate: 100, cap: 1), limit: nil, duration: 400_000_000),
      stop: StopSign()
    ).run()
    // Forty were due. What was answered waited for its turn, and the wait is in its time; the others are numbers too.
    #expect(outcome.answered + outcome.failed + outcome.skipped == 40)
    #expect(outcome.times.figures.max > 500_000_000)
    #expect(outcome.times.figures(of: .wait).map { $0.p50 < 300_000_000 } == true)
  }

  @Test func aStopEndsATurn() throws {
    let server = try Server { descriptor in
      while Server.readHead(descriptor) { Server.answer(descriptor, Server.whole) }
    }
    let stop = StopSign()
    stop.raise()
    let outcome = LoadLoop(
      order(try SocketSource(server.address), limit: nil, duration: 3_600_000_000_000), stop: stop
    ).run()
    #expect(outcome.measured < 60_000_000_000)
  }

  @Test func aProcessForEveryRequest() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "gatespec-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let program = folder.appending(path: "program")
    try "#!/bin/sh\n[ \"$REQUEST_METHOD\" = GET ] && printf 'Content-Type: a/b\\n\\nhello\\n'\n"
      .write(to: program, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
    let source = ProcessSource(path: program.path, environment: [Array("REQUEST_METHOD=GET".utf8)])
    let outcome = LoadLoop(order(source, CGIBench(), .process, limit: 10), stop: StopSign()).run()
    #expect(outcome.answered >= 10)
    #expect(outcome.failed == 0)
    #expect((outcome.targetWork ?? 0) > 0)
    let missing = ProcessSource(path: "/nowhere/at/all", environment: [])
    let none = LoadLoop(order(missing, CGIBench(), .process, limit: 2), stop: StopSign()).run()
    #expect(none.failures[.notStarted, default: 0] >= 2)
  }
}
