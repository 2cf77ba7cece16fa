// The same cases on several targets: which verdicts differ, and where the responses do.
//
// Pure: reports in, rows out. How they are shown is CompareTextReport's and CompareJSONReport's.

package import Conformance
package import Drivers
internal import Fixtures

/// Several checks laid side by side.
package struct CheckComparison: Sendable {
  /// One for each target, in the order in which they were named.
  package var reports: [CheckReport]
  /// One for each case, in the order in which they ran.
  package let rows: [Row]

  /// One case on all targets.
  package struct Row: Sendable {
    package var id: String
    package var summary: String
    /// One for each target; nil where the case did not run there.
    package var results: [CaseResult?]
    /// Where the responses differ.
    package var differences: [ResponseDifference]

    /// Whether the verdicts differ between the targets that were asked.
    package var isRemarkable: Bool { Set(results.compactMap { $0?.verdict }).count > 1 }

    /// How each target read the request, where the case asks; nil where it did not run or no reading is known.
    package var readings: [String?] { results.map { $0?.reading } }

    /// Whether targets took the same bytes for different requests; who refuses them, or closes, shows none.
    package var isDiscrepant: Bool { Set(readings.compactMap(\.self)).subtracting(Outcome.openReadings).count > 1 }

    /// The verdict that all have that were asked; nil where they differ.
    package var commonVerdict: Verdict? { isRemarkable ? nil : results.lazy.compactMap { $0?.verdict }.first }
  }

  /// Response differences that are the same in several cases, put together.
  package struct SharedDifference: Sendable {
    package var what: String
    package var values: [String?]
    package var cases: [String]
  }

  package init(_ reports: [CheckReport]) {
    self.reports = reports
    var ids: [String] = []
    var results: [String: [CaseResult?]] = [:]
    for (target, report) in reports.enumerated() {
      for result in report.results {
        let id = result.testCase.id
        if results[id] == nil { ids.append(id) }
        results[id, default: Array(repeating: nil, count: reports.count)][target] = result
      }
    }
    rows = ids.compactMap { id in
      guard let results = results[id], let first = results.lazy.compactMap({ $0 }).first else { return nil }
      return Row(
        id: id, summary: first.testCase.summary, results: results,
        differences: ResponseDifference.all(between: results.map { $0?.responses ?? [] }))
    }
  }

  /// What differs in responses, equal differences of several cases told once; in the order of the cases.
  package var sharedDifferences: [SharedDifference] { sharedDifferences { _ in true } }

  /// The same of those cases only.
  package func sharedDifferences(where isMeant: (Row) -> Bool) -> [SharedDifference] {
    struct Key: Hashable {
      var what: String
      var values: [String?]
    }
    var shared: [SharedDifference] = []
    var positions: [Key: Int] = [:]
    for row in rows where isMeant(row) {
      for difference in row.differences {
        let key = Key(what: difference.what, values: difference.values)
        if let position = positions[key] {
          if shared[position].cases.last != row.id { shared[position].cases.append(row.id) }
        } else {
          positions[key] = shared.count
          shared.append(SharedDifference(what: difference.what, values: difference.values, cases: [row.id]))
        }
      }
    }
    return shared
  }

  /// What the comparison amounts to: the gravest of what the targets amount to.
  package func exitStatus(failOn threshold: Verdict) -> ProgramStatus {
    let statuses = reports.map { $0.exitStatus(failOn: threshold) }
    for status in [ProgramStatus.interrupted, .internalError, .findings] where statuses.contains(status) {
      return status
    }
    return statuses.allSatisfy { $0 == .nothingRan } ? .nothingRan : .success
  }
}
