// Comparing rendered text with what is committed.
//
// RECORD_SNAPSHOTS=1 writes the texts anew and fails, so that nobody records by accident.

import Foundation
import Testing

enum Snapshot {
  /// Checks `text` against Snapshots/NAME.
  static func verify(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Snapshots/\(name)")
    if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1" {
      try? text.write(to: file, atomically: true, encoding: .utf8)
      Issue.record("recorded \(name)", sourceLocation: sourceLocation)
      return
    }
    guard let expected = try? String(contentsOf: file, encoding: .utf8) else {
      Issue.record("there is no snapshot \(name); record it with RECORD_SNAPSHOTS=1", sourceLocation: sourceLocation)
      return
    }
    guard text != expected else { return }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let expectedLines = expected.split(separator: "\n", omittingEmptySubsequences: false)
    let count = max(lines.count, expectedLines.count)
    let first = (0..<count).first { $0 >= lines.count || $0 >= expectedLines.count || lines[$0] != expectedLines[$0] }
    let line = first ?? 0
    Issue.record(
      """
      \(name) differs from line \(line + 1) on
      expected: \(line < expectedLines.count ? String(expectedLines[line]) : "(the end)")
      rendered: \(line < lines.count ? String(lines[line]) : "(the end)")
      """, sourceLocation: sourceLocation)
  }
}
