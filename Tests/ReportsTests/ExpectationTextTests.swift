// Expectations in words: every condition of the catalogue has some, and they say what they mean.

import Conformance
import Exchanges
import Expectations
import FastCGIWire
import Fixtures
import Reports
import Testing
import WireBytes

@Suite struct ExpectationTextTests {
  /// The lines for conditions about the one exchange or connection.
  static func lines(_ conditions: [Condition]) -> [String] {
    var testCase = Samples.testCase("t/c", "S.")
    testCase.expectations = [Expectation(outcomes: [Outcome(conditions: conditions)])]
    return ExpectationText.all(of: testCase).flatMap(\.lines)
  }

  @Test(
    arguments: [
      ([200], "200"), ([200, 404], "200 or 404"), (Array(400...599), "4xx or 5xx"),
      ([200] + Array(400...499), "200 or 4xx"), (Array(400...417), "400 to 417"), ([301, 302], "301 or 302"),
      (Array(398...402), "398, 399 or 400 to 402"), ([500, 200, 200], "200 or 500"),
    ] as [([UInt16], String)])
  func statuses(_ codes: [UInt16], _ words: String) {
    #expect(Self.lines([.exchange(ExchangeSelector(), ExchangeConditions.status(codes))]) == ["the status is \(words)"])
  }

  @Test func oneExchangeNeedsNoNumber() {
    #expect(
      Self.lines([
        .exchange(ExchangeSelector(), ExchangeConditions.responseHead()),
        .exchange(ExchangeSelector(), ExchangeConditions.bodyIs(.bytes(Array("hi\n".utf8)))),
        .connection(1, ConnectionConditions.closedByServer(true)),
      ]) == ["a whole response head comes, whatever its status", #"the body is "hi\x0a""#, "the target closes it"])
  }

  @Test func severalExchangesAreToldApart() {
    #expect(
      Self.lines([
        .exchange(ExchangeSelector(), ExchangeConditions.noBody()),
        .exchange(ExchangeSelector(connection: 2, index: 3), ExchangeConditions.noOutput()),
        .connection(2, ConnectionConditions.silent()),
      ]) == [
        "connection 1, request 1: there is no body", "connection 2, request 3: no output comes",
        "connection 2: nothing comes",
      ])
  }

  @Test func outcomesCarryTheirVerdictsAndReasons() {
    var testCase = Samples.testCase("t/c", "S.")
    testCase.expectations = [
      Expectation(
        needs: [.probe, .twoConnections],
        outcomes: [
          Outcome(conditions: [.exchange(ExchangeSelector(), ExchangeConditions.status([400]))]),
          Outcome(
            verdict: .warn, because: "late",
            conditions: [.exchange(ExchangeSelector(), ExchangeConditions.status(Array(500...599)))]),
        ])
    ]
    let text = ExpectationText.all(of: testCase)
    #expect(text.map(\.proviso) == ["where the target has the probe and two connections served at once"])
    #expect(text[0].lines == ["pass: the status is 400", "warn: the status is 5xx (late)"])
  }

  @Test func everyCaseOfTheCatalogueHasWords() throws {
    let cases = try Corpus.load().cases
    #expect(cases.count > 100)
    for testCase in cases {
      let lines = ExpectationText.all(of: testCase).flatMap(\.lines)
      #expect(!lines.isEmpty || testCase.expectations.isEmpty, "\(testCase.id)")
      for line in lines {
        #expect(
          !line.isEmpty && !line.hasSuffix(" ") && line.utf8.count < 2000,
          "\(testCase.id): \(line)")
        #expect(line.unicodeScalars.allSatisfy { $0.value >= 0x20 }, "\(testCase.id)")
      }
    }
  }
}
