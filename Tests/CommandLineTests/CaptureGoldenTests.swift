// The committed captures: what `trace` and `trace --lint` print of them is what stands beside them.
//
// The output as a whole, in the time zone of Greenwich. RECORD_SNAPSHOTS=1 writes the texts anew and fails.

import Foundation
import Testing

@Suite struct CaptureGoldenTests {
  private static let captures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "captures")

  /// Every folder that holds a capture.
  private static let slugs: [String] = {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: captures.path)) ?? []
    return entries.filter {
      FileManager.default.fileExists(atPath: captures.appending(path: "\($0)/capture.pcap").path)
    }.sorted()
  }()

  @Test func thereAreCaptures() { #expect(Self.slugs.count >= 7) }

  @Test("what trace prints of a capture", arguments: slugs)
  func exchanges(slug: String) throws { try verify(slug, [], "exchanges.txt") }

  @Test("what trace --lint prints of a capture", arguments: slugs)
  func findings(slug: String) throws { try verify(slug, ["--lint"], "findings.txt") }

  private func verify(_ slug: String, _ options: [String], _ name: String) throws {
    let folder = Self.captures.appending(path: slug)
    let run = try Program.run(["trace", "-r", folder.appending(path: "capture.pcap").path] + options)
    #expect(run.code == 0 && run.errors.isEmpty, "\(run.errors)")
    let file = folder.appending(path: name)
    if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1" {
      try run.output.write(to: file, atomically: true, encoding: .utf8)
      Issue.record("recorded \(slug)/\(name)")
      return
    }
    let expected = try String(contentsOf: file, encoding: .utf8)
    guard run.output != expected else { return }
    let lines = run.output.split(separator: "\n", omittingEmptySubsequences: false)
    let expectedLines = expected.split(separator: "\n", omittingEmptySubsequences: false)
    let same = zip(lines, expectedLines).prefix { $0 == $1 }.count
    Issue.record(
      """
      \(slug)/\(name) differs from line \(same + 1) on
      expected: \(same < expectedLines.count ? String(expectedLines[same]) : "(the end)")
      printed:  \(same < lines.count ? String(lines[same]) : "(the end)")
      """)
  }
}
