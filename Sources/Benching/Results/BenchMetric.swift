// What can be asked of a round, by the names of the command line and of the JSON.

/// A number that every round has.
package enum BenchMetric: String, Hashable, Sendable, CaseIterable {
  case rate, mean, p50, p90, p99
  case p999 = "p99.9"
  case max, errors

  /// The metric in a round; nil where nothing was answered, so that there is no time.
  package func value(_ round: RoundFigures) -> Double? {
    if self == .rate { return round.rate }
    if self == .errors { return Double(round.failed) }
    guard round.times.count > 0 else { return nil }
    return switch self {
    case .mean: round.times.mean
    case .p50: Double(round.times.p50)
    case .p90: Double(round.times.p90)
    case .p99: Double(round.times.p99)
    case .p999: Double(round.times.p999)
    case .max: Double(round.times.max)
    case .rate, .errors: nil
    }
  }

  /// Whether it is a time, in nanoseconds.
  package var isTime: Bool { self != .rate && self != .errors }
}
