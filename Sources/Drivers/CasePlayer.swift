// The seam between the runner and what carries a case to its target: sockets, memory, a program that is started.
//
// The runner's questions and its clean requests go the same way as its cases.

package import Exchanges
package import Fixtures
package import Transports

/// Carries cases to a target and brings back what came of them.
package protocol CasePlayer: Sendable {
  /// Plays one case to its end, or until its task is cancelled; what a cancelled one gives is worth nothing.
  ///
  /// Several cases may be played at once.
  ///
  /// - Parameter latencyNanoseconds: What a plain request took; 0 where that is not known yet.
  /// - Throws: Where the target could not be reached at all.
  func play(_ testCase: Case, latencyNanoseconds: Int64) async throws(TransportError) -> PlayedCase
}

extension TargetProfile {
  /// What carries cases to this target.
  package func player(_ timeouts: PhaseTimeouts, retention: Retention = .tester) -> any CasePlayer {
    target.wireProtocol == .cgi
      ? CGIPlayer(profile: self, timeouts: timeouts, retention: retention)
      : SocketPlayer(profile: self, timeouts: timeouts, retention: retention)
  }
}
