// A folder for what a run needs beside its target: a socket, a program, an answer.
//
// Only this user can look into it, so its names are nobody else's, and all of it goes when the run ends.

internal import Glibc
internal import Synchronization

/// A folder of its own below `TMPDIR`, with what is written to it.
package final class TemporaryFolder: Sendable {
  package let path: String
  private let isRemoved = Mutex(false)

  /// Makes it, with mode 0700.
  ///
  /// - Throws: Where none can be made.
  package init() throws(TransportError) {
    let base = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    // The system puts letters in place of the six.
    var template = Array("\(base)/gatespec-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else {
      throw TransportError(
        .failed, "no folder can be made below \(base): \(SystemError.words(errno))", context: base,
        remedy: "TMPDIR names another place")
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Writes a new file that only this user can read.
  ///
  /// - Throws: Where that is not possible: a full disk, a name that is taken.
  package func write(_ text: String, to name: String) throws(TransportError) {
    let descriptor = unsafe open("\(path)/\(name)", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw trouble(name) }
    defer { close(descriptor) }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { throw trouble(name) }
      rest = rest.dropFirst(count)
    }
  }

  private func trouble(_ name: String) -> TransportError {
    TransportError(.failed, "\(path)/\(name) cannot be written: \(SystemError.words(errno))", context: path)
  }

  /// Removes the folder with all files in it and in the folders directly below, as Python makes one; once.
  package func remove() {
    let wasRemoved = isRemoved.withLock { isRemoved in
      defer { isRemoved = true }
      return isRemoved
    }
    guard !wasRemoved else { return }
    for name in Self.entries(path) where unsafe unlink("\(path)/\(name)") != 0 {
      for inner in Self.entries("\(path)/\(name)") { unsafe _ = unlink("\(path)/\(name)/\(inner)") }
      unsafe _ = rmdir("\(path)/\(name)")
    }
    unsafe _ = rmdir(path)
  }

  private static func entries(_ path: String) -> [String] {
    // A link that somebody put there is not followed.
    let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0, let folder = unsafe fdopendir(descriptor) else { return [] }
    defer { unsafe closedir(folder) }
    var names: [String] = []
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }
}
