// The regular expressions of filters: POSIX extended, run over the bytes of the wire.
//
// An engine of our own, since hostile traffic must not make it slow: it follows all ways through the pattern at once, so
// that a text costs its length times the pattern's. docs/decisions/0014-linear-patterns.md says why no other will do.

internal import WireBytes

/// A compiled pattern.
struct FilterPattern: Sendable {
  private let program: PatternProgram

  /// Says what is wrong with a pattern.
  struct Malformed: Error {
    var message: String
  }

  init(_ source: String, ignoresCase: Bool) throws(Malformed) {
    guard source.utf8.count <= 4096 else { throw Malformed(message: "longer than 4096 bytes") }
    var parser = PatternParser(Array(source.utf8), ignoresCase: ignoresCase)
    program = try PatternProgram(try parser.parse())
  }

  /// Whether the pattern matches anywhere in the bytes.
  ///
  /// - Complexity: O(bytes × pattern), with ``PatternProgram/stepLimit`` for the pattern at most.
  func matches(_ bytes: RawSpan) -> Bool { program.matches(bytes) }
}

/// What a pattern says.
indirect enum PatternNode: Sendable {
  case empty
  /// One byte of those.
  case byte(ByteSet)
  case assertion(PatternAssertion)
  case sequence([PatternNode])
  case alternatives([PatternNode])
  /// As often as that; without a bound where `most` is nil.
  case repeated(PatternNode, least: Int, most: Int?)
}

/// What holds between two bytes.
enum PatternAssertion: UInt8, Sendable {
  case textStart, textEnd, wordBoundary, noWordBoundary, wordStart, wordEnd

  /// Whether it holds before the byte at `index`.
  func holds(in bytes: RawSpan, at index: Int) -> Bool {
    let before = index > 0 && ByteSet.word.contains(bytes.u8(at: index - 1))
    let after = index < bytes.byteCount && ByteSet.word.contains(bytes.u8(at: index))
    return switch self {
    case .textStart: index == 0
    case .textEnd: index == bytes.byteCount
    case .wordBoundary: before != after
    case .noWordBoundary: before == after
    case .wordStart: !before && after
    case .wordEnd: before && !after
    }
  }
}

/// A set of bytes: 256 bits.
struct ByteSet: Hashable, Sendable {
  private var words = SIMD4<UInt64>()

  static let word = ByteSet(0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F...0x5F)
  static let digit = ByteSet(0x30...0x39)
  static let space = ByteSet(0x09...0x0D, 0x20...0x20)
  /// The named classes of brackets, as the C locale has them.
  static let named: [String: ByteSet] = [
    "alnum": ByteSet(0x30...0x39, 0x41...0x5A, 0x61...0x7A), "alpha": ByteSet(0x41...0x5A, 0x61...0x7A),
    "blank": ByteSet(0x09...0x09, 0x20...0x20), "cntrl": ByteSet(0x00...0x1F, 0x7F...0x7F), "digit": digit,
    "graph": ByteSet(0x21...0x7E), "lower": ByteSet(0x61...0x7A), "print": ByteSet(0x20...0x7E),
    "punct": ByteSet(0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E), "space": space,
    "upper": ByteSet(0x41...0x5A), "xdigit": ByteSet(0x30...0x39, 0x41...0x46, 0x61...0x66),
  ]

  init(_ ranges: ClosedRange<UInt8>...) {
    for range in ranges { insert(range) }
  }

  func contains(_ byte: UInt8) -> Bool { words[Int(byte >> 6)] & (1 &<< UInt64(byte & 63)) != 0 }

  mutating func insert(_ range: ClosedRange<UInt8>) {
    for byte in range { words[Int(byte >> 6)] |= 1 &<< UInt64(byte & 63) }
  }

  mutating func formUnion(_ other: ByteSet) { words |= other.words }

  /// All other bytes.
  var inverted: ByteSet {
    var set = self
    set.words = ~words
    return set
  }

  /// The set with both cases of every letter in it.
  var foldingCase: ByteSet {
    var set = self
    for lower: UInt8 in 0x61...0x7A where contains(lower) || contains(lower - 0x20) {
      set.insert(lower...lower)
      set.insert((lower - 0x20)...(lower - 0x20))
    }
    return set
  }
}
