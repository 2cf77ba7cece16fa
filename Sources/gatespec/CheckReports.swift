// Where the reports of a check go.
//
// Opened before anything runs, so that a path that cannot be written is known before and not after.

import Conformance
import Drivers
import Reports

/// The reports that were asked for, with their open files.
struct CheckReports {
  private let outputs: [(format: ReportFormat, file: FileOutput)]
  private let registry: RequirementRegistry

  /// - Parameter requests: The values of `--report`; the text report goes to standard output as well, unless one of
  ///   them takes it.
  init(_ requests: [ReportRequest], _ registry: RequirementRegistry) throws(CommandFailure) {
    var outputs: [(ReportFormat, FileOutput)] = []
    for request in requests { outputs.append((request.format, try FileOutput.open(request.file))) }
    if !requests.contains(where: { $0.file == "-" }) { outputs.append((.text, .standardOutput)) }
    self.outputs = outputs
    self.registry = registry
  }

  /// Writes every report.
  func write(_ report: CheckReport) {
    for (format, file) in outputs {
      var buffer = TextBuffer()
      switch format {
      case .json: CheckJSONReport(version: Gatespec.version, registry: registry).render(report, to: &buffer)
      default: CheckTextReport(registry: registry, style: Terminal.style(for: file)).render(report, to: &buffer)
      }
      file.drain(&buffer)
    }
  }
}
