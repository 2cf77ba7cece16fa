// Whose words explain a finding, and what a case that did not pass shows.

import Conformance
import Drivers
import Exchanges
import Fixtures
import Foundation
import Prerequisites
import Reports
import Testing
import WireBytes

@Suite struct CheckExplanationTests {
  private static func text(_ result: CaseResult, _ registry: RequirementRegistry = Samples.registry) -> String {
    var output = TextBuffer()
    let report = CheckReport(target: "t", started: .zero, results: [result])
    CheckTextReport(registry: registry).render(report, to: &output)
    return output.text
  }

  /// The text with every run of spaces and line ends as one space.
  private static func unwrapped(_ text: String) -> String {
    text.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
  }

  private static func html(_ result: CaseResult) -> String {
    HTMLReportTests.html(CheckReport(target: "t", started: .zero, results: [result]))
  }

  private static func json(_ result: CaseResult) throws -> [String: Any] {
    var output = TextBuffer()
    let report = CheckReport(target: "t", started: .zero, results: [result])
    CheckJSONReport(version: "0", registry: Samples.registry).render(report, to: &output)
    let object = try JSONSerialization.jsonObject(with: Data(output.text.utf8)) as? [String: Any]
    return try #require((object?["cases"] as? [[String: Any]])?.first)
  }

  private static let rule = RuleCatalog.rule("FCGI-3.3-9", .server)

  @Test("a rule's finding is explained by the rule, under whatever case it stands") func ruleUnderABystander() throws {
    let rule = try #require(Self.rule)
    let pages = [
      Self.unwrapped(Self.text(Samples.bystander)), Self.html(Samples.bystander),
      CheckFormatTests.github(CheckReport(target: "t", started: .zero, results: [Samples.bystander])),
    ]
    for page in pages {
      #expect(page.contains(rule.explanation), "\(page)")
      #expect(page.contains("fastcgi/output/odd, which is about something else: Odd sizes."), "\(page)")
      #expect(!page.contains("Sizes matter."), "the case's own words say nothing about it")
    }
    let finding = try #require((try Self.json(Samples.bystander)["findings"] as? [[String: Any]])?.first)
    #expect(finding["source"] as? String == "rule")
    #expect(finding["explanation"] as? String == rule.explanation)
    #expect(finding["connection"] as? Int == 2)
  }

  @Test("a case that tests the rule has its finding as its own") func ruleUnderItsCase() {
    var result = Samples.bystander
    result.testCase.rules = ["FCGI-3.3-9"]
    #expect(!Self.text(result).contains("something else"))
    #expect(!Self.text(result).contains("Sizes matter."))
  }

  @Test("an expectation and a rule are explained each by its own words") func both() throws {
    let rule = try #require(Self.rule)
    var result = Samples.failure
    result.findings.append(contentsOf: Samples.bystander.findings)
    let text = Self.unwrapped(Self.text(result))
    #expect(text.contains("why it matters Padding is there to align records."))
    #expect(text.contains("why it matters FCGI-3.3-9: \(rule.explanation)"))
  }

  @Test("a finding is marked in its own connection only") func places() {
    let text = Self.text(Samples.bystander)
    #expect(Self.unwrapped(text).contains("(connection 2, received, offset 0)"))
    let marks = text.split(separator: "\n").filter { $0.hasPrefix("  * <") }
    #expect(marks.count == 1)
    #expect(text.components(separatedBy: "* is where it differs").count == 2)
  }

  @Test("every outcome that would have been accepted is shown") func outcomes() throws {
    let text = Self.text(Samples.failure)
    #expect(text.contains("- pass: the status is 200\n"))
    #expect(text.contains("- info: the status is 400 (it refuses padding)\n"))
    let finding = try #require((try Self.json(Samples.failure)["findings"] as? [[String: Any]])?.first)
    #expect(
      finding["expected"] as? [String] == ["pass: the status is 200", "info: the status is 400 (it refuses padding)"])
  }

  @Test("what the target says itself is quoted") func targetSays() throws {
    #expect(Self.text(Samples.failure).contains("  target says    the error stream: \"bad padding\"\n"))
    #expect(Self.html(Samples.failure).contains("The target says: the error stream: &quot;bad padding&quot;"))
    #expect(try Self.json(Samples.failure)["target_says"] as? [String] == ["the error stream: \"bad padding\""])
  }

  @Test("a large body is shown by its beginning, the place of a difference, and its end") func largeBodies() {
    var result = Samples.failure
    let records = (0..<100).map {
      Samples.event(.response, UInt64($0) * 100, "record type=stdout id=1 content=92 padding=0 \"\($0)\"")
    }
    result.evidence[0].events = records + [Samples.event(.response, 10_000, "record type=end-request id=1 content=8")]
    result.findings[0].offset = 5_050
    let lines = Self.text(result).split(separator: "\n").filter {
      $0.contains("type=stdout") || $0.contains(" more in")
    }
    #expect(lines.count == 4 + 1 + 1 + 1 + 2)
    #expect(lines[5].hasPrefix("  * <    5000"))
    #expect(lines[4].contains("… 46 more in between"))
    #expect(lines[6].contains("… 47 more in between"))
  }

  @Test("a reason that many cases share is told once") func sharedReasons() {
    var output = TextBuffer()
    CheckTextReport(registry: Samples.registry).render(Samples.report, to: &output)
    #expect(output.text.components(separatedBy: "needs the probe: none answered").count == 2)
    #expect(output.text.contains("skip         fastcgi/values/two  needs the probe\n"))
    #expect(output.text.contains("2 cases: needs the probe: none answered\n"))
  }

  @Test("too much that was not judged is a failure wherever only failures are read") func tooManyUnjudged() throws {
    let limit = try #require(SkipLimit("2"))
    let report = Samples.report.limitingUnjudged(to: limit)
    let complaint =
      "3 of 7 cases were not judged (2 skip, 1 inconclusive), which is more than --max-skip 2 allows"
    #expect(CheckFormatTests.junit(report).contains("<failure message=\"\(complaint)\""))
    #expect(CheckFormatTests.tap(report).contains("1..8\n"))
    #expect(CheckFormatTests.tap(report).contains("not ok 8 - target/enough-is-judged: \(complaint)\n"))
    let title = "gatespec check fastcgi%3A//127.0.0.1%3A9000/"
    #expect(CheckFormatTests.github(report).contains("::error title=\(title)::3 of 7"))
    #expect(CheckFormatTests.markdown(report).contains("more than --max-skip 2 allows."))
  }
}
