// The reports of `gatespec bench`: a result made by hand, as text, JSON, picture and page.

import Benching
import Exchanges
import Foundation
import Prerequisites
import Testing

@testable import Reports

private enum BenchSamples {
  static func turn(_ count: Int, _ time: Int64, failures: [FailureKind: Int] = [:]) -> TurnOutcome {
    var outcome = TurnOutcome()
    for index in 0..<count {
      var moments = RequestMoments()
      (moments.due, moments.began, moments.sent) = (1000, 1000, 1000 + time / 10)
      (moments.firstByte, moments.fields) = (1000 + time / 2, 1000 + time / 2)
      (moments.lastByte, moments.end) = (1000 + time, 1000 + time + Int64(index) * time / 100)
      outcome.times.record(moments)
    }
    outcome.failures = failures
    outcome.measured = 1_000_000_000
    outcome.serviceTime = Double(count) * Double(time)
    outcome.openTime = outcome.serviceTime
    outcome.ownWork = 5_000_000
    return outcome
  }

  static func variant(
    _ wireProtocol: WireProtocol, _ mode: BenchMode, _ load: BenchLoad, _ turns: [TurnOutcome], ceiling: Double? = nil
  ) -> VariantResult {
    var result = VariantResult(
      BenchVariant(
        target: "\(wireProtocol.rawValue)://<&\"'>:1", wireProtocol: wireProtocol, mode: mode, load: load))
    for turn in turns { result.take(turn) }
    if let ceiling { result.takeCeiling(turn(Int(ceiling), 1000)) }
    return result
  }

  static func result(_ variants: [VariantResult]) -> BenchResult {
    BenchResult(
      plan: BenchPlan(), request: "GET /<p>?probe=echo",
      targets: [
        BenchTarget(name: "cgi:/x", contract: "it was checked", status: 200, bodyByteCount: 612, comparison: .length)
      ], variants: variants,
      leftOut: [LeftOut(target: "fastcgi://a:1", mode: .multiplex, reason: "it says so")], started: 1_795_000_000)
  }

  static let mixed: BenchResult = {
    var started = turn(200, 20_000_000)
    (started.targetWork, started.targetMemory) = (4_000_000_000, 9 << 20)
    return result([
      variant(.cgi, .process, .closed(users: 1), [started, started]),
      variant(.fastCGI, .keep, .closed(users: 1), [turn(2000, 500_000), turn(2100, 480_000)], ceiling: 2500),
      variant(.fastCGI, .keep, .closed(users: 8), [turn(2100, 500_000, failures: [.reset: 3])]),
    ])
  }()
  static let open = result([
    variant(.http1, .keep, .open(rate: 500, cap: 64), [turn(400, 500_000), turn(400, 500_000)])
  ])
  static let empty = result([variant(.http1, .keep, .closed(users: 1), [turn(0, 1, failures: [.timedOut: 2])])])
  static let all = [mixed, open, empty]
}

extension String {
  /// The text with each paragraph on one line.
  fileprivate var unwrapped: String { split(whereSeparator: \.isWhitespace).joined(separator: " ") }
}

@Suite struct BenchReportTests {
  private func text(_ result: BenchResult, _ judged: [JudgedThreshold] = [], _ style: TextStyle = .plain) -> String {
    var output = TextBuffer()
    BenchText(style: style).render(result, judged, to: &output)
    return output.text
  }

  @Test func theTableHoldsEveryRow() {
    let text = text(BenchSamples.mixed)
    for words in [
      "closed loop: each user sends", "GET /<p>?probe=echo; 5 rounds of 1.00 s for each row",
      "cgi:/x: it was checked; 200, 612 bytes of body; later ones differ in what they say",
      "CGI\n  a process for every request, 1 user", "FastCGI\n  kept connections, 1 user",
      "  kept connections, 8 users",
      "████████████████████████", "9.00 MB", "20.0 ms",
      "! ", "FastCGI, kept connections, 1 user: 82 % of what gatespec does against a sink",
      "3 failed: 3 reset (the connection was reset",
      "not measured: fastcgi://a:1, one connection, multiplexed: it says so.",
      "1 user: FastCGI, kept connections: 10.3 times the requests of CGI, a process for every request",
    ] {
      // Running text is wrapped, the table is not.
      #expect(text.contains(words) || text.unwrapped.contains(words), "\(words)\n\(text)")
    }
    #expect(!text.contains("\u{1B}"))
    #expect(self.text(BenchSamples.mixed, [], TextStyle(width: 100, usesColour: true)).contains("\u{1B}[33m"))
  }

  @Test func anOpenLoopAndAnEmptyOneSayWhatTheyAre() {
    #expect(text(BenchSamples.open).hasPrefix("open loop: 500 requests a second"))
    #expect(text(BenchSamples.open).unwrapped.contains("400 of the 500 requests a second"))
    #expect(text(BenchSamples.empty).contains("no request was answered"))
    var interrupted = BenchSamples.empty
    interrupted.wasInterrupted = true
    #expect(text(interrupted).hasSuffix("interrupted: this is what there was\n"))
  }

