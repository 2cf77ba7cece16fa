// Bytes of a report, growing: what every renderer writes to.
//
// Appending only. Who takes the bytes away, and when, is the command line's matter; nothing here does I/O.

package import WireBytes

/// A growing run of UTF-8 bytes that is reused from one exchange to the next.
package struct TextBuffer: Sendable {
  /// Room, of which the first `count` bytes are written; the rest is there to be overwritten.
  ///
  /// Never shorter than it has been: appending is a comparison and a copy.
  private var room: [UInt8] = []
  /// How many bytes were written and not yet taken away.
  package private(set) var count = 0

  package init() {}

  /// What was written and not yet taken away.
  package var bytes: ArraySlice<UInt8> { room[..<count] }
  package var isEmpty: Bool { count == 0 }
  /// The text so far, for tests and small texts.
  package var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Forgets the bytes, keeping the room.
  package mutating func clear() { count = 0 }

  /// Forgets everything behind the first `count` bytes.
  mutating func truncate(to count: Int) { self.count = min(count, self.count) }

  @inline(__always)
  private mutating func append(_ source: UnsafeRawBufferPointer) {
    guard let start = source.baseAddress, unsafe !source.isEmpty else { return }
    if room.count &- count < source.count { grow(source.count) }
    unsafe room.withUnsafeMutableBytes { room in
      unsafe room.baseAddress?.advanced(by: count).copyMemory(from: start, byteCount: source.count)
    }
    count &+= source.count
  }

  @inline(never)
  private mutating func grow(_ needed: Int) {
    let target = max(room.count &* 2, count &+ needed, 256)
    room.append(contentsOf: repeatElement(0, count: target &- room.count))
  }

  /// Appends a literal.
  @inline(__always)
  package mutating func append(_ literal: StaticString) {
    unsafe append(UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
  }

  /// Appends a text as it is; one of the wire must have been escaped by `WireText`.
  package mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { unsafe append(UnsafeRawBufferPointer($0)) }
  }

  /// Appends bytes as they are.
  @inline(__always)
  package mutating func append(_ span: RawSpan) {
    unsafe span.withUnsafeBytes { unsafe append($0) }
  }

  /// Appends bytes as they are, between two single ones: room is looked for once.
  @inline(__always)
  mutating func append(byte before: UInt8, _ middle: UnsafeRawBufferPointer, byte after: UInt8) {
    let total = middle.count &+ 2
    if room.count &- count < total { grow(total) }
    unsafe room.withUnsafeMutableBytes { room in
      let place = unsafe UnsafeMutableRawBufferPointer(rebasing: room[count..<(count &+ total)])
      unsafe place[0] = before
      unsafe place[total &- 1] = after
      unsafe UnsafeMutableRawBufferPointer(rebasing: place[1..<(total &- 1)]).copyMemory(from: middle)
    }
    count &+= total
  }

  /// Appends one byte.
  @inline(__always)
  package mutating func append(byte: UInt8) {
    if count == room.count { grow(1) }
    room[count] = byte
    count &+= 1
  }

  /// Appends bytes of the wire, escaped for people.
  ///
  /// - Returns: Whether they are plain ASCII and stand for themselves: one byte, one column.
  @discardableResult
  package mutating func append(wire span: RawSpan) -> Bool {
    for index in 0..<span.byteCount {
      let byte = span.u8(at: index)
      guard byte >= 0x20, byte < 0x7F, byte != 0x5C else {
        append(WireText.escape(span))
        return false
      }
    }
    append(span)
    return true
  }

  /// Appends bytes of the wire, escaped for people.
  package mutating func append(wire bytes: ArraySlice<UInt8>) {
    // The bytes of a [UInt8] have no padding: reading them raw is sound.
    unsafe append(wire: bytes.span.bytes)
  }

  /// Appends spaces.
  package mutating func append(spaces count: Int) {
    let run: StaticString = "                                                                "
    var left = count
    while left > 0 {
      let taken = min(left, run.utf8CodeUnitCount)
      unsafe append(UnsafeRawBufferPointer(start: run.utf8Start, count: taken))
      left &-= taken
    }
  }

  /// Appends an unsigned number in decimal.
  package mutating func append(decimal value: UInt64, minimumDigits: Int = 1) {
    var digits: [20 of UInt8] = .init(repeating: 0x30)
    var rest = value
    var first = 20
    while rest > 0 {
      first &-= 1
      digits[first] = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    first = min(first, 20 - min(max(minimumDigits, 1), 20))
    unsafe append(digits.span.bytes.extracting(first..<20))
  }

  /// Appends a signed number in decimal.
  package mutating func append(decimal value: Int64) {
    if value < 0 { append(byte: 0x2D) }
    append(decimal: value.magnitude)
  }

  /// Appends a number in decimal.
  package mutating func append(decimal value: Int) { append(decimal: Int64(value)) }

  /// Appends a duration in milliseconds with three decimals, rounded half up: `12.345`.
  package mutating func append(millisecondsOf nanoseconds: Int64) {
    if nanoseconds < 0 { append(byte: 0x2D) }
    let microseconds = (nanoseconds.magnitude &+ 500) / 1000
    append(decimal: microseconds / 1000)
    append(byte: 0x2E)
    append(decimal: microseconds % 1000, minimumDigits: 3)
  }

  /// Appends a moment in seconds since 1970 with six decimals, cut towards zero: `1700000000.123456`.
  package mutating func append(secondsOf time: Timestamp) {
    let seconds = time.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    if time.nanoseconds < 0 { append(byte: 0x2D) }
    append(decimal: seconds.quotient.magnitude)
    append(byte: 0x2E)
    append(decimal: seconds.remainder.magnitude / 1000, minimumDigits: 6)
  }

  /// Appends two hex digits.
  package mutating func append(hex byte: UInt8) {
    for nibble in [byte >> 4, byte & 15] { append(byte: nibble < 10 ? 0x30 + nibble : 0x57 + nibble) }
  }
}

extension Int64 {
  /// Milliseconds as nanoseconds; what no `Int64` holds becomes 0.
  package init(nanosecondsOf milliseconds: Double) {
    self = Int64(exactly: (milliseconds * 1_000_000).rounded()) ?? 0
  }
}
