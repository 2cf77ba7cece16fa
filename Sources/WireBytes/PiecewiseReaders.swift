// What codecs read while it arrives in pieces: a decimal number, a name that they know, a request's CONTENT_LENGTH.
//
// Nothing is gathered: a number is added up, a name is compared as it comes.

/// Reads a decimal number that arrives in pieces.
public struct DecimalReader: Hashable, Sendable {
  private var sum: UInt64 = 0
  private var isSound = true
  /// How many bytes were read.
  public private(set) var byteCount: UInt64 = 0

  /// A reader that has read nothing.
  public init() {}

  /// The number; nil when nothing was read, when a byte is no digit, and for 2⁶³ or more.
  public var value: UInt64? { isSound && byteCount > 0 ? sum : nil }

  /// Takes the next bytes.
  public mutating func receive(_ bytes: RawSpan) {
    byteCount &+= UInt64(bytes.byteCount)
    guard isSound else { return }
    for index in 0..<bytes.byteCount {
      let digit = bytes.u8(at: index) &- 0x30
      guard digit < 10, sum <= (UInt64(Int64.max) &- UInt64(digit)) / 10 else {
        isSound = false
        return
      }
      sum = sum &* 10 &+ UInt64(digit)
    }
  }
}

/// Compares a name that arrives in pieces with one that is known.
public struct NameMatcher: Sendable {
  private let name: StaticString
  private var matched = 0
  private var isSound = true

  /// A matcher that has read nothing.
  public init(_ name: StaticString) { self.name = name }

  /// Whether what was read is exactly the name.
  public var isMatch: Bool { isSound && matched == name.utf8CodeUnitCount }

  /// Takes the next bytes.
  public mutating func receive(_ bytes: RawSpan) {
    guard isSound else { return }
    let count = bytes.byteCount
    guard name.utf8CodeUnitCount &- matched >= count else {
      isSound = false
      return
    }
    for index in 0..<count where unsafe bytes.u8(at: index) != name.utf8Start[matched &+ index] {
      isSound = false
      return
    }
    matched &+= count
  }

  /// Begins with another name's first byte.
  public mutating func reset() {
    matched = 0
    isSound = true
  }
}

/// Reads CONTENT_LENGTH among the variables of a request; the first one of that name counts.
public struct ContentLengthReader: Sendable {
  /// What a variable was.
  public enum Outcome: Hashable, Sendable {
    /// The one that counts.
    case counts
    /// One of the same name after it.
    case repeated
    /// One of another name.
    case otherName
  }

  private var name = NameMatcher("CONTENT_LENGTH")
  /// The value of the variable that is read, as a number.
  public private(set) var number = DecimalReader()
  /// Whether there was one.
  public private(set) var isFound = false
  /// The length; nil where there was none, and where it is no number.
  public private(set) var value: UInt64?

  /// A reader that has read nothing.
  public init() {}

  /// The next variable begins.
  public mutating func begin() {
    name.reset()
    number = DecimalReader()
  }

  /// Takes the next bytes of the variable's name.
  public mutating func receiveName(_ bytes: RawSpan) { name.receive(bytes) }

  /// Takes the next bytes of its value.
  public mutating func receiveValue(_ bytes: RawSpan) { number.receive(bytes) }

  /// The variable is whole.
  public mutating func end() -> Outcome {
    guard name.isMatch else { return .otherName }
    guard !isFound else { return .repeated }
    isFound = true
    value = number.value
    return .counts
  }
}
