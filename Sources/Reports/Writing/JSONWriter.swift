// JSON, written byte by byte without Foundation: what `--format json` and `--report json=` are made with.
//
// Structure and numbers. How bytes of the wire become a JSON string is JSONWriter+Escaping's; docs/json.md tells users.

package import WireBytes

/// Writes one JSON value after another into a buffer that is reused.
///
/// Commas are placed by the writer; balanced begins and ends are the caller's duty.
package struct JSONWriter: Sendable {
  /// What was written.
  package var output = TextBuffer()
  private var needsComma = false

  package init() {}

  @inline(__always)
  private mutating func separate() {
    if needsComma { output.append(byte: 0x2C) }
    needsComma = true
  }

  package mutating func beginObject() {
    separate()
    output.append(byte: 0x7B)
    needsComma = false
  }

  /// Begins an object on a line of its own.
  mutating func beginObject(onNewLine: Bool) {
    separate()
    if onNewLine { output.append("\n") }
    output.append(byte: 0x7B)
    needsComma = false
  }

  /// A string of bytes that are UTF-8.
  mutating func text(_ bytes: RawSpan) {
    separate()
    output.append(byte: 0x22)
    output.appendJSON(bytes, isWire: false)
    output.append(byte: 0x22)
  }

  package mutating func endObject() {
    output.append(byte: 0x7D)
    needsComma = true
  }

  package mutating func beginArray() {
    separate()
    output.append(byte: 0x5B)
    needsComma = false
  }

  package mutating func endArray() {
    output.append(byte: 0x5D)
    needsComma = true
  }

  /// Ends a line; the next value begins afresh.
  package mutating func endLine() {
    output.append(byte: 0x0A)
    needsComma = false
  }

  /// Writes a member's name, which must need no escaping.
  @inline(__always)
  package mutating func key(_ name: StaticString) {
    separate()
    unsafe output.append(
      byte: 0x22, UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount), byte: 0x22)
    output.append(byte: 0x3A)
    needsComma = false
  }

  package mutating func null() {
    separate()
    output.append("null")
  }

  package mutating func boolean(_ value: Bool) {
    separate()
    output.append(value ? "true" : "false")
  }

  package mutating func number(_ value: UInt64) {
    separate()
    output.append(decimal: value)
  }

  package mutating func number(_ value: Int) {
    separate()
    output.append(decimal: value)
  }

  /// A number with three decimals; null where it is not known, or none.
  package mutating func number(_ value: Double?) {
    guard let value, abs(value) < 1e15 else { return null() }
    separate()
    output.append(fixed: value, decimals: 3)
  }

  /// A duration in milliseconds with three decimals; null where it is not known.
  package mutating func milliseconds(_ nanoseconds: Int64?) {
    guard let nanoseconds else { return null() }
    separate()
    output.append(millisecondsOf: nanoseconds)
  }

  /// A moment in seconds since 1970 with six decimals; null where it is not known.
  package mutating func seconds(_ time: Timestamp?) {
    guard let time else { return null() }
    separate()
    output.append(secondsOf: time)
  }

  /// A word that needs no escaping.
  package mutating func word(_ literal: StaticString) {
    separate()
    output.append(byte: 0x22)
    output.append(literal)
    output.append(byte: 0x22)
  }

  /// A string of one letter that needs no escaping.
  package mutating func letter(_ letter: UInt8) {
    separate()
    output.append(byte: 0x22)
    output.append(byte: letter)
    output.append(byte: 0x22)
  }

  /// A text of ours: a message, a path, an address.
  package mutating func string(_ text: String) {
    var text = text
    text.withUTF8 { unsafe string(UnsafeRawBufferPointer($0).bytes) }
  }

  /// A text of ours, as UTF-8.
  mutating func string(_ text: RawSpan) {
    separate()
    output.append(byte: 0x22)
    output.appendJSON(text, isWire: false)
    output.append(byte: 0x22)
  }

  /// Bytes of the wire; `\` is doubled and a byte that is not UTF-8 becomes `\xHH`, inside the JSON string.
  @inline(__always)
  package mutating func wire(_ bytes: RawSpan) {
    separate()
    if bytes.plainJSONPrefix == bytes.byteCount {
      unsafe bytes.withUnsafeBytes { unsafe output.append(byte: 0x22, $0, byte: 0x22) }
      return
    }
    output.append(byte: 0x22)
    output.appendJSON(bytes, isWire: true)
    output.append(byte: 0x22)
  }

  /// Bytes of the wire.
  package mutating func wire(_ bytes: ArraySlice<UInt8>) { unsafe wire(bytes.span.bytes) }

  /// Bytes of the wire.
  package mutating func wire(_ bytes: [UInt8]) { unsafe wire(bytes.span.bytes) }
}
