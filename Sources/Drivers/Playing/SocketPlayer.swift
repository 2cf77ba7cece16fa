// Plays a case against a real target: connects CaseDriver's actions with the sockets of Transports.
//
// Events and the clock of the outside world come in here. No judging.

import Exchanges
package import Fixtures
import Synchronization
package import Transports
import WireBytes

/// Plays cases over sockets.
package struct SocketPlayer: CasePlayer {
  private let profile: TargetProfile

  package init(profile: TargetProfile) { self.profile = profile }

  package func play(_ testCase: Case, _ pace: CasePace) async throws(TransportError) -> PlayedCase {
    var play = SocketPlay(testCase, profile, pace)
    defer { play.end() }
    return try await play.run()
  }

  package var canHold: Bool { true }

  package func hold(_ bytes: [UInt8], _ pace: CasePace) async -> HeldConnection? {
    let connector = profile.connector(timeoutMilliseconds: pace.timeouts.connect)
    guard let connection = try? await connector.connect() else { return nil }
    connection.send(bytes)
    let held = HeldConnection { connection.abandon() }
    Task {
      while let timed = await connection.next() {
        switch timed.event {
        case .endOfStream, .endWithoutAlert, .reset, .failed: held.noteCut()
        case .sent, .drained, .received: break
        }
      }
    }
    return held
  }
}

/// One case on its way.
private struct SocketPlay {
  private enum Wake: Sendable {
    case opened(Int, StreamConnection, Timestamp)
    case unreachable(TransportError)
    case event(Int, OwnedConnectionEvent<[UInt8]>)
    case failed(Int, String)
    case time
  }

  private let connector: StreamConnector
  private var driver: CaseDriver
  private var connections: [Int: StreamConnection] = [:]
  private var closed: Set<Int> = []
  /// What opens connections and what reads from them.
  private var tasks: [Task<Void, Never>] = []
  /// What wakes the driver next, and when.
  private var timer: Task<Void, Never>?
  private var armed: Timestamp?
  private let wake: AsyncStream<Wake>.Continuation
  private let wakes: AsyncStream<Wake>
  /// Received bytes that the driver has not seen yet: beyond a bound nothing more is read.
  private let backlog = Backlog()

  init(_ testCase: Case, _ profile: TargetProfile, _ pace: CasePace) {
    connector = profile.connector(timeoutMilliseconds: pace.timeouts.connect)
    var pace = pace
    // The connector's own time is up first, and it knows better what went wrong.
    pace.timeouts.connect += 1_000
    driver = CaseDriver(testCase, profile, pace, at: TransportClock.now)
    (wakes, wake) = AsyncStream<Wake>.makeStream()
  }

  /// Plays until the driver is finished or the task is cancelled.
  mutating func run() async throws(TransportError) -> PlayedCase {
    var wakes = wakes.makeAsyncIterator()
    while true {
      for action in driver.advance(TransportClock.now) { perform(action) }
      if driver.isFinished || Task.isCancelled { return driver.played }
      arm(driver.deadline)
      guard let woken = await wakes.next() else { return driver.played }
      switch woken {
      case .time: armed = nil
      case .event(let number, let event):
        driver.receive(event, on: number)
        if case .bytes(_, let bytes) = event.kind { backlog.remove(bytes.count) }
      case .failed(let number, let message): driver.fail(number, message)
      case .unreachable(let error): throw error
      case .opened(let number, let connection, let time):
        connections[number] = connection
        tasks.append(read(connection, number))
        driver.connected(number, client: connection.client, server: connection.server, at: time)
      }
    }
  }

  /// Has the driver woken at its deadline, unless it is woken before anyhow.
  ///
  /// Not anew for each piece that comes: a sleep that is given up takes its memory until its time has come.
  private mutating func arm(_ deadline: Timestamp?) {
    guard let deadline, armed.map({ deadline < $0 }) ?? true else { return }
    armed = deadline
    timer?.cancel()
    timer = Task { [wake] in
      try? await Task.sleep(nanoseconds: UInt64(max(0, deadline.nanoseconds(since: TransportClock.now))))
      if !Task.isCancelled { wake.yield(.time) }
    }
  }

  private mutating func perform(_ action: DriverAction) {
    switch action {
    case .connect(let number): tasks.append(open(number))
    case .send(let number, let bytes): connections[number]?.send(bytes)
    case .halfClose(let number): connections[number]?.halfClose()
    case .close(let number):
      closed.insert(number)
      connections[number]?.close()
    case .reset(let number):
      closed.insert(number)
      connections[number]?.reset()
    }
  }

  /// Opens a connection beside everything else: connecting may take longer than the user waits.
  private func open(_ number: Int) -> Task<Void, Never> {
    Task { [wake, connector] in
      do throws(TransportError) {
        let connection = try await connector.connect()
        if case .terminated = wake.yield(.opened(number, connection, TransportClock.now)) { connection.abandon() }
      } catch {
        wake.yield(.unreachable(error))
      }
    }
  }

  private func read(_ connection: StreamConnection, _ number: Int) -> Task<Void, Never> {
    Task { [wake, backlog] in
      while let timed = await connection.next() {
        func passOn(_ kind: OwnedConnectionEvent<[UInt8]>.Kind) {
          wake.yield(.event(number, OwnedConnectionEvent(kind, at: timed.time)))
        }
        switch timed.event {
        case .sent, .drained: break
        case .received(let bytes):
          backlog.add(bytes.count)
          passOn(.bytes(.response, bytes.array))
          await backlog.makeRoom()
        case .endOfStream: passOn(.closed(.response, .end))
        case .endWithoutAlert: passOn(.closed(.response, .endWithoutAlert))
        case .reset: passOn(.closed(.response, .reset))
        case .failed(let error): wake.yield(.failed(number, error.message))
        }
      }
    }
  }

  /// Leaves nothing open; what the driver closed in order is still written to its end.
  func end() {
    for task in tasks { task.cancel() }
    timer?.cancel()
    for (number, connection) in connections where !closed.contains(number) { connection.abandon() }
    wake.finish()
  }
}

/// Counts bytes between those who read and the driver.
private final class Backlog: Sendable {
  private let byteCount = Atomic(0)
  private static let limit = 1 << 20

  func add(_ count: Int) { byteCount.wrappingAdd(count, ordering: .relaxed) }
  func remove(_ count: Int) { byteCount.wrappingSubtract(count, ordering: .relaxed) }

  /// Waits until the driver has caught up.
  ///
  /// It does so at once, unless it hands on bytes to somebody who is slow.
  func makeRoom() async {
    while byteCount.load(ordering: .relaxed) > Self.limit, !Task.isCancelled {
      try? await Task.sleep(nanoseconds: 1_000_000)
    }
  }
}
