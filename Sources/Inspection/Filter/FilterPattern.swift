// The regular expressions of filters: POSIX extended, run by the C library over the bytes of the wire.
//
// Chosen over Swift's Regex because that one backtracks, which hostile traffic could make endless, and takes a String,
// which bytes of the wire need not be. Without back references the C library's automaton takes linear time.

internal import Glibc
internal import WireBytes

/// A compiled pattern.
///
/// Unchecked: what `compiled` points to is only read after `init`, and the C library locks what it caches inside.
@safe
final class FilterPattern: @unchecked Sendable {
  private let compiled: UnsafeMutablePointer<regex_t>

  /// Says what is wrong with a pattern.
  struct Malformed: Error {
    var message: String
  }

  init(_ source: String, ignoresCase: Bool) throws(Malformed) {
    let translated = try Self.translate(source)
    unsafe compiled = .allocate(capacity: 1)
    // An empty one, so that there is something to free whatever happens.
    unsafe compiled.initialize(to: regex_t())
    let options = REG_EXTENDED | REG_NOSUB | (ignoresCase ? REG_ICASE : 0)
    let status = unsafe regcomp(compiled, translated, options)
    guard status == 0 else {
      var words = [CChar](repeating: 0, count: 128)
      unsafe regerror(status, compiled, &words, words.count)
      unsafe compiled.pointee = regex_t()
      let text = String(decoding: words.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      throw Malformed(message: text)
    }
  }

  deinit {
    unsafe regfree(compiled)
    unsafe compiled.deallocate()
  }

  /// Whether the pattern matches anywhere in the bytes.
  func matches(_ bytes: RawSpan) -> Bool {
    unsafe bytes.withUnsafeBytes { buffer in
      // The bytes need no zero at their end, and may hold some: their range is given.
      var range = regmatch_t(rm_so: 0, rm_eo: regoff_t(truncatingIfNeeded: min(buffer.count, 1 << 30)))
      var none: CChar = 0
      return unsafe withUnsafePointer(to: &none) { none in
        let start = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self) ?? none
        return unsafe regexec(compiled, start, 0, &range, REG_STARTEND) == 0
      }
    }
  }

  /// Refuses what would make matching explode, and adds `\d` and `\D`, which everybody writes.
  private static func translate(_ source: String) throws(Malformed) -> String {
    guard source.utf8.count <= 4096 else { throw Malformed(message: "longer than 4096 bytes") }
    var output: [UInt8] = []
    var isEscaped = false, isInBrackets = false
    for byte in source.utf8 {
      guard byte != 0 else { throw Malformed(message: "a zero byte") }
      if isEscaped {
        isEscaped = false
        switch byte {
        case 0x31...0x39: throw Malformed(message: "back references are not supported")
        case 0x64: output += Array("[0-9]".utf8)
        case 0x44: output += Array("[^0-9]".utf8)
        default: output += [0x5C, byte]
        }
        continue
      }
      if byte == 0x5C, !isInBrackets {
        isEscaped = true
        continue
      }
      if byte == 0x5B { isInBrackets = true }
      if byte == 0x5D { isInBrackets = false }
      output.append(byte)
    }
    if isEscaped { throw Malformed(message: "it ends with a backslash") }
    return String(decoding: output, as: UTF8.self)
  }
}
