// How long the phases of many exchanges took: percentiles in memory that does not grow with their number.
//
// Holds times only; whose they are is TraceStatistics'.

package import Exchanges
internal import Histogram

/// A part of an exchange's time, or the whole of it.
package enum Phase: Int, Hashable, Sendable, CaseIterable {
  case connect, send, wait, stream, tail, total
  /// The gateway's own share, where an exchange with a client was linked to the backend's.
  case gateway

  package var name: StaticString {
    switch self {
    case .connect: "connect"
    case .send: "send"
    case .wait: "wait"
    case .stream: "stream"
    case .tail: "tail"
    case .total: "total"
    case .gateway: "gateway"
    }
  }
}

/// Times of one phase, as far as a summary needs them.
package struct Percentiles: Hashable, Sendable {
  /// Exchanges in which the phase was seen.
  package var count: UInt64
  /// Nanoseconds; percentiles to two digits, `max` exact.
  package var p50: Int64
  package var p90: Int64
  package var p99: Int64
  package var max: Int64
}

/// The distribution of every phase.
package struct PhaseTimes: Sendable {
  /// Of microseconds; made when the first time comes.
  ///
  /// Each takes 20 kB for times up to ten seconds.
  private var histograms: [Histogram<UInt64>?] = Array(repeating: nil, count: Phase.allCases.count)
  private var longest: [Int64] = Array(repeating: 0, count: Phase.allCases.count)

  /// A bit for each phase that is recorded.
  private let recorded: UInt8

  /// - Parameter phases: Those that are recorded; the others take no memory.
  package init(_ phases: [Phase] = Phase.allCases) {
    recorded = phases.reduce(0) { $0 | 1 << UInt8($1.rawValue) }
  }

  /// Takes the times of one exchange.
  package mutating func take(_ phases: Phases, total: Int64?, gateway: Int64? = nil) {
    record(phases.connect, .connect)
    record(phases.send, .send)
    record(phases.wait, .wait)
    record(phases.stream, .stream)
    record(phases.tail, .tail)
    record(total, .total)
    record(gateway, .gateway)
  }

  private mutating func record(_ nanoseconds: Int64?, _ phase: Phase) {
    let index = phase.rawValue
    guard let nanoseconds, recorded & 1 << UInt8(index) != 0 else { return }
    // Clocks may step: what cannot be true is held to a day.
    let bounded = min(max(nanoseconds, 0), 86_400_000_000_000)
    longest[index] = max(longest[index], bounded)
    if histograms[index] == nil { histograms[index] = Histogram(numberOfSignificantValueDigits: .two) }
    histograms[index]?.record(UInt64((bounded + 500) / 1000))
  }

  /// The percentiles of a phase; nil where it was never seen.
  package func percentiles(_ phase: Phase) -> Percentiles? {
    guard let histogram = histograms[phase.rawValue] else { return nil }
    let longest = longest[phase.rawValue]
    func at(_ percentile: Double) -> Int64 {
      min(Int64(clamping: histogram.valueAtPercentile(percentile)) * 1000, longest)
    }
    return Percentiles(count: histogram.totalCount, p50: at(50), p90: at(90), p99: at(99), max: longest)
  }
}
