// What rounds come to: rates, percentiles, Little's law, what differs by more than rounds do, and --fail-if.

import Benching
import Exchanges
import Testing

/// A request that took so long, begun at once.
private func moments(_ nanoseconds: Int64, due: Int64 = 1, waited: Int64 = 0) -> RequestMoments {
  var moments = RequestMoments()
  (moments.due, moments.began, moments.end) = (due, due + waited, due + waited + nanoseconds)
  return moments
}

/// A turn of a second with so many requests of a millisecond.
private func turn(_ count: Int, _ time: Int64 = 1_000_000, open: Double? = nil) -> TurnOutcome {
  var outcome = TurnOutcome()
  for _ in 0..<count { outcome.times.record(moments(time)) }
  outcome.measured = 1_000_000_000
  outcome.serviceTime = Double(count) * Double(time)
  outcome.openTime = open.map { $0 * 1e9 } ?? outcome.serviceTime
  return outcome
}

private func variant(
  _ name: String = "a", mode: BenchMode = .keep, load: BenchLoad = .closed(users: 8), _ turns: [TurnOutcome],
  ceiling: Double? = nil
) -> VariantResult {
  var result = VariantResult(
    BenchVariant(target: name, wireProtocol: .fastCGI, mode: mode, load: load))
  for turn in turns { result.take(turn) }
  if let ceiling { result.takeCeiling(turn(Int(ceiling))) }
  return result
}

private func variant(_ turns: [TurnOutcome], ceiling: Double? = nil) -> VariantResult {
  variant("a", turns, ceiling: ceiling)
}

@Suite struct TimeTests {
  @Test func percentilesAreWithinAThousandth() throws {
    var times = BenchTimes()
    for value in 1...10_000 { times.record(moments(Int64(value) * 1000)) }
    let figures = times.figures
    #expect(figures.count == 10_000)
    for (found, wanted) in [(figures.p50, 5_000_000), (figures.p90, 9_000_000), (figures.p99, 9_900_000)] {
      #expect(abs(Double(found) / Double(wanted) - 1) < 0.002)
    }
    #expect(figures.max == 10_000_000)
    #expect(abs(figures.mean - 5_000_500) < 1)
  }

  @Test func roundsAddUp() {
    var (first, second) = (BenchTimes(), BenchTimes())
    for _ in 0..<10 { first.record(moments(1_000)) }
    for _ in 0..<30 { second.record(moments(9_000_000_000)) }
    first.add(second)
    #expect(first.figures.count == 40)
    #expect(first.figures.p50 == 9_000_000_000)
    #expect(first.distribution.map(\.count).reduce(0, +) == 40)
  }

  @Test func aTimeRunsFromWhenItsRequestWasDue() {
    // A stall of a second: the request that was on its way, and the nine that were due meanwhile.
    var times = BenchTimes()
    for index in 0..<10 {
      let waited = index == 0 ? Int64(0) : 1_000_000_000 - Int64(index) * 100_000_000
      times.record(moments(index == 0 ? 1_000_000_000 : 1_000_000, due: 1 + Int64(index), waited: waited))
    }
    #expect(times.figures.p50 > 400_000_000)
  }

  @Test func phasesAreBetweenMoments() {
    var moments = RequestMoments()
    (moments.due, moments.began, moments.opened, moments.sent) = (50, 100, 150, 170)
    (moments.firstByte, moments.fields, moments.lastByte, moments.end) = (300, 310, 400, 450)
    #expect(BenchPhase.allCases.map { moments.duration(of: $0) } == [50, 20, 130, 10, 90, 50])
    #expect(moments.total == 400)
    #expect(moments.service == 350)
    // On a kept connection nothing is connected.
    moments.opened = 0
    #expect(moments.duration(of: .connect) == nil)
    #expect(moments.duration(of: .send) == 70)
  }

  @Test func barsHoldEverythingAndGrowByTheSameFactor() throws {
    var times = BenchTimes()
    for time in [1_000, 1_100, 50_000, 2_000_000_000] as [Int64] { times.record(moments(time)) }
    let bars = times.distribution
    #expect(bars.map(\.count).reduce(0, +) == 4)
    #expect(try #require(bars.first).count > 0 && #require(bars.last).count > 0)
    for (bar, next) in zip(bars, bars.dropFirst()) { #expect(abs(Double(next.upTo) / Double(bar.upTo) - 1.08) < 0.01) }
  }
}

@Suite struct MarkTests {
  @Test func aSoundResultHasNone() {
    #expect(variant([turn(8000, open: 8)], ceiling: 20_000).marks.isEmpty)
  }

  @Test func aResultNearTheCeilingIsMarked() {
    #expect(variant([turn(7100, open: 7.1)], ceiling: 10_000).marks == [.nearCeiling(share: 0.71)])
    #expect(variant([turn(6900, open: 6.9)], ceiling: 10_000).marks.isEmpty)
  }

  @Test func connectionsThatNobodyAnswersBreakLittlesLaw() {
    // Four of eight users are answered, the others wait all the time.
    let starved = variant([turn(4000, open: 8), turn(4000, open: 8)])
    #expect(starved.marks == [.unevenLoad(open: 8, implied: 4)])
    // Long answers in short turns are cut at both ends: that is no breach.
    #expect(variant([turn(200, 400_000_000, open: 64)]).marks.isEmpty)
  }

  @Test func whatFailedAndWhatIsTooLittleIsSaid() {
    var failing = turn(1000, open: 1)
    failing.failures = [.reset: 3, .refused: 2]
    #expect(variant([failing]).marks.contains(.failed(5)))
    #expect(variant([turn(99, open: 0.099)]).marks == [.few(99)])
    #expect(variant([turn(0)]).marks == [.nothingAnswered])
  }

