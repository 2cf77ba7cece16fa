// How long a run lasts, and in how many rounds. Values only.

/// The bounds of a run.
package struct BenchPlan: Hashable, Sendable {
  /// How often every variant has its turn.
  package var rounds = 5
  /// What a variant is measured for in all rounds together, in nanoseconds.
  package var duration: Int64 = 5_000_000_000
  /// What a variant runs before it is measured, in every round, in nanoseconds.
  package var warmUp: Int64 = 200_000_000
  /// The most requests of a variant that count; nil for as many as there are.
  package var requestLimit: Int?
  /// The most that one request may take, in nanoseconds.
  package var timeout: Int64 = 10_000_000_000
  /// Whether the same is run against a sink, which shows what gatespec itself can do.
  package var measuresCeiling = true

  package init() {}

  /// What one turn is measured for.
  package var slice: Int64 { duration / Int64(max(rounds, 1)) }
  /// The most requests of one turn that count.
  package var sliceLimit: Int? { requestLimit.map { max(($0 + rounds - 1) / max(rounds, 1), 1) } }
}
