// Plays a case against a real target: connects CaseDriver's actions with the sockets of Transports.
//
// Events and the clock of the outside world come in here. No judging.

package import Exchanges
package import Fixtures
package import Transports
import WireBytes

/// Plays cases over sockets.
package struct SocketPlayer: CasePlayer {
  let profile: TargetProfile
  let timeouts: PhaseTimeouts
  let retention: Retention

  package init(profile: TargetProfile, timeouts: PhaseTimeouts, retention: Retention = .tester) {
    self.profile = profile
    self.timeouts = timeouts
    self.retention = retention
  }

  private enum Wake: Sendable {
    case event(DriverEvent, Timestamp)
    case time
  }

  package func play(_ testCase: Case, latencyNanoseconds: Int64) async throws(TransportError) -> PlayedCase {
    var driver = CaseDriver(
      testCase, profile, timeouts: timeouts, retention: retention, latencyNanoseconds: latencyNanoseconds,
      at: TransportClock.now)
    var connections: [Int: StreamConnection] = [:]
    var readers: [Task<Void, Never>] = []
    var closed: Set<Int> = []
    let (events, wake) = AsyncStream<Wake>.makeStream()
    var next = events.makeAsyncIterator()
    defer {
      for reader in readers { reader.cancel() }
      for (number, connection) in connections where !closed.contains(number) { connection.close() }
      wake.finish()
    }
    while true {
      for action in driver.advance(TransportClock.now) {
        switch action {
        case .connect(let number):
          let connector = StreamConnector(profile.target.address, timeoutMilliseconds: timeouts.connect)
          let connection = try await connector.connect()
          connections[number] = connection
          readers.append(Self.read(connection, number, wake))
          wake.yield(
            .event(.connected(number, client: connection.client, server: connection.server), TransportClock.now))
        case .send(let number, let bytes):
          connections[number]?.send(bytes, writeByteCount: testCase.writeByteCount)
        case .halfClose(let number): connections[number]?.halfClose()
        case .close(let number):
          closed.insert(number)
          connections[number]?.close()
        case .reset(let number):
          closed.insert(number)
          connections[number]?.reset()
        }
      }
      if driver.isFinished || Task.isCancelled { return driver.played }
      let timer = driver.deadline.map { deadline in
        Task {
          try? await Task.sleep(nanoseconds: UInt64(max(0, deadline.nanoseconds(since: TransportClock.now))))
          if !Task.isCancelled { wake.yield(.time) }
        }
      }
      guard let woken = await next.next() else { return driver.played }
      timer?.cancel()
      if case .event(let event, let time) = woken { driver.receive(event, at: time) }
    }
  }

  private static func read(
    _ connection: StreamConnection, _ number: Int, _ wake: AsyncStream<Wake>.Continuation
  ) -> Task<Void, Never> {
    Task {
      while let timed = await connection.next() {
        switch timed.event {
        case .sent, .drained: break
        case .received(let bytes): wake.yield(.event(.received(number, bytes.array), timed.time))
        case .endOfStream: wake.yield(.event(.endOfStream(number), timed.time))
        case .reset: wake.yield(.event(.reset(number), timed.time))
        case .failed(let error): wake.yield(.event(.failed(number, error.message), timed.time))
        }
      }
    }
  }
}