  @Test func aRateThatIsNotReachedIsMarked() {
    let load = BenchLoad.open(rate: 1000, cap: 64)
    #expect(variant(load: load, [turn(900, open: 0.9)]).marks == [.rateMissed(wanted: 1000, got: 900)])
    #expect(variant(load: load, [turn(990, open: 0.99)]).marks.isEmpty)
    var late = turn(1000, open: 1)
    late.latestSend = 5_000_000
    #expect(variant(load: load, [late]).marks == [.sentLate(5_000_000)])
  }
}

@Suite struct ComparisonTests {
  private func result(_ variants: [VariantResult]) -> BenchResult {
    BenchResult(plan: BenchPlan(), request: "GET /", targets: [], variants: variants, leftOut: [], started: 0)
  }

  @Test func onlyWhatDoesNotOverlapIsClear() throws {
    let slow = variant("slow", [turn(1000), turn(1200)])
    let fast = variant("fast", [turn(2000), turn(2100)])
    let close = variant("close", [turn(1900), turn(2050)])
    let comparisons = result([slow, fast, close]).comparisons
    #expect(comparisons.map { [$0.faster, $0.slower] } == [[1, 2], [2, 0]])
    #expect(comparisons.map(\.isClear) == [false, true])
    #expect(abs(comparisons[1].factor - 1975.0 / 1100) < 0.001)
  }

  @Test func loadsAreNotComparedWithOneAnother() {
    let one = variant("a", load: .closed(users: 1), [turn(1000), turn(1000)])
    let many = variant("a", [turn(3000), turn(3000)])
    #expect(result([one, many]).comparisons.isEmpty)
    // A single round has no spread to compare with.
    #expect(result([variant([turn(1)]), variant([turn(5)])]).comparisons.isEmpty)
  }

  @Test func atAGivenRateTimesAreCompared() throws {
    let load = BenchLoad.open(rate: 100, cap: 4)
    let slow = variant("slow", load: load, [turn(100, 9_000_000), turn(100, 9_100_000)])
    let fast = variant("fast", load: load, [turn(100, 1_000_000), turn(100, 1_100_000)])
    let comparison = try #require(result([slow, fast]).comparisons.first)
    #expect(comparison.faster == 1 && comparison.isClear && comparison.factor > 8)
  }

  @Test func aSpreadIsTheMiddleAndTheExtremes() throws {
    let spread = try #require(Spread([5, 1, 3, 4]))
    #expect([spread.least, spread.median, spread.most] == [1, 3.5, 5])
    #expect(Spread([]) == nil)
    #expect(try #require(Spread([6])).isApart(from: spread))
    #expect(try !#require(Spread([5])).isApart(from: spread))
  }
}

@Suite struct ThresholdTests {
  @Test(
    arguments: [
      ("p99 > +10%", BenchMetric.p99, true, BenchThreshold.Limit.change(0.1)),
      ("rate<-5%", .rate, false, .change(-0.05)),
      ("P50 > 2.5ms", .p50, true, .absolute(2_500_000)), ("p99.9 > 40us", .p999, true, .absolute(40_000)),
      ("max>1s", .max, true, .absolute(1e9)), ("errors > 0", .errors, true, .absolute(0)),
      ("rate < 5000", .rate, false, .absolute(5000)), ("mean > 3µs", .mean, true, .absolute(3000)),
    ])
  func whatCanBeWritten(_ text: String, _ metric: BenchMetric, _ isAbove: Bool, _ limit: BenchThreshold.Limit) throws {
    let threshold = try #require(BenchThreshold(text))
    #expect(threshold.metric == metric && threshold.isAbove == isAbove && threshold.limit == limit)
  }

  @Test(
    arguments: [
      "", "p99", "p99 >", "> 5", "p98 > 5ms", "p99 > 5", "p99 > 10%", "rate < 5ms", "p99 = 5ms", "rate < -5",
      "p99 > nan%", "p99 > +inf%", "rate > inf", "p99 >> 5ms", "p99 > > 5ms",
    ])
  func whatCannot(_ text: String) { #expect(BenchThreshold(text) == nil) }

  @Test func aChangeWithinTheSpreadFailsNothing() throws {
    let threshold = try #require(BenchThreshold("p99 > +10%"))
    let earlier = try #require(Spread([100, 105, 110]))
    #expect(threshold.judge(Spread([109, 112, 115]), against: earlier) == .holds)
    #expect(threshold.judge(Spread([108, 120, 130]), against: earlier) == .withinSpread)
    #expect(threshold.judge(Spread([118, 120, 130]), against: earlier) == .passed)
    #expect(threshold.judge(Spread([118, 120, 130]), against: nil) == .unknown)
    #expect(threshold.judge(nil, against: earlier) == .unknown)
  }

  @Test func aBoundOfItsOwnNeedsNoEarlierResult() throws {
    let threshold = try #require(BenchThreshold("rate < 1000"))
    #expect(!threshold.needsBaseline)
    #expect(threshold.judge(Spread([900, 1100, 1200]), against: nil) == .holds)
    #expect(threshold.judge(Spread([900, 950, 1200]), against: nil) == .passed)
  }
}

@Suite struct PlanTests {
  @Test func aPlanIsCutIntoTurns() {
    var plan = BenchPlan()
    #expect(plan.slice == 1_000_000_000)
    #expect(plan.sliceLimit == nil)
    plan.requestLimit = 12
    #expect(plan.sliceLimit == 3)
  }
}
