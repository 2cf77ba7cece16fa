// Writing bytes out: standard output, standard error and files, in large writes.
//
// A closed pipe is no error: the reader has seen enough, and the program ends with 0.

import Glibc
import Reports

/// An open file that bytes are written to.
struct FileOutput: Sendable {
  let descriptor: Int32
  /// What messages call it.
  let name: String

  static let standardOutput = FileOutput(descriptor: STDOUT_FILENO, name: "standard output")
  static let standardError = FileOutput(descriptor: STDERR_FILENO, name: "standard error")

  /// Opens a file for writing; `-` is standard output.
  static func open(_ path: String) throws(CommandFailure) -> FileOutput {
    if path == "-" { return standardOutput }
    let descriptor = unsafe Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw CommandFailure(.unreachable, "\(path) cannot be written: \(SystemError.words(errno))")
    }
    return FileOutput(descriptor: descriptor, name: path)
  }

  /// Writes everything that the buffer holds, and empties it.
  func drain(_ buffer: inout TextBuffer) {
    write(buffer.bytes)
    buffer.clear()
  }

  func write(_ text: String) { write(ArraySlice(text.utf8)) }

  /// Writes all bytes; ends the program where that cannot be done.
  func write(_ bytes: ArraySlice<UInt8>) {
    var start = bytes.startIndex
    while start < bytes.endIndex {
      let written = unsafe bytes[start...].withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written >= 0 {
        start += written
      } else if errno == EAGAIN {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        unsafe poll(&wanted, 1, -1)
      } else if errno != EINTR {
        if errno == EPIPE { Ending.leave(.success) }
        if descriptor != STDERR_FILENO { Ending.complain("\(name) cannot be written: \(SystemError.words(errno))") }
        Ending.leave(.unreachable)
      }
    }
  }
}

/// The system's words for an error number.
enum SystemError {
  static func words(_ number: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard unsafe strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
