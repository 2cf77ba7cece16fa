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
    return CheckReport(target: "t", started: .zero, results: results, interrupted: interrupted)
  }

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
    let report = Self.report([.fail, .pass]).accepting(baseline)
    #expect(report.results[0].acceptedBecause == "known")
    #expect(report.results[0].verdict == .fail)
    #expect(report.staleBaseline.isEmpty)
    #expect(report.exitStatus(failOn: .fail) == .success)
    #expect(Self.report([.fail, .fail]).accepting(baseline).exitStatus(failOn: .fail) == .findings)
  }

  @Test func anEntryWhoseDeviationIsGoneIsReported() {
    let baseline = [
      BaselineEntry(cases: Glob("fastcgi/t/*"), because: "known"),
      BaselineEntry(cases: Glob("fastcgi/t/c1"), because: "known"),
      BaselineEntry(cases: Glob("fastcgi/t/c2"), because: "known"),
      BaselineEntry(cases: Glob("fastcgi/t/?1"), because: "now and then", isOccasional: true),
      BaselineEntry(cases: Glob("fastcgi/nowhere"), because: "known"),
    ]
    #expect(Self.report([.fail, .pass, .skip]).accepting(baseline).staleBaseline == ["fastcgi/t/c1"])
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
