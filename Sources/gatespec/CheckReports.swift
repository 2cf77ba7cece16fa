// Where the reports of a check go.
//
// Opened before anything runs, so that a path that cannot be written is known before and not after.

import Conformance
import Drivers
import Reports
import Transports

/// The reports that were asked for, with their open files.
struct CheckReports {
  private let outputs: [(format: ReportFormat, file: FileOutput)]
  private let registry: RequirementRegistry
  private let failOn: Verdict

  /// - Parameters:
  ///   - requests: The values of `--report`; the text report goes to standard output as well, unless one of them
  ///     takes it.
  ///   - failOn: The least verdict that reports call a failure.
  init(_ requests: [ReportRequest], _ registry: RequirementRegistry, failOn: Verdict) throws(CommandFailure) {
    outputs = try ReportFiles.open(requests)
    self.registry = registry
    self.failOn = failOn
  }

  /// Writes every report.
  func write(_ report: CheckReport) {
    for (format, file) in outputs {
      var buffer = TextBuffer()
      render(report, as: format, Terminal.style(for: file), to: &buffer)
      file.drain(&buffer)
    }
  }

  /// Writes reports that say why nothing could be checked, where programs read them; people are told on standard error.
  func write(trouble: String, with target: Target) {
    let report = CheckReport(target: target.description, started: SystemClock.now, trouble: trouble)
    for (format, file) in outputs where format != .text {
      var buffer = TextBuffer()
      render(report, as: format, Terminal.style(for: file), to: &buffer)
      file.drain(&buffer)
    }
  }

  private func render(
    _ report: CheckReport, as format: ReportFormat, _ style: TextStyle, to buffer: inout TextBuffer
  ) {
    let version = Gatespec.version
    switch format {
    case .json: CheckJSONReport(version: version, registry: registry).render(report, to: &buffer)
    case .junit: CheckJUnitReport(version: version, registry: registry, failOn: failOn).render(report, to: &buffer)
    case .tap: CheckTAPReport(registry: registry, failOn: failOn).render(report, to: &buffer)
    case .markdown: CheckMarkdownReport(registry: registry).render(report, to: &buffer)
    case .github: CheckGitHubReport(registry: registry, failOn: failOn).render(report, to: &buffer)
    case .html: CheckHTMLReport(version: version, registry: registry).render(report, to: &buffer)
    default: CheckTextReport(registry: registry, style: style).render(report, to: &buffer)
    }
  }
}

/// The files of `--report`.
enum ReportFiles {
  /// Opens them; the text report goes to standard output as well, unless one of them takes it.
  ///
  /// - Throws: A usage error where one cannot be written.
  static func open(_ requests: [ReportRequest]) throws(CommandFailure) -> [(format: ReportFormat, file: FileOutput)] {
    var outputs: [(format: ReportFormat, file: FileOutput)] = []
    for request in requests {
      do {
        outputs.append((request.format, try FileOutput.open(request.file)))
      } catch {
        throw CommandFailure(.usage, error.message, remedy: "--report \(request.format.rawValue)=FILE takes a file")
      }
    }
    if !requests.contains(where: { $0.file == "-" }) { outputs.append((.text, .standardOutput)) }
    return outputs
  }
}
