// Plays cases against a server in memory, in simulated time: the same driver as over sockets, and no waiting.
//
// What a network may do to bytes (cut them, delay them) happens here only as far as the case asks for it; the codecs'
// own tests see to the rest.

package import Drivers
import Exchanges
package import Fixtures
package import ReferenceServers
import Synchronization
package import Transports
import WireBytes

/// Plays cases against servers in memory.
package struct MemoryPlayer: CasePlayer {
  private let profile: TargetProfile
  private let endsProcesses: Bool
  private let makeProcess: @Sendable (ProcessSetting?, @escaping Clock) -> ServerProcess

  /// What tells a process the time, in seconds since 1970.
  package typealias Clock = @Sendable () -> UInt64

  /// - Parameter peer: Makes the server's side of each new connection.
  package init(profile: TargetProfile, peer: @escaping @Sendable () -> any Responder) {
    self.init(profile: profile, endsProcesses: false) { _, _ in ServerProcess { peer() } }
  }

  /// - Parameters:
  ///   - endsProcesses: Whether a process that a case started is asked to end, and how it did is told.
  ///   - process: Starts a process, as the case says or as it runs for all others, with the clock of the simulation; each
  ///     case is played against one of its own.
  package init(
    profile: TargetProfile, endsProcesses: Bool = true,
    process: @escaping @Sendable (ProcessSetting?, @escaping Clock) -> ServerProcess
  ) {
    self.profile = profile
    self.endsProcesses = endsProcesses
    makeProcess = process
  }

  /// Plays a case without a pause; it never throws.
  package func play(_ testCase: Case, _ pace: CasePace) async throws(TransportError) -> PlayedCase {
    // Nothing below waits for anything: without this, who runs beside a matrix would come after all of it.
    await Task.yield()
    let time = SimulatedTime()
    let process = makeProcess(testCase.process) { time.seconds }
    let driver = CaseDriver(testCase, profile, pace, at: MemoryPlay.start)
    var play = MemoryPlay(driver, process, time, isUnix: testCase.process?.socket == .unix)
    var played = play.run()
    if endsProcesses, testCase.process != nil, played.connections[1]?.exchanges.isEmpty == false {
      var ending = ProcessFacts()
      ending.exitCode = process.exitCode
      ending.killed = process.exitCode == nil
      played.connections[1]?.exchanges[0].process = ending
    }
    return played
  }
}

/// The time of one case, as its process sees it.
private final class SimulatedTime: Sendable {
  private let now = Mutex(MemoryPlay.start)

  var seconds: UInt64 { now.withLock { UInt64($0.nanoseconds / 1_000_000_000) } }

  func advance(to time: Timestamp) { now.withLock { $0 = time } }
}

/// One case on its way.
private struct MemoryPlay {
  /// One connection's other end.
  private struct Connection {
    var peer: (any Responder)?
    /// What the client does while the process accepts no connection; nil once it was accepted.
    var waiting: [DriverAction]?
    /// The client closed or reset it: nothing that the peer does arrives.
    var isGone = false
    /// The peer closed it: nothing that the client does arrives.
    var peerIsGone = false
  }

  private struct Alarm {
    var due: Timestamp
    var connection: Int
    var timer: ResponderTimer
  }

  /// When every case begins.
  static let start = Timestamp(nanoseconds: 1_700_000_000_000_000_000)
  /// What an event takes to happen, so that no conversation goes on without time passing.
  private static let tick: Int64 = 1_000

  private var driver: CaseDriver
  private let process: ServerProcess
  private let address: String?
  private let time: SimulatedTime
  private var now = MemoryPlay.start { didSet { time.advance(to: now) } }
  private var connections: [Int: Connection] = [:]
  /// In the order in which they were asked for.
  private var alarms: [Alarm] = []
  private var inbox: [(connection: Int, kind: OwnedConnectionEvent<[UInt8]>.Kind)] = []

  init(_ driver: CaseDriver, _ process: ServerProcess, _ time: SimulatedTime, isUnix: Bool) {
    self.driver = driver
    self.process = process
    self.time = time
    address = isUnix ? nil : "127.0.0.1"
  }

