// Malformed fixture files, and the exact message that each gets.
//
// fixtures/invalid/SLUG.yaml is read as if it were fixtures/fastcgi/SLUG.yaml, and neutral-SLUG.yaml as if it stood in
// fixtures/neutral/; SLUG.err is what must be said.
// RECORD_SNAPSHOTS=1 writes the messages and fails.

import Fixtures
import Foundation
import Testing

/// A file of fixtures/invalid/.
struct InvalidFixture: CustomTestStringConvertible, Sendable {
  var slug: String
  var testDescription: String { slug }

  static let folder = packageFolder + "/fixtures/invalid"

  static let all: [InvalidFixture] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(".yaml") }.sorted().map { InvalidFixture(slug: String($0.dropLast(5))) }
  }()

  var file: FixtureFile {
    get throws {
      let name = "fixtures/invalid/\(slug).yaml"
      var file = FixtureFile(
        name: name, text: try String(contentsOfFile: "\(Self.folder)/\(slug).yaml", encoding: .utf8))
      file.folder = slug.hasPrefix("neutral-") ? "neutral" : "fastcgi"
      return file
    }
  }
}

/// The folder of the package that the tests are built from.
let packageFolder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")

struct InvalidFixtureTests {
  @Test(arguments: InvalidFixture.all)
  func messageIsTheRecordedOne(_ fixture: InvalidFixture) throws {
    let known = Set(["fastcgi/responder/baseline", "fastcgi/records/padding-255"])
    let file = try fixture.file
    let errors = try #require(throws: FixtureErrors.self) { _ = try CaseLoader.cases([file], dependingOn: known) }
    let message = "\(errors)\n"
    let path = "\(InvalidFixture.folder)/\(fixture.slug).err"
    if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1" {
      try message.write(toFile: path, atomically: true, encoding: .utf8)
      Issue.record("\(fixture.slug).err was recorded: look at it, then run again without RECORD_SNAPSHOTS")
      return
    }
    #expect(try message == String(contentsOfFile: path, encoding: .utf8))
  }

  @Test func everyMessageBelongsToAFile() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: InvalidFixture.folder)
    let messages = Set(names.filter { $0.hasSuffix(".err") }.map { String($0.dropLast(4)) })
    #expect(messages == Set(InvalidFixture.all.map(\.slug)))
    #expect(messages.count > 30)
  }

  @Test func allErrorsOfAFileAreReported() throws {
    let text = """
      - id: one
        requirements: [FCGI-3.3-7]
        summary: A case.
        send:
          - request: {padding: 300, paddding: 1}
          - nonsense
        expect: {staus: 200}
      """
    let file = FixtureFile(name: "fixtures/fastcgi/wrong.yaml", text: text)
    let errors = try #require(throws: FixtureErrors.self) { _ = try CaseLoader.cases([file]) }.errors
    #expect(errors.map(\.code) == [.outOfRange, .unknownKey, .unknownVerb, .unknownKey])
    #expect(errors.map(\.location.line) == [5, 5, 6, 7])
    #expect(errors.map(\.location.column) == [26, 31, 7, 12])
  }

  @Test func errorsOfAllFilesAreReported() throws {
    let files = ["a", "b"].map { FixtureFile(name: "fixtures/fastcgi/\($0).yaml", text: "- 1\n") }
    let errors = try #require(throws: FixtureErrors.self) { _ = try CaseLoader.cases(files) }.errors
    #expect(errors.map(\.location.file) == files.map(\.name))
  }

  @Test func folderThatNamesNoProtocolIsRefused() throws {
    let file = FixtureFile(name: "mine/records.yaml", text: "")
    let errors = try #require(throws: FixtureErrors.self) { _ = try CaseLoader.cases([file]) }.errors
    #expect(errors.map(\.code) == [.unknownProtocol])
  }

  @Test func hugeFileIsRefusedUnparsed() throws {
    let file = FixtureFile(name: "fixtures/fastcgi/huge.yaml", text: String(repeating: "# x\n", count: 1 << 20) + "#")
    let errors = try #require(throws: FixtureErrors.self) { _ = try CaseLoader.cases([file]) }.errors
    #expect(errors.map(\.code) == [.tooLarge])
  }
}
