// Globs, sections and tags: which cases a selection leaves.

import Conformance
import Exchanges
import Fixtures
import Testing

struct SelectionTests {
  @Test(arguments: [
    ("fastcgi", true), ("fastcgi/records", true), ("fastcgi/records/padding-255", true), ("fastcgi/rec", false),
    ("*/records", true), ("fastcgi/*/padding*", true), ("fastcgi/*/padding-?", false), ("fastcgi/records/*-2?5", true),
    ("fastcgi*", true), ("fastcgi/records/padding-255/more", false), ("", false), ("*", true), ("**", true),
    ("*/*/*", true), ("*padding*", false), ("fastcgi/records/", true), ("fastcgi/r*s/p*g*5*5", true),
  ])
  func globMatches(_ pattern: String, _ matches: Bool) {
    #expect(Glob(pattern).covers("fastcgi/records/padding-255") == matches)
  }

  private static let corpus = Corpus([
    testCase("fastcgi/records/one", ["FCGI-3.3-7"], tags: ["quick"]),
    testCase("fastcgi/records/two", ["FCGI-3.4-1", "CGI-6.2.2-1"]),
    testCase("fastcgi/params/one", ["FCGI-3.4-7"], tags: ["hostile", "quick"]),
    testCase("cgi/response/one", ["CGI-6.2-1"]),
  ])

  private func ids(_ selection: Selection) throws -> [String] { try Self.corpus.select(selection).map(\.id) }

  @Test func everythingButHostileCasesByDefault() throws {
    #expect(try ids(Selection()) == ["fastcgi/records/one", "fastcgi/records/two", "cgi/response/one"])
    #expect(try ids(Selection(hostile: true)).count == 4)
    #expect(try ids(Selection(only: ["fastcgi/params/one"])).isEmpty)
  }

  @Test func globsWidenAndSkipNarrows() throws {
    #expect(try ids(Selection(only: ["cgi", "*/records/one"])) == ["fastcgi/records/one", "cgi/response/one"])
    #expect(try ids(Selection(only: ["fastcgi"], skip: ["*/*/two"])) == ["fastcgi/records/one"])
  }

  @Test(arguments: [
    ("FastCGI 3.3", ["fastcgi/records/one"]), ("fastcgi 3.4", ["fastcgi/records/two", "fastcgi/params/one"]),
    ("FastCGI 1.0 3.3", ["fastcgi/records/one"]),
    (
      "FastCGI 3",
      [
        "fastcgi/records/one", "fastcgi/records/two",
        "fastcgi/params/one",
      ]
    ), ("RFC 3875 6.2", ["fastcgi/records/two", "cgi/response/one"]),
    ("rfc 3875 §6.2.2", ["fastcgi/records/two"]), ("RFC 3875", ["fastcgi/records/two", "cgi/response/one"]),
    ("FastCGI 1.0", ["fastcgi/records/one", "fastcgi/records/two", "fastcgi/params/one"]), ("RFC 9112", []),
    ("FastCGI 33", []),
  ])
  func sectionSelectsByRequirement(_ filter: String, _ expected: [String]) throws {
    #expect(try ids(Selection(specifications: [filter], hostile: true)) == expected)
  }

  @Test func tagsSelect() throws {
    #expect(try ids(Selection(tags: ["quick"], hostile: true)) == ["fastcgi/records/one", "fastcgi/params/one"])
  }

  @Test func filterThatNamesNothingIsAnError() throws {
    let misspelt = try #require(throws: SelectionError.self) { _ = try ids(Selection(only: ["fastcgi/recrods"])) }
    #expect(misspelt.message.contains("`fastcgi/records`"))
    for selection in [
      Selection(skip: ["nothing"]), Selection(tags: ["slow"]), Selection(specifications: ["FastCGJ 3.3"]),
      Selection(specifications: [""]),
    ] {
      #expect(throws: SelectionError.self) { _ = try ids(selection) }
    }
  }

  private static func testCase(_ id: String, _ requirements: [String], tags: Set<String> = []) -> Case {
    Case(
      id: id, wireProtocol: .fastCGI, summary: "", requirements: requirements.map { .init(rawValue: $0) }, tags: tags,
      steps: [], expectations: [])
  }
}
