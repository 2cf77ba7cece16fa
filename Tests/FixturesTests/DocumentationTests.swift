// The examples of docs/fixture-format.md are fixtures that load, and the page names what the loader knows.

import Conformance
import Exchanges
import Expectations
import Fixtures
import Foundation
import Testing

struct DocumentationTests {
  private var page: String {
    get throws { try String(contentsOfFile: packageFolder + "/docs/fixture-format.md", encoding: .utf8) }
  }

  @Test func everyExampleCaseLoads() throws {
    var blocks: [String] = []
    for part in try page.components(separatedBy: "```yaml\n").dropFirst() {
      let block = part.components(separatedBy: "```")[0]
      if block.hasPrefix("- id:") { blocks.append(block) }
    }
    #expect(blocks.count == 5)
    for block in blocks {
      let folders = WireProtocol.allCases.map(\.folder) + [WireProtocol.neutralFolder]
      let loaded = folders.compactMap { folder in
        try? CaseLoader.cases(
          [FixtureFile(name: "fixtures/\(folder)/example.yaml", text: block)],
          dependingOn: ["fastcgi/responder/baseline"])
      }
      #expect(!loaded.isEmpty, "\(block)")
    }
  }

  @Test func exampleErrorIsWhatTheLoaderSays() throws {
    let text =
      String(repeating: "#\n", count: 8)
      + "- id: a\n  requirements: [FCGI-3.3-7]\n  summary: A.\n  sned:\n  - open\n  expect: {response: any}\n"
    let file = FixtureFile(name: "fixtures/fastcgi/records.yaml", text: text)
    let errors = try #require(throws: FixtureErrors.self) { _ = try CaseLoader.cases([file]) }
    let shown = "\(errors.errors[0])".split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
    #expect(try page.contains(shown), "\(shown)")
  }

  @Test func everyNeedAndBehaviourStandsOnThePage() throws {
    let page = try page
    for need in Need.allCases { #expect(page.contains("`\(need.rawValue)`"), "\(need.rawValue)") }
  }

  /// The rows of the table that stands behind a sentence: key, value and meaning of each.
  private func rows(behind sentence: String) throws -> [[String]] {
    let rest = try #require(try page.components(separatedBy: sentence).dropFirst().first)
    return rest.split(separator: "\n").drop { !$0.hasPrefix("|") }.prefix { $0.hasPrefix("|") }.dropFirst(2)
      .map { $0.dropFirst().dropLast().split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
  }

  private func rows<Subject>(of entries: [any ConditionEntry<Subject>]) -> [[String]] {
    entries.map { ["`\($0.key)`", $0.takes, $0.holdsWhen] }
  }

  @Test func theTablesOfConditionsAreTheEntries() throws {
    let exchange = try rows(behind: "### Conditions about an exchange")
    #expect(exchange.filter { $0[0] != "`echo`" } == rows(of: ExchangeConditions.all))
    #expect(exchange.last?.first == "`echo`")
    #expect(try rows(behind: "Under `echo`, in a case of one protocol:") == rows(of: EchoConditions.all))
    #expect(try rows(behind: "Under the key `connection`") == rows(of: ConnectionConditions.all))
  }

  @Test func theNeutralConditionsAreListed() throws {
    let list = try #require(try page.components(separatedBy: "\nConditions: ").dropFirst().first?.prefix { $0 != "." })
    let neutral = ExchangeConditions.all.filter(\.isNeutral).map { "`\($0.key)`" } + ["`echo`"]
    #expect(list == neutral.joined(separator: ", "))
  }

  @Test func theTableOfTheRegistryCountsItsRows() throws {
    let page = try String(contentsOfFile: packageFolder + "/docs/requirements.md", encoding: .utf8)
    // A row of the table ends with the prefix of its ids, and how many there are.
    let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `") && $0.contains(".json") }
      .map { $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces.union(["`"])) } }
    let said = Dictionary(uniqueKeysWithValues: rows.map { ($0[3], Int($0[4])) })
    var counted: [String: Int?] = [:]
    for specification in Specification.allCases {
      let ids = try RegistryLoader.requirements(of: specification).map(\.id.rawValue)
      let prefix = try #require(
        said.keys.filter { name in ids.allSatisfy { $0.hasPrefix(name) } }.max { $0.count < $1.count })
      counted[prefix] = ids.count
    }
    #expect(said == counted)
  }
}
