// What a target's readings mean where it stands behind another server: beside the verdicts, since a specification allows
// some of what is dangerous.
//
// Values only; a case's outcomes say which tier they have and how the request was read.

package import Drivers
package import Fixtures

extension CaseResult {
  /// What the answer means for a chain of servers, in words; nil where that is no question.
  var chainWords: String? {
    let words = [tier?.words, reading.map { "the request was read as: \($0)" }].compactMap(\.self)
    return words.isEmpty ? nil : words.joined(separator: "; ")
  }
}

extension CheckReport {
  /// How many cases had each tier: `31 safe, 2 ambiguous`; nil where none has one.
  package var tierWords: String? {
    let words = Tier.allCases.compactMap { tier in
      let count = results.count { $0.tier == tier }
      return count > 0 ? "\(count) \(tier.rawValue)" : nil
    }
    return words.isEmpty ? nil : words.joined(separator: ", ")
  }

  /// The cases of one tier.
  package func cases(of tier: Tier) -> [CaseResult] { results.filter { $0.tier == tier } }
}

extension Tier {
  /// What the tier says of a server, in words.
  package var words: String {
    switch self {
    case .safe: "safe"
    case .acceptable: "acceptable: as the specification allows"
    case .ambiguous: "ambiguous: another server may read the same bytes as something else"
    case .severe: "severe: bytes of one request were taken for another"
    }
  }
}
