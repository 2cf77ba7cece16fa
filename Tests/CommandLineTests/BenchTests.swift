// `gatespec bench` as a user runs it: against `gatespec serve`, small programs and nobody. What it says is looked at, and
// never how fast anything was.

import Foundation
import Testing

@Suite(.timeLimit(.minutes(3))) struct BenchTests {
  /// Options of a run that is over soon: two rounds of a few requests each.
  private static let short = [
    "--rounds", "2", "--duration", "10s", "--requests", "40", "--warm-up", "0", "--users", "1,3",
  ]

  private static func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  private static func variants(_ object: [String: Any]) throws -> [[String: Any]] {
    try #require(object["variants"] as? [[String: Any]])
  }

  @Test func everyWayOfEveryInterfaceHasARow() throws {
    let fastCGI = try ServedReference()
    defer { fastCGI.end() }
    let others = try ["http", "scgi", "uwsgi"].map { try ServedReference(scheme: $0) }
    defer { others.forEach { $0.end() } }
    let report = "gatespec-probe 1\\ninterface cgi\\nparam QUERY_STRING probe%%3Decho\\nbody 0\\n"
    let program = try TemporaryProgram("printf 'Content-Type: text/plain\\n\\n\(report)'")
    defer { program.remove() }
    let probes = URL(filePath: #filePath).appending(path: "../../../fixtures/probes").standardized.path
    let run = try Program.run(
      ["bench", fastCGI.target] + others.map(\.target)
        + [program.target, "wsgi:probe:application", "--chdir", probes, "--format", "json"] + Self.short)
    #expect(run.code == 0, "\(run.errors)")
    let object = try Self.object(run.output)
    #expect(object["loop"] as? String == "closed")
    #expect((object["left_out"] as? [Any])?.isEmpty == true)
    let rows = try Self.variants(object)
    let ways = rows.map { "\($0["protocol"] ?? "") \($0["mode"] ?? "") \($0["users"] ?? "")" }
    #expect(
      ways == [
        "fastcgi close 1", "fastcgi close 3", "fastcgi keep 1", "fastcgi keep 3", "fastcgi multiplex 3",
        "http close 1", "http close 3", "http keep 1", "http keep 3", "scgi close 1", "scgi close 3",
        "uwsgi close 1", "uwsgi close 3", "cgi process 1", "cgi process 3",
        "wsgi close 1", "wsgi close 3",
      ])
    for (row, way) in zip(rows, ways) {
      #expect(try #require(row["answered"] as? Int) >= 40, "\(way)")
      #expect(row["failed"] as? Int == 0, "\(way): \(row["failures"] ?? "")")
      #expect((row["rounds"] as? [Any])?.count == 2)
      #expect(row["ceiling"] is Double, "\(way)")
    }
    for target in try #require(object["targets"] as? [[String: Any]]) {
      #expect(target["contract"] as? String == "the probe's report, and it fits the request")
    }
  }

  @Test func theTableSaysWhatItIs() throws {
    let server = try ServedReference()
    defer { server.end() }
    let run = try Program.run(["bench", server.target, "--no-ceiling"] + Self.short)
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.output.hasPrefix("closed loop: each user sends its next request"))
    for words in [
      "GET /?probe=echo; 2 rounds of", "FastCGI\n", "  kept connections, 3 users", "req/s", "p99", "█",
      "Beside one another", "every later one is compared with it byte by byte",
    ] {
      #expect(run.output.contains(words), "\(words) in \(run.output)")
    }
    #expect(!run.output.contains("\u{1B}["))
    #expect(!run.output.contains("ceiling"))
  }

  @Test func aRateIsAnOpenLoop() throws {
    let server = try ServedReference()
    defer { server.end() }
    let run = try Program.run([
      "bench", server.target, "--mode", "keep", "--rate", "200", "--users", "4", "--duration", "1s", "--rounds", "2",
      "--no-ceiling", "--format", "json",
    ])
    #expect(run.code == 0, "\(run.errors)")
    let object = try Self.object(run.output)
    #expect(object["loop"] as? String == "open")
    let row = try #require(try Self.variants(object).first)
    #expect(row["rate_wanted"] as? Double == 200)
    // Every request that was due is a number somewhere.
    let numbers = try ["answered", "failed", "skipped"].map { try #require(row[$0] as? Int) }
    #expect(numbers.reduce(0, +) == 200)
    let said = try Program.run([
      "bench", server.target, "--mode", "keep", "--rate", "50", "--duration", "200ms", "--rounds", "1", "--no-ceiling",
    ])
    #expect(said.output.hasPrefix("open loop: 50 requests a second"))
  }

  @Test func aSavedResultIsComparedAndJudged() throws {
    let server = try ServedReference()
    defer { server.end() }
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let saved = folder.url.appending(path: "before.json").path
    let options = ["--mode", "keep", "--no-ceiling"] + Self.short
    #expect(try Program.run(["bench", server.target, "--save", saved] + options).code == 0)
    let sound = try Program.run(
      ["bench", server.target, "--against", saved, "--fail-if", "p99 > +1000000%", "--fail-if", "errors > 0"] + options)
    #expect(sound.code == 0, "\(sound.output)")
    #expect(sound.output.contains("ok errors > 0: FastCGI, kept connections, 1 user: 0"))
    let failing = try Program.run(["bench", server.target, "--fail-if", "rate > 0"] + options)
    #expect(failing.code == 1)
    #expect(failing.output.contains("FAIL rate > 0"))
    // The rounds of the earlier run are made a thousand times as fast: a change that no spread explains.
    let text = try String(contentsOfFile: saved, encoding: .utf8)
    try text.replacing("\"p50_ms\":", with: "\"p50_ms\":0.000001,\"was\":").write(
      toFile: saved, atomically: true, encoding: .utf8)
    let slower = try Program.run(["bench", server.target, "--against", saved, "--fail-if", "p50 > +50%"] + options)
    #expect(slower.code == 1, "\(slower.output)")
    #expect(slower.output.contains("FAIL p50 > +50%"))
  }

  @Test func picturesAreWholeAndWriteNothingElse() throws {
    let server = try ServedReference()
    defer { server.end() }
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    for format in ["svg", "html"] {
      let file = folder.url.appending(path: "bench.\(format)")
      let run = try Program.run(
        ["bench", server.target, "--no-ceiling", "--format", format, "-o", file.path] + Self.short)
      #expect(run.code == 0, "\(run.errors)")
      #expect(run.output.isEmpty)
      let text = try String(contentsOf: file, encoding: .utf8)
      #expect(text.contains("</svg>"))
      #expect(text.contains("kept connections"))
      // Nothing is loaded from anywhere.
      #expect(!text.contains("http://") || text.components(separatedBy: "http://").count == 2)
      #expect(!text.contains("<script"))
    }
  }

  @Test func aStartedTargetIsLookedAt() throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let target = "fastcgi+unix://\(folder.url.path)/s"
    let program = try #require(Program.file).path
    let run = try Program.run(
      [
        "bench", target, "--spawn", "'\(program)' serve fastcgi+unix://{address}", "--mode", "keep", "--no-ceiling",
        "--format", "json",
      ] + Self.short)
    #expect(run.code == 0, "\(run.errors)")
    let row = try #require(try Self.variants(try Self.object(run.output)).first)
    #expect(row["target_cpu_us"] is Double)
    #expect(try #require(row["target_memory_bytes"] as? Int) > 1 << 20)
  }

  @Test func whatIsWrongIsSaid() throws {
    let server = try ServedReference()
    defer { server.end() }
    func complaint(_ arguments: [String], _ code: Int32) throws -> String {
      let run = try Program.run(["bench"] + arguments)
      #expect(run.code == code, "\(arguments): \(run.output)")
      return run.errors
    }
    #expect(try complaint(["fastcgi://127.0.0.1:1/"], 3).contains("nothing listens on 127.0.0.1:1"))
    let missing = try complaint(["\(server.target):/?probe=status&code=404"], 3)
    #expect(missing.contains("answers 404 at /: errors are not measured"))
    #expect(try complaint([server.target, "--fail-if", "p99 > +10%"], 2).contains("needs --against FILE"))
    #expect(try complaint([server.target, "--fail-if", "p98 > 1ms"], 2).contains("--fail-if"))
    #expect(try complaint([server.target, "--mode", "process"], 2).contains("its ways are: close, keep, multiplex"))
    #expect(try complaint([server.target, "--mode", "kept"], 2).contains("there is no way 'kept'"))
    #expect(try complaint([server.target, "--users", "0"], 2).contains("--users"))
    #expect(try complaint([server.target, "--rate", "0"], 2).contains("--rate"))
    #expect(try complaint(["https://127.0.0.1:1/"], 2).contains("encrypted connections are not measured"))
    #expect(try complaint([server.target, "--against", "/nowhere"], 2).contains("/nowhere"))
    let alone = try complaint([server.target, "--users", "1", "--mode", "multiplex"], 2)
    #expect(alone.contains("nothing is multiplexed"))
  }

  @Test func anAnswerThatIsNotTheProbesIsMeasuredAndSaidToBe() throws {
    let program = try TemporaryProgram("printf 'Content-Type: a/b\\n\\nhello\\n'")
    defer { program.remove() }
    let run = try Program.run(["bench", program.target, "--no-ceiling"] + Self.short)
    #expect(run.code == 0, "\(run.errors)")
    let text = run.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(text.contains("the answer is not the probe's: its status and its end were checked"))
  }

  @Test func controlCPrintsWhatThereIs() throws {
    let server = try ServedReference()
    defer { server.end() }
    let program = try #require(Program.file).path
    let run = try Program.shell(
      "'\(program)' bench '\(server.target)' --mode keep --users 1 --rounds 1 --duration 1h --no-ceiling & "
        + "sleep 2; kill -INT $!; wait $!")
    #expect(run.code == 130)
    #expect(run.output.contains("interrupted: this is what there was"))
    #expect(run.output.contains("kept connections, 1 user"))
  }
}
