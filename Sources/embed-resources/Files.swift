// Files and folders through libc: listing, reading, writing.
//
// The only place of this tool that touches the file system.

internal import Glibc

/// Which files are embedded.
enum Listing {
  /// Folders of material for tests only; no part of the product.
  static let testMaterial: Set<String> = ["invalid", "wire"]

  /// The paths of the files below `root`, relative to it, sorted by their bytes.
  ///
  /// Left out: names that begin with a dot or with `__` (caches of interpreters), and `testMaterial` at the top.
  static func files(below root: String) -> [String] {
    var found: [String] = []
    collect(root, prefix: "", into: &found)
    return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private static func collect(_ folder: String, prefix: String, into found: inout [String]) {
    for name in names(in: folder) where !name.hasPrefix(".") && !name.hasPrefix("__") {
      let path = "\(folder)/\(name)"
      var status = stat()
      guard unsafe stat(path, &status) == 0 else { continue }
      switch status.st_mode & S_IFMT {
      case S_IFDIR where !(prefix.isEmpty && testMaterial.contains(name)):
        collect(path, prefix: "\(prefix)\(name)/", into: &found)
      case S_IFREG: found.append("\(prefix)\(name)")
      default: break
      }
    }
  }

  private static func names(in folder: String) -> [String] {
    guard let handle = unsafe opendir(folder) else { return [] }
    defer { unsafe closedir(handle) }
    var names: [String] = []
    while let entry = unsafe readdir(handle) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { tuple in
        unsafe tuple.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      names.append(name)
    }
    return names
  }
}

/// Whole files.
enum FileBytes {
  static func read(_ path: String) -> [UInt8]? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count == 0 { return bytes }
      if count < 0 {
        if errno == EINTR { continue }
        return nil
      }
      bytes.append(contentsOf: chunk[0..<count])
    }
  }

  /// Replaces the file at `path`.
  static func write(_ text: String, to path: String) -> Bool {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { return false }
    let isWritten = writeAll(Array(text.utf8), to: descriptor)
    return close(descriptor) == 0 && isWritten
  }

  static func writeError(_ text: String) {
    _ = writeAll(Array(text.utf8), to: 2)
  }

  private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        return false
      }
      rest = rest.dropFirst(count)
    }
    return true
  }
}
