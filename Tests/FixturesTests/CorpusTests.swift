// The embedded cases: that all can be read, and that what they say holds together.

import Conformance
import Exchanges
import Fixtures
import Testing

struct CorpusTests {
  private static let corpus = Result { try Corpus.load() }
  private var cases: [Case] { get throws { try Self.corpus.get().cases } }

  @Test func everyEmbeddedFileParses() throws {
    let cases = try cases
    for (wireProtocol, least) in [(WireProtocol.fastCGI, 100), (.cgi, 20), (.http1, 20)] {
      #expect(cases.count { $0.wireProtocol == wireProtocol } >= least)
    }
  }

  @Test func idsAreUniqueAndLeadToTheirFile() throws {
    let cases = try cases
    #expect(Set(cases.map(\.identity)).count == cases.count)
    #expect(Set(try Self.corpus.get().catalogue.map(\.id)) == Set(cases.map(\.id)))
    for value in cases {
      let parts = value.id.split(separator: "/")
      #expect(parts.count == 3, "\(value.id)")
      #expect(value.location.file == "fixtures/\(parts[0])/\(parts[1]).yaml")
      #expect(value.location.line > 0)
      let line = try #require(
        Resources.text("\(parts[0])/\(parts[1]).yaml")?.split(separator: "\n", omittingEmptySubsequences: false)[
          value.location.line - 1])
      #expect(line.hasSuffix("id: \(parts[2])"), "\(value.id) stands in \(value.location)")
    }
  }

  @Test func everyCitedRequirementExists() throws {
    for value in try cases {
      let cited =
        value.requirements + value.rules + value.expectations.compactMap(\.requirement)
        + value.expectations.flatMap(\.outcomes).compactMap(\.requirement)
      #expect(!value.requirements.isEmpty)
      for id in cited { #expect(RequirementRegistry.embedded[id] != nil, "\(value.id) cites \(id)") }
    }
  }

  @Test func everyRuleThatACaseListsExists() throws {
    for value in try cases {
      for id in value.rules {
        #expect(RuleCatalog.rule(id, .server) != nil, "\(value.id) lists \(id), which no rule judges")
      }
    }
  }

  @Test func summariesAndExplanationsAreSentences() throws {
    for value in try cases {
      #expect(value.summary.hasSuffix(".") && value.summary.count <= 200, "\(value.id): \(value.summary)")
      #expect(value.explanation.hasSuffix("."), "\(value.id): \(value.explanation)")
    }
  }

  @Test func dependenciesExistAndOnlyBaselinesHaveNone() throws {
    let cases = try cases
    let ids = Set(cases.map(\.id))
    for value in cases {
      for dependency in value.dependsOn { #expect(ids.contains(dependency)) }
      #expect(value.dependsOn.isEmpty == value.id.hasSuffix("/baseline"), "\(value.id)")
    }
  }

  @Test func everyNeedOfAFileIsKnownToSomeCase() throws {
    let needs = Set(try cases.flatMap(\.needs))
    #expect(needs.isSuperset(of: [.probe, .authorizer, .filter, .multiplexing, .noMultiplexing]))
  }

  @Test func onlyTheProtocolsAskedForAreLoaded() throws {
    let corpus = try Corpus.load(protocols: [.cgi])
    #expect(!corpus.cases.isEmpty)
    #expect(corpus.cases.allSatisfy { $0.wireProtocol == .cgi })
  }

  @Test func testMaterialIsNotEmbedded() {
    let folders = Set(Resources.paths.compactMap { $0.split(separator: "/").first })
    #expect(folders.isSuperset(of: ["cgi", "fastcgi", "http1", "neutral", "requirements"]))
    #expect(folders.isDisjoint(with: ["invalid", "wire"]))
    #expect(Resources.text("fastcgi/nothing.yaml") == nil)
  }
}
