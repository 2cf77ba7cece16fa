// Running a check: load, select, run, judge by the user's policy, report, exit code. Wiring only.

import Conformance
import Drivers
import Exchanges
import Fixtures
import Reports
import Transports

extension CheckCommand {
  func run() async throws {
    let target = try Target(self.target)
    let registry = try RegistryLoader.load()
    let corpus = try Corpus.load(protocols: [target.wireProtocol], extraDirectory: folder.fixtures)
    let baseline = try verdicts.baselineEntries()
    var profile = request.profile(of: target)
    let explored = try explore.map { try generated($0, profile) }
    let cases = try selection.select(from: explored?.cases ?? corpus.cases, registry)
    if selection.list {
      var output = TextBuffer()
      CasesText(registry: registry, style: Terminal.style(for: .standardOutput)).renderList(cases, to: &output)
      FileOutput.standardOutput.drain(&output)
      return
    }
    let reports = try CheckReports(
      report.compactMap { ReportRequest($0) }, besides: verdicts.baseline.map { [$0] } ?? [], registry,
      failOn: verdicts.failOn.verdict)
    let captures = try keep.map { path throws(CommandFailure) in try CaptureFolder(path) }
    if spawn != nil, target.wireProtocol.traits.targetForm != .address {
      throw CommandFailure(.usage, "--spawn starts a server; programs and applications are started anyway")
    }
    // A target may take long to start; the run sets a handler of its own behind this one.
    if spawn != nil { Signals.onInterrupt { Ending.leave(.interrupted) } }
    let spawned = try spawn.map {
      try SpawnedTarget.start($0, for: target.address, timeoutSeconds: 10, atExit: Ending.atExit)
    }
    defer { spawned?.end() }
    var options = request.options(time)
    let hosted = try request.base.application.host(&profile, workers: options.jobs)
    defer { hosted?.end() }
    let progress = ProgressLine(total: cases.count * repeatCount)
    options.keepsCaptures = keep != nil
    let processes = spawn.flatMap { [profile] in ProcessPlayer($0, profile, atExit: Ending.atExit) }
    options.spawns = processes != nil
    let runner = CheckRunner(
      profile: profile, options: options, registry: registry, player: processes, lag: MachineLag())
    let running = Task { [repeatCount] in
      if let explored { return try await runner.explore(cases, explored.explorer) { progress.advance($0) } }
      var reports: [CheckReport] = []
      while reports.count < repeatCount, reports.last?.interrupted != true {
        reports.append(try await runner.run(cases) { progress.advance($0) })
      }
      return CheckReport(repeating: reports)
    }
    Signals.onInterrupt { running.cancel() }
    var result: CheckReport
    do {
      result = try await running.value
    } catch {
      progress.finish()
      let obituary = spawned?.obituary() ?? hosted?.obituary()
      reports.write(trouble: obituary ?? "\(error)", with: target)
      throw obituary.map { CommandFailure(.unreachable, $0) } ?? error
    }
    progress.finish()
    // What nobody could reach any more is explained by its end.
    if result.count(.error) > 0, let obituary = spawned?.obituary() { result.notes.append(obituary) }
    result = withRerunLines(result)
    captures?.keep(&result)
    if verdicts.strict { result = result.strict() }
    result = result.accepting(baseline, catalogue: corpus.cases.map(\.id))
    if let limit = maxSkip { result = result.limitingUnjudged(to: limit) }
    let isWritten = reports.write(result)
    spawned?.end()
    hosted?.end()
    // What could not be written was told when it was tried.
    guard isWritten else { Ending.leave(.unreachable) }
    Ending.leave(result.exitStatus(failOn: verdicts.failOn.verdict))
  }

  /// Generated cases, and what generated them.
  private func generated(
    _ count: Int, _ profile: TargetProfile
  ) throws -> (cases: [Case], explorer: any RequestExplorer) {
    guard var explorer = profile.explorer(seed: seed) else {
      throw CommandFailure(.usage, "--explore generates requests of HTTP only; expected http:// or https://")
    }
    return (try explorer.cases(count), explorer)
  }
}
