// What a run leaves to say in a line each: why cases were not judged, what a baseline is of no use for.
//
// Values only; every report of a check shows them in its own way.

package import Conformance
package import Drivers
internal import Fixtures

/// Cases that were not judged, all for one reason.
package struct UnjudgedGroup {
  package var verdict: Verdict
  package var reason: String
  package var ids: [String]
  /// The case which did not pass and on which all of them depend; nil where they were not judged for another reason.
  package var root: String?

  /// `3 cases: needs the probe`.
  package var words: String { "\(ids.count) \(ids.count == 1 ? "case" : "cases"): \(reason)" }
}

extension CheckReport {
  /// The cases that were not judged, by reason; those that depend on others are put to the one that did not pass.
  package var unjudged: [UnjudgedGroup] {
    let byID = Dictionary(results.map { ($0.testCase.id, $0) }) { first, _ in first }
    var groups: [UnjudgedGroup] = []
    for verdict in [Verdict.inconclusive, .skip] {
      for result in results where result.verdict == verdict {
        let root = root(of: result, byID)
        let reason = root.map { "\($0.testCase.id) did not pass: \($0.reason)" } ?? result.reason
        if let index = groups.firstIndex(where: { $0.verdict == verdict && $0.reason == reason }) {
          groups[index].ids.append(result.testCase.id)
        } else {
          groups.append(
            UnjudgedGroup(verdict: verdict, reason: reason, ids: [result.testCase.id], root: root?.testCase.id))
        }
      }
    }
    return groups
  }

  /// The case at the end of the dependencies for which a result is inconclusive; nil where it does not depend on one.
  private func root(of result: CaseResult, _ results: [String: CaseResult]) -> CaseResult? {
    guard let next = result.dependency.flatMap({ results[$0] }) else { return nil }
    // The loader refuses circles, so this ends.
    return root(of: next, results) ?? next
  }

  /// What else the reader should know, each a sentence without a full stop.
  package var remarks: [String] {
    var remarks = staleBaseline.map { "the baseline accepts \($0), which passes now: the entry can go" }
    for entry in idleBaseline {
      switch entry.cause {
      case .unknown: remarks.append("the baseline accepts \(entry.cases), but there is no such case: is it misspelt?")
      case .shadowed(let other):
        remarks.append("the baseline's entry \(entry.cases) does nothing: \(other) before it names the same cases")
      case .unjudged: break
      }
    }
    let unjudgedEntries = idleBaseline.filter { $0.cause == .unjudged }.map(\.cases)
    if !unjudgedEntries.isEmpty {
      remarks.append(
        "the baseline accepts what was not judged, being skipped or inconclusive: "
          + unjudgedEntries.joined(separator: " "))
    }
    for group in unjudged {
      guard let root = group.root, group.ids.count * 2 > results.count else { continue }
      remarks.append(
        "\(group.ids.count) of \(results.count) cases could not be judged because \(root) did not pass: "
          + "begin with that one")
    }
    return remarks + circumstances + notes + (tooManyUnjudged.map { [$0] } ?? [])
  }

  /// The reasons that several cases share, which are told in full once.
  var sharedReasons: Set<String> {
    var counts: [String: Int] = [:]
    for result in results where result.verdict == .skip || result.verdict == .inconclusive {
      counts[result.reason, default: 0] += 1
    }
    return Set(counts.filter { $0.value > 1 }.keys)
  }
}

extension String {
  /// The same with a capital at its beginning and a full stop at its end.
  var asSentence: String { prefix(1).uppercased() + dropFirst() + (hasSuffix("?") ? "" : ".") }
}
