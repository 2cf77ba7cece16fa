// Fixtures from the file system: a folder that adds to the embedded cases or replaces them, and single files.

import Exchanges
import Fixtures
import Foundation
import Testing

struct FixtureFolderTests {
  /// A folder that is removed at the end.
  private final class Folder {
    let path = FileManager.default.temporaryDirectory.path + "/gatespec-fixtures-\(UUID().uuidString)"

    func write(_ name: String, _ bytes: [UInt8]) throws -> String {
      let file = "\(path)/\(name)"
      let folder = file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try Data(bytes).write(to: URL(fileURLWithPath: file))
      return file
    }

    func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }

    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  private func text(_ slug: String, dependsOn: String = "fastcgi/responder/baseline") -> String {
    """
    - id: \(slug)
      requirements: [FCGI-3.3-7]
      summary: Mine.
      depends-on: [\(dependsOn)]
      send: [{request: {}}]
      expect: {response: any}

    """
  }

  @Test func folderAddsCasesAndReplacesThoseOfTheSameID() throws {
    let folder = Folder()
    _ = try folder.write("fastcgi/records.yaml", text("padding-255") + text("mine"))
    _ = try folder.write("fastcgi/.hidden.yaml", "not read")
    _ = try folder.write("fastcgi/notes.txt", "not read")
    let embedded = try Corpus.load(protocols: [.fastCGI])
    let both = try Corpus.load(protocols: [.fastCGI], extraDirectory: folder.path)
    #expect(both.cases.count == embedded.cases.count + 1)
    #expect(both["fastcgi/records/padding-255"]?.summary == "Mine.")
    #expect(both["fastcgi/records/padding-255"]?.location.file == "\(folder.path)/fastcgi/records.yaml")
    #expect(both["fastcgi/records/mine"] != nil && both["fastcgi/records/padding-7"]?.summary != "Mine.")
    #expect(
      both.cases.map(\.id).firstIndex(of: "fastcgi/records/padding-255")
        == embedded.cases.map(\.id).firstIndex(of: "fastcgi/records/padding-255"))
  }

  @Test func onlyTheProtocolsAskedForAreReadFromAFolder() throws {
    let folder = Folder()
    _ = try folder.write("cgi/mine.yaml", "not: sound")
    _ = try folder.write("fastcgi/mine.yaml", text("one"))
    #expect(throws: Never.self) { _ = try Corpus.load(protocols: [.fastCGI], extraDirectory: folder.path) }
    #expect(throws: FixtureErrors.self) { _ = try Corpus.load(protocols: [.cgi], extraDirectory: folder.path) }
  }

  @Test func folderThatIsAbsentOrHoldsNothingIsAnError() throws {
    let folder = Folder()
    let absent = try #require(throws: FixtureErrors.self) { _ = try Corpus.load(extraDirectory: folder.path) }
    #expect(absent.errors.map(\.code) == [.unreadable])
    #expect(absent.errors[0].underlying == ENOENT)
    let file = try folder.write("other/mine.yaml", "")
    let empty = try #require(throws: FixtureErrors.self) { _ = try Corpus.load(extraDirectory: folder.path) }
    #expect(empty.errors.map(\.code) == [.noCases])
    let notAFolder = try #require(throws: FixtureErrors.self) { _ = try Corpus.load(extraDirectory: file) }
    #expect(notAFolder.errors[0].underlying == ENOTDIR)
  }

  @Test func fileIsChecked() throws {
    let folder = Folder()
    let sound = try folder.write("fastcgi/one.yaml", text("a", dependsOn: "fastcgi/two/b"))
    _ = try folder.write("fastcgi/two.yaml", text("b"))
    #expect(try Corpus.lint(file: sound).map(\.id) == ["fastcgi/one/a"])
    let wrong = try folder.write("fastcgi/three.yaml", text("a", dependsOn: "fastcgi/two/c"))
    let errors = try #require(throws: FixtureErrors.self) { _ = try Corpus.lint(file: wrong) }.errors
    #expect(errors.map(\.code) == [.unknownDependency])
    #expect(errors[0].remedy == "did you mean `fastcgi/two/b`?")
  }

  @Test func fileThatIsNoTextIsRefusedWithItsLine() throws {
    let folder = Folder()
    let path = try folder.write("fastcgi/one.yaml", Array("- id: a\n  summary: ".utf8) + [0xFF, 0x0A])
    let errors = try #require(throws: FixtureErrors.self) { _ = try Corpus.lint(file: path) }.errors
    #expect(errors.map(\.code) == [.notUTF8])
    #expect(errors[0].message.contains("line 2"))
    let absent = try #require(throws: FixtureErrors.self) { _ = try Corpus.lint(file: path + ".no") }.errors
    #expect(absent.map(\.code) == [.unreadable])
    let large = try folder.write("fastcgi/large.yaml", [UInt8](repeating: 0x23, count: 4 << 20 | 1))
    #expect(try #require(throws: FixtureErrors.self) { _ = try Corpus.lint(file: large) }.errors[0].code == .tooLarge)
  }
}
