// Which case may run next: dependencies first, no more connections at once than the target serves, hostile ones alone.
//
// Pure bookkeeping; running is CheckRunner's.

package import Fixtures

/// The order in which the cases of a run start.
///
/// Positions are those of the list that it was made of. Cases start in its order, but one that has to wait does not
/// hold up those behind it.
package struct CaseSchedule {
  private let cases: [Case]
  /// How many connections may be open at once.
  private let limit: Int
  private var waiting: [Int]
  private var running: [Int] = []
  /// Dependencies that are part of the run and have not ended yet.
  private var unfinished: Set<String>

  /// - Parameter limit: How many connections the target was seen to serve at once, or fewer.
  package init(_ cases: [Case], limit: Int) {
    self.cases = cases
    self.limit = max(limit, 1)
    waiting = Array(cases.indices)
    unfinished = Set(cases.map(\.id))
  }

  /// Starts the next case that can run beside those that run.
  ///
  /// - Returns: Its position; nil where nothing can start before another has ended, or nothing is left.
  package mutating func start() -> Int? {
    // Where every case waits for another one the run would stop here, though the loader refuses circles.
    let ready =
      waiting.firstIndex { canStart(cases[$0]) }
      ?? (running.isEmpty ? waiting.indices.first : nil)
    guard let ready else { return nil }
    let position = waiting.remove(at: ready)
    running.append(position)
    return position
  }

  /// Takes note that a case has ended.
  package mutating func end(_ position: Int) {
    running.removeAll { $0 == position }
    unfinished.remove(cases[position].id)
  }

  private func canStart(_ testCase: Case) -> Bool {
    guard unfinished.isDisjoint(with: testCase.dependsOn) else { return false }
    guard !running.isEmpty else { return true }
    guard !testCase.isHostile, !running.contains(where: { cases[$0].isHostile }) else { return false }
    return running.reduce(testCase.connectionCount) { $0 + cases[$1].connectionCount } <= limit
  }
}

extension Case {
  /// Whether it may crash, exhaust or hang a target.
  var isHostile: Bool { tags.contains(Case.hostileTag) }

  /// How many connections it opens.
  var connectionCount: Int { max(Set(steps.map(\.connection)).count, 1) }
}
