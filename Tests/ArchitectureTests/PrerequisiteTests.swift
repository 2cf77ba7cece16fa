// What happens where a test's program is not installed: skipped by a developer, failed in continuous integration.

import Foundation
import Prerequisites
import Testing

@Suite struct PrerequisiteTests {
  @Test func whatIsThereIsMet() throws {
    #expect(try Prerequisite("p").isMet(true, mayBeMissing: false))
    #expect(try Prerequisite("p").isMet(true, mayBeMissing: true))
  }

  @Test func whatIsMissingIsSkippedOrFails() throws {
    #expect(try !Prerequisite("p").isMet(false, mayBeMissing: true))
    #expect(throws: Prerequisite("p")) { try Prerequisite("p").isMet(false, mayBeMissing: false) }
  }

  @Test("every package that a test requires is one that the script installs") func theScriptInstallsThem() throws {
    let script = try String(
      contentsOf: Prerequisite.root.appending(path: "scripts/install-dependencies.sh"), encoding: .utf8)
    let lists = script.split(separator: "\n").filter { $0.hasPrefix("test_packages=") }.joined(separator: " ")
    let installed = Set(lists.split { " '\"".contains($0) }.map(String.init))
    var required: Set<String> = []
    let folder = Prerequisite.root.appending(path: "Tests")
    let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
    for case let file as URL in files where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      for match in text.matches(of: /(?:\.requires|Prerequisite)\("([a-z0-9-]{2,})"/) {
        required.insert(String(match.1))
      }
    }
    #expect(required.count > 5)
    #expect(required.subtracting(installed).isEmpty)
  }
}
