// Every format of a check's report: against a committed text, and read by somebody else's parser.

import Conformance
import Drivers
import Exchanges
import Fixtures
import Foundation
import Prerequisites
import Reports
import Testing
import WireBytes

@Suite struct CheckFormatTests {
  // MARK: JUnit

  static func junit(_ report: CheckReport, failOn: Verdict = .fail) -> String {
    var output = TextBuffer()
    CheckJUnitReport(version: "0", registry: Samples.registry, failOn: failOn).render(report, to: &output)
    return output.text
  }

  @Test func junitIsAsCommitted() { Snapshot.verify(Self.junit(Samples.report), "check-junit.xml") }

  @Test(
    .requires("libxml2-utils", ForeignTool.xmllint != nil),
    arguments: [Samples.report, Samples.nasty, Samples.empty, Samples.unreachable])
  func junitFollowsTheSchema(_ report: CheckReport) throws {
    let schema = Repository.file("Tests/ReportsTests/Schemas/junit.xsd").path
    let tool = try #require(ForeignTool.xmllint)
    let run = try tool.run(["--noout", "--schema", schema], on: Self.junit(report))
    #expect(run.code == 0, "\(run.everything)")
  }

  /// What Python's own parser makes of a report: counts by their attributes and by counting, and one case's texts.
  private static let junitReader = """
    import sys, json, xml.etree.ElementTree as E
    root = E.parse(sys.argv[1]).getroot()
    cases = root.findall("testsuite/testcase")
    assert int(root.get("tests")) == len(cases)
    for tag, name in [("failure", "failures"), ("error", "errors"), ("skipped", "skipped")]:
        assert int(root.get(name)) == len([c for c in cases if c.find(tag) is not None]), name
        assert int(root.get(name)) == sum(int(s.get(name)) for s in root.findall("testsuite")), name
    print(json.dumps({
        "names": [c.get("name") for c in cases],
        "failures": [[f.get("message"), f.get("type"), f.text] for f in root.iter("failure")],
        "skipped": [s.get("message") for s in root.iter("skipped")],
        "target": [p.get("value") for p in root.iter("property") if p.get("name") == "target"][:1],
    }))
    """

  private struct ReadJUnit: Decodable {
    var names: [String]
    var failures: [[String]]
    var skipped: [String]
    var target: [String]
  }

  private func read(_ junit: String) throws -> ReadJUnit {
    let tool = try #require(ForeignTool.python)
    let run = try tool.run(["-c", Self.junitReader], on: junit)
    try #require(run.code == 0, "\(run.everything)")
    return try JSONDecoder().decode(ReadJUnit.self, from: Data(run.output.utf8))
  }

