// The law of fragmentation as a function: the same bytes, cut anywhere, give the same log.
//
// Knows no codec: a decoder is a closure from pieces to lines of text. What a log holds is its maker's matter;
// content that arrives in pieces has to be joined in it.

/// Cuts a stream in many ways and compares what a decoder makes of it.
public enum Fragmentation {
  /// One way of cutting that gave another log than the whole stream.
  public struct Difference: Sendable, CustomStringConvertible {
    /// How the stream was cut, such as `every 3` or `at 7, 12`.
    public var cut: String
    /// The first line that differs, as the whole stream gives it; nil where it gives none.
    public var expected: String?
    /// The same line as the cut stream gives it; nil where it gives none.
    public var actual: String?

    /// The difference in one line.
    public var description: String {
      "cut \(cut): expected \(expected ?? "no more lines"), got \(actual ?? "no more lines")"
    }
  }

  /// Decodes `bytes` whole, byte by byte, cut at every position, cut every N bytes, and (for at most
  /// `pairLimit` bytes) cut at every pair of positions, with empty pieces among them.
  ///
  /// - Parameters:
  ///   - bytes: The stream.
  ///   - pairLimit: The longest stream that is cut at every pair of positions.
  ///   - decode: Feeds the pieces in their order to a fresh decoder, ends the stream and returns the log.
  /// - Returns: The ways of cutting that gave another log than the whole stream; empty when all is well.
  public static func verify(
    _ bytes: [UInt8], pairLimit: Int = 40, _ decode: ([ArraySlice<UInt8>]) -> [String]
  ) -> [Difference] {
    let expected = decode([bytes[...]])
    var differences: [Difference] = []
    func check(_ cut: @autoclosure () -> String, _ pieces: [ArraySlice<UInt8>]) {
      let actual = decode(pieces)
      guard actual != expected else { return }
      let line = zip(expected, actual).prefix { $0 == $1 }.count
      differences.append(
        Difference(
          cut: cut(), expected: line < expected.count ? expected[line] : nil,
          actual: line < actual.count ? actual[line] : nil))
    }
    check("with empty pieces", [[], bytes[...], []])
    for length in 1..<max(2, bytes.count) {
      check("every \(length)", pieces(of: bytes, every: length))
    }
    for position in 0...bytes.count {
      check("at \(position)", [bytes[..<position], bytes[position...]])
    }
    if bytes.count <= pairLimit {
      for first in 0...bytes.count {
        for second in first...bytes.count {
          check("at \(first), \(second)", [bytes[..<first], bytes[first..<second], bytes[second...]])
        }
      }
    }
    return differences
  }

  /// `bytes` in pieces of `length` bytes, the last one perhaps shorter.
  public static func pieces(of bytes: [UInt8], every length: Int) -> [ArraySlice<UInt8>] {
    stride(from: 0, to: bytes.count, by: length).map { bytes[$0..<min($0 + length, bytes.count)] }
  }
}
