// Golden files: recorded text that results are compared with.
//
// `RECORD_SNAPSHOTS=1` in the environment writes what was found and still fails, so that a recording is looked at.

internal import Foundation

/// Folders of golden files and the comparison with one.
public enum Golden {
  /// The folder `fixtures/wire/PROTOCOL` of the package that the calling test file belongs to.
  ///
  /// - Parameters:
  ///   - wireProtocol: The folder's name.
  ///   - file: The test's own path, `…/Tests/TARGET/File.swift`.
  public static func wireFolder(_ wireProtocol: String, file: String = #filePath) -> String {
    let root = file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    return root + "/fixtures/wire/" + wireProtocol
  }

  /// The names of the `.wire` files in `folder` without their extension, sorted.
  public static func wireFiles(in folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(".wire") }.map { String($0.dropLast(5)) }.sorted()
  }

  /// The parsed file `folder/name.wire`.
  public static func wireFile(_ name: String, in folder: String) throws -> WireFile {
    try WireFile(parsing: try String(contentsOfFile: "\(folder)/\(name).wire", encoding: .utf8))
  }

  /// Compares `lines` with the file `folder/name.events`.
  ///
  /// - Returns: What differs, or that the file was recorded; nil when they are equal.
  public static func compare(_ lines: [String], withEvents name: String, in folder: String) -> String? {
    let path = "\(folder)/\(name).events"
    if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1" {
      let text = lines.map { $0 + "\n" }.joined()
      do {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return "\(name).events was recorded: look at it, then run again without RECORD_SNAPSHOTS"
      } catch {
        return "\(name).events could not be written: \(error)"
      }
    }
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      return "\(name).events does not exist: record it with RECORD_SNAPSHOTS=1"
    }
    let expected = text.split(separator: "\n").map(String.init)
    guard expected != lines else { return nil }
    let index = zip(expected, lines).prefix { $0 == $1 }.count
    return "\(name).events line \(index + 1): expected \(index < expected.count ? expected[index] : "the end"), "
      + "got \(index < lines.count ? lines[index] : "the end")"
  }
}
