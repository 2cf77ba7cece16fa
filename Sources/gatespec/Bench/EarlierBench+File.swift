// Reading what `--save` has kept: as much of it as comparing needs.

import Benching
import FoundationEssentials
import Reports

/// The members of a saved result that are read; any others are ignored.
private struct SavedBench: Decodable {
  struct Variant: Decodable {
    var target: String
    var wireProtocol: String
    var mode: String
    var users: Int
    var rateWanted: Double?
    var rounds: [Round]

    enum CodingKeys: String, CodingKey {
      case target, mode, users, rounds
      case wireProtocol = "protocol"
      case rateWanted = "rate_wanted"
    }
  }

  struct Round: Decodable {
    var rate: Double
    var failed: Int
    var mean: Double?
    var p50: Double?
    var p90: Double?
    var p99: Double?
    var p999: Double?
    var max: Double?

    enum CodingKeys: String, CodingKey {
      case rate, failed
      case mean = "mean_ms"
      case p50 = "p50_ms"
      case p90 = "p90_ms"
      case p99 = "p99_ms"
      case p999 = "p99.9_ms"
      case max = "max_ms"
    }

    /// The metric in its own unit; nil where the round has none.
    func value(of metric: BenchMetric) -> Double? {
      switch metric {
      case .rate: rate
      case .errors: Double(failed)
      case .mean: mean.map { $0 * 1e6 }
      case .p50: p50.map { $0 * 1e6 }
      case .p90: p90.map { $0 * 1e6 }
      case .p99: p99.map { $0 * 1e6 }
      case .p999: p999.map { $0 * 1e6 }
      case .max: max.map { $0 * 1e6 }
      }
    }
  }

  var variants: [Variant]
}

extension EarlierBench {
  /// Reads a file.
  ///
  /// - Throws: Where it cannot be read, or is no such result.
  init(file path: String) throws(CommandFailure) {
    let bytes = try InputFile.bytes(path)
    let saved: SavedBench
    do {
      saved = try JSONDecoder().decode(SavedBench.self, from: Data(bytes))
    } catch {
      throw CommandFailure(
        .usage, "\(path) is not what `gatespec bench --save` writes", remedy: "name such a file with --against")
    }
    self.init(
      rows: saved.variants.map { variant in
        var values: [BenchMetric: [Double]] = [:]
        for metric in BenchMetric.allCases { values[metric] = variant.rounds.compactMap { $0.value(of: metric) } }
        return Row(
          target: variant.target, wireProtocol: variant.wireProtocol, mode: variant.mode, users: variant.users,
          rate: variant.rateWanted, values: values)
      })
  }
}
