// Running a bench: reach the targets, check their answers, measure, report, exit code. Wiring only.

import BenchRunning
import Benching
import Drivers
import Exchanges
import Expectations
import Glibc
import Reports
import Transports

extension BenchCommand {
  func run() async throws {
    let targets = try self.targets.map { try Target($0) }
    let earlier = try verdict.against.map { path in try EarlierBench(file: path) }
    try requireDescriptors()
    let file = try ReportFile(output, besides: verdict.against.map { [$0] } ?? [])
    let saved = try verdict.save.map { path throws(CommandFailure) in try ReportFile(path) }
    // Targets may take long to start; the run sets a handler of its own behind this one.
    Signals.onInterrupt { Ending.leave(.interrupted) }
    let spawned = try start(targets)
    var checked: [CheckedTarget] = []
    for target in targets { checked.append(try await check(target, group: spawned[target.description])) }
    let folder = try TemporaryFolder()
    Ending.atExit { folder.remove() }
    let plan = load.plan
    let runner = BenchRunner(checked.map(\.subject), loads: load.loads, plan: plan, folder: folder.path)
    guard runner.turnCount > 0 else {
      throw CommandFailure(
        .usage, "nothing is left to measure: with one request at a time nothing is multiplexed",
        remedy: "--users 8 asks for eight at a time")
    }
    let stop = StopSign()
    Signals.onInterrupt { stop.raise() }
    let started = Int64(time(nil))
    let progress = ProgressLine(total: runner.turnCount)
    let variants = await DetachedThread.run {
      runner.run(stop: stop) { progress.advance(Self.words($0)) }
    }
    progress.finish()
    var result = BenchResult(
      plan: plan, request: checked[0].line, targets: checked.flatMap(\.facts), variants: variants,
      leftOut: checked.flatMap(\.subject.leftOut), started: started)
    result.wasInterrupted = stop.isRaised
    try finish(result, earlier, file, saved)
  }

  private func finish(
    _ result: BenchResult, _ earlier: EarlierBench?, _ file: ReportFile, _ saved: ReportFile?
  ) throws(CommandFailure) {
    let thresholds = verdict.failIf
    let judged = JudgedThreshold.all(thresholds, on: result, against: earlier)
    var isWritten = true
    if let saved {
      var buffer = TextBuffer()
      BenchJSON(version: Gatespec.version).render(result, judged, to: &buffer)
      isWritten = saved.write(buffer.bytes)
    }
    var buffer = TextBuffer()
    switch format {
    case .text: BenchText(style: Terminal.style(for: file.output)).render(result, judged, to: &buffer)
    case .json: BenchJSON(version: Gatespec.version).render(result, judged, to: &buffer)
    case .svg: BenchPicture(result).render(to: &buffer)
    case .html: BenchPage(version: Gatespec.version).render(result, judged, to: &buffer)
    }
    isWritten = file.write(buffer.bytes) && isWritten
    // What could not be written was told when it was tried.
    guard isWritten else { Ending.leave(.unreachable) }
    if result.wasInterrupted { Ending.leave(.interrupted) }
    if judged.contains(where: { $0.judgement == .passed }) { Ending.leave(.findings) }
    guard result.variants.contains(where: { $0.total.answered > 0 }) else {
      throw CommandFailure(.unreachable, "no request was answered")
    }
  }

  /// How far the run has come, in a line.
  private static func words(_ progress: BenchRunner.Progress) -> String {
    let variant = progress.variant
    let place = "round \(progress.round):\(progress.isSink ? " sink for" : "")"
    let rate = progress.rate.map { ", \(Int($0))/s before" } ?? ""
    return "\(place) \(variant.wireProtocol.rawValue) \(variant.mode.rawValue), \(variant.load.places) at once\(rate)"
  }

  // MARK: Set-up

  /// Raises the limit of file descriptors as far as it goes, and refuses what it does not allow.
  private func requireDescriptors() throws(CommandFailure) {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    let most = load.loads.map(\.places).max() ?? 1
    // The sink has the other end of every connection.
    let needed = UInt64(most * 2 + 64)
    guard limit.rlim_max < needed else { return }
    throw CommandFailure(
      .usage, "\(most) at once need \(needed) file descriptors, and `ulimit -Hn` allows \(limit.rlim_max)",
      remedy: "raise the limit, or ask for fewer")
  }

  /// Starts what `--spawn` names.
  ///
  /// - Returns: The process group of each target that was started.
  private func start(_ targets: [Target]) throws -> [String: pid_t] {
    // An application is hosted anyway.
    let servers = targets.filter { target in
      if case .module = target.address { false } else { target.wireProtocol.traits.hasByteStream }
    }
    guard spawn.count <= servers.count else {
      throw CommandFailure(
        .usage, "there are more --spawn than targets that can be started",
        remedy: "CGI programs and applications of Python are started anyway")
    }
    var groups: [String: pid_t] = [:]
    for (command, target) in zip(spawn, servers) {
      let spawned = try SpawnedTarget.start(command, for: target.address, timeoutSeconds: 10, atExit: Ending.atExit)
      groups[target.description] = spawned.process
    }
    return groups
  }
}
