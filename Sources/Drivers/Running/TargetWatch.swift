// A connection that is held open beside a case that breaks the protocol: where it is cut off, the case did harm.
//
// The first time a case is looked at, one such connection stands beside all cases that run. Whoever ran when it was cut
// off is looked at again alone, with a connection of its own: one more of the case's, the driver's as all others, and
// taken out again before anything is judged.

import Exchanges
import FastCGIWire
import Fixtures
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
    testCase.isRobustness && testCase.process == nil && testCase.wireProtocol != .cgi
      && served > testCase.connectionCount
  }

  /// The case with the watch's connection, opened before its own.
  static func over(_ testCase: Case) -> Case {
    var watched = testCase
    // As plain bytes: it is owed no answer.
    watched.steps.insert(Step(.wire(beginning(testCase.wireProtocol)), connection: connection), at: 0)
    return watched
  }

  /// A case in which nothing happens while the watch is open, for about as long as that.
  static func alone(_ wireProtocol: WireProtocol, milliseconds: Double, quietMilliseconds: Double) -> Case {
    var idle = CapabilityQuestions.plainRequest(wireProtocol)
    let count = min(max(Int(milliseconds / max(quietMilliseconds, 1)), 0), 50) + 1
    idle.steps += [Step](repeating: Step(.quiet), count: count)
    return over(idle)
  }

  /// Takes the watch's connection out of what was played.
  ///
  /// - Returns: It, where the target cut it off.
  static func remove(from played: inout PlayedCase) -> PlayedConnection? {
    played.connections.removeValue(forKey: connection).flatMap { $0.closedByServer ? $0 : nil }
  }

  /// The beginning of a request.
  static func beginning(_ wireProtocol: WireProtocol) -> [UInt8] {
    guard wireProtocol == .fastCGI else { return bytes("GET / HTTP/1.1\r\n") }
    var output: [UInt8] = []
    FastCGIEncoder.append(FastCGIRecordHeader(type: .beginRequest, requestID: 1, contentLength: 8), to: &output)
    return output + [0, 1, 0, 0, 0, 0, 0, 0]
  }
}
