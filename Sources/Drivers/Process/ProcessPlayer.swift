// Cases about the target's process: each is played against a process of its own, started as the case says, and ended
// by SIGTERM.
//
// All other cases go to the target that runs. What they ask of the process is the fixture's, what came of it is judged
// as any case is.

internal import Exchanges
internal import Expectations
package import Fixtures
internal import Glibc
internal import Synchronization
package import Transports
internal import WireBytes

/// Plays cases against a spawned target, starting it anew for those that ask for it.
package struct ProcessPlayer: CasePlayer {
  private let command: String
  private let profile: TargetProfile
  private let running: any CasePlayer
  private let atExit: @Sendable (@escaping @Sendable () -> Void) -> Void

  /// - Parameter atExit: Takes what must be done however the program ends.
  /// - Returns: nil where the command listens by itself: it cannot be given a socket then.
  package init?(
    _ command: String, _ profile: TargetProfile, atExit: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void
  ) {
    guard !command.contains("{address}") else { return nil }
    self.command = command
    self.profile = profile
    running = profile.player
    self.atExit = atExit
  }

  package func play(_ testCase: Case, _ pace: CasePace) async throws(TransportError) -> PlayedCase {
    guard let setting = testCase.process else { return try await running.play(testCase, pace) }
    let process = try OwnProcess(command, setting)
    atExit { process.kill() }
    defer { process.kill() }
    var profile = profile
    profile.target.address = process.address
    var played = try await SocketPlayer(profile: profile).play(testCase, pace)
    let ending = await process.terminate(withinMilliseconds: pace.timeouts.idle)
    if played.connections[1]?.exchanges.isEmpty == false { played.connections[1]?.exchanges[0].process = ending }
    return played
  }
}

/// A process that belongs to one case, and the address that it was given.
private final class OwnProcess: Sendable {
  let address: Target.Address
  private let process: pid_t
  /// Whether it was waited for: its ID may belong to somebody else then.
  private let isOver = Mutex(false)

  init(_ command: String, _ setting: ProcessSetting) throws(TransportError) {
    let listener = try Self.listen(setting.socket)
    defer { close(listener.descriptor) }
    address = listener.address
    process = try SpawnedTarget.spawn(
      "exec " + command, standardInput: listener.descriptor,
      environment: setting.environment.map { pair in
        String(decoding: pair.name.bytes, as: UTF8.self) + "=" + String(decoding: pair.value.bytes, as: UTF8.self)
      }, closesOutput: setting.closesOutput)
  }

  private static func listen(
    _ socket: ProcessSetting.Socket
  ) throws(TransportError) -> (descriptor: Int32, address: Target.Address) {
    switch socket {
    case .tcp:
      let host = "127.0.0.1"
      let descriptor = try ListeningSocket.open(.tcp(host: host, port: 0))
      return (descriptor, .tcp(host: host, port: ListeningSocket.port(of: descriptor)))
    case .unix:
      let number = unixCount.wrappingAdd(1, ordering: .relaxed).newValue
      let path = "/tmp/gatespec-\(getpid())-\(number).sock"
      return (try ListeningSocket.open(.unix(path: path)), .unix(path: path))
    }
  }

  private static let unixCount = Atomic(0)

  /// Asks it to end, and waits for that; nothing is left of its process group afterwards.
  func terminate(withinMilliseconds limit: Int64) async -> ProcessFacts {
    var facts = ProcessFacts()
    Glibc.kill(-process, SIGTERM)
    let deadline = TransportClock.now.nanoseconds + limit * 1_000_000
    while TransportClock.now.nanoseconds < deadline, !Task.isCancelled {
      var status: Int32 = 0
      if unsafe waitpid(process, &status, WNOHANG) == process {
        isOver.withLock { $0 = true }
        // What it left behind of its group.
        Glibc.kill(-process, SIGKILL)
        if status & 0x7F == 0 { facts.exitCode = status >> 8 & 0xFF } else { facts.signal = status & 0x7F }
        removeSocket()
        return facts
      }
      try? await Task.sleep(nanoseconds: 5_000_000)
    }
    facts.killed = true
    kill()
    return facts
  }

  /// Ends it for certain, if it has not ended yet.
  func kill() {
    let wasOver = isOver.withLock { isOver in
      defer { isOver = true }
      return isOver
    }
    guard !wasOver else { return }
    Glibc.kill(-process, SIGKILL)
    _ = waitpid(process, nil, 0)
    removeSocket()
  }

  private func removeSocket() {
    if case .unix(let path) = address { unsafe _ = unlink(path) }
  }
}
