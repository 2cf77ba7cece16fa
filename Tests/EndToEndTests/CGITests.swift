// The tester against CGI programs: the shell probe passes, php-cgi runs, and programs that misbehave neither hang nor
// bloat it and are told apart.

import Conformance
import Drivers
import Exchanges
import Fixtures
import Foundation
import Prerequisites
import Testing
import Transports

/// A program for one test, in a folder of its own.
private struct TemporaryProgram {
  let folder: URL
  let path: String
  var target: Target { get throws { try Target("cgi:\(path)") } }

  init(_ text: String, named name: String = "program", mode: Int = 0o755) throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "gatespec-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appending(path: name)
    try Data(text.utf8).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
    path = file.path
  }

  func remove() { try? FileManager.default.removeItem(at: folder) }
}

@Suite(.timeLimit(.minutes(3)))
struct CGITests {
  private static func check(
    _ profile: TargetProfile, only: [String] = [], _ options: CheckOptions = CheckOptions()
  ) async throws -> CheckReport {
    let cases = try Corpus.load(protocols: [.cgi]).select(Selection(only: only))
    let runner = CheckRunner(profile: profile, options: options, registry: try RegistryLoader.load())
    return try await runner.run(cases) { _ in }
  }

  private static func describe(_ results: [CaseResult]) -> String {
    results.map { "\($0.testCase.id) \($0.verdict.rawValue): \($0.reason)" }.joined(separator: "\n")
  }

  // MARK: Programs that do as they should

  @Test func theShellProbePassesAllThatItCan() async throws {
    let probe = try TemporaryProgram(try #require(Resources.text("probes/probe.cgi")), named: "probe.cgi")
    defer { probe.remove() }
    let report = try await Self.check(TargetProfile(target: try probe.target))
    #expect(report.capabilities.hasProbe)
    #expect(report.count(.pass) >= 105)
    #expect(report.results.count { $0.testCase.id.hasPrefix("neutral/") && $0.verdict == .pass } > 100)
    // It has no non-parsed headers, and nothing else is skipped.
    #expect(report.results.allSatisfy { $0.verdict != .skip || $0.testCase.needs.contains(.nonParsedHeaders) })
    let rest = report.results.filter { ![.pass, .info, .skip].contains($0.verdict) }
    #expect(rest.isEmpty, "\(Self.describe(rest))")
  }

  @Test func nonParsedHeadersAreAskedForByName() async throws {
    let script = """
      #!/bin/sh
      printf 'HTTP/1.0 200 OK\\r\\nContent-Type: text/plain\\r\\nConnection: %s\\r\\n\\r\\n' "$1"
      [ "$REQUEST_METHOD" = HEAD ] || echo hello
      """
    func check(_ connection: String) async throws -> [CaseResult] {
      let text = script.replacing("\"$1\"", with: connection)
      let program = try TemporaryProgram(text, named: "nph-program")
      defer { program.remove() }
      return try await Self.check(TargetProfile(target: try program.target), only: ["cgi/nph"]).results
    }
    let sound = try await check("close")
    #expect(sound.count == 4)
    #expect(sound.allSatisfy { $0.verdict == .pass }, "\(Self.describe(sound))")
    let promising = try await check("keep-alive")
    #expect(promising.filter { $0.verdict == .fail }.map(\.testCase.id) == ["cgi/nph/no-kept-connection"])
  }

  private static let phpCGI = "/usr/bin/php-cgi"

  @Test(.requires("php-cgi", FileManager.default.isExecutableFile(atPath: phpCGI)))
  func phpRunsAsAProgram() async throws {
    let probe = try TemporaryProgram(try #require(Resources.text("probes/probe.php")), named: "probe.php")
    defer { probe.remove() }
    let profile = TargetProfile(
      target: try Target("cgi:\(Self.phpCGI)"), path: "/probe.php", documentRoot: probe.folder.path,
      parameters: [("REDIRECT_STATUS", "200")])
    // It waits for input that CONTENT_LENGTH -1 does not announce: not for long here.
    var options = CheckOptions()
    options.timeouts.firstByte = 2_000
    let report = try await Self.check(profile, options)
    #expect(report.capabilities.hasProbe)
    #expect(report.count(.pass) >= 95)
    let failed = report.results.filter { [.fail, .error, .inconclusive].contains($0.verdict) }
    #expect(failed.isEmpty, "\(Self.describe(failed))")
    // It obeys options on its command line although the query is a form's (RFC 3875 section 4.4).
    let warned = report.results.filter { $0.verdict == .warn }.map(\.testCase.id)
    #expect(warned.contains("cgi/request/command-line-not-used-for-a-form"))
  }

  // MARK: Programs that do not

  /// A script and what is said about it.
  struct Nasty: CustomTestStringConvertible, Sendable {
    var name: String
    var script: String
    var verdict: Verdict
    var reason: String
    var testDescription: String { name }
  }

  private static let head = "printf 'Content-Type: text/plain\\n\\nok\\n'"

  static let nasty = [
    Nasty(
      name: "writes nothing", script: "exit 0", verdict: .fail, reason: "the response is empty"),
    Nasty(
      name: "is missing a command", script: "no-such-command", verdict: .fail, reason: "the response is empty"),
    Nasty(
      name: "never writes and never ends", script: "sleep 100", verdict: .fail,
      reason: "gatespec ended the program: no output within 400 ms"),
    Nasty(
      name: "writes and never ends", script: "\(head); sleep 100", verdict: .fail,
      reason: "gatespec ended the program: no more output for 400 ms, and no end"),
    Nasty(
      name: "heeds no signal", script: "trap '' TERM; \(head); while :; do sleep 1; done", verdict: .fail,
      reason: "gatespec ended the program: no more output for 400 ms, and no end"),
    Nasty(
      name: "trickles for good", script: "\(head); while :; do echo more; sleep 0.1; done", verdict: .fail,
      reason: "gatespec ended the program: no end within"),
    Nasty(
      name: "leaves a child that holds its output", script: "\(head); sleep 100 &", verdict: .fail,
      reason: "a process that it left behind holds its output open"),
    Nasty(
      name: "writes without end", script: "\(head); exec cat /dev/zero", verdict: .fail,
      reason: "gatespec ended the program: more than 128 MiB of output"),
    Nasty(
      name: "complains without end", script: "\(head); exec cat /dev/zero >&2", verdict: .fail,
      reason: "gatespec ended the program: more than 128 MiB of output"),
    Nasty(
      name: "one line without end", script: "exec tr '\\000' x </dev/zero", verdict: .fail,
      reason: "gatespec ended the program: more than 128 MiB of output"),
    Nasty(
      name: "is ended by a signal", script: "kill -SEGV $$", verdict: .fail,
      reason: "the program was ended by signal 11 (SIGSEGV)"),
    Nasty(name: "runs on after its output", script: "\(head); exec >&- 2>&-; sleep 100", verdict: .pass, reason: ""),
    Nasty(name: "closes its input", script: "exec <&-; \(head)", verdict: .pass, reason: ""),
  ]

  @Test(arguments: nasty) func aProgramThatMisbehavesIsToldSo(_ nasty: Nasty) async throws {
    let program = try TemporaryProgram("#!/bin/sh\n\(nasty.script)\n")
    defer { program.remove() }
    var options = CheckOptions()
    options.probe = .off
    options.timeouts.firstByte = 400
    options.timeouts.idle = 400
    options.timeouts.close = 200
    options.timeouts.total = 5_000
    let report = try await Self.check(
      TargetProfile(target: try program.target), only: ["cgi/request/baseline"], options)
    let result = try #require(report.results.first)
    #expect(result.verdict == nasty.verdict)
    #expect(nasty.reason.isEmpty ? result.reason.isEmpty : result.reason.contains(nasty.reason), "\(result.reason)")
  }

  @Test func programsThatCannotBeStarted() async throws {
    func failure(_ text: String, mode: Int = 0o755) async throws -> TransportError? {
      let program = try TemporaryProgram(text, mode: mode)
      defer { program.remove() }
      return await #expect(throws: TransportError.self) {
        _ = try await Self.check(TargetProfile(target: try program.target))
      }
    }
    #expect(try await failure("#!/bin/sh\n", mode: 0o644)?.code == .permissionDenied)
    #expect(try await failure("#!/no/such/interpreter\n")?.code == .notFound)
    #expect(try await failure("no line for the system\n")?.code == .wrongKind)
    let missing = await #expect(throws: TransportError.self) {
      _ = try await Self.check(TargetProfile(target: try Target("cgi:/no/such/program")))
    }
    #expect(missing?.code == .notFound)
  }