  mutating func run() -> PlayedCase {
    while true {
      for action in driver.advance(now) { perform(action) }
      if driver.isFinished || Task.isCancelled { return driver.played }
      now = Timestamp(nanoseconds: now.nanoseconds + Self.tick)
      if !inbox.isEmpty {
        deliver()
      } else if let alarm = nextAlarm() {
        now = max(now, alarm.due)
        take(connections[alarm.connection]?.peer?.timerFired(alarm.timer) ?? [], alarm.connection)
      } else if let deadline = driver.deadline {
        now = max(now, deadline)
      } else {
        return driver.played
      }
    }
  }

  /// Tells the driver what came first of what has not arrived yet.
  private mutating func deliver() {
    let (number, kind) = inbox.removeFirst()
    guard kind == .established else { return driver.receive(OwnedConnectionEvent(kind, at: now), on: number) }
    let client = IPEndpoint(Self.loopback, port: UInt16(50_000 + number))
    driver.connected(number, client: .ip(client), server: .ip(IPEndpoint(Self.loopback, port: 9_000)), at: now)
  }

  private static let loopback = IPAddress(v4: 0x7F00_0001)

  /// The alarm that is due first, if it is due before the driver's deadline.
  private mutating func nextAlarm() -> Alarm? {
    guard let index = alarms.indices.min(by: { alarms[$0].due < alarms[$1].due }) else { return nil }
    if let deadline = driver.deadline, deadline < alarms[index].due { return nil }
    return alarms.remove(at: index)
  }

  // MARK: The client acts

  private mutating func perform(_ action: DriverAction) {
    switch action {
    case .connect(let number):
      connections[number] = Connection(waiting: [])
      inbox.append((number, .established))
      accept()
    case .send(let number, _) where connections[number]?.waiting != nil,
      .halfClose(let number) where connections[number]?.waiting != nil:
      connections[number]?.waiting?.append(action)
    case .send(let number, let bytes):
      guard connections[number]?.peerIsGone == false else { return }
      take(unsafe connections[number]?.peer?.receive(bytes.span.bytes) ?? [], number)
    case .halfClose(let number):
      take(connections[number]?.peer?.receiveEnd() ?? [], number)
    case .close(let number), .reset(let number):
      if connections[number]?.isGone == false {
        connections[number]?.peer?.connectionLost(byReset: action == .reset(number))
      }
      connections[number]?.isGone = true
      alarms.removeAll { $0.connection == number }
      accept()
    }
  }

  // MARK: The peer accepts

  /// Accepts the connections that wait, as far as the process serves so many at once: one counts until the client
  /// has closed it.
  private mutating func accept() {
    for number in connections.keys.sorted() {
      guard let waiting = connections[number]?.waiting, connections[number]?.isGone == false else { continue }
      let served = connections.values.count { $0.waiting == nil && !$0.isGone }
      guard served < process.connectionLimit else { return }
      var peer = process.connect()
      let isAdmitted = peer.admits(address)
      connections[number] = Connection(peer: isAdmitted ? peer : nil, peerIsGone: !isAdmitted)
      if !isAdmitted { inbox.append((number, .closed(.response, .end))) }
      for action in waiting { perform(action) }
    }
  }

  // MARK: The peer acts

  private mutating func take(_ actions: [ResponderAction], _ number: Int) {
    for action in actions where connections[number]?.isGone == false && connections[number]?.peerIsGone == false {
      switch action {
      case .send(let bytes): inbox.append((number, .bytes(.response, bytes)))
      case .startTimer(let milliseconds, let timer):
        let due = Timestamp(nanoseconds: now.nanoseconds + Int64(clamping: milliseconds) * 1_000_000)
        alarms.append(Alarm(due: due, connection: number, timer: timer))
      case .close, .reset:
        connections[number]?.peerIsGone = true
        alarms.removeAll { $0.connection == number }
        inbox.append((number, .closed(.response, action == .close ? .end : .reset)))
      }
    }
  }
}
