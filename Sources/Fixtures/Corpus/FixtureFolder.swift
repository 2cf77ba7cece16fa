// Fixture files from the file system: a folder given with `--fixtures`, or one file to be checked.
//
// The only place of this module that reads files.

internal import FoundationEssentials
internal import Glibc

/// Reads fixture files from disk.
package enum FixtureFolder {
  /// The files `PROTOCOL/TOPIC.yaml` below `path`, for these protocols, sorted by path.
  ///
  /// - Throws: Where the folder, or a file in it, cannot be read, or where it holds no folder of any protocol.
  package static func files(
    in path: String, folders: [String], known: [String]
  ) throws(FixtureErrors) -> [FixtureFile] {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { throw FixtureErrors([unreadable(path, errno)]) }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw FixtureErrors([unreadable(path, ENOTDIR)]) }
    let present = known.filter { FileManager.default.fileExists(atPath: "\(path)/\($0)") }
    guard !present.isEmpty else {
      let whole = SourceLocation(file: path, line: 0, column: 0)
      throw FixtureErrors([
        FixtureError(
          .noCases, "holds no folder " + known.joined(separator: ", "), at: whole,
          remedy: "cases stand in DIR/PROTOCOL/TOPIC.yaml")
      ])
    }
    var files: [FixtureFile] = []
    var errors: [FixtureError] = []
    for folder in folders where present.contains(folder) {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(folder)")) ?? []
      for name in names.sorted() where name.hasSuffix(".yaml") && !name.hasPrefix(".") {
        do {
          files.append(try file("\(path)/\(folder)/\(name)"))
        } catch {
          errors.append(error)
        }
      }
    }
    guard errors.isEmpty else { throw FixtureErrors(errors) }
    return files
  }

  /// One file, at most 4 MiB of UTF-8.
  package static func file(_ path: String) throws(FixtureError) -> FixtureFile {
    let bytes = try read(path)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      var decoder = UTF8()
      let line = firstInvalidLine(bytes, &decoder)
      throw FixtureError(
        .notUTF8, "line \(line) is not UTF-8", at: SourceLocation(file: path, line: 0, column: 0),
        remedy: "bytes that are no text are written {hex: \"ff\"}")
    }
    // Its folder names the protocol, so it is looked at from the root.
    let relative = path.hasPrefix("./") ? String(path.dropFirst(2)) : path
    let absolute = path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(relative)"
    var file = FixtureFile(name: absolute, text: text)
    file.name = path
    return file
  }

  /// The other fixture files of the folder that a file stands in, as far as they can be read.
  package static func siblings(of path: String) -> [FixtureFile] {
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { String(path[..<$0]) } ?? "."
    let own = slash.map { String(path[path.index(after: $0)...]) } ?? path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.sorted().filter { $0.hasSuffix(".yaml") && !$0.hasPrefix(".") && $0 != own }
      .compactMap { try? file("\(folder)/\($0)") }
  }

  private static func read(_ path: String) throws(FixtureError) -> [UInt8] {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unreadable(path, errno) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count == 0 { return bytes }
      if count < 0 {
        if errno == EINTR { continue }
        throw unreadable(path, errno)
      }
      bytes += chunk[0..<count]
      guard bytes.count <= FixtureSource.byteLimit else {
        throw FixtureError(
          .tooLarge, "a fixture file has at most \(FixtureSource.byteLimit) bytes",
          at: SourceLocation(file: path, line: 0, column: 0),
          remedy: "long content is written {fill: a, bytes: N} or {pattern: N}")
      }
    }
  }

  private static func firstInvalidLine(_ bytes: [UInt8], _ decoder: inout UTF8) -> Int {
    var line = 1
    var iterator = bytes.makeIterator()
    while true {
      switch decoder.decode(&iterator) {
      case .scalarValue("\n"): line += 1
      case .scalarValue: continue
      case .emptyInput, .error: return line
      }
    }
  }

  private static func unreadable(_ path: String, _ number: Int32) -> FixtureError {
    FixtureError(
      .unreadable, unsafe String(cString: strerror(number)), at: SourceLocation(file: path, line: 0, column: 0),
      underlying: number)
  }
}
