// The log of oddities: whatever comes in whatever order, the first of each kind and direction stays.

import Exchanges
import TestSupport
import Testing
import WireBytes

@Suite struct AnomalyLogTests {
  /// More kinds than entries are kept otherwise; two names of the same length, and one that begins another.
  private static let names: [StaticString] = [
    "aa", "ab", "ba", "aaa", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s",
    "t", "u", "v", "w", "x", "y", "z", "za", "zb", "zc", "zd", "ze", "zf", "zg", "zh", "zi", "zj", "zk",
  ]
  private static let kinds = names.map { AnomalyKind($0) }

  @Test func anEmptyLogHoldsNothing() {
    let log = AnomalyLog()
    #expect(log.isEmpty && log.count == 0 && log.entries.isEmpty)
    #expect(log.first(Self.kinds[0], .request) == nil)
    #expect(log.entries.capacity == 0, "an exchange without oddities costs no allocation")
  }

  @Test func manyOfOneKindHideNoOther() {
    var log = AnomalyLog()
    for offset in 0..<40 { log.append(Anomaly(Self.kinds[0], at: UInt64(offset)), .request) }
    log.append(Anomaly(Self.kinds[1], at: 40), .request)
    log.append(Anomaly(Self.kinds[1], at: 41), .request)
    log.append(Anomaly(Self.kinds[0], at: 7), .response)
    #expect(log.count == 43)
    #expect(log.entries.count == AnomalyLog.limit + 2)
    #expect(log.first(Self.kinds[0], .request)?.range.lowerBound == 0)
    #expect(log.first(Self.kinds[1], .request)?.range.lowerBound == 40)
    #expect(log.first(Self.kinds[0], .response)?.range.lowerBound == 7)
    #expect(log.first(Self.kinds[1], .response) == nil)
  }

  @Test("the first of each kind and direction is kept in any order", arguments: UInt64(0)..<50)
  func anyOrder(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var log = AnomalyLog()
    var firsts: [Direction: [AnomalyKind: StreamOffset]] = [:]
    // A few kinds many times, so that they would fill a log that keeps whatever comes first.
    let favoured = Self.kinds.shuffled(using: &generator).prefix(3)
    for offset in 0..<StreamOffset(2_000) {
      let direction: Direction = Bool.random(using: &generator) ? .request : .response
      let kind =
        (Int.random(in: 0..<10, using: &generator) > 0 ? favoured.randomElement(using: &generator) : nil)
        ?? Self.kinds[Int.random(in: 0..<Self.kinds.count, using: &generator)]
      log.append(Anomaly(kind, at: offset), direction)
      if firsts[direction]?[kind] == nil { firsts[direction, default: [:]][kind] = offset }
    }
    #expect(log.count == 2_000)
    for (direction, kinds) in firsts {
      for (kind, offset) in kinds { #expect(log.first(kind, direction)?.range.lowerBound == offset) }
    }
    // In the order they were met, and no more than the bound.
    let offsets = log.entries.map(\.anomaly.range.lowerBound)
    #expect(offsets == offsets.sorted())
    #expect(log.entries.count <= AnomalyLog.limit + 2 * Self.kinds.count)
  }
}
