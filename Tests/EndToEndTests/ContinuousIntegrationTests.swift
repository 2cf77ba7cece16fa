// The jobs that docs/ci.md shows, run as they stand there against a real php-fpm.
//
// Only the port is another, and what installs packages is left out.

import Foundation
import Testing

@Suite struct ContinuousIntegrationTests {
  /// The commands of every job: the lines of a shell, and what stands behind `run:` and in `script:`.
  static func jobs() throws -> [String] {
    let page = try String(contentsOf: RealServerTests.root.appending(path: "docs/ci.md"), encoding: .utf8)
    return page.components(separatedBy: "```").filter { $0.contains("gatespec check fastcgi://127.0.0.1:9000/") }
      .map { block in
        let lines = block.split(separator: "\n").dropFirst()
        if block.hasPrefix("sh\n") { return lines.joined(separator: "\n") }
        return lines.compactMap { line in
          line.range(of: #"^ +- (run: )?"#, options: .regularExpression).map { String(line[$0.upperBound...]) }
        }
        .joined(separator: "\n")
      }
  }

  @Test func everyJobOfTheDocumentationRuns() throws {
    let jobs = try Self.jobs()
    #expect(jobs.count == 3)
    for job in jobs { try Self.run(job) }
  }

  private static func run(_ job: String) throws {
    let program = try #require(RealServerTests.program, "the program stands beside the tests")
    let manager = FileManager.default
    guard manager.isExecutableFile(atPath: "/usr/sbin/php-fpm8.2") else {
      print("skipped: the jobs of docs/ci.md, for there is no php-fpm8.2")
      return
    }
    let folder = manager.temporaryDirectory.appending(path: "gatespec-ci-\(UUID().uuidString)")
    try manager.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? manager.removeItem(at: folder) }
    try manager.copyItem(
      at: RealServerTests.root.appending(path: "baselines"), to: folder.appending(path: "baselines"))
    let port = Int.random(in: 20_000..<30_000)
    let commands = job.replacing("127.0.0.1:9000", with: "127.0.0.1:\(port)").replacing("sudo ", with: "")
      .replacing("apt-get install -y php-fpm && ", with: "")
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    // A job leaves its server to the end of the machine; and who waits for a process here waits for its children too.
    let ending = "trap 'test ! -e fpm.pid || kill \"$(cat fpm.pid)\" || :' EXIT\n"
    process.arguments = ["-eu", "-c", ending + commands]
    process.currentDirectoryURL = folder
    var environment = ProcessInfo.processInfo.environment
    environment["PATH"] = "\(program.deletingLastPathComponent().path):/usr/sbin:/usr/bin:/bin"
    process.environment = environment
    process.standardInput = FileHandle.nullDevice
    let output = folder.appending(path: "output")
    try Data().write(to: output)
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = process.standardOutput
    try process.run()
    process.waitUntilExit()
    let printed = try String(contentsOf: output, encoding: .utf8)
    #expect(process.terminationStatus == 0, "\(commands)\n\(printed.suffix(3000))")
    #expect(printed.contains("accepted by the baseline"))
    let report = try String(contentsOf: folder.appending(path: "gatespec.xml"), encoding: .utf8)
    #expect(report.contains("<testsuite") && report.contains("fastcgi/responder/baseline"))
  }
}
