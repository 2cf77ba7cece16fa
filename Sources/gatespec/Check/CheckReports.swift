// Where the reports of a check go.
//
// Looked at before anything runs, so that a path that cannot be written is known before and not after; written at the end.

import Conformance
import Drivers
import Reports
import Transports

/// The reports that were asked for, with their open files.
struct CheckReports {
  private let outputs: [(format: ReportFormat, file: ReportFile)]
  private let registry: RequirementRegistry
  private let failOn: Verdict

  /// - Parameters:
  ///   - requests: The values of `--report`; the text report goes to standard output as well, unless one of them
  ///     takes it.
  ///   - inputs: Paths of what is read, none of which is overwritten.
  ///   - failOn: The least verdict that reports call a failure.
  init(
    _ requests: [ReportRequest], besides inputs: [String], _ registry: RequirementRegistry, failOn: Verdict
  ) throws(CommandFailure) {
    outputs = try ReportFiles.open(requests, besides: inputs)
    self.registry = registry
    self.failOn = failOn
  }

  /// Writes every report.
  ///
  /// - Returns: Whether all are written.
  func write(_ report: CheckReport) -> Bool {
    outputs.reduce(true) { isWritten, output in write(report, output) && isWritten }
  }

  private func write(_ report: CheckReport, _ output: (format: ReportFormat, file: ReportFile)) -> Bool {
    var buffer = TextBuffer()
    render(report, as: output.format, Terminal.style(for: output.file.output), to: &buffer)
    return output.file.write(buffer.bytes)
  }

  /// Writes reports that say why nothing could be checked, where programs read them; people are told on standard error.
  func write(trouble: String, with target: Target) {
    let report = CheckReport(target: target.description, started: SystemClock.now, trouble: trouble)
    for output in outputs where output.format != .text { _ = write(report, output) }
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
  /// Finds them, and changes nothing there yet; the text report goes to standard output as well, unless one of them
  /// takes it.
  ///
  /// - Throws: A usage error where one cannot be written.
  static func open(
    _ requests: [ReportRequest], besides inputs: [String]
  ) throws(CommandFailure) -> [(format: ReportFormat, file: ReportFile)] {
    var outputs: [(format: ReportFormat, file: ReportFile)] = []
    for request in requests {
      do {
        outputs.append((request.format, try ReportFile(request.file, besides: inputs)))
      } catch {
        throw CommandFailure(
          .usage, error.message, remedy: error.remedy ?? "--report \(request.format.rawValue)=FILE takes a file")
      }
    }
    if !requests.contains(where: { $0.file == "-" }) { outputs.append((.text, try ReportFile("-"))) }
    return outputs
  }
}