  @Test func conditionsAreJudgedOnEveryRow() throws {
    let earlier = EarlierBench(rows: [
      .init(
        target: "elsewhere", wireProtocol: "fastcgi", mode: "keep", users: 1, rate: nil,
        values: [.p50: [200_000, 210_000]])
    ])
    let judged = JudgedThreshold.all(
      try ["p50 > +10%", "errors > 0"].map { try #require(BenchThreshold($0)) }, on: BenchSamples.mixed,
      against: earlier)
    #expect(judged.map(\.judgement) == [.unknown, .passed, .unknown, .holds, .holds, .passed])
    let text = text(BenchSamples.mixed, judged)
    #expect(text.contains("FAIL p50 > +10%: FastCGI, kept connections, 1 user: "))
    #expect(text.unwrapped.contains("and the earlier run has no such row"))
  }

  @Test(
    arguments: [
      (0, ""), (1, "████████████████████████"), (0.5, "████████████"), (1.0 / 192, "▏"), (0.00001, "▏"),
      (2, "████████████████████████"),
    ] as [(Double, String)])
  func bars(_ share: Double, _ bar: String) { #expect(BenchText.bar(share) == bar) }

  @Test func numbersHaveThreeDigitsThatCount() {
    #expect(
      [83_000, 1_250_000, 12_340_000, 1_234_000_000].map { BenchWords.milliseconds($0 as Int64) } == [
        "0.083", "1.25", "12.3", "1234",
      ])
    #expect([500, 83_000, 1_250_000, 2.5e9].map { BenchWords.time($0) } == ["500 ns", "83.0 µs", "1.25 ms", "2.50 s"])
    #expect([12.34, 1234, 1_234_567].map { BenchWords.count($0) } == ["12.3", "1,234", "1,234,567"])
  }

  @Test(.requires("python3-jsonschema", ForeignTool.pythonWithSchemas != nil), arguments: 0..<4)
  func jsonFollowsTheSchema(_ index: Int) throws {
    var text: String
    if index < 3 {
      var output = TextBuffer()
      let result = BenchSamples.all[index]
      let judged = JudgedThreshold.all(
        [try #require(BenchThreshold("p99 > 1ms"))], on: result, against: nil)
      BenchJSON(version: "0").render(result, judged, to: &output)
      text = output.text
    } else {
      // The example of the page.
      let page = try String(contentsOf: Repository.file("docs/bench.md"), encoding: .utf8)
      text = try #require(page.components(separatedBy: "```json\n").last?.components(separatedBy: "```").first)
    }
    let code = """
      import sys, json, jsonschema
      schema = json.load(open(sys.argv[1]))
      jsonschema.Draft202012Validator.check_schema(schema)
      jsonschema.validate(json.load(open(sys.argv[2])), schema)
      """
    let schema = Repository.file("docs/bench-report.schema.json").path
    let run = try #require(ForeignTool.pythonWithSchemas).run(["-c", code, schema], on: text)
    #expect(run.code == 0, "\(run.everything)")
  }

  @Test(.requires("libxml2-utils", ForeignTool.xmllint != nil), arguments: 0..<3)
  func picturesAreWellFormed(_ index: Int) throws {
    var output = TextBuffer()
    BenchPicture(BenchSamples.all[index]).render(to: &output)
    let run = try #require(ForeignTool.xmllint).run(["--noout"], on: output.text, named: "bench.svg")
    #expect(run.code == 0, "\(run.everything)")
    #expect(output.text.contains("&lt;p&gt;"))
    #expect(!output.text.contains("NaN") && !output.text.contains("inf"))
  }

  @Test func thePageLoadsNothing() {
    var output = TextBuffer()
    BenchPage(version: "0").render(BenchSamples.mixed, to: &output)
    #expect(output.text.contains("default-src 'none'"))
    #expect(output.text.contains("<td>9.00 MB</td>"))
    #expect(!output.text.contains("<script") && !output.text.contains("<p>?probe"))
  }

  @Test func thePageOfTheDocumentationNamesEveryWayAndKind() throws {
    let page = try String(contentsOf: Repository.file("docs/bench.md"), encoding: .utf8)
    for mode in BenchMode.all { #expect(page.contains("| `\(mode.rawValue)` |"), "\(mode.rawValue)") }
    for phase in BenchPhase.allCases { #expect(page.contains("| `\(phase.name)` |"), "\(phase.name)") }
    for metric in BenchMetric.allCases { #expect(page.contains("`\(metric.rawValue)`"), "\(metric.rawValue)") }
    let schema = try String(contentsOf: Repository.file("docs/bench-report.schema.json"), encoding: .utf8)
    for mark in ["near-ceiling", "uneven-load", "few", "rate-missed", "sent-late", "failed", "nothing-answered"] {
      #expect(page.contains("`\(mark)`") && schema.contains("\"\(mark)\""))
    }
  }
}
