// Which case may run next: dependencies first, no more connections at once than the target serves, whoever may do harm
// apart from the others.
//
// Pure bookkeeping; running is CheckRunner's.

package import Fixtures

/// The order in which the cases of a run start.
///
/// Positions are those of the list that it was made of. Cases start in its order within their turn, but one that has to
/// wait does not hold up those behind it.
package struct CaseSchedule {
  /// When a case runs, and beside whom.
  ///
  /// What may end the target's process comes after everything that would be lost with it.
  private enum Turn: Int, Comparable {
    /// Beside others of its kind.
    case ordinary
    /// Once more, alone.
    case again
    /// It breaks the protocol: only beside others that do.
    case robustness
    /// It may crash, exhaust or hang the target: alone.
    case hostile

    static func < (left: Turn, right: Turn) -> Bool { left.rawValue < right.rawValue }
  }

  private let cases: [Case]
  /// How many connections each case needs at once.
  private let widths: [Int]
  /// Those that a connection is held open beside.
  private let watched: [Bool]
  /// Whether one such connection stands beside all of them that run, or one beside each.
  package var sharesWatch: Bool
  /// How many connections may be open at once.
  private let limit: Int
  /// By turn, and then by position.
  private var waiting: [Int]
  private var running: [Int] = []
  /// Those that are played once more.
  private var again: Set<Int> = []
  /// Those that others ran beside.
  private var accompanied: Set<Int> = []
  /// Dependencies that are part of the run and have not ended yet.
  private var unfinished: Set<String>

  /// - Parameters:
  ///   - limit: How many connections the target was seen to serve at once, or fewer.
  ///   - sharesWatch: Whether one connection can be held open beside several cases.
  ///   - isWatched: Whether a connection is held open beside a case.
  package init(
    _ cases: [Case], limit: Int, sharesWatch: Bool = false, isWatched: (Case) -> Bool = { _ in false }
  ) {
    self.cases = cases
    self.limit = max(limit, 1)
    self.sharesWatch = sharesWatch
    widths = cases.map(\.connectionCount)
    watched = cases.map(isWatched)
    waiting = []
    unfinished = Set(cases.map(\.id))
    waiting = cases.indices.sorted { (turn($0), $0) < (turn($1), $1) }
  }

  /// Starts the next case that can run beside those that run.
  ///
  /// - Returns: Its position; nil where nothing can start before another has ended, or nothing is left.
  package mutating func start() -> Int? {
    // Where every case waits for another one the run would stop here, though the loader refuses circles.
    let ready =
      waiting.firstIndex { canStart($0) }
      ?? (running.isEmpty ? waiting.indices.first : nil)
    guard let ready else { return nil }
    let position = waiting.remove(at: ready)
    if !running.isEmpty {
      accompanied.insert(position)
      accompanied.formUnion(running)
    }
    running.append(position)
    return position
  }

  /// Whether others ran beside the case since it was started.
  package func wasAccompanied(_ position: Int) -> Bool { accompanied.contains(position) }

  /// Takes note that a case has ended.
  package mutating func end(_ position: Int) {
    running.removeAll { $0 == position }
    unfinished.remove(cases[position].id)
  }

  /// Puts a case that ran back, to be played once more and alone; nothing that depends on it starts before.
  package mutating func playAgain(_ position: Int) {
    running.removeAll { $0 == position }
    accompanied.remove(position)
    again.insert(position)
    let place = waiting.firstIndex { (turn($0), $0) > (turn(position), position) }
    waiting.insert(position, at: place ?? waiting.endIndex)
  }

  private func turn(_ position: Int) -> Turn {
    if cases[position].isHostile { return .hostile }
    if again.contains(position) { return .again }
    return cases[position].isRobustness ? .robustness : .ordinary
  }

  private func canStart(_ position: Int) -> Bool {
    guard unfinished.isDisjoint(with: cases[position].dependsOn) else { return false }
    guard !running.isEmpty else { return true }
    let turn = turn(position)
    guard turn == .ordinary || turn == .robustness, running.allSatisfy({ self.turn($0) == turn }) else { return false }
    return connectionCount(of: running + [position]) <= limit
  }

  /// How many connections are open while these cases run.
  private func connectionCount(of positions: [Int]) -> Int {
    let watches = positions.count { watched[$0] }
    return positions.reduce(sharesWatch ? min(watches, 1) : watches) { $0 + widths[$1] }
  }
}

extension Case {
  /// Whether it may crash, exhaust or hang a target.
  var isHostile: Bool { tags.contains(Case.hostileTag) }

  /// Whether it breaks the protocol, to see that it does no harm.
  var isRobustness: Bool { tags.contains(Case.robustnessTag) }

  /// How many connections it has open at once.
  package var connectionCount: Int {
    var open: Set<Int> = []
    var most = 1
    for step in steps {
      switch step.verb {
      case .close, .reset: open.remove(step.connection)
      default: open.insert(step.connection)
      }
      most = max(most, open.count)
    }
    return most
  }
}
