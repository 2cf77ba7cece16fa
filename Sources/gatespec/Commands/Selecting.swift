// From the options of `check` to the list of cases that run.
//
// Order and dependencies are the runner's matter.

import Conformance
import Exchanges
import Fixtures
import Reports

extension SelectionOptions {
  /// The cases that the options ask for.
  ///
  /// - Throws: Where none is left: the message says which option left none.
  func select(from corpus: [Case], _ registry: RequirementRegistry) throws(CommandFailure) -> [Case] {
    var cases = corpus
    func narrow(_ option: String, _ words: [String], _ isNamed: (Case, String) -> Bool) throws(CommandFailure) {
      guard !words.isEmpty else { return }
      for word in words where !corpus.contains(where: { isNamed($0, word) }) {
        throw CommandFailure(
          .nothingRan, "\(option) '\(word)' matches no case of this protocol",
          remedy: "`gatespec cases` lists all of them")
      }
      cases = cases.filter { testCase in words.contains { isNamed(testCase, $0) } }
    }
    try narrow("--only", only) { $0.isNamed(by: $1) }
    try narrow("--tag", tag) { $0.tags.contains($1) }
    try narrow("--spec", spec) { testCase, words in
      testCase.requirements.contains { registry[$0]?.isNamed(by: words) == true }
    }
    cases = cases.filter { testCase in !skip.contains { testCase.isNamed(by: $0) } }
    if !hostile { cases = cases.filter { !$0.tags.contains(Case.hostileTag) } }
    guard !cases.isEmpty else {
      throw CommandFailure(
        .nothingRan, "no case is left to run",
        remedy: hostile ? nil : "hostile cases run only with --hostile")
    }
    return cases
  }
}
