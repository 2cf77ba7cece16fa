// Which outcome of an expectation is met, and what is found where none is. When a condition holds is tested in
// ExpectationsTests.

import Conformance
import Drivers
import Exchanges
import Expectations
import FastCGIWire
import Fixtures
import Testing
import WireBytes

@Suite struct ExpectationJudgeTests {
  /// A whole response with status 200, the only exchange of its connection.
  private static var sound: PlayedConnection {
    let info = ConnectionInfo(id: 1, client: .named("client"), server: .named("server"))
    var exchange = Exchange(.fastCGI, connection: info, index: 1)
    exchange.ending = .complete
    exchange.response.hasHead = true
    exchange.response.status = 200
    exchange.response.range = 8..<80
    var played = PlayedConnection()
    played.exchanges = [exchange]
    return played
  }

  /// What is found where a case with one expectation got these connections.
  private static func findings(
    _ outcomes: [Outcome], _ connections: [PlayedConnection] = [sound], asking steps: [Step] = []
  ) -> ExpectationJudge.Judged {
    let testCase = Case(
      id: "fastcgi/test/case", wireProtocol: .fastCGI, summary: "", requirements: ["FCGI-6.1-1"], steps: steps,
      expectations: [Expectation(outcomes: outcomes)])
    var played = PlayedCase()
    for (index, connection) in connections.enumerated() { played.connections[index + 1] = connection }
    return ExpectationJudge(testCase: testCase, played: played, severity: { _ in .must }, offered: []).judge()
  }

  private static func status(_ status: UInt16, on connection: Int = 1) -> Condition {
    .exchange(ExchangeSelector(connection: connection), ExchangeConditions.status([status]))
  }

  private static let head = Condition.exchange(ExchangeSelector(), ExchangeConditions.responseHead())

  @Test func whatHoldsIsNoFinding() {
    let judged = Self.findings([Outcome(conditions: [Self.head, Self.status(200)])])
    #expect(judged.findings.isEmpty && judged.skip == nil)
  }

  @Test func theGravestTierAndTheFirstReadingCount() {
    let testCase = Case(
      id: "http1/test/case", wireProtocol: .http1, summary: "", requirements: ["H1-9112-6.1-12"], steps: [],
      expectations: [
        Expectation(outcomes: [
          Outcome(tier: .severe, reading: "unmet", conditions: [Self.status(404)]),
          Outcome(tier: .safe, reading: "length", conditions: [Self.status(200)]),
        ]),
        Expectation(outcomes: [Outcome(tier: .ambiguous, reading: "chunked", conditions: [Self.status(200)])]),
      ])
    var played = PlayedCase()
    played.connections[1] = Self.sound
    let judged = ExpectationJudge(testCase: testCase, played: played, severity: { _ in .must }, offered: []).judge()
    #expect(judged.findings.isEmpty && judged.tier == .ambiguous && judged.reading == "length")
  }

  @Test func whatTheTargetDidNotSaySkips() {
    var played = PlayedCase()
    played.untold = "the target's response has no field ETag"
    let testCase = Case(
      id: "http1/test/case", wireProtocol: .http1, summary: "", requirements: ["H1-9112-6.1-12"], steps: [],
      expectations: [Expectation(outcomes: [Outcome(conditions: [Self.status(200)])])])
    let judged = ExpectationJudge(testCase: testCase, played: played, severity: { _ in .must }, offered: []).judge()
    #expect(judged.skip == played.untold && judged.findings.isEmpty)
  }

  @Test func aDifferenceNamesItsPlace() throws {
    let judged = Self.findings([Outcome(conditions: [Self.head, Self.status(404, on: 2)])], [Self.sound, Self.sound])
    let finding = try #require(judged.findings.first)
    #expect(judged.findings.count == 1 && judged.skip == nil)
    #expect(finding.requirement == "FCGI-6.1-1" && finding.verdict == .fail && finding.source == .expectation(0))
    #expect(finding.message == "status was 200, expected 404")
    #expect(finding.connection == 2 && finding.direction == .response && finding.offset == 8)
  }

  @Test func theFirstDifferenceOfTheFirstOutcomeIsTold() {
    let judged = Self.findings([
      Outcome(conditions: [Self.head, Self.status(404)]), Outcome(conditions: [Self.status(500)]),
    ])
    #expect(judged.findings.map(\.message) == ["status was 200, expected 404"])
  }

  @Test func whatIsNotThereIsNamed() {
    var connection = Self.sound
    connection.exchanges = []
    let head = Self.findings([Outcome(conditions: [Self.head])], [connection])
    #expect(head.findings.map(\.message) == ["there is no exchange 1 on connection 1"])
    let other = Self.findings([Outcome(conditions: [.connection(2, ConnectionConditions.silent())])], [connection])
    #expect(other.findings.map(\.message) == ["connection 2 was not opened"])
    let silence = Condition.exchange(ExchangeSelector(), ExchangeConditions.noOutput())
    #expect(
      Self.findings([Outcome(conditions: [silence])], [connection]).findings.isEmpty,
      "a request that never began has no output")
  }

  @Test func theFirstOutcomeWhoseConditionsAllHoldDecides() {
    let judged = Self.findings([
      Outcome(conditions: [Self.head, Self.status(404)]),
      Outcome(verdict: .warn, requirement: "FCGI-6.1-2", because: "it came late", conditions: [Self.head]),
      Outcome(conditions: [Self.head]),
    ])
    #expect(judged.findings.map(\.message) == ["it came late"])
    #expect(judged.findings.map(\.requirement) == ["FCGI-6.1-2"])
    #expect(judged.findings.map(\.verdict) == [.warn])
    let skipped = Self.findings([Outcome(verdict: .skip, because: "it cannot", conditions: [Self.head])])
    #expect(skipped.findings.isEmpty && skipped.skip == "it cannot")
  }

  @Test func whatTheProbeCannotTellSkipsTheCase() {
    var connection = Self.sound
    let report = Array("gatespec-probe 1\nrole unknown\n".utf8)
    unsafe connection.exchanges[0].response.body.append(report.span.bytes, limit: .max)
    let role = Condition.exchange(ExchangeSelector(), EchoConditions.role("filter"))
    let judged = Self.findings([Outcome(conditions: [role])], [connection])
    #expect(judged.findings.isEmpty && judged.skip == "the probe cannot tell its role")
    let both = Self.findings([Outcome(conditions: [role, Self.status(404)])], [connection])
    #expect(both.findings.map(\.message) == ["status was 200, expected 404"] && both.skip == nil)
  }

  @Test func theCaseSaysWhatWasAskedOfAConnection() {
    var connection = Self.sound
    connection.summary = ConnectionSummary(connection: connection.exchanges[0].connection, wireProtocol: .fastCGI)
    var facts = FastCGIConnectionFacts()
    facts.resultPairs.append(name: Array("X".utf8), value: [])
    connection.summary?.fastCGI = facts
    let asking = Step(
      .getValues([Pair(name: .bytes(Array("X".utf8)), value: .bytes([]))], framing: RecordFraming()))
    let agree = Outcome(conditions: [.connection(1, ConnectionConditions.answersAgree())])
    #expect(Self.findings([agree], [connection], asking: [asking]).findings.isEmpty)
    #expect(
      Self.findings([agree], [connection], asking: [asking, asking]).findings.map(\.message)
        == ["X was answered to 1 of 2 questions for it"])
  }
}
