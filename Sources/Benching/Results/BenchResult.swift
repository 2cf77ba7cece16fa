// What a run came to: for each variant the figures of its rounds, and of all rounds together.
//
// Values and arithmetic; what is remarkable about them is BenchMark's, and what differs is BenchComparison's.

/// A variant's figures in one round.
package struct RoundFigures: Hashable, Sendable {
  /// Requests answered in a second.
  package var rate: Double
  package var times: TimeFigures
  package var failed: Int

  package init(rate: Double, times: TimeFigures, failed: Int) {
    self.rate = rate
    self.times = times
    self.failed = failed
  }
}

/// A number that every round has one of: the middle one, and how far they lie apart.
package struct Spread: Hashable, Sendable {
  package var least: Double
  package var median: Double
  package var most: Double

  /// Nil where there is none.
  package init?(_ values: [Double]) {
    let sorted = values.sorted()
    guard let first = sorted.first, let last = sorted.last else { return nil }
    (least, most) = (first, last)
    let middle = sorted.count / 2
    median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  /// Whether the two do not overlap: what differs then is more than what differs from round to round.
  package func isApart(from other: Spread) -> Bool { least > other.most || most < other.least }

  /// Half the distance between the extremes, as a share of the median.
  package var share: Double { median > 0 ? (most - least) / 2 / median : 0 }
}

/// What a variant came to.
package struct VariantResult: Sendable {
  package var variant: BenchVariant
  package private(set) var rounds: [RoundFigures] = []
  package private(set) var total = TurnOutcome()
  /// What the same came to against a sink, in requests a second; nil where that was not measured.
  package private(set) var ceiling: Double?
  /// What gatespec worked for a request of that, in nanoseconds.
  package private(set) var ceilingWork: Double?

  package init(_ variant: BenchVariant) { self.variant = variant }

  /// Takes another round.
  package mutating func take(_ outcome: TurnOutcome) {
    guard outcome.measured > 0 else { return }
    let figures = outcome.times.figures
    rounds.append(
      RoundFigures(
        rate: Double(figures.count) * 1e9 / Double(outcome.measured), times: figures, failed: outcome.failed))
    total.times.add(outcome.times)
    total.failures.merge(outcome.failures, uniquingKeysWith: +)
    total.skipped += outcome.skipped
    total.resent += outcome.resent
    total.reopened += outcome.reopened
    total.measured += outcome.measured
    total.openTime += outcome.openTime
    total.serviceTime += outcome.serviceTime
    total.latestSend = max(total.latestSend, outcome.latestSend)
    total.ownWork += outcome.ownWork
    if let work = outcome.targetWork { total.targetWork = (total.targetWork ?? 0) + work }
    if let memory = outcome.targetMemory { total.targetMemory = max(total.targetMemory ?? 0, memory) }
  }

  /// Takes a turn against a sink; the best of them counts, for what disturbs one is no limit.
  package mutating func takeCeiling(_ outcome: TurnOutcome?) {
    guard let outcome, outcome.measured > 0, outcome.answered > 0 else { return }
    let rate = Double(outcome.answered) * 1e9 / Double(outcome.measured)
    guard rate > ceiling ?? 0 else { return }
    ceiling = rate
    ceilingWork = Double(outcome.ownWork) / Double(outcome.answered)
  }

  /// What every round has of a metric.
  package func spread(of metric: BenchMetric) -> Spread? {
    Spread(rounds.compactMap { metric.value($0) })
  }

  /// Requests under way at a time, on average.
  package var meanOpen: Double { total.measured > 0 ? total.openTime / Double(total.measured) : 0 }
  /// What that would be by the rate and the times of those that ended.
  package var impliedOpen: Double { total.measured > 0 ? total.serviceTime / Double(total.measured) : 0 }

  /// A total of all requests that ended, for each of them; nil where none did.
  private func perRequest(_ total: Int64?) -> Double? {
    let count = self.total.answered + self.total.failed
    guard let total, count > 0 else { return nil }
    return Double(total) / Double(count)
  }

  /// What gatespec worked for a request, in nanoseconds.
  package var ownWork: Double? { perRequest(total.ownWork) }
  /// What the target worked for a request, in nanoseconds; nil where nobody could look.
  package var targetWork: Double? { perRequest(total.targetWork) }
}

/// A way that was to be measured, and was not.
package struct LeftOut: Hashable, Sendable {
  package var target: String
  package var mode: BenchMode
  package var reason: String

  package init(target: String, mode: BenchMode, reason: String) {
    self.target = target
    self.mode = mode
    self.reason = reason
  }
}

/// A target of a run, and the answer that all answers were held against.
package struct BenchTarget: Hashable, Sendable {
  package var name: String
  /// What was checked of the first answer, in words.
  package var contract: String
  package var status: UInt16
  package var bodyByteCount: Int
  package var comparison: AnswerExpectation.Comparison

  package init(
    name: String, contract: String, status: UInt16, bodyByteCount: Int, comparison: AnswerExpectation.Comparison
  ) {
    self.name = name
    self.contract = contract
    self.status = status
    self.bodyByteCount = bodyByteCount
    self.comparison = comparison
  }
}

/// A whole run.
package struct BenchResult: Sendable {
  package var plan: BenchPlan
  /// The request line, as people read it.
  package var request: String
  package var targets: [BenchTarget]
  package var variants: [VariantResult]
  package var leftOut: [LeftOut]
  /// When it began, in seconds since 1970.
  package var started: Int64
  package var wasInterrupted = false

  package init(
    plan: BenchPlan, request: String, targets: [BenchTarget], variants: [VariantResult], leftOut: [LeftOut],
    started: Int64
  ) {
    self.plan = plan
    self.request = request
    self.targets = targets
    self.variants = variants
    self.leftOut = leftOut
    self.started = started
  }
}
