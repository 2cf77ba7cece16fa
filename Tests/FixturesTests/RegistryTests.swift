// The requirement registry: every row of every file, and finding one by its ID.

import Conformance
import Fixtures
import Testing

struct RegistryTests {
  @Test(arguments: [
    (Specification.fastCGI10, 136), (.rfc3875, 164), (.rfc9112, 133), (.rfc9110, 210), (.scgiText, 25),
    (.uwsgiText, 52),
    (.pep3333, 140),
    (.diagnoses, 19),
  ])
  func everyRowIsRead(_ specification: Specification, _ count: Int) throws {
    let rows = try RegistryLoader.requirements(of: specification)
    #expect(rows.count == count)
    #expect(Set(rows.map(\.id)).count == count)
    for row in rows {
      #expect(row.specification == specification.name)
      #expect(Specification(of: row.id) == specification)
      #expect(!row.section.isEmpty && !row.statement.isEmpty && !row.binds.isEmpty && !row.level.isEmpty)
    }
  }

  @Test func requirementIsFoundByItsID() throws {
    let row = try #require(try RegistryLoader.requirement("FCGI-3.3-9"))
    #expect(row.severity == .info)
    #expect(row.citation == "FastCGI 1.0 section 3.3")
    #expect(try RegistryLoader.requirement("FCGI-3.3-99") == nil)
    #expect(try RegistryLoader.requirement("XYZ-1") == nil)
  }

  @Test func embeddedRegistryHoldsAllSpecifications() {
    #expect(RequirementRegistry.embedded.requirements.count == 879)
    #expect(RequirementRegistry.embedded["H1-9112-7.1-4"]?.severity == .grammar)
    #expect(RequirementRegistry.embedded["WSGI-1"]?.specification == "PEP 3333")
  }

  @Test(arguments: [
    "", "{}", "[", "[{\"id\": \"FCGI-1-1\"}]",
    "[{\"id\": \"a\", \"section\": \"1\", \"level\": \"must\", \"severity\": \"dire\", \"binds\": \"App\", "
      + "\"statement\": \"s\"}]",
  ])
  func malformedRegistryIsAnErrorThatNamesTheFile(_ json: String) throws {
    let error = try #require(throws: FixtureError.self) {
      _ = try RegistryLoader.requirements(of: .fastCGI10, json: json, file: "mine.json")
    }
    #expect(error.code == .badRegistry)
    #expect(error.location.file == "mine.json")
  }

  @Test func reasonWhyARowCannotBeCoveredIsRead() throws {
    let json = """
      [{"id": "FCGI-1-1", "section": "1", "level": "decl", "severity": "must", "binds": "App", "statement": "s",
        "uncoverable": "nobody can see it"}]
      """
    let rows = try RegistryLoader.requirements(of: .fastCGI10, json: json, file: "mine.json")
    #expect(rows.first?.uncoverable == "nobody can see it")
  }
}
