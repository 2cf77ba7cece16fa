// The words that the system has for its error numbers.

internal import Glibc

/// An error number of the system, in words.
package enum SystemError {
  /// What `strerror` says, from any thread; `error 999` for a number that the system does not know.
  package static func words(_ number: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard unsafe strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
