// The seam between the runner and what carries a case to its target: sockets, memory, a program that is started.
//
// The runner's questions and its clean requests go the same way as its cases.

package import Exchanges
package import Fixtures
package import Transports

/// How patiently a case is played, and how much is kept of what comes.
package struct CasePace: Hashable, Sendable {
  package var timeouts: PhaseTimeouts
  /// What a plain request took, which quiet periods scale to; 0 where that is not known yet.
  package var latencyNanoseconds: Int64
  /// How late the machine lets timers come, which lengthens quiet periods; 0 where it runs.
  var lagNanoseconds: Int64 = 0
  package var retention: Retention
  /// Keep what passes as it came, for a capture of it.
  package var keepsTranscript = true

  package init(
    timeouts: PhaseTimeouts = PhaseTimeouts(), latencyNanoseconds: Int64 = 0, retention: Retention = .tester
  ) {
    self.timeouts = timeouts
    self.latencyNanoseconds = latencyNanoseconds
    self.retention = retention
  }

  /// How long a quiet period lasts.
  ///
  /// Ten times what a plain request takes, of a slow target twice as long: a case may wait for several of them. The
  /// machine may be late for the target to read, for its program to run, for it to write, and for gatespec to read.
  var quietNanoseconds: Int64 {
    let scaled = min(10 * latencyNanoseconds, max(2 * latencyNanoseconds, 2_000_000_000))
    return max(100_000_000, scaled) + 4 * lagNanoseconds
  }
}

/// Carries cases to a target and brings back what came of them.
package protocol CasePlayer: Sendable {
  /// Plays one case to its end, or until its task is cancelled; what a cancelled one gives is worth nothing.
  ///
  /// Several cases may be played at once.
  ///
  /// - Throws: Where the target could not be reached at all.
  func play(_ testCase: Case, _ pace: CasePace) async throws(TransportError) -> PlayedCase

  /// Opens a connection beside the cases, sends `bytes` on it, and holds it open.
  ///
  /// - Returns: It; nil where each play meets a target of its own, or no connection could be opened.
  func hold(_ bytes: [UInt8], _ pace: CasePace) async -> HeldConnection?

  /// Whether all plays meet the same target, so that a connection can be held open beside them.
  var canHold: Bool { get }
}

extension CasePlayer {
  package func hold(_ bytes: [UInt8], _ pace: CasePace) async -> HeldConnection? { nil }
  package var canHold: Bool { false }
}

extension TargetProfile {
  /// What carries cases to this target.
  package var player: any CasePlayer { dialect.player(self) }
}
