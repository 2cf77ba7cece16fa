// What a run amounts to: counts, strictness, baselines, exit codes.

import Conformance
import Drivers
import Exchanges
import Fixtures
import Reports
import Testing
import WireBytes

@Suite struct CheckPolicyTests {
  static func report(_ verdicts: [Verdict], interrupted: Bool = false) -> CheckReport {
    let results = verdicts.enumerated().map {
      CaseResult(testCase: Samples.testCase("t/c\($0.offset)", "S."), verdict: $0.element)
    }
    var capabilities = Capabilities()
    capabilities.hasProbe = true
    return CheckReport(
      target: "t", started: .zero, capabilities: capabilities, results: results, interrupted: interrupted)
  }

  /// The cases that a report of ``report(_:interrupted:)`` can be about.
  static let catalogue = (0..<4).map { "fastcgi/t/c\($0)" }

  @Test(
    arguments: [
      ([.pass], .fail, .success),
      ([.pass, .skip], .fail, .success),
      ([.pass, .fail], .fail, .findings),
      ([.pass, .warn], .fail, .success),
      ([.pass, .warn], .warn, .findings),
      ([.pass, .info], .warn, .success),
      ([.pass, .info], .info, .findings),
      ([.info], .fail, .success),
      ([], .fail, .nothingRan),
      ([.skip, .skip], .fail, .nothingRan),
      ([.skip, .inconclusive], .info, .nothingRan),
      ([.pass, .inconclusive], .fail, .success),
      ([.fail, .inconclusive], .fail, .findings),
      ([.pass, .error], .fail, .internalError),
      ([.fail, .error], .fail, .internalError),
    ] as [([Verdict], Verdict, ProgramStatus)])
  func exitStatus(_ verdicts: [Verdict], _ failOn: Verdict, _ status: ProgramStatus) {
    #expect(Self.report(verdicts).exitStatus(failOn: failOn) == status)
    #expect(Self.report(verdicts, interrupted: true).exitStatus(failOn: failOn) == .interrupted)
  }

  @Test func aVerdictThatChangesIsAFinding() {
    var report = Self.report([.pass, .skip])
    report.results[1].verdicts = [.skip, .pass]
    #expect(report.exitStatus(failOn: .fail) == .findings)
    report.results[1].acceptedBecause = "it races"
    #expect(report.exitStatus(failOn: .fail) == .success)
    report.results[1].acceptedBecause = nil
    report.results[1].verdicts = [.skip, .skip]
    #expect(report.exitStatus(failOn: .fail) == .success)
  }

  @Test func exitCodesAreTheContract() {
    #expect(ProgramStatus.allCases.map(\.rawValue) == [0, 1, 2, 3, 4, 5, 130])
  }

  @Test func strictnessTurnsWarningsIntoFailures() {
    var report = Self.report([.warn, .info, .pass])
    report.results[0].findings = [Finding(requirement: "X-1", verdict: .warn, message: "m")]
    #expect(report.strict().results.map(\.verdict) == [.fail, .info, .pass])
    #expect(report.strict().results[0].findings[0].verdict == .fail)
    #expect(report.strict().exitStatus(failOn: .fail) == .findings)
  }

  @Test func anAcceptedDeviationIsShownAndDoesNotFail() {
    let baseline = [BaselineEntry(cases: Glob("fastcgi/t/c0"), because: "known")]
    let report = Self.report([.fail, .pass]).accepting(baseline, catalogue: Self.catalogue)
    #expect(report.results[0].acceptedBecause == "known")
    #expect(report.results[0].verdict == .fail)
    #expect(report.staleBaseline.isEmpty)
    #expect(report.exitStatus(failOn: .fail) == .success)
    let worse = Self.report([.fail, .fail]).accepting(baseline, catalogue: Self.catalogue)
    #expect(worse.exitStatus(failOn: .fail) == .findings)
  }

  private static func entries(_ patterns: String...) -> [BaselineEntry] {
    patterns.map { BaselineEntry(cases: Glob("fastcgi/" + $0), because: $0) }
  }

  @Test func anEntryWhoseDeviationIsGoneIsReported() {
    var baseline = Self.entries("t/c0", "t/c1", "t/c2")
    baseline.append(BaselineEntry(cases: Glob("fastcgi/t/?3"), because: "now and then", isOccasional: true))
    let report = Self.report([.fail, .pass, .skip, .pass]).accepting(baseline, catalogue: Self.catalogue)
    #expect(report.staleBaseline == ["fastcgi/t/c1"])
    #expect(report.idleBaseline == [IdleBaselineEntry(cases: "fastcgi/t/c2", cause: .unjudged)])
  }

  @Test(
    "an entry is stale only when all of its cases ran and passed", arguments: [Verdict.skip, .inconclusive, .error])
  func halfJudged(_ verdict: Verdict) {
    let report = Self.report([.pass, verdict])
    let both = report.accepting(Self.entries("t/c?"), catalogue: Array(Self.catalogue.prefix(2)))
    #expect(both.staleBaseline.isEmpty)
    #expect(report.accepting(Self.entries("t/c0"), catalogue: Self.catalogue).staleBaseline == ["fastcgi/t/c0"])
  }

  @Test func nothingIsSaidOfCasesThatWereNotSelected() {
    let report = Self.report([.pass])
    for pattern in ["t/*", "t/c1"] {
      let judged = report.accepting(Self.entries(pattern), catalogue: Self.catalogue)
      #expect(judged.staleBaseline.isEmpty)
      #expect(judged.idleBaseline.isEmpty)
    }
  }

