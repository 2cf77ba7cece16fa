// `gatespec compare`: the same cases on several targets, side by side.
//
// Wiring only: each target is checked as `check` does it, one after the other, and the reports are laid together.

import ArgumentParser
import Conformance
import Drivers
import Exchanges
import Fixtures
import Reports
import Transports

struct CompareCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Run the same cases on several targets, and show where they differ.",
    discussion: """
      gatespec compare fastcgi://127.0.0.1:9000/probe.php fastcgi://127.0.0.1:9001/probe.php --root /var/www
      gatespec compare fastcgi+unix:///run/php/old.sock:/p.php fastcgi+unix:///run/php/new.sock:/p.php --root /srv
      gatespec compare wsgi:app:application http://127.0.0.1:8000/
      gatespec compare http://127.0.0.1:8080 http://127.0.0.1:8081 --only 'http1/framing/*' --report json=grid.json

      Targets of different protocols share the cases that are not bound to one. First stands which bytes two HTTP \
      servers took for different requests. Cases with the same verdict everywhere are counted; -v lists them. Exit \
      codes are those of check, the gravest of all targets.
      """)

  @Argument(
    help: .init("What to compare, two or more: \(Target.forms).", valueName: "target"),
    completion: .list(["fastcgi://", "fastcgi+unix:///", "scgi://", "uwsgi://", "http://", "cgi:/", "wsgi:"]))
  var targets: [String]

  @OptionGroup(title: "Requests") var request: TargetOptions
  @OptionGroup(title: "Which cases") var selection: SelectionOptions
  @OptionGroup(title: "Verdicts") var verdicts: VerdictOptions
  @OptionGroup(title: "Time") var time: TimeOptions
  @OptionGroup var folder: FixturesOption

  @Option(
    help: .init("Write a report; formats: text, json; - is standard output. Repeatable.", valueName: "format=file"),
    completion: .list(ReportFormat.ofComparisons.map { "\($0.rawValue)=" }))
  var report: [String] = []

  @Flag(name: .shortAndLong, help: "All cases, with the reasons of their verdicts.")
  var verbose = false

  func validate() throws {
    guard targets.count > 1 else { throw ValidationError("compare takes two targets or more.") }
    if let complaint = ReportRequest.complaint(about: report, among: ReportFormat.ofComparisons) {
      throw ValidationError(complaint)
    }
  }

  func run() async throws {
    let targets = try self.targets.map { try Target($0) }
    let registry = try RegistryLoader.load()
    let baseline = try verdicts.baselineEntries()
    let catalogues = try targets.map {
      try Corpus.load(protocols: [$0.wireProtocol], extraDirectory: folder.fixtures).cases
    }
    let cases = try selection.select(from: shared(catalogues, targets), registry)
    if selection.list {
      var output = TextBuffer()
      CasesText(registry: registry, style: Terminal.style(for: .standardOutput)).renderList(cases, to: &output)
      FileOutput.standardOutput.drain(&output)
      return
    }
    let ids = Set(cases.map(\.id))
    let outputs = try ReportFiles.open(
      report.compactMap { ReportRequest($0, among: ReportFormat.ofComparisons) },
      besides: verdicts.baseline.map { [$0] } ?? [])
    let options = request.options(time)
    var hosted: [BridgedApplication] = []
    defer { for bridged in hosted { bridged.end() } }
    var runs: [(CheckRunner, [Case])] = []
    for (target, catalogue) in zip(targets, catalogues) {
      var profile = request.profile(of: target)
      if let bridged = try request.base.application.host(&profile, workers: options.jobs) { hosted.append(bridged) }
      let runner = CheckRunner(profile: profile, options: options, registry: registry, lag: MachineLag())
      runs.append((runner, catalogue.filter { ids.contains($0.id) }))
    }
    let progress = ProgressLine(total: runs.reduce(0) { $0 + $1.1.count })
    let running = Task { [runs] in
      var reports: [CheckReport] = []
      for (runner, cases) in runs { reports.append(try await runner.run(cases) { progress.advance($0) }) }
      return reports
    }
    Signals.onInterrupt { running.cancel() }
    let reports = try await running.value
    progress.finish()
    let judged = zip(reports, catalogues).map { report, catalogue in
      (verdicts.strict ? report.strict() : report).accepting(baseline, catalogue: catalogue.map(\.id))
    }
    let comparison = CheckComparison(judged)
    var isWritten = true
    for (format, file) in outputs {
      var buffer = TextBuffer()
      if format == .json {
        CompareJSONReport(version: Gatespec.version, registry: registry).render(comparison, to: &buffer)
      } else {
        CompareTextReport(style: Terminal.style(for: file.output), listsAll: verbose).render(comparison, to: &buffer)
      }
      isWritten = file.write(buffer.bytes) && isWritten
    }
    // What could not be written was told when it was tried.
    for bridged in hosted { bridged.end() }
    guard isWritten else { Ending.leave(.unreachable) }
    Ending.leave(comparison.exitStatus(failOn: verdicts.failOn.verdict))
  }

  /// The cases that at least two of the targets can run.
  private func shared(_ catalogues: [[Case]], _ targets: [Target]) throws(CommandFailure) -> [Case] {
    var counts: [String: Int] = [:]
    for testCase in catalogues.joined() { counts[testCase.id, default: 0] += 1 }
    var seen: Set<String> = []
    let cases = catalogues.joined().filter { counts[$0.id, default: 0] > 1 && seen.insert($0.id).inserted }
    guard cases.isEmpty else { return cases }
    let names = Set(targets.map(\.wireProtocol.rawValue)).sorted().joined(separator: " and ")
    throw CommandFailure(
      .nothingRan, "these targets share no case: they speak \(names), and every case is bound to one protocol",
      remedy: "compare targets of one protocol")
  }
}
