// What makes a result doubtful: said beside it, so that nobody takes it for more than it is.

/// A remark about a result.
package enum BenchMark: Hashable, Sendable {
  /// The rate is so large a share of what gatespec does against a sink that gatespec is measured too.
  case nearCeiling(share: Double)
  /// Requests under way do not fit rate and times (Little's law): some were not answered at all, or the load changed.
  case unevenLoad(open: Double, implied: Double)
  /// Too few answers for the percentile that is called p99.
  case few(UInt64)
  /// An open loop that sent less than it was to send.
  case rateMissed(wanted: Double, got: Double)
  /// gatespec itself was late with what it had to send.
  case sentLate(Int64)
  /// Requests failed.
  case failed(Int)
  /// No request was answered.
  case nothingAnswered

  /// A share of the ceiling above which the tool is a part of what is measured.
  package static let ceilingShare = 0.7
}

extension VariantResult {
  /// What makes the result doubtful.
  package var marks: [BenchMark] {
    var marks: [BenchMark] = []
    let figures = total.times.figures
    if figures.count == 0 { marks.append(.nothingAnswered) }
    if total.failed > 0 { marks.append(.failed(total.failed)) }
    if let ceiling, ceiling > 0, let rate = spread(of: .rate)?.median, rate > ceiling * BenchMark.ceilingShare {
      marks.append(.nearCeiling(share: rate / ceiling))
    }
    if isUneven { marks.append(.unevenLoad(open: meanOpen, implied: impliedOpen)) }
    if (1..<100).contains(figures.count) { marks.append(.few(figures.count)) }
    if let wanted = variant.load.rate, let got = spread(of: .rate)?.median {
      if got < wanted * 0.95 { marks.append(.rateMissed(wanted: wanted, got: got)) }
      if Double(total.latestSend) > max(Double(figures.p50), 1e6) { marks.append(.sentLate(total.latestSend)) }
    }
    return marks
  }

  /// Whether Little's law does not hold.
  ///
  /// Requests that are under way when measuring begins and ends are counted once too often and once too rarely: with
  /// long answers and short turns that is much, and no fault.
  private var isUneven: Bool {
    guard total.measured > 0, !rounds.isEmpty else { return false }
    let turn = Double(total.measured) / Double(rounds.count)
    let ended = Double(total.answered + total.failed)
    let mean = ended > 0 ? total.serviceTime / ended : 0
    let edges = meanOpen * min(mean / turn, 1)
    return abs(meanOpen - impliedOpen) > 0.1 * meanOpen + edges
  }
}
