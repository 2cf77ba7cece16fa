// A connection that is held open beside a case that breaks the protocol: where it is cut off, the case did harm.
//
// The first time a case is looked at, one such connection stands beside all cases that run. Whoever ran when it was cut
// off is looked at again alone, with a connection of its own: one more of the case's, the driver's as all others, and
// taken out again before anything is judged.

import Exchanges
import Fixtures
import Transports
import WireBytes

/// The other client of a target: somebody who has begun a request and takes his time.
enum TargetWatch {
  /// What watches over a case.
  enum Means: Sendable {
    /// Nobody.
    case none
    /// A connection of the case.
    case own
    /// One that others are watched by too.
    case shared(HeldConnection)
  }

  /// Beyond those that a fixture may name.
  static let connection = 17

  /// Whether a case is watched: where the target serves one connection more than it needs.
  static func isWanted(for testCase: Case, served: Int) -> Bool {
    testCase.isRobustness && testCase.process == nil && testCase.wireProtocol.dialect.unfinishedRequest(1) != nil
      && served > testCase.connectionCount
  }

  /// The case with the watch's connection, opened before its own.
  static func over(_ testCase: Case, _ profile: TargetProfile) -> Case {
    var watched = testCase
    // As plain bytes: it is owed no answer.
    watched.steps.insert(Step(.wire(beginning(profile)), connection: connection), at: 0)
    return watched
  }

  /// A case in which nothing happens while the watch is open, for about as long as that.
  static func alone(_ profile: TargetProfile, milliseconds: Double, quietMilliseconds: Double) -> Case {
    var idle = CapabilityQuestions.plainRequest(profile.target.wireProtocol)
    let count = min(max(Int(milliseconds / max(quietMilliseconds, 1)), 0), 50) + 1
    idle.steps += [Step](repeating: Step(.quiet), count: count)
    return over(idle, profile)
  }

  /// Takes the watch's connection out of what was played.
  ///
  /// - Returns: It, where the target cut it off.
  static func remove(from played: inout PlayedCase) -> PlayedConnection? {
    played.connections.removeValue(forKey: connection).flatMap { $0.closedByServer ? $0 : nil }
  }

  /// The beginning of a request.
  static func beginning(_ profile: TargetProfile) -> [UInt8] {
    guard let step = profile.dialect.unfinishedRequest(1) else { return [] }
    if case .wire(let bytes) = step { return bytes }
    return profile.dialect.encoded(step, for: profile) ?? []
  }
}
