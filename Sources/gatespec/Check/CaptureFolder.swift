// `check --keep DIR`: a capture file for every case that did not pass.
//
// What is in the files is the runner's; here they get their names and are written.

import Conformance
import Drivers
import Fixtures
import Glibc
import Reports
import Transports

/// The folder that captures are kept in.
struct CaptureFolder {
  private let path: String

  /// Makes the folder if need be, so that one that cannot be written is known before anything runs.
  init(_ path: String) throws(CommandFailure) {
    self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    guard unsafe mkdir(path, 0o755) == 0 || errno == EEXIST, unsafe access(path, W_OK | X_OK) == 0 else {
      throw CommandFailure(.unreachable, "captures cannot be kept in \(path): \(SystemError.words(errno))")
    }
  }

  /// Writes the captures of the cases that neither passed nor were skipped, and notes their names in the results.
  ///
  /// A file is called after its case: `fastcgi_records_padding-255.pcap`.
  func keep(_ report: inout CheckReport) {
    for index in report.results.indices where report.results[index].verdict != .skip {
      guard let capture = report.results[index].capture else { continue }
      let file = "\(path)/\(report.results[index].testCase.id.replacing("/", with: "_")).pcap"
      do {
        if try ReportFile(file).write(capture[...]) { report.results[index].captureFile = file }
      } catch {
        Ending.complain(error.message ?? "\(file) cannot be written")
      }
      report.results[index].capture = nil
    }
  }
}
