// Reading the files that the command line names: request bodies, baselines.
//
// Whole files, within a bound; errors say which file and why.

import Glibc
import Reports
import Transports

enum InputFile {
  /// The most bytes of a file that are read.
  static let byteLimit = 1 << 30

  /// The bytes of a file; `-` is standard input.
  static func bytes(_ path: String) throws(CommandFailure) -> [UInt8] {
    let descriptor = path == "-" ? dup(STDIN_FILENO) : unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unreadable(path) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe piece.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
      if count == 0 { return bytes }
      if count < 0 {
        if errno == EINTR { continue }
        throw unreadable(path)
      }
      guard bytes.count + count <= byteLimit else {
        throw CommandFailure(.usage, "\(path) is larger than 1 GiB, the most that gatespec sends")
      }
      bytes.append(contentsOf: piece.prefix(count))
    }
  }

  /// The text of a file; nil where it cannot be read.
  static func text(_ path: String) -> String? {
    (try? bytes(path)).map { String(decoding: $0, as: UTF8.self) }
  }

  private static func unreadable(_ path: String) -> CommandFailure {
    CommandFailure(.usage, "\(path) cannot be read: \(SystemError.words(errno))")
  }
}
