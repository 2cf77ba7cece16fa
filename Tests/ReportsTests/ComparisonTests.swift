// Targets side by side: the grid, what counts as a difference between responses, and the JSON form.

import Conformance
import Drivers
import Exchanges
import Fixtures
import Foundation
import Prerequisites
import Reports
import Testing
import WireBytes

@Suite struct ComparisonTests {
  static func response(
    _ status: UInt16?, _ fields: [(String, String)] = [("Content-Type", "text/plain")], _ body: String = "hello",
    index: Int = 1
  ) -> ResponseDigest {
    ResponseDigest(
      index: index, ending: status == nil ? .serverClosed : .complete, status: status,
      fields: fields.map { ResponseDigest.Field(name: Array($0.0.utf8), value: Array($0.1.utf8)) },
      body: Array(body.utf8))
  }

  static func report(_ target: String, _ cases: [(String, Verdict, [ResponseDigest])]) -> CheckReport {
    let results = cases.map { slug, verdict, responses in
      var result = CaseResult(
        testCase: Samples.testCase(slug, "Case \(slug)."), verdict: verdict,
        cause: verdict == .pass ? nil : .trouble("because \(verdict.rawValue)"))
      result.responses = responses
      return result
    }
    return CheckReport(target: target, started: .zero, results: results)
  }

  /// Differences between the responses of targets in one case.
  static func differences(_ responses: [ResponseDigest]...) -> [ResponseDifference] {
    CheckComparison(responses.enumerated().map { report("t\($0.offset)", [("t/c", .pass, $0.element)]) })
      .rows.flatMap(\.differences)
  }

  static var comparison: CheckComparison {
    CheckComparison([
      report(
        "fastcgi://127.0.0.1:9000",
        [
          ("t/same", .pass, [response(200)]), ("t/verdict", .pass, [response(200)]),
          ("t/type", .pass, [response(200)]), ("t/type-too", .pass, [response(200)]),
          ("t/only-here", .skip, []), ("t/both", .fail, [response(nil)]),
        ]),
      report(
        "fastcgi://127.0.0.1:9001",
        [
          ("t/same", .pass, [response(200)]), ("t/verdict", .fail, [response(500)]),
          ("t/type", .pass, [response(200, [("content-type", "text/html\u{1B}")])]),
          ("t/type-too", .pass, [response(200, [("content-type", "text/html\u{1B}")])]),
          ("t/both", .fail, [response(nil)]),
        ]),
    ])
  }

  @Test func theGridIsAsCommitted() {
    var output = TextBuffer()
    CompareTextReport().render(comparison, to: &output)
    output.append("----\n")
    CompareTextReport(listsAll: true).render(comparison, to: &output)
    Snapshot.verify(output.text, "compare.txt")
    #expect(!output.text.contains("\u{1B}"))
  }

  private var comparison: CheckComparison { Self.comparison }

