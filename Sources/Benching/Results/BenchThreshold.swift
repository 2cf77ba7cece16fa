// `--fail-if 'p99 > +10%'`: what a result may not be, by itself or beside an earlier one.
//
//     METRIC OPERATOR VALUE      p99 > 20ms · rate < 5000 · errors > 0      by itself
//     METRIC OPERATOR ±N%        p99 > +10% · rate < -5%                    beside --against
//
// A difference that is not larger than the spread between rounds fails nothing: it may be none.

/// A condition under which a run fails.
package struct BenchThreshold: Hashable, Sendable {
  /// What the metric is held against.
  package enum Limit: Hashable, Sendable {
    /// A number of the metric's own unit: nanoseconds, requests a second, errors.
    case absolute(Double)
    /// A change from the earlier result, as a share: 0.1 is ten per cent more.
    case change(Double)
  }

  package var metric: BenchMetric
  package var isAbove: Bool
  package var limit: Limit
  /// What was written.
  package var text: String

  /// What may be written, for messages.
  package static let forms =
    "METRIC > VALUE or METRIC < VALUE, with \(BenchMetric.allCases.map(\.rawValue).joined(separator: ", ")); a time as "
    + "20ms, a change as +10%"

  /// From its text; nil where it has not that form.
  package init?(_ text: String) {
    let compact = text.filter { !$0.isWhitespace }
    guard let sign = compact.firstIndex(where: { $0 == "<" || $0 == ">" }),
      let metric = BenchMetric(rawValue: compact[..<sign].lowercased())
    else { return nil }
    let value = compact[compact.index(after: sign)...]
    guard let limit = Self.limit(value, of: metric) else { return nil }
    self.metric = metric
    isAbove = compact[sign] == ">"
    self.limit = limit
    self.text = "\(metric.rawValue) \(compact[sign]) \(value)"
  }

  private static func limit(_ value: Substring, of metric: BenchMetric) -> Limit? {
    if value.hasSuffix("%") {
      // A change has a sign, or it could be read as a share of something.
      let isSigned = value.hasPrefix("+") || value.hasPrefix("-")
      guard isSigned, let percent = Double(value.dropLast()), percent.isFinite else { return nil }
      return .change(percent / 100)
    }
    let units: [(suffix: String, nanoseconds: Double)] = [("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("ns", 1), ("s", 1e9)]
    if metric.isTime {
      guard let unit = units.first(where: { value.hasSuffix($0.suffix) }),
        let number = Double(value.dropLast(unit.suffix.count)), number.isFinite, number >= 0
      else { return nil }
      return .absolute(number * unit.nanoseconds)
    }
    guard let number = Double(value), number.isFinite, number >= 0 else { return nil }
    return .absolute(number)
  }

  /// Whether it needs an earlier result.
  package var needsBaseline: Bool {
    if case .change = limit { true } else { false }
  }

  /// What became of a condition.
  package enum Judgement: Hashable, Sendable {
    case holds
    /// It is passed, and the rounds leave no doubt.
    case passed
    /// It is passed in the middle, and rounds of both runs overlap: that may be no difference.
    case withinSpread
    /// There is nothing to judge by.
    case unknown
  }

  /// Judges what the rounds came to.
  ///
  /// - Parameter earlier: The same metric in the result that it is compared with.
  package func judge(_ now: Spread?, against earlier: Spread?) -> Judgement {
    guard let now else { return .unknown }
    switch limit {
    case .absolute(let limit):
      return isAbove ? (now.median > limit ? .passed : .holds) : (now.median < limit ? .passed : .holds)
    case .change(let share):
      guard let earlier else { return .unknown }
      let limit = earlier.median * (1 + share)
      let isPassed = isAbove ? now.median > limit : now.median < limit
      guard isPassed else { return .holds }
      return now.isApart(from: earlier) ? .passed : .withinSpread
    }
  }
}
