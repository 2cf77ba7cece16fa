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
    guard target.wireProtocol != .cgi else {
      throw CommandFailure(
        .usage, "checking a CGI program is not supported yet",
        remedy: "FastCGI and HTTP targets are: fastcgi://HOST:PORT, http://HOST:PORT")
    }
    let registry = try RegistryLoader.load()
    let corpus = try Corpus.load(protocols: [target.wireProtocol], extraDirectory: folder.fixtures)
    let baseline = try verdicts.baseline.map { path throws(CommandFailure) in try BaselineFile.read(path) } ?? []
    let cases = try selection.select(from: corpus.cases, registry)
    if selection.list {
      var output = TextBuffer()
      CasesText(registry: registry, style: Terminal.style(for: .standardOutput)).renderList(cases, to: &output)
      FileOutput.standardOutput.drain(&output)
      return
    }
    let reports = try CheckReports(report.compactMap { ReportRequest($0) }, registry)
    let spawned = try spawn.map { try SpawnedTarget.start($0, for: target.address, timeoutSeconds: 10) }
    defer { spawned?.end() }
    let progress = ProgressLine(total: cases.count)
    let runner = CheckRunner(profile: profile(target), options: options, registry: registry)
    let running = Task { try await runner.run(cases) { progress.advance($0) } }
    Signals.onInterrupt { running.cancel() }
    var result = try await running.value
    progress.finish()
    if verdicts.strict { result = result.strict() }
    result = result.accepting(baseline)
    reports.write(result)
    spawned?.end()
    Ending.leave(result.exitStatus(failOn: verdicts.failOn.verdict))
  }

  private func profile(_ target: Target) -> TargetProfile {
    let parameters = request.param.compactMap { pair -> (name: String, value: String)? in
      guard let separator = pair.firstIndex(of: "=") else { return nil }
      return (String(pair[..<separator]), String(pair[pair.index(after: separator)...]))
    }
    return TargetProfile(
      target: target, path: request.path, documentRoot: request.root, parameters: parameters)
  }

  private var options: CheckOptions {
    var options = CheckOptions()
    options.probe = CheckOptions.ProbeMode(rawValue: request.probe.rawValue) ?? .auto
    if let jobs = time.jobs { options.jobs = jobs }
    options.keepsCaptures = keep != nil
    if let total = time.timeout { options.timeouts.total = total.milliseconds }
    if let connect = time.connectTimeout { options.timeouts.connect = connect.milliseconds }
    if let first = time.firstByteTimeout { options.timeouts.firstByte = first.milliseconds }
    if let idle = time.idleTimeout { options.timeouts.idle = idle.milliseconds }
    if let close = time.closeTimeout { options.timeouts.close = close.milliseconds }
    return options
  }
}
