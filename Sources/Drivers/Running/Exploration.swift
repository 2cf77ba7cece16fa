// Generated requests: run as cases, and what finds something made as simple as it can be.
//
// What is generated is an interface's own, in its dialect. Here: what counts as the same finding, and how one is shrunk.

import Conformance
package import Fixtures
package import Transports

/// Generates requests of an interface as cases, repeatably.
package protocol RequestExplorer: Sendable {
  /// So many cases; the same for the same seed and target.
  mutating func cases(_ count: Int) throws(FixtureErrors) -> [Case]
  /// Cases that are simpler by one thing than that one; none where it is as simple as can be.
  mutating func simplerCases(than id: String) throws(FixtureErrors) -> [Case]
  /// The case of the sound request that a case changes; nil for that one itself.
  func soundID(of id: String) -> String?
  /// What cases that find the same have in common.
  func kind(of id: String) -> String
  /// How many bytes a case sends: of two that find the same, the shorter one is told.
  func byteCount(of id: String) -> Int
  /// The case as a fixture file says it.
  func fixture(of id: String) -> String?
}

extension TargetProfile {
  /// What generates requests to this target; nil where nothing does for its interface.
  package func explorer(seed: UInt64) -> (any RequestExplorer)? { dialect.explorer(self, seed: seed) }
}

extension CheckRunner {
  /// How many findings are made simpler, and how often each may be.
  private static let shrunkLimit = 20
  private static let shrinkingLimit = 6

  /// Runs generated cases.
  ///
  /// Of those that find the same one is told, as simple as it can be.
  ///
  /// - Parameters:
  ///   - explorer: What generated the cases.
  ///   - progress: Called with the ID of each case that has ended.
  package func explore(
    _ cases: [Case], _ explorer: any RequestExplorer, progress: @Sendable (String) -> Void
  ) async throws(TransportError) -> CheckReport {
    var explorer = explorer
    var report = try await run(cases, progress: progress)
    var found = report.results.filter(\.hasFound)
    let foundCount = found.count
    found = Self.distinct(Self.caused(found, explorer), explorer)
    for _ in 0..<Self.shrinkingLimit where !Task.isCancelled {
      // What was found stays where the target is gone meanwhile.
      guard let (simpler, changed) = try? await simplified(found, &explorer) else { break }
      found = Self.distinct(simpler, explorer)
      if !changed { break }
    }
    for index in found.indices { found[index].fixture = explorer.fixture(of: found[index].testCase.id) }
    report.results = report.results.filter { !$0.hasFound } + found
    report.results.sort { explorer.byteCount(of: $0.testCase.id) < explorer.byteCount(of: $1.testCase.id) }
    if foundCount > found.count {
      report.notes.append(
        "\(foundCount) of \(cases.count) generated requests found something; those that find the same are told once")
    }
    return report
  }

  /// Those whose change is what finds something: not what the sound request finds without it.
  private static func caused(_ found: [CaseResult], _ explorer: any RequestExplorer) -> [CaseResult] {
    let sources = Dictionary(found.map { ($0.testCase.id, Set($0.findings.map(\.source))) }) { first, _ in first }
    return found.filter { result in
      guard let id = explorer.soundID(of: result.testCase.id), let known = sources[id] else { return true }
      // A rule's finding stands in one case only.
      return result.findings.contains { $0.source == .rule || !known.contains($0.source) }
    }
  }

  /// The shortest case of each kind of finding.
  private static func distinct(_ results: [CaseResult], _ explorer: any RequestExplorer) -> [CaseResult] {
    var kept: [String: CaseResult] = [:]
    for result in results {
      let kind = "\(explorer.kind(of: result.testCase.id)) \(result.told)"
      let size = explorer.byteCount(of: result.testCase.id)
      if let known = kept[kind], explorer.byteCount(of: known.testCase.id) <= size { continue }
      kept[kind] = result
    }
    return kept.sorted { $0.key < $1.key }.map(\.value)
  }

  /// The results of simpler cases in place of those that find the same; whether there was one.
  private func simplified(
    _ found: [CaseResult], _ explorer: inout any RequestExplorer
  ) async throws(TransportError) -> (results: [CaseResult], changed: Bool) {
    var variants: [(place: Int, cases: [Case])] = []
    for place in found.indices.prefix(Self.shrunkLimit) {
      // What the generator writes is read by the loader: an error in it is a bug of gatespec, and costs a simpler case.
      let cases = (try? explorer.simplerCases(than: found[place].testCase.id)) ?? []
      if !cases.isEmpty { variants.append((place, cases)) }
    }
    guard !variants.isEmpty else { return (found, false) }
    let results = try await run(variants.flatMap(\.cases)) { _ in }.results
    let byID = Dictionary(results.map { ($0.testCase.id, $0) }) { first, _ in first }
    var simpler = found
    var changed = false
    for (place, cases) in variants {
      let same = cases.lazy.compactMap { byID[$0.id] }.first { result in
        result.verdict == found[place].verdict && result.told == found[place].told
      }
      guard let same else { continue }
      simpler[place] = same
      changed = true
    }
    return (simpler, changed)
  }
}

extension CaseResult {
  /// Whether there is something to be told of the target.
  fileprivate var hasFound: Bool { [.info, .warn, .fail].contains(verdict) }

  /// What is told of the target: the requirements, sorted.
  fileprivate var told: [String] { Set(findings.map(\.requirement.rawValue)).sorted() }
}
