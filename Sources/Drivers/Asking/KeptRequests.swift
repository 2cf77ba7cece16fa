// How many requests a target serves on a connection that it is asked to keep: processes may end after a number of them.
//
// Asked only where a kept connection was seen to be closed.

import Exchanges
import Fixtures
import Transports
import WireBytes

/// How far a kept connection goes.
enum KeptRequests: Hashable, Sendable {
  /// As far as any case needs it, or not at all: a close says something about the case.
  case unlimited
  /// Every connection is closed after at most so many requests, and some serve more than one.
  case limited(Int)

  /// So many in a row are enough for every case: one more than the longest row of the fixtures.
  private static let enough = 151

  /// Asks: request after request on one connection, and another connection as long as one was closed early.
  ///
  /// - Parameter processes: How many processes may have to reach their limit before a fresh one answers.
  static func ask(
    _ dialect: any ClientDialect, _ player: any CasePlayer, _ pace: CasePace, processes: Int
  ) async -> KeptRequests {
    let question = Case(
      id: "capability", wireProtocol: dialect.wireProtocol, summary: "", requirements: [],
      steps: dialect.keptRequests(enough), expectations: [])
    guard !question.steps.isEmpty else { return .unlimited }
    var most = 0
    for _ in 0...processes {
      guard let played = try? await player.play(question, pace), played.timeout == nil else { return .unlimited }
      let complete = played.connections[1]?.exchanges.count { $0.ending == .complete } ?? 0
      most = max(most, complete)
      if complete >= enough { return .unlimited }
    }
    return most > 1 ? .limited(most) : .unlimited
  }

  /// What is said about it.
  var explanation: String? {
    guard case .limited(let count) = self else { return nil }
    return "a kept connection is closed after at most \(count) requests: is there a limit on the requests of each "
      + "process (php-fpm: pm.max_requests)?"
  }
}