  @Test func nothingCanGoWhereTheProbeDidNotAnswer() {
    var report = Self.report([.pass])
    report.capabilities.hasProbe = false
    #expect(report.accepting(Self.entries("t/c0"), catalogue: Self.catalogue).staleBaseline.isEmpty)
    report.capabilities.isProbeOff = true
    #expect(report.accepting(Self.entries("t/c0"), catalogue: Self.catalogue).staleBaseline == ["fastcgi/t/c0"])
  }

  @Test func aCaseIsTheFirstEntrysThatNamesIt() {
    let baseline = Self.entries("t/c0", "t/*", "t/c1", "nowhere")
    let report = Self.report([.fail, .fail]).accepting(baseline, catalogue: Self.catalogue)
    #expect(report.results.map(\.acceptedBecause) == ["t/c0", "t/*"])
    #expect(
      report.idleBaseline == [
        IdleBaselineEntry(cases: "fastcgi/t/c1", cause: .shadowed(by: "fastcgi/t/*")),
        IdleBaselineEntry(cases: "fastcgi/nowhere", cause: .unknown),
      ])
    #expect(
      report.remarks == [
        "the baseline's entry fastcgi/t/c1 does nothing: fastcgi/t/* before it names the same cases",
        "the baseline accepts fastcgi/nowhere, but there is no such case: is it misspelt?",
      ])
  }

  @Test(
    "more unjudged cases than allowed are a finding",
    arguments: [
      ("0", [.pass], true), ("0", [.pass, .skip], false), ("1", [.pass, .skip], true),
      ("1", [.pass, .skip, .inconclusive], false), ("50%", [.pass, .skip], true), ("49%", [.pass, .skip], false),
      ("100%", [.skip], true), ("0%", [.pass, .fail], true),
    ] as [(String, [Verdict], Bool)])
  func maxSkip(_ words: String, _ verdicts: [Verdict], _ isEnough: Bool) throws {
    let limit = try #require(SkipLimit(words))
    #expect(limit.description == words)
    let report = Self.report(verdicts).limitingUnjudged(to: limit)
    #expect((report.tooManyUnjudged == nil) == isEnough)
    if !isEnough {
      #expect(report.exitStatus(failOn: .fail) == .findings)
      #expect(report.remarks.last?.contains("more than --max-skip \(words) allows") == true)
    }
  }

  @Test(arguments: ["", "-1", "101%", "1.5", "many", "%"])
  func malformedLimits(_ words: String) { #expect(SkipLimit(words) == nil) }

  @Test("what depends on one case that did not pass is put to that case") func rootCause() {
    var report = Self.report([.fail, .inconclusive, .inconclusive, .inconclusive])
    report.results[0].cause = .trouble("no answer")
    report.results[1].cause = .dependency("fastcgi/t/c0")
    report.results[2].cause = .dependency("fastcgi/t/c1")
    report.results[3].cause = .dead("the target is gone")
    #expect(
      report.unjudged.map(\.words) == [
        "2 cases: fastcgi/t/c0 did not pass: no answer", "1 case: the target is gone",
      ])
    #expect(report.remarks.isEmpty, "half of them is not most of them")
    report.results[3].cause = .dependency("fastcgi/t/c2")
    #expect(
      report.remarks == [
        "3 of 4 cases could not be judged because fastcgi/t/c0 did not pass: begin with that one"
      ])
  }

  @Test func countLine() {
    #expect(Self.report([]).countLine == "0 cases: 0 pass, 0 fail, 0 warn, 0 info, 0 skip")
    #expect(Self.report([.error]).countLine == "1 case: 0 pass, 0 fail, 0 warn, 0 info, 0 skip, 1 error")
  }

  @Test(
    arguments: [
      ("*", "", true), ("", "", true), ("", "a", false), ("a*c", "abc", true), ("a*c", "ac", true),
      ("a*c", "acb", false),
      ("a?c", "abc", true), ("a?c", "ac", false), ("*a*a*a*b", String(repeating: "a", count: 2000), false),
      ("fastcgi/*/x", "fastcgi/records/x", true),
    ] as [(String, String, Bool)])
  func patterns(_ pattern: String, _ text: String, _ matches: Bool) {
    #expect(Glob(pattern).matches(text) == matches)
  }

  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (-1_000_000, "1969-12-31T23:59:59.999Z"),
      (951_782_400_000_000_000, "2000-02-29T00:00:00.000Z"), (1_709_251_199_999_999_999, "2024-02-29T23:59:59.999Z"),
      (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000Z"),
    ] as [(Int64, String)])
  func dates(_ nanoseconds: Int64, _ text: String) {
    #expect(Timestamp(nanoseconds: nanoseconds).iso8601 == text)
  }

  @Test(arguments: [
    ("json=-", "json", "-"), ("text=a=b.txt", "text", "a=b.txt"),
  ])
  func reportRequests(_ text: String, _ format: String, _ file: String) {
    #expect(ReportRequest(text) == ReportRequest(format: ReportFormat(rawValue: format), file: file))
  }

  @Test func reportsThatExcludeEachOther() {
    #expect(ReportRequest.complaint(about: ["json=-", "junit=a.xml", "html=a.html"]) == nil)
    #expect(ReportRequest.complaint(about: ["json=-", "tap=-"])?.contains("standard output") == true)
    #expect(ReportRequest.complaint(about: ["json=a", "tap=a"]) == "two reports cannot both go to a.")
    #expect(
      ReportRequest.complaint(about: ["yaml=a"])
        == "--report takes FORMAT=FILE with one of the formats text, json, junit, tap, markdown, github, html; "
        + "'yaml=a' is none.")
    #expect(ReportRequest.complaint(about: ["html=a"], among: ReportFormat.ofComparisons) != nil)
  }

  @Test(arguments: ["json", "yaml=x", "text=", "=x", ""])
  func malformedReportRequests(_ text: String) {
    #expect(ReportRequest(text) == nil)
  }
}