  @Test(.requires("python3", ForeignTool.python != nil))
  func junitSaysToOthersWhatWeMean() throws {
    let seen = try read(Self.junit(Samples.report))
    #expect(seen.names == Samples.report.topicOrderedIDs)
    #expect(seen.target == ["fastcgi://127.0.0.1:9000/"])
    #expect(seen.failures.map { $0[0] } == ["fail: the status is 500, expected 200 (received, offset 24)"])
    #expect(seen.failures.map { $0[1] } == ["FCGI-3.3-8"])
    #expect(
      seen.skipped == [
        "needs the probe: none answered", "needs the probe: none answered",
        "inconclusive: fastcgi/records/padding-255 did not pass",
      ])
    // A warning that the baseline accepts is a failure at --fail-on warn, and left out as accepted.
    let stricter = try read(Self.junit(Samples.report, failOn: .warn))
    #expect(stricter.skipped.contains("accepted by the baseline: php-fpm has always done so"))
  }

  @Test(.requires("python3", ForeignTool.python != nil))
  func nothingOfTheWireBreaksJUnit() throws {
    let seen = try read(Self.junit(Samples.nasty))
    let message = try #require(seen.failures.first?.first)
    // What XML can carry comes back as it was; what it cannot is escaped as WireText does.
    #expect(message.contains(#"<b>&amp; ]]> "quoted" 'too' 100% a,b:c | `code` ``` # \x1b[31m \x00 \xef\xbf\xbe é 🙂"#))
    #expect(message.contains("line\ntwo\r\tend"))
  }

  @Test(.requires("python3", ForeignTool.python != nil))
  func aTargetThatCannotBeCheckedIsAnError() throws {
    let seen = try read(Self.junit(Samples.unreachable))
    #expect(seen.names == ["target/can-be-checked"])
    #expect(Self.junit(Samples.unreachable).contains("is the &lt;backend&gt; running"))
  }

  // MARK: JSON

  @Test(
    .requires("python3-jsonschema", ForeignTool.pythonWithSchemas != nil),
    arguments: [Samples.report, Samples.nasty, Samples.empty, Samples.unreachable])
  func jsonFollowsTheSchema(_ report: CheckReport) throws {
    var output = TextBuffer()
    CheckJSONReport(version: "0", registry: Samples.registry).render(report, to: &output)
    let code = """
      import sys, json, jsonschema
      schema = json.load(open(sys.argv[1]))
      jsonschema.Draft202012Validator.check_schema(schema)
      jsonschema.validate(json.load(open(sys.argv[2])), schema)
      """
    let schema = Repository.file("docs/check-report.schema.json").path
    let run = try #require(ForeignTool.pythonWithSchemas).run(["-c", code, schema], on: output.text)
    #expect(run.code == 0, "\(run.everything)")
  }

  @Test(.requires("python3-jsonschema", ForeignTool.pythonWithSchemas != nil))
  func theSchemaRefusesWhatIsNoReport() throws {
    var output = TextBuffer()
    CheckJSONReport(version: "0", registry: Samples.registry).render(Samples.report, to: &output)
    let code =
      "import sys, json, jsonschema; jsonschema.validate(*[json.load(open(f)) for f in reversed(sys.argv[1:])])"
    let schema = Repository.file("docs/check-report.schema.json").path
    for (part, replacement) in [
      ("\"verdict\":\"warn\"", "\"verdict\":\"bad\""), ("\"duration_ms\":", "\"duration\":"),
      ("\"pass\":1", "\"pass\":-1"),
    ] {
      let broken = output.text.replacing(part, with: replacement)
      #expect(broken != output.text)
      let run = try #require(ForeignTool.pythonWithSchemas).run(["-c", code, schema], on: broken)
      #expect(run.code == 1 && run.everything.contains("ValidationError"), "\(replacement): \(run.everything)")
    }
  }

  // MARK: TAP

  static func tap(_ report: CheckReport, failOn: Verdict = .fail) -> String {
    var output = TextBuffer()
    CheckTAPReport(registry: Samples.registry, failOn: failOn).render(report, to: &output)
    return output.text
  }

  @Test func tapIsAsCommitted() { Snapshot.verify(Self.tap(Samples.report), "check.tap") }

  @Test(.requires("perl", ForeignTool.prove != nil))
  func proveReadsTAP() throws {
    let tool = try #require(ForeignTool.prove)
    let without = try tool.run(["--exec", "cat"], on: Self.tap(Samples.unreachable))
    #expect(without.code != 0 && without.everything.contains("nothing listens on"), "\(without.everything)")
    let failing = try tool.run(["--exec", "cat"], on: Self.tap(Samples.report))
    #expect(failing.code == 1)
    #expect(failing.everything.contains("Failed test:  2"), "\(failing.everything)")
    #expect(failing.everything.contains("Tests=7"), "\(failing.everything)")
    #expect(!failing.everything.contains("Parse errors"), "\(failing.everything)")
    var passing = Samples.report
    passing.results.removeAll { $0.verdict == .fail }
    // What is accepted is expected to fail, and prove is content.
    for threshold in [Verdict.fail, .warn] {
      let run = try tool.run(["--exec", "cat"], on: Self.tap(passing, failOn: threshold))
      #expect(run.code == 0 && run.everything.contains("All tests successful"), "\(run.everything)")
    }
    var interrupted = passing
    interrupted.interrupted = true
    #expect(try tool.run(["--exec", "cat"], on: Self.tap(interrupted)).code != 0)
    let empty = try tool.run(["--exec", "cat"], on: Self.tap(Samples.empty))
    #expect(empty.everything.contains("skipped: no case ran"), "\(empty.everything)")
  }

  @Test(.requires("perl", ForeignTool.perl != nil && ForeignTool.prove != nil))
  func theDiagnosticsOfTAPAreRead() throws {
    let code = """
      use TAP::Parser; open(my $f, '<', $ARGV[0]) or die; my $p = TAP::Parser->new({source => $f});
      while (my $r = $p->next) { next unless $r->is_yaml; my $d = $r->data;
        print "$d->{severity}|$d->{message}|$d->{requirements}[0]|$d->{rerun}|$d->{explanation}[0]\\n" }
      print "errors: ", scalar($p->parse_errors), "\\n";
      """
    let tool = try #require(ForeignTool.perl)
    let run = try tool.run(["-e", code], on: Self.tap(Samples.report))
    #expect(run.code == 0, "\(run.everything)")
    let first = run.output.split(separator: "\n").first.map(String.init)
    #expect(
      first == """
        fail|the status is 500, expected 200 (received, offset 24)|FCGI-3.3-8, FastCGI 1.0 section 3.3|\
        gatespec check fastcgi://127.0.0.1:9000/ --only fastcgi/records/padding-255|FAIL  fastcgi/records/padding-255
        """)
    #expect(run.output.hasSuffix("errors: 0\n"))
    let nasty = try tool.run(["-e", code], on: Self.tap(Samples.nasty))
    #expect(nasty.code == 0 && nasty.output.hasSuffix("errors: 0\n"), "\(nasty.everything)")
    #expect(nasty.output.contains("line\ntwo"), "\(nasty.output)")
  }

  // MARK: Annotations

  static func github(_ report: CheckReport, failOn: Verdict = .fail) -> String {
    var output = TextBuffer()
    CheckGitHubReport(registry: Samples.registry, failOn: failOn).render(report, to: &output)
    return output.text
  }

  @Test func annotationsAreAsCommitted() { Snapshot.verify(Self.github(Samples.report), "check.github") }

  @Test func nothingOfTheWireBecomesACommand() {
    let lines = Self.github(Samples.nasty).split(separator: "\n")
    // One command for the one case, one for a note, and the count.
    #expect(lines.count == 3)
    #expect(lines[1].hasPrefix("::notice title=gatespec check <b>&amp;"))
    #expect(lines[0].hasPrefix("::error title=fail%3A fastcgi/t/nasty::"))
    #expect(lines[0].contains("100%25"))
    #expect(lines[0].contains("line%0Atwo%0D"))
    #expect(lines[0].contains("%0A::error::forged"))
  }

  // MARK: Markdown

  static func markdown(_ report: CheckReport) -> String {
    var output = TextBuffer()
    CheckMarkdownReport(registry: Samples.registry).render(report, to: &output)
    return output.text
  }

  @Test func markdownIsAsCommitted() { Snapshot.verify(Self.markdown(Samples.report), "check.md") }

  @Test(.requires("python3-markdown", ForeignTool.pythonWithMarkdown != nil))
  func markdownIsRead() throws {
    let code = """
      import sys, markdown
      print(markdown.markdown(open(sys.argv[1]).read(), extensions=["tables", "fenced_code", "md_in_html"]))
      """
    let tool = try #require(ForeignTool.pythonWithMarkdown)
    let run = try tool.run(["-c", code], on: Self.markdown(Samples.report))
    #expect(run.code == 0, "\(run.everything)")
    #expect(run.output.contains("<h2>gatespec check <code>fastcgi://127.0.0.1:9000/</code></h2>"))
    #expect(run.output.contains("<strong>7 cases: 1 pass, 1 fail, 1 warn, 1 info, 2 skip, 1 inconclusive</strong>"))
    #expect(run.output.contains("<td>fastcgi/records</td>"))
    #expect(run.output.components(separatedBy: "<details>").count == 4)
    let nasty = try tool.run(["-c", code], on: Self.markdown(Samples.nasty))
    #expect(!nasty.output.contains("<b>"), "\(nasty.output)")
    #expect(nasty.output.components(separatedBy: "<tr>").count == 3, "a header and one topic: \(nasty.output)")
  }

  @Test func aJobSummaryIsBounded() {
    var report = Samples.report
    report.results = (0..<300).map { number in
      var failure = Samples.failure
      failure.testCase.id = "fastcgi/t/c\(number)"
      return failure
    }
    let text = Self.markdown(report)
    #expect(text.components(separatedBy: "<details>").count == 101)
    #expect(text.contains("- **fail** `fastcgi/t/c299`: the status is 500, expected 200\n"))
    #expect(text.utf8.count < 1 << 20)
  }
}

extension CheckReport {
  /// The IDs as reports that group by topic have them.
  fileprivate var topicOrderedIDs: [String] {
    var topics: [String] = []
    for result in results where !topics.contains(result.topic) { topics.append(result.topic) }
    return topics.flatMap { topic in results.filter { $0.topic == topic }.map(\.testCase.id) }
  }
}

extension CaseResult {
  fileprivate var topic: String { testCase.id.split(separator: "/").dropLast().joined(separator: "/") }
}
