// Plays the cases of a CGI program: one process for each request.
//
// There is no byte stream and nothing to be waited for between steps, so there is no state machine either: a run's
// events become an exchange in CGIRecorder.

import Exchanges
package import Fixtures
import Synchronization
package import Transports
import WireBytes

/// Plays cases by running a program.
package struct CGIPlayer: CasePlayer {
  let profile: TargetProfile
  private let runner: any ProgramRunner

  /// The most output of one run; what is kept of it is the retention's matter.
  static let outputByteLimit = 128 << 20

  /// - Parameter runner: What runs the program.
  package init(profile: TargetProfile, runner: any ProgramRunner = ProcessRunner()) {
    self.profile = profile
    self.runner = runner
  }

  package func play(_ testCase: Case, _ pace: CasePace) async throws(TransportError) -> PlayedCase {
    guard case .program(let path) = profile.target.address else { return PlayedCase() }
    let timeouts = pace.timeouts
    let started = TransportClock.now
    var played = PlayedCase()
    for step in testCase.lowered(for: profile).steps {
      guard case .cgiRequest(let request) = step.verb, !Task.isCancelled else { continue }
      let remaining = timeouts.total - TransportClock.now.nanoseconds(since: started) / 1_000_000
      guard remaining > 0 else {
        played.timeout = ElapsedPhase(.total, timeouts.total)
        break
      }
      var connection = played.connections[step.connection] ?? PlayedConnection()
      let invocation = profile.invocation(path, request)
      let recorder = CGIRecorder(
        profile.metaVariables(request), invocation, connection: step.connection,
        index: connection.exchanges.count + 1, retention: pace.retention)
      let log = RecordedRun(recorder)
      let limits = ProgramLimits(
        timeoutMilliseconds: remaining, firstByteMilliseconds: timeouts.firstByte, idleMilliseconds: timeouts.idle,
        exitMilliseconds: timeouts.close, outputByteCount: Self.outputByteLimit)
      let result = try await runner.run(invocation, limits: limits) { event, time in
        log.recorder.withLock { $0.receive(event, at: time) }
      }
      let ending = ProgramEnding(result, limits)
      log.recorder.withLock { $0.finish(result, ending, into: &connection) }
      played.connections[step.connection] = connection
      played.programTimeout = played.programTimeout ?? ending.elapsed
      if !ending.isOrdinary, played.remark == nil { played.remark = ending.description }
    }
    return played
  }

  /// A recorder that the pump's thread may write to.
  private final class RecordedRun: Sendable {
    let recorder: Mutex<CGIRecorder>
    init(_ recorder: CGIRecorder) { self.recorder = Mutex(recorder) }
  }
}
