// Neutral cases: read once for each interface that they name, with that interface's requirements and facts.

import Conformance
import Exchanges
import Expectations
import Fixtures
import Testing

@Suite struct NeutralCaseTests {
  private static func load(_ text: String, _ protocols: [WireProtocol] = WireProtocol.allCases) throws -> [Case] {
    try CaseLoader.cases([FixtureFile(name: "fixtures/neutral/topic.yaml", text: text)], protocols: protocols)
  }

  private static let text = """
    - id: one
      requirements: {fastcgi: [FCGI-6.2-1, FCGI-3.4-6], cgi: [CGI-4.1-5], scgi: [SCGI-6], http: [H-9110-5.1-1]}
      summary: A.
      send:
        - request: {method: PUT, path-info: /a%20b, probe: echo, fields: {X-One: "1", Content-Type: a/b}, body: ""}
        - request: {}
          on: 2
      expect:
        - echo: {method: PUT, path-info: /a b, fields: {X-One: 1, Content-Type: a/b}, without-fields: [X-Two], body: 0}
    - id: two
      requirements: {cgi: [CGI-4.1-5]}
      summary: Two.
      depends-on: [neutral/topic/one]
      send:
        - request: {}
      expect: {status: 200}
    """

  private static func conditions(_ outcome: Outcome) -> [String] {
    outcome.conditions.map { condition in
      func pairs(_ pairs: [Pair]) -> String {
        pairs.map { String(decoding: $0.name.bytes + [0x3D] + $0.value.bytes, as: UTF8.self) }.joined(separator: " ")
      }
      guard case .exchange(_, let stated) = condition else { return "other" }
      if let list = EchoConditions.params.argument(of: stated) { return "params \(pairs(list))" }
      if let list = EchoConditions.fields.argument(of: stated) { return "fields \(pairs(list))" }
      if let names = EchoConditions.without.argument(of: stated) {
        return "without \(names.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " "))"
      }
      return EchoConditions.body.argument(of: stated).map { "body \($0)" } ?? "other"
    }
  }

  @Test func aCaseIsThereForEachInterfaceThatItNames() throws {
    let cases = try Self.load(Self.text)
    #expect(cases.map(\.id) == ["one", "one", "one", "one", "two"].map { "neutral/topic/\($0)" })
    func requirements(_ wireProtocol: WireProtocol) -> [RequirementID] {
      cases.first { $0.wireProtocol == wireProtocol }?.requirements ?? []
    }
    #expect(requirements(.fastCGI) == ["FCGI-6.2-1", "FCGI-3.4-6"])
    #expect(requirements(.cgi) == ["CGI-4.1-5"])
    #expect(requirements(.http1) == ["H-9110-5.1-1"])
    #expect(requirements(.scgi) == ["SCGI-6"])
    #expect(requirements(.uwsgi).isEmpty)
    #expect(try Self.load(Self.text, [.http1]).map(\.id) == ["neutral/topic/one"])
    #expect(cases[4].wireProtocol == .cgi)
  }

  @Test func itRestsOnTheInterfacesBaselineUnlessItSaysOtherwise() throws {
    for value in try Self.load(Self.text) {
      let expected =
        switch (value.id, value.wireProtocol) {
        case ("neutral/topic/two", _): "neutral/topic/one"
        case (_, .fastCGI): "fastcgi/responder/baseline"
        case (_, .cgi): "cgi/request/baseline"
        case (_, .scgi): "scgi/request/baseline"
        default: "http1/requests/baseline"
        }
      #expect(value.dependsOn == [expected])
    }
  }

  @Test func theRequestIsReadAsItStands() throws {
    let steps = try Self.load(Self.text, [.cgi])[0].steps
    #expect(steps.map(\.connection) == [1, 2])
    guard case .request(let first) = steps[0].verb, case .request(let second) = steps[1].verb else {
      Issue.record("these are no neutral requests")
      return
    }
    #expect(first.method == Array("PUT".utf8) && first.pathInfo == Array("/a%20b".utf8))
    #expect(first.query == Array("probe=echo".utf8) && first.body == .bytes([]) && first.fields.count == 2)
    #expect(second == NeutralRequest())
  }

  @Test func gatewaysApplicationsReportMetaVariables() throws {
    for wireProtocol in [WireProtocol.fastCGI, .cgi, .scgi] {
      let outcomes = try Self.load(Self.text, [wireProtocol])[0].expectations[0].outcomes
      #expect(
        outcomes.map(Self.conditions) == [
          ["params REQUEST_METHOD=PUT PATH_INFO=/a b HTTP_X_ONE=1 CONTENT_TYPE=a/b", "without HTTP_X_TWO", "body 0"]
        ])
    }
  }

  @Test func overHTTPEitherKindOfReportWillDo() throws {
    let outcomes = try Self.load(Self.text, [.http1])[0].expectations[0].outcomes
    #expect(
      outcomes.map(Self.conditions) == [
        ["fields x-one=1 content-type=a/b", "body 0"], ["params HTTP_X_ONE=1 CONTENT_TYPE=a/b", "body 0"],
      ])
  }

  @Test func theCatalogueHasEachOnce() throws {
    let catalogue = Corpus(try Self.load(Self.text)).catalogue
    #expect(catalogue.map(\.id) == ["neutral/topic/one", "neutral/topic/two"])
    #expect(catalogue[0].requirements == ["FCGI-6.2-1", "FCGI-3.4-6", "SCGI-6", "H-9110-5.1-1", "CGI-4.1-5"])
  }

  @Test func anIDIsUniqueAmongThem() throws {
    let twice = Self.text.replacing("id: two", with: "id: one")
    let errors = try #require(throws: FixtureErrors.self) { _ = try Self.load(twice) }.errors
    #expect(errors.map(\.code) == [.duplicateID])
  }

  @Test func anErrorIsReportedOnce() throws {
    let wrong = Self.text.replacing("{method: PUT, path-info: /a%20b, p", with: "{mehtod: PUT, path-info: /a%20b, p")
    let errors = try #require(throws: FixtureErrors.self) { _ = try Self.load(wrong) }.errors
    #expect(errors.map(\.code) == [.unknownKey])
    #expect(errors[0].location.line == 5 && errors[0].location.column == 17)
  }

  @Test func theEmbeddedOnesCoverEveryInterface() throws {
    let cases = try Corpus.load().cases.filter { $0.id.hasPrefix("neutral/") }
    #expect(Set(cases.map(\.id)).count >= 60)
    for wireProtocol in [WireProtocol.fastCGI, .cgi, .scgi, .uwsgi, .http1] {
      #expect(cases.count { $0.wireProtocol == wireProtocol } >= 50)
    }
  }
}
