// Which variants of a run differ by more than rounds of one variant do.

/// Two variants under the same load, the faster first.
package struct BenchComparison: Hashable, Sendable {
  /// Places in the result's list of variants.
  package var faster: Int
  package var slower: Int
  /// How many times as many requests the faster one answered.
  package var factor: Double
  /// Whether every round of the faster one was faster than every round of the slower.
  package var isClear: Bool
}

extension BenchResult {
  /// Each variant beside the next slower one under the same load, for each load.
  package var comparisons: [BenchComparison] {
    var loads: [BenchLoad] = []
    for result in variants where !loads.contains(result.variant.load) { loads.append(result.variant.load) }
    return loads.flatMap { load -> [BenchComparison] in
      // At a rate that is given, what is compared is how long it takes.
      let metric: BenchMetric = load.rate == nil ? .rate : .p50
      let ranked = variants.indices
        .filter { variants[$0].variant.load == load && variants[$0].rounds.count > 1 }
        .compactMap { index in variants[index].spread(of: metric).map { (index, $0) } }
        .filter { $0.1.median > 0 }
        .sorted { metric == .rate ? $0.1.median > $1.1.median : $0.1.median < $1.1.median }
      return zip(ranked, ranked.dropFirst()).map { first, second in
        let factor = metric == .rate ? first.1.median / second.1.median : second.1.median / first.1.median
        return BenchComparison(
          faster: first.0, slower: second.0, factor: factor, isClear: first.1.isApart(from: second.1))
      }
    }
  }
}
