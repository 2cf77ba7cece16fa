// A key that the reader allows is one that it reads: whatever stands in a list of keys, the same file takes.
//
// The key of a condition is read by its entry; where each key has a verb of its own, keys are cases of an enumeration and
// the compiler sees to it. This reads the sources for the others.

import Foundation
import Testing

struct ReaderKeysTests {
  private static let folder = URL(filePath: packageFolder + "/Sources/Fixtures/Reading")

  /// The files that read a part of the format, each with its text.
  private static let files: [(name: String, text: String)] =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    .filter { $0.hasPrefix("FixtureReader+") }.sorted()
    .map { name in (name, (try? String(contentsOf: folder.appending(path: name), encoding: .utf8)) ?? "") }

  /// The words of every list of keys: `keys: ["a", "b"]`, `let keys = ["a", "b"]`, `static let someKeys = [ … ]`.
  private static func keys(_ text: String) -> [String] {
    text.matches(of: /[kK]eys(?:: | = )\[([^\]]*)\]/).flatMap { match in
      match.1.split(separator: "\"", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }
        .map { String($0.element) }
    }
  }

  @Test func theScanSeesKeys() {
    #expect(Self.files.count >= 5)
    #expect(Self.files.flatMap { Self.keys($0.text) }.count > 60)
  }

  @Test("every key of a list is read", arguments: files.map(\.name)) func read(name: String) throws {
    let text = try #require(Self.files.first { $0.name == name }).text
    for key in Set(Self.keys(text)).sorted() {
      // Taken from the map, looked for in it, or named beside what becomes of it.
      let isRead =
        text.contains("map[\"\(key)\"]") || text.contains("(\"\(key)\", \"") || text.contains("(map, \"\(key)\"")
      #expect(isRead || Self.isReadElsewhere(key), "`\(key)` is allowed and not read")
    }
  }

  /// Whether another file of the reader takes the key: parts that several maps share are read in one place.
  private static func isReadElsewhere(_ key: String) -> Bool {
    files.contains { $0.text.contains("map[\"\(key)\"]") }
  }
}
