// A pattern as steps, and the machine that takes all of them at once.
//
// Thompson's construction: at each byte the set of steps that may be next. So no text takes longer than its length times
// the number of steps, and how many steps a pattern may have is bounded.

internal import WireBytes

/// The steps of a pattern.
struct PatternProgram: Sendable {
  private enum Step: Sendable {
    /// A byte of that set; the step after it is the next one.
    case byte(ByteSet)
    case assertion(PatternAssertion)
    /// Go on at either.
    case either(Int, Int)
    case goTo(Int)
    case match
  }

  private var steps: [Step] = []

  /// The most steps that a pattern may come to.
  static let stepLimit = 4000

  init(_ pattern: PatternNode) throws(FilterPattern.Malformed) {
    guard Self.size(of: pattern) < Self.stepLimit else {
      throw FilterPattern.Malformed(
        message: "written out, its repetitions come to more than \(Self.stepLimit) steps")
    }
    emit(pattern)
    steps.append(.match)
  }

  // MARK: Steps

  /// How many steps a node comes to; more than the limit is not counted exactly.
  private static func size(of node: PatternNode) -> Int {
    switch node {
    case .empty: 0
    case .byte, .assertion: 1
    case .sequence(let nodes): nodes.reduce(0) { min($0 + size(of: $1), stepLimit) }
    case .alternatives(let nodes): nodes.reduce(0) { min($0 + size(of: $1) + 2, stepLimit) }
    case .repeated(let node, let least, let most):
      // At least one for each, as the rounds of a repetition of nothing are written out, too.
      min((size(of: node) + 1) * max(most ?? least + 1, 1) + 2, stepLimit)
    }
  }

  private mutating func emit(_ node: PatternNode) {
    switch node {
    case .empty: break
    case .byte(let set): steps.append(.byte(set))
    case .assertion(let assertion): steps.append(.assertion(assertion))
    case .sequence(let nodes): for node in nodes { emit(node) }
    case .alternatives(let nodes): emit(alternatives: nodes)
    case .repeated(let node, let least, let most): emit(node, least: least, most: most)
    }
  }

  private mutating func emit(alternatives nodes: [PatternNode]) {
    var exits: [Int] = []
    for (index, node) in nodes.enumerated() {
      let fork = steps.count
      if index < nodes.count - 1 { steps.append(.goTo(0)) }
      emit(node)
      guard index < nodes.count - 1 else { break }
      exits.append(steps.count)
      steps.append(.goTo(0))
      steps[fork] = .either(fork + 1, steps.count)
    }
    for exit in exits { steps[exit] = .goTo(steps.count) }
  }

  private mutating func emit(_ node: PatternNode, least: Int, most: Int?) {
    for _ in 0..<least { emit(node) }
    guard let most else {
      let fork = steps.count
      steps.append(.goTo(0))
      emit(node)
      steps.append(.goTo(fork))
      steps[fork] = .either(fork + 1, steps.count)
      return
    }
    var forks: [Int] = []
    for _ in least..<most {
      forks.append(steps.count)
      steps.append(.goTo(0))
      emit(node)
    }
    for fork in forks { steps[fork] = .either(fork + 1, steps.count) }
  }

  // MARK: Matching

  /// Whether the steps lead through some part of the bytes.
  func matches(_ bytes: RawSpan) -> Bool {
    var current: [Int] = [], next: [Int] = [], waiting: [Int] = []
    // Where each step was last gone through: one more than the position, so that none is gone through twice there.
    var marks = [Int](repeating: 0, count: steps.count)
    for position in 0...bytes.byteCount {
      // A match may begin anywhere.
      if follow(0, at: position, bytes, &marks, &waiting, into: &current) { return true }
      guard position < bytes.byteCount else { break }
      let byte = bytes.u8(at: position)
      next.removeAll(keepingCapacity: true)
      for step in current {
        guard case .byte(let set) = steps[step], set.contains(byte) else { continue }
        if follow(step + 1, at: position + 1, bytes, &marks, &waiting, into: &next) { return true }
      }
      swap(&current, &next)
    }
    return false
  }

  /// Goes on from a step without taking a byte, and gathers the steps that take one.
  ///
  /// - Returns: Whether the end of the pattern was reached.
  private func follow(
    _ start: Int, at position: Int, _ bytes: RawSpan, _ marks: inout [Int], _ waiting: inout [Int],
    into list: inout [Int]
  ) -> Bool {
    waiting.append(start)
    while let step = waiting.popLast() {
      guard marks[step] != position + 1 else { continue }
      marks[step] = position + 1
      switch steps[step] {
      case .byte: list.append(step)
      case .assertion(let assertion): if assertion.holds(in: bytes, at: position) { waiting.append(step + 1) }
      case .either(let first, let second):
        waiting.append(second)
        waiting.append(first)
      case .goTo(let other): waiting.append(other)
      case .match: return true
      }
    }
    return false
  }
}
