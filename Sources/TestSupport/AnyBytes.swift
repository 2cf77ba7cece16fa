// The law of any bytes as a function: damaged inputs by the thousand, one check for each.
//
// The loop of the tests and of a longer fuzz run; what is checked is the caller's.

import WireBytes

/// Runs a check over seeded mutations of known inputs.
public enum AnyBytes {
  /// An input that failed its check.
  public struct Failure: Sendable, CustomStringConvertible {
    /// The seed of the run, which repeats it.
    public var seed: UInt64
    /// The number of the round, from 0.
    public var round: Int
    /// The input, made as short as keeps it failing.
    public var input: [UInt8]
    /// What the check said of it.
    public var message: String

    /// The failure in one line, the input in hexadecimal.
    public var description: String {
      let hex = input.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
      return "seed \(seed) round \(round): \(message); input: \(hex)"
    }
  }

  /// Damages inputs and checks each result, until `count` are checked or one fails.
  ///
  /// - Parameters:
  ///   - inputs: The inputs to begin with, not empty.
  ///   - count: How many damaged inputs to check.
  ///   - seed: Equal seeds give equal runs.
  ///   - limit: The greatest length of a damaged input.
  ///   - check: Says what is wrong with how this input was handled, or nil. Also called with shorter inputs when
  ///     one failed.
  /// - Returns: The first failure, its input made short; nil when all passed.
  public static func run(
    from inputs: [[UInt8]], count: Int, seed: UInt64, limit: Int = 512, check: ([UInt8]) -> String?
  ) -> Failure? {
    precondition(!inputs.isEmpty, "a fuzz run needs an input to damage")
    var generator = SeededGenerator(seed: seed)
    for round in 0..<count {
      var input = inputs[generator.below(inputs.count)]
      if input.count > limit { input.removeLast(input.count - limit) }
      Mutations.damage(&input, splicingWith: inputs, limit: limit, using: &generator)
      guard let message = check(input) else { continue }
      let (shrunk, final) = shrink(input, message, check)
      return Failure(seed: seed, round: round, input: shrunk, message: final)
    }
    return nil
  }

  /// Leaves out stretches, ever smaller ones, as long as the check still fails.
  public static func shrink(
    _ input: [UInt8], _ message: String, _ check: ([UInt8]) -> String?
  ) -> (input: [UInt8], message: String) {
    var best = input
    var said = message
    var stretch = best.count / 2
    while stretch > 0 {
      var start = 0
      while start < best.count {
        var shorter = best
        shorter.removeSubrange(start..<min(start + stretch, best.count))
        if let message = check(shorter) {
          best = shorter
          said = message
        } else {
          start += stretch
        }
      }
      stretch /= 2
    }
    return (best, said)
  }
}