  @Test func aLargeBodyIsCountedAndNotKept() async throws {
    let program = try TemporaryProgram(
      "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\nexec head -c 100000000 /dev/zero\n")
    defer { program.remove() }
    let answer = try await PlainRequest(method: Array("GET".utf8)).send(
      to: TargetProfile(target: try program.target), timeouts: PhaseTimeouts(), retention: .tester)
    let body = try #require(answer.exchange?.response.body)
    #expect(body.byteCount == 100_000_000)
    #expect(body.retained.count == Retention.tester.bodyByteCount)
    #expect(answer.exchange?.ending == .complete)
  }

  @Test func nothingOfAProgramOutlivesItsRequest() async throws {
    let program = try TemporaryProgram("#!/bin/sh\nsleep 100 & echo $! > \"$0.pid\"\n\(Self.head)\n")
    defer { program.remove() }
    _ = try await PlainRequest(method: Array("GET".utf8)).send(
      to: TargetProfile(target: try program.target), timeouts: PhaseTimeouts(), retention: .tester)
    let text = try String(contentsOfFile: program.path + ".pid", encoding: .utf8)
    let child = try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    // A signal takes a moment to end what it is sent to, and a killed child may wait to be reaped by its new parent.
    for _ in 0..<500 where Self.isRunning(child) { try await Task.sleep(for: .milliseconds(10)) }
    #expect(!Self.isRunning(child))
  }

  /// Whether a process is there, and not only its place in the table.
  private static func isRunning(_ process: Int32) -> Bool {
    let facts = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
    return facts.map { $0.split(separator: " ").dropFirst(2).first != "Z" } ?? false
  }
}
