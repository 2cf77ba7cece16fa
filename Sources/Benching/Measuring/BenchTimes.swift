// The times of many requests: histograms of the whole and of each phase.
//
// HdrHistogram, so that a percentile is right to a thousandth (of phases to a hundredth) from microseconds to minutes,
// whatever the distribution, and recording is an addition. Times are in nanoseconds.

internal import Glibc
internal import Histogram

/// What can be said of a distribution in a few numbers, in nanoseconds.
package struct TimeFigures: Hashable, Sendable {
  package var count: UInt64 = 0
  package var mean: Double = 0
  package var p50: Int64 = 0
  package var p90: Int64 = 0
  package var p99: Int64 = 0
  package var p999: Int64 = 0
  package var max: Int64 = 0

  package init() {}
}

/// One bar of a distribution's picture: how many times were at most so long, and longer than those of the bar before.
package struct TimeBar: Hashable, Sendable {
  /// In nanoseconds.
  package var upTo: Int64
  package var count: UInt64

  package init(upTo: Int64, count: UInt64) {
    self.upTo = upTo
    self.count = count
  }
}

/// Times of requests that were answered.
package struct BenchTimes: Sendable {
  /// The longest time that is told from longer ones: an hour.
  ///
  /// Histograms have room for it from the beginning: one that grows does so while something is measured, and the
  /// package's iterators run over the end of one whose last place is taken.
  private static let longestTime: UInt64 = 3_600_000_000_000

  private var total = Histogram<UInt64>(
    highestTrackableValue: longestTime, numberOfSignificantValueDigits: .three)
  private var phases = BenchPhase.allCases.map { _ in
    Histogram<UInt64>(highestTrackableValue: longestTime, numberOfSignificantValueDigits: .two)
  }
  private var sum: Double = 0
  private var longest: Int64 = 0

  package init() {}

  /// Takes the times of one request.
  package mutating func record(_ moments: RequestMoments) {
    let time = Swift.max(moments.total, 0)
    total.record(min(UInt64(time), Self.longestTime))
    sum += Double(time)
    longest = Swift.max(longest, time)
    for phase in BenchPhase.allCases {
      if let duration = moments.duration(of: phase) { record(duration, phase) }
    }
  }

  private mutating func record(_ duration: Int64, _ phase: BenchPhase) {
    phases[phase.rawValue].record(min(UInt64(duration), Self.longestTime))
  }

  /// Takes those of another turn.
  package mutating func add(_ other: BenchTimes) {
    total.add(other.total)
    for index in phases.indices { phases[index].add(other.phases[index]) }
    sum += other.sum
    longest = Swift.max(longest, other.longest)
  }

  /// The whole, from the moment when a request was due to its end.
  package var figures: TimeFigures {
    var figures = Self.figures(total)
    figures.mean = figures.count > 0 ? sum / Double(figures.count) : 0
    figures.max = longest
    figures.p999 = Swift.min(figures.p999, longest)
    figures.p99 = Swift.min(figures.p99, longest)
    figures.p90 = Swift.min(figures.p90, longest)
    figures.p50 = Swift.min(figures.p50, longest)
    return figures
  }

  /// A phase; nil where no request had it.
  package func figures(of phase: BenchPhase) -> TimeFigures? {
    let histogram = phases[phase.rawValue]
    return histogram.totalCount > 0 ? Self.figures(histogram) : nil
  }

  private static func figures(_ histogram: Histogram<UInt64>) -> TimeFigures {
    var figures = TimeFigures()
    figures.count = histogram.totalCount
    guard figures.count > 0 else { return figures }
    func at(_ percentile: Double) -> Int64 { Int64(clamping: histogram.valueAtPercentile(percentile)) }
    figures.mean = histogram.mean
    (figures.p50, figures.p90, figures.p99, figures.p999) = (at(50), at(90), at(99), at(99.9))
    figures.max = Int64(clamping: histogram.max)
    return figures
  }

  /// How many bars a factor of ten has in a picture.
  package static let barsPerDecade = 30

  /// The distribution in bars whose widths grow with the time; without those at its ends that hold nothing.
  package var distribution: [TimeBar] {
    var counts: [Int: UInt64] = [:]
    for value in total.recordedValues() {
      let time = Double(Swift.max(value.value, 1))
      let index = Int((log10(time) * Double(Self.barsPerDecade)).rounded(.up))
      counts[index, default: 0] += UInt64(value.count)
    }
    guard let first = counts.keys.min(), let last = counts.keys.max() else { return [] }
    return (first...last).map { index in
      let upTo = pow(10, Double(index) / Double(Self.barsPerDecade))
      return TimeBar(upTo: Int64(upTo.rounded()), count: counts[index] ?? 0)
    }
  }
}
