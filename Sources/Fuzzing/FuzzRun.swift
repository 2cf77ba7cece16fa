// The loop: so many damaged inputs for one target, or as many as the time allows.

internal import Glibc
package import TestSupport

/// A run of one target.
package struct FuzzRun {
  package let target: FuzzTarget
  /// Inputs checked, and their bytes.
  package private(set) var rounds = 0
  package private(set) var byteCount = 0
  package private(set) var seconds = 0.0
  /// The first input that failed, made short.
  package private(set) var failure: AnyBytes.Failure?

  /// Inputs between two looks at the clock.
  private static let batch = 512

  package init(_ target: FuzzTarget) { self.target = target }

  /// Checks damaged inputs until one fails.
  ///
  /// - Parameters:
  ///   - count: How many inputs.
  ///   - seed: Equal seeds give equal inputs.
  ///   - deadline: The most seconds that it takes, looked at now and then.
  ///   - beat: Called now and then, to tell progress from a hang.
  ///   - watch: Gets every input before it is checked.
  package mutating func run(
    _ count: Int, seed: UInt64, deadline: Double, beat: () -> Void = {}, watch: ([UInt8]) -> Void = { _ in }
  ) {
    let start = Self.now
    while failure == nil, rounds < count, seconds < deadline {
      let size = min(Self.batch, count - rounds)
      var bytes = 0
      beat()
      failure = AnyBytes.run(
        from: target.seeds, count: size, seed: seed &+ UInt64(rounds), limit: target.limit
      ) { input in
        bytes += input.count
        watch(input)
        return target.check(input)
      }
      rounds += size
      byteCount += bytes
      seconds = Self.now - start
    }
  }

  private static var now: Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
