// Random numbers that a seed repeats, for property tests and for requests that are generated.
//
// Not for anything that has to be unpredictable.

/// A repeatable source of random numbers (SplitMix64).
///
///     var generator = SeededGenerator(seed: 42)
///     let index = Int.random(in: 0..<10, using: &generator)
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// Equal seeds give equal numbers.
  public init(seed: UInt64) { state = seed }

  /// The next number, any of 64 bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number in `0..<bound`, or 0 for a bound of 0.
  ///
  /// Quick rather than perfectly even.
  public mutating func below(_ bound: Int) -> Int {
    bound <= 0 ? 0 : Int((next() >> 1) % UInt64(bound))
  }
}