  @Test func onlyRowsThatDifferAreRemarkable() {
    #expect(
      comparison.rows.filter(\.isRemarkable).map(\.id) == ["fastcgi/t/verdict"])
    #expect(comparison.rows.map(\.commonVerdict) == [.pass, nil, .pass, .pass, .skip, .fail])
    #expect(comparison.exitStatus(failOn: .fail) == .findings)
  }

  /// Two targets' readings of one request.
  private static func reading(_ first: String?, _ second: String?) -> CheckComparison {
    CheckComparison(
      [first, second].enumerated().map { number, reading in
        var report = report("http://127.0.0.1:\(8080 + number)", [("t/lengths", .pass, [])])
        report.results[0].reading = reading
        report.results[0].tier = .ambiguous
        return report
      })
  }

  @Test("who refuses or closes contradicts nobody", arguments: ["refused", "refused-late", "closed", "early"])
  func openReadings(reading: String) {
    #expect(Self.reading("length", reading).rows.map(\.isDiscrepant) == [false])
  }

  @Test func differentReadingsAreADiscrepancyUnlessOneRefuses() {
    #expect(Self.reading("first-length", "last-length").rows.map(\.isDiscrepant) == [true])
    #expect(Self.reading("first-length", "first-length").rows.map(\.isDiscrepant) == [false])
    #expect(Self.reading("two-requests", "waits").rows.map(\.isDiscrepant) == [true])
    #expect(Self.reading(nil, "last-length").rows.map(\.isDiscrepant) == [false])
  }

  @Test func aDiscrepancyIsToldThoughAllPassed() {
    var output = TextBuffer()
    CompareTextReport().render(Self.reading("first-length", "last-length"), to: &output)
    #expect(
      output.text.contains(
        """
        read differently, in 1 case: the same bytes are different requests to these servers
          case               A             B
          fastcgi/t/lengths  first-length  last-length

          case
        """))
    output = TextBuffer()
    CompareTextReport().render(Self.reading("refused", "last-length"), to: &output)
    #expect(!output.text.contains("read differently"))
  }

  @Test func whatAServerAddsIsNoDifference() {
    #expect(
      Self.differences(
        [Self.response(200, [("Content-Type", "a"), ("Date", "1"), ("X-Powered-By", "PHP"), ("Status", "200 OK")])],
        [Self.response(200, [("content-type", "a"), ("Content-Length", "5"), ("Transfer-Encoding", "chunked")])]
      ).isEmpty)
    // The order of different fields means nothing; that of equal ones does.
    #expect(
      Self.differences([Self.response(200, [("A", "1"), ("B", "2")])], [Self.response(200, [("B", "2"), ("A", "1")])])
        .isEmpty)
    #expect(
      Self.differences([Self.response(200, [("A", "1"), ("A", "2")])], [Self.response(200, [("A", "2"), ("A", "1")])])
        .map(\.values) == [["1 | 2", "2 | 1"]])
  }

  @Test func statusFieldsAndBodyAreCompared() {
    let found = Self.differences(
      [Self.response(200, [("X-A", "1")], "hello")], [Self.response(200, [], "")], [Self.response(200, [("X-A", "1")])])
    #expect(found.map(\.what) == ["field x-a", "body"])
    #expect(found.map(\.values) == [["1", "absent", "1"], ["\"hello\"", "empty", "\"hello\""]])
  }

  @Test func anotherStatusIsTheOnlyDifference() {
    let found = Self.differences([Self.response(200, [("X-A", "1")])], [Self.response(404, [], "none")])
    #expect(found.map(\.what) == ["status"])
    #expect(found.map(\.values) == [["200", "404"]])
  }

  @Test func errorsAreToldInWordsOfTheirOwn() {
    let found = Self.differences(
      [Self.response(405, [("Content-Type", "text/html"), ("Allow", "GET")], "<p>Not allowed")],
      [Self.response(405, [("Content-Type", "text/plain")], "no")])
    #expect(found.map(\.what) == ["field allow"])
    #expect(
      Self.differences([Self.response(404, [], "")], [Self.response(404, [], "none")]).map(\.values)
        == [["empty", "a text"]])
  }

  @Test func ofATagOnlyTheKindIsCompared() {
    #expect(
      Self.differences([Self.response(200, [("ETag", "\"a\"")])], [Self.response(200, [("ETag", "\"b\"")])]).isEmpty)
    #expect(
      Self.differences([Self.response(200, [("ETag", "\"a\"")])], [Self.response(200, [("etag", "W/\"a\"")])])
        .map(\.values) == [["a tag", "a weak tag"]])
  }

  @Test func howLongAConnectionIsKeptIsNoDifference() {
    #expect(
      Self.differences(
        [Self.response(200), Self.response(200, index: 2)], [Self.response(200), Self.response(nil, [], "", index: 2)]
      ).isEmpty)
  }

  @Test func withoutAHeadOnlyTheStatusDiffers() {
    let found = Self.differences([Self.response(200)], [Self.response(nil, [], "")])
    #expect(found.map(\.what) == ["status"])
    #expect(found.map(\.values) == [["200", "none (server-closed)"]])
  }

  @Test func whatGatespecDidNotWaitForIsNotCompared() {
    var left = Self.response(200, [], "part 1")
    left.ending = .clientClosed
    #expect(Self.differences([Self.response(200, [], "part 1 part 2")], [left]).isEmpty)
  }

  @Test func largeBodiesDifferByTheirHash() throws {
    let long = String(repeating: "x", count: 100)
    let found = Self.differences([Self.response(200, [], long + "a")], [Self.response(200, [], long + "b")])
    let values = try #require(found.first?.values.compactMap { $0 })
    #expect(values.count == 2 && values[0] != values[1])
    #expect(values[0].hasPrefix("101 bytes, \"xxx"))
  }

  @Test func echoReportsTellOfTheirTargetAndAreNotCompared() {
    #expect(
      Self.differences(
        [Self.response(200, [], "gatespec-probe 1\nparam A 1\n")], [Self.response(200, [], "gatespec-probe 1\n")]
      ).isEmpty)
    #expect(
      Self.differences([Self.response(200, [], "gatespec-probe 1\n")], [Self.response(200, [], "other")])
        .map(\.values) == [["an echo report", "\"other\""]])
  }

  @Test func exchangesAreComparedByTheirPlace() {
    let found = Self.differences(
      [Self.response(200), Self.response(200, index: 2)], [Self.response(500, index: 2), Self.response(200)])
    #expect(found.map(\.index) == [2])
    #expect(found.map(\.values) == [["200", "500"]])
    #expect(Self.differences([Self.response(200)], []).isEmpty, "who was not asked does not differ")
  }

  @Test(.requires("python3-jsonschema", ForeignTool.pythonWithSchemas != nil))
  func jsonFollowsTheSchema() throws {
    var output = TextBuffer()
    CompareJSONReport(version: "0", registry: Samples.registry).render(comparison, to: &output)
    let code =
      "import sys, json, jsonschema; jsonschema.validate(*[json.load(open(f)) for f in reversed(sys.argv[1:])])"
    let schema = Repository.file("docs/compare-report.schema.json").path
    let run = try #require(ForeignTool.pythonWithSchemas).run(["-c", code, schema], on: output.text)
    #expect(run.code == 0, "\(run.everything)")
    #expect(output.text.contains(#""id":"fastcgi/t/only-here","title":"Case t/only-here.","verdicts":["skip",null]"#))
    #expect(output.text.contains(#""what":"field content-type","values":["text/plain","text/html\\x1b"]"#))
  }
}
