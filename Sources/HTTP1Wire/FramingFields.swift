// Content-Length and Transfer-Encoding, read piece by piece.
//
// Folded lines make one value arrive in several lines, so these readers keep a small state instead of the bytes.
// They say what the fields hold; what follows from it is HTTP1Decoder's framing decision.

internal import WireBytes

/// Reads the Content-Length values of one message.
///
/// Spec: RFC 9110 section 8.6; RFC 9112 section 6.3.
struct ContentLengthReader: Sendable {
  /// What one field line brought.
  struct Facts: OptionSet, Sendable {
    var rawValue: UInt8
    static let invalid = Facts(rawValue: 1)
    static let tooLarge = Facts(rawValue: 2)
    static let repeated = Facts(rawValue: 4)
    static let differs = Facts(rawValue: 8)
  }

  private enum State: UInt8 { case beforeDigits, digits, afterDigits }

  /// The first value given.
  private(set) var value: UInt64?
  /// The value that was different, or 0.
  private(set) var otherValue: UInt64 = 0
  /// Whether every value given is a number and all are the same.
  private(set) var isValid = true
  /// Whether a line was read.
  private(set) var isPresent = false
  private var current: UInt64 = 0
  private var state = State.beforeDigits
  private var lineFacts: Facts = []

  mutating func feed(_ bytes: RawSpan) {
    for index in 0..<bytes.byteCount {
      let byte = bytes.u8(at: index)
      switch byte {
      case 0x30...0x39:
        if state == .afterDigits { lineFacts.insert(.invalid) }
        state = .digits
        let (product, overflow) = current.multipliedReportingOverflow(by: 10)
        let (sum, carry) = product.addingReportingOverflow(UInt64(byte &- 0x30))
        if overflow || carry || sum > UInt64(Int64.max) { lineFacts.insert(.tooLarge) }
        current = overflow || carry ? .max : sum
      case ASCII.space, ASCII.tab:
        if state == .digits { state = .afterDigits }
      case 0x2C:
        finishElement()
      default:
        lineFacts.insert(.invalid)
      }
    }
  }

  /// Between a field line and the line that continues it stands whitespace.
  mutating func feedFold() {
    if state == .digits { state = .afterDigits }
  }

  /// The line (with its continuations) is over.
  ///
  /// Returns what it brought.
  mutating func finishLine() -> Facts {
    finishElement()
    isPresent = true
    let facts = lineFacts
    if !facts.isDisjoint(with: [.invalid, .tooLarge, .differs]) { isValid = false }
    lineFacts = []
    return facts
  }

  private mutating func finishElement() {
    if state == .beforeDigits {
      lineFacts.insert(.invalid)
    } else if let value {
      if value == current {
        lineFacts.insert(.repeated)
      } else {
        lineFacts.insert(.differs)
        otherValue = current
      }
    } else {
      value = current
    }
    current = 0
    state = .beforeDigits
  }
}

/// Reads the Transfer-Encoding values of one message.
///
/// Spec: RFC 9112 sections 6.1 and 7.
struct TransferEncodingReader: Sendable {
  private enum State: UInt8 { case beforeName, name, afterName, parameters, quoted, escaped }

  /// Whether a line was read.
  private(set) var isPresent = false
  /// Whether the last coding named is chunked.
  private(set) var endsInChunked = false
  /// Whether chunked was named before the last coding (also: twice).
  private(set) var hasEarlierChunked = false
  /// Whether chunked had parameters.
  private(set) var chunkedHasParameters = false
  /// Whether a byte stood where the grammar has no place for it.
  private(set) var isMalformed = false
  private var state = State.beforeName
  private var matched = 0
  private var matches = true

  mutating func feed(_ bytes: RawSpan) {
    for index in 0..<bytes.byteCount { feed(bytes.u8(at: index)) }
  }

  /// Between a field line and the line that continues it stands whitespace.
  mutating func feedFold() { feed(ASCII.space) }

  /// The line (with its continuations) is over.
  mutating func finishLine() {
    if state == .quoted || state == .escaped { isMalformed = true }
    finishCoding()
    isPresent = true
  }

  private mutating func feed(_ byte: UInt8) {
    switch state {
    case .beforeName, .name, .afterName:
      switch byte {
      case 0x2C: finishCoding()
      case 0x3B:
        if state == .beforeName { isMalformed = true }
        if isChunkedName { chunkedHasParameters = true }
        state = .parameters
      case ASCII.space, ASCII.tab:
        if state == .name { state = .afterName }
      default:
        if state == .afterName || !ASCII.isTokenByte(byte) {
          isMalformed = true
          matches = false
        }
        state = .name
        match(byte)
      }
    case .parameters:
      if byte == 0x2C { finishCoding() }
      if byte == 0x22 { state = .quoted }
    case .quoted:
      if byte == 0x22 { state = .parameters }
      if byte == 0x5C { state = .escaped }
    case .escaped:
      state = .quoted
    }
  }

  private mutating func match(_ byte: UInt8) {
    let name: StaticString = "chunked"
    if matched < name.utf8CodeUnitCount, unsafe name.utf8Start[matched] == ASCII.lowercased(byte) {
      matched &+= 1
    } else {
      matches = false
    }
  }

  private var isChunkedName: Bool { state != .beforeName && matches && matched == 7 }

  private mutating func finishCoding() {
    if state != .beforeName {
      if endsInChunked { hasEarlierChunked = true }
      endsInChunked = isChunkedName
    }
    state = .beforeName
    matched = 0
    matches = true
  }
}
