// What the loader makes of expectations: outcomes, defaults, conditions.

import Conformance
import Exchanges
import Expectations
import FastCGIWire
import Fixtures
import Testing

private typealias Of = ExchangeConditions
private typealias Echo = EchoConditions
private typealias On = ConnectionConditions

struct ExpectationTests {
  private func expectations(_ text: String) throws -> [Fixtures.Expectation] {
    let file = FixtureFile(
      name: "fixtures/fastcgi/topic.yaml",
      text: """
        - id: one
          requirements: [FCGI-3.3-7]
          summary: A case.
          send: [open]
          expect: \(text)
        """)
    return try CaseLoader.cases([file])[0].expectations
  }

  /// The conditions of the only outcome, as text: the values have no equality of their own.
  private func conditions(_ text: String) throws -> [String] {
    let expectations = try expectations("{\(text)}")
    #expect(expectations.count == 1 && expectations[0].outcomes.count == 1)
    return expectations[0].outcomes[0].conditions.map { "\($0)" }
  }

  private func text(_ condition: ExchangeCondition, on: Int = 1, index: Int = 1) -> String {
    "\(Condition.exchange(ExchangeSelector(connection: on, index: index), condition))"
  }

  private func text(_ condition: ConnectionCondition, on: Int = 1) -> String {
    "\(Condition.connection(on, condition))"
  }

  @Test func alternativesKeepTheirOrderAndInheritTheSelector() throws {
    let found = try expectations(
      """
      [{requirement: FCGI-3.4-1, needs: [probe, filter], on: 2, any-of: [{status: 200, exchange: 3},
        {status: 501, verdict: skip, because: it cannot}, {no-response: true, on: 1, verdict: fail, because: silence,
         requirement: FCGI-5.5-1}]}, {status: 404}]
      """)
    #expect(found.count == 2)
    #expect(found[0].requirement == "FCGI-3.4-1" && found[0].needs == [.probe, .filter])
    #expect(found[0].outcomes.map(\.verdict) == [.pass, .skip, .fail])
    #expect(found[0].outcomes.map(\.because) == [nil, "it cannot", "silence"])
    #expect(found[0].outcomes.map(\.requirement) == [nil, nil, "FCGI-5.5-1"])
    let shown = found[0].outcomes.map { outcome in outcome.conditions.map { "\($0)" } }
    #expect(
      shown == [
        [text(Of.status([200]), on: 2, index: 3)], [text(Of.status([501]), on: 2)], [text(Of.noOutput(), on: 1)],
      ])
    #expect(found[1].requirement == nil && found[1].needs.isEmpty && found[1].outcomes[0].verdict == .pass)
  }

  @Test func conditionsAboutAnExchange() throws {
    #expect(try conditions("response: any") == [text(Of.responseHead())])
    #expect(try conditions("status: [200, 3xx]") == [text(Of.status([200] + Array(300...399)))])
    #expect(try conditions("ending: [complete, server-closed]") == [text(Of.ending([.complete, .serverClosed]))])
    #expect(try conditions("framing: until-close") == [text(Of.framing([.untilClose]))])
    #expect(
      try conditions("protocol-status: [overloaded, 9]")
        == [text(Of.protocolStatus([.overloaded, FastCGIProtocolStatus(rawValue: 9)]))])
    #expect(
      try conditions("protocol-status: any")
        == [text(Of.protocolStatus((0...255).map { FastCGIProtocolStatus(rawValue: $0) }))])
    #expect(try conditions("app-status: 4294967295") == [text(Of.appStatus(4_294_967_295))])
    #expect(try conditions("body: {pattern: 70000}") == [text(Of.bodyIs(.pattern(count: 70_000)))])
    #expect(try conditions("body-bytes: 5") == [text(Of.bodyByteCount(5))])
    #expect(try conditions("body-contains: a") == [text(Of.bodyContains([97]))])
    #expect(try conditions("no-body: true") == [text(Of.noBody())])
    #expect(try conditions("exit-code: [0, -9]") == [text(Of.exitCode([0, -9]))])
    #expect(try conditions("cgi-form: local-redirect") == [text(Of.cgiForm([.localRedirect]))])
    #expect(
      try conditions("stderr: e, stderr-contains: f, stderr-bytes: 1")
        == [
          text(Of.errorStreamIs(.bytes([101]))), text(Of.errorStreamContains([102])), text(Of.errorStreamByteCount(1)),
        ])
    #expect(
      try conditions("stderr-without: e, no-stderr-unless: {exchange: 2, on: 3}")
        == [
          text(Of.errorStreamWithout([101])),
          text(Of.noErrorStream(ExchangeSelector(connection: 3, index: 2))),
        ])
  }

  @Test func conditionsAboutFields() throws {
    #expect(
      try conditions("field: {A: x, B: [y, z]}, has-field: C, no-field: [D, E]") == [
        text(Of.field(ExpectedField(name: [65], values: .one([120])))),
        text(Of.field(ExpectedField(name: [66], values: .all([[121], [122]])))),
        text(Of.hasField([67])), text(Of.noField([68])), text(Of.noField([69])),
      ])
    #expect(
      try conditions("same-fields: {exchange: 2, on: 3, names: [A]}")
        == [text(Of.sameFields((ExchangeSelector(connection: 3, index: 2), [[65]])))])
  }

  @Test func conditionsAboutTheEchoReport() throws {
    #expect(
      try conditions(
        "echo: {params: {A: b}, without: [C], body: 1, data: 2, role: filter, arguments: [d], fields: {e: f}}") == [
          text(Echo.params([Pair(name: .bytes([65]), value: .bytes([98]))])), text(Echo.without([[67]])),
          text(Echo.body(1)), text(Echo.data(2)), text(Echo.role("filter")),
          text(Echo.arguments([[100]])), text(Echo.fields([Pair(name: .bytes([101]), value: .bytes([102]))])),
        ])
  }

  @Test func conditionsAboutAConnection() throws {
    #expect(
      try conditions(
        """
        on: 2, connection: {completed: 2, closed-by-server: false, silent: true, results: 1, result-names: [A],
          result-names-within: [B], result-matches: {C: digits, D: boolean}, unknown-types: [42, 0xff],
          answers-agree: true, protocol-statuses: [request-complete, cant-mpx-conn]}
        """) == [
          text(On.completedExchanges(2), on: 2), text(On.closedByServer(false), on: 2), text(On.silent(), on: 2),
          text(On.results(1), on: 2), text(On.resultNames([[65]]), on: 2), text(On.resultNamesWithin([[66]]), on: 2),
          text(On.resultMatches(([67], .digits)), on: 2), text(On.resultMatches(([68], .boolean)), on: 2),
          text(On.unknownTypes([42, 255]), on: 2), text(On.answersAgree(), on: 2),
          text(On.protocolStatuses([.requestComplete, .cannotMultiplex]), on: 2),
        ])
  }
}
