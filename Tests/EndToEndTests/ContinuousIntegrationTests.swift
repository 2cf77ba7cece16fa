// The jobs that docs/ci.md shows, run as they stand there against a real php-fpm, and with a mistake in them.
//
// Only the port is another, and what installs packages is left out.

import Foundation
import Prerequisites
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

  private static let hasPHP = FileManager.default.isExecutableFile(atPath: "/usr/sbin/php-fpm8.2")

  @Test(.requires("php-fpm", hasPHP)) func everyJobOfTheDocumentationRuns() throws {
    let jobs = try Self.jobs()
    #expect(jobs.count == 3)
    for job in jobs {
      let run = try Self.run(job)
      #expect(run.code == 0, "\(job)\n\(run.printed.suffix(3000))")
      #expect(run.printed.contains("accepted by the baseline"))
      #expect(run.report.contains("<testsuite") && run.report.contains("fastcgi/responder/baseline"))
    }
  }

  /// What is wrong with a job, and what must then be seen of it.
  struct Mishap: CustomTestStringConvertible {
    var name: String
    /// What stands in the job, and what somebody made of it.
    var original: String
    var changed: String
    var code: Int32
    var words: String
    var entries = ""

    var testDescription: String { name }
  }

  private static let notFound = "status 404; the error stream: \"Primary script unknown\""

  static let mishaps = [
    Mishap(
      name: "a wrong path", original: "/probe.php --root", changed: "/moved.php --root", code: 3,
      words: "gatespec: the probe does not answer at /moved.php: \(notFound)"),
    Mishap(
      name: "a wrong root", original: "--root \"$PWD/www\"", changed: "--root \"$PWD/moved\"", code: 3,
      words: "gatespec: the probe does not answer at /probe.php: \(notFound)"),
    Mishap(
      name: "a target that is down", original: "php-fpm8.2 -R -D", changed: "true", code: 3,
      words: "gatespec: nothing listens on 127.0.0.1:"),
    Mishap(
      name: "more left unjudged than allowed", original: "--max-skip 25%", changed: "--max-skip 1%", code: 1,
      words: "inconclusive), which is more than --max-skip 1% allows"),
    Mishap(
      name: "a stale baseline", original: "", changed: "", code: 0,
      words: "the baseline accepts fastcgi/responder/status-field, which passes now: the entry can go",
      entries: "- {case: fastcgi/responder/status-field, because: mended}\n"),
    Mishap(
      name: "a misspelt baseline", original: "", changed: "", code: 0,
      words: "the baseline accepts fastcgi/respnoder/*, but there is no such case: is it misspelt?",
      entries: "- {case: fastcgi/respnoder/*, because: known}\n"),
  ]

  @Test("a job with something wrong says what", .requires("php-fpm", hasPHP), arguments: mishaps)
  func mishap(_ mishap: Mishap) throws {
    let job = try #require(try Self.jobs().last { !$0.contains("trap") })
    let changed = job.replacing(mishap.original, with: mishap.changed)
    #expect(mishap.original.isEmpty || changed != job)
    let run = try Self.run(mishap.original.isEmpty ? job : changed, baseline: mishap.entries)
    #expect(run.code == mishap.code, "\(run.printed.suffix(1000))")
    // A sentence may go on in the next line.
    let printed = run.printed.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(printed.ranges(of: mishap.words).count == 1, "\(run.printed.suffix(1000))")
  }

  /// Runs a job in a folder of its own, with the baselines of the repository and entries added to that of php-fpm.
  private static func run(
    _ job: String, baseline entries: String = ""
  ) throws -> (code: Int32, printed: String, report: String) {
    let program = try #require(RealServerTests.program, "the program stands beside the tests")
    let manager = FileManager.default
    let folder = manager.temporaryDirectory.appending(path: "gatespec-ci-\(UUID().uuidString)")
    try manager.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? manager.removeItem(at: folder) }
    let baselines = folder.appending(path: "baselines")
    try manager.copyItem(at: RealServerTests.root.appending(path: "baselines"), to: baselines)
    let file = baselines.appending(path: "php-fpm.yaml")
    try (String(contentsOf: file, encoding: .utf8) + entries).write(to: file, atomically: false, encoding: .utf8)
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
    let report = try? String(contentsOf: folder.appending(path: "gatespec.xml"), encoding: .utf8)
    return (process.terminationStatus, try String(contentsOf: output, encoding: .utf8), report ?? "")
  }
}
