// What one turn of one variant brought. Values only; the loop fills them in.

/// What a loop has counted and measured in its turn.
package struct TurnOutcome: Sendable {
  /// The times of requests that were answered as they should be.
  package var times = BenchTimes()
  package var failures: [FailureKind: Int] = [:]
  /// Requests of an open loop that were due and never sent, because too many waited for a connection.
  package var skipped = 0
  /// Requests that were sent anew, because the kept connection that they were sent on had been closed meanwhile.
  package var resent = 0
  /// Connections that the server closed between two requests.
  package var reopened = 0
  /// How long it was measured, in nanoseconds.
  package var measured: Int64 = 0
  /// Requests under way, added up over the time of measuring: their number times nanoseconds.
  package var openTime: Double = 0
  /// The times from begin to end of all requests that ended while it was measured, added up.
  package var serviceTime: Double = 0
  /// The longest that an open loop was late with a request by its own fault, in nanoseconds.
  package var latestSend: Int64 = 0
  /// What gatespec's own thread worked, in nanoseconds.
  package var ownWork: Int64 = 0
  /// What the target's processes worked, in nanoseconds; nil where they are not ours to look at.
  package var targetWork: Int64?
  /// The most memory that the target's processes had, in bytes, each process's own peak added up.
  package var targetMemory: Int?

  package init() {}

  /// How many requests were answered as they should be.
  package var answered: Int { Int(times.figures.count) }
  package var failed: Int { failures.values.reduce(0, +) }
}
