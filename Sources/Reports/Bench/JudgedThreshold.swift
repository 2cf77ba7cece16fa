// What became of each `--fail-if` on each variant, and which earlier variant it was held against.

package import Benching
internal import Exchanges

/// An earlier run, as far as comparing needs it.
package struct EarlierBench: Sendable {
  /// A row of it.
  package struct Row: Sendable {
    package var target: String
    /// The name that the protocol has in JSON.
    package var wireProtocol: String
    package var mode: String
    package var users: Int
    package var rate: Double?
    /// The values of each metric in the rounds, in the units of `BenchMetric`.
    package var values: [BenchMetric: [Double]]

    package init(
      target: String, wireProtocol: String, mode: String, users: Int, rate: Double?, values: [BenchMetric: [Double]]
    ) {
      self.target = target
      self.wireProtocol = wireProtocol
      self.mode = mode
      self.users = users
      self.rate = rate
      self.values = values
    }
  }

  package var rows: [Row]

  package init(rows: [Row]) { self.rows = rows }

  /// The row of the same target in the same way under the same load; of another target, where only one is like it.
  package func row(like variant: BenchVariant) -> Row? {
    let alike = rows.filter {
      $0.wireProtocol == variant.wireProtocol.rawValue && $0.mode == variant.mode.rawValue
        && $0.users == variant.load.places && $0.rate == variant.load.rate
    }
    return alike.first { $0.target == variant.target } ?? (alike.count == 1 ? alike[0] : nil)
  }
}

/// A condition, held against one variant.
package struct JudgedThreshold: Sendable {
  package var threshold: BenchThreshold
  /// The variant's place in the result.
  package var variant: Int
  package var now: Spread?
  package var earlier: Spread?
  package var judgement: BenchThreshold.Judgement

  /// Judges all conditions on all variants.
  package static func all(
    _ thresholds: [BenchThreshold], on result: BenchResult, against earlier: EarlierBench?
  ) -> [JudgedThreshold] {
    thresholds.flatMap { threshold in
      result.variants.indices.map { index in
        let variant = result.variants[index]
        let now = variant.spread(of: threshold.metric)
        let row = earlier?.row(like: variant.variant)
        let before = row.flatMap { Spread($0.values[threshold.metric] ?? []) }
        return JudgedThreshold(
          threshold: threshold, variant: index, now: now, earlier: before,
          judgement: threshold.judge(now, against: before))
      }
    }
  }

  /// The judgement in a word.
  var word: String {
    switch judgement {
    case .holds: "ok"
    case .passed: "FAIL"
    case .withinSpread: "ok?"
    case .unknown: "?"
    }
  }

  /// The numbers behind it.
  var words: String {
    func value(_ spread: Spread) -> String {
      switch threshold.metric {
      case .rate: "\(BenchWords.count(spread.median))/s"
      case .errors: BenchWords.count(spread.median)
      default: BenchWords.time(spread.median)
      }
    }
    guard let now else { return "nothing was answered" }
    guard threshold.needsBaseline else { return value(now) }
    guard let earlier else { return "\(value(now)), and the earlier run has no such row" }
    let change = earlier.median > 0 ? now.median / earlier.median - 1 : 0
    let text =
      "\(value(now)), was \(value(earlier)) (\(change < 0 ? "" : "+")\(BenchWords.fixed(change * 100, 1)) %)"
    return judgement == .withinSpread ? "\(text): not more than rounds differ, so it may be no change" : text
  }
}
