// `gatespec trace`, as a user runs it.

import Foundation
import Testing

@Suite struct TraceTests {
  @Test func linesAndEnd() throws {
    let run = try Program.run(["trace", "-r", "-"], input: try SampleCapture.http(SampleCapture.plain))
    #expect(run.code == 0)
    #expect(run.errors.isEmpty)
    let lines = run.output.split(separator: "\n")
    try #require(lines.count == 4)
    #expect(lines[0].hasPrefix("00:00:00.003  http     127.0.0.1:40000 → 127.0.0.1:80"))
    #expect(lines[0].contains("GET /one"))
    #expect(lines[0].contains("200"))
    #expect(lines[1].contains("POST /two?x=1"))
    #expect(lines[2] == "-- 2 exchanges on 2 connections, 18 packets, \(Self.byteCount(of: lines[2])) bytes")
    #expect(lines[3].contains("0 exchanges incomplete"))
  }

  @Test func secretsAreReplaced() throws {
    let request =
      "GET /login?password=hunter2-hunter2 HTTP/1.1\r\nHost: h\r\nCookie: sid=0123456789abc\r\nX-Tenant: t-1234567\r\n\r\n"
    let answer =
      "HTTP/1.1 200 OK\r\nSet-Cookie: sid=0123456789abc; Path=/\r\nContent-Length: 24\r\n\r\nyour sid: 0123456789abc\r\n"
    let capture = try SampleCapture.http([(request: request, response: answer)])
    for options in [
      ["-vv", "--body", "100"], ["--format", "json", "--body", "100"], ["--format", "har"], ["--summary"],
    ] {
      let run = try Program.run(
        ["trace", "-r", "-", "--lint", "--redact", "--redact-also", "x-tenant"] + options, input: capture)
      #expect(run.code == 0, "\(run.errors)")
      for secret in ["hunter2", "0123456789abc", "t-1234567"] { #expect(!run.output.contains(secret), "\(run.output)") }
      #expect(run.output.contains("/login?password=redacted-") || options == ["--summary"])
    }
    for options in [["--write", "x"], ["--format", "wire"], ["--format", "events"], ["--format", "pcap"]] {
      let run = try Program.run(["trace", "-r", "-", "--redact"] + options, input: capture)
      #expect(run.code == 2 && run.errors.contains("hold the bytes themselves"))
    }
  }

  @Test(arguments: ["9223372036854775807", "9223372036854774000", "-1", "1073741825"])
  func bodiesAreShownUpToABound(_ count: String) throws {
    let run = try Program.run(
      ["trace", "-r", "-", "--body=\(count)"], input: try SampleCapture.http(SampleCapture.plain))
    #expect(run.code == 2)
    #expect(run.errors.contains("--body takes a number of bytes from 0 to 1073741824"))
  }

  private static func byteCount(of line: Substring) -> Substring {
    line.split(separator: " ").dropLast().last ?? ""
  }

  @Test func jsonLines() throws {
    let run = try Program.run(
      ["trace", "-r", "-", "--format", "json", "--body", "2"], input: try SampleCapture.http(SampleCapture.plain))
    #expect(run.code == 0)
    let objects = try run.output.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    try #require(objects.count == 3)
    #expect(objects.map { $0["type"] as? String } == ["exchange", "exchange", "summary"])
    #expect(objects[0]["status"] as? Int == 200)
    #expect(objects[0]["start"] as? Double == 1_709_164_800.003)
    #expect((objects[0]["response"] as? [String: Any])?["body"] as? String == "hi")
    #expect((objects[1]["request"] as? [String: Any])?["body_bytes"] as? Int == 3)
    #expect((objects[1]["request"] as? [String: Any])?["body"] as? String == "ab")
    #expect(objects[2]["exchanges"] as? Int == 2)
    #expect(objects[2]["packets"] as? Int == 18)
  }

  @Test func events() throws {
    let run = try Program.run(
      ["trace", "-r", "-", "--format", "events"], input: try SampleCapture.http(SampleCapture.plain))
    #expect(run.output.contains("\n0 > request-line method=GET target=/one version=HTTP/1.1 end=crlf\n"))
  }

  @Test func aFilterAndACount() throws {
    let capture = try SampleCapture.http(SampleCapture.plain)
    let filtered = try Program.run(["trace", "-r", "-", "tcp", "port", "40001"], input: capture)
    #expect(filtered.output.contains("/two"))
    #expect(!filtered.output.contains("/one"))
    let counted = try Program.run(["trace", "-r", "-", "--count", "1"], input: capture)
    #expect(counted.output.contains("/one"))
    #expect(!counted.output.contains("/two"))
  }

  @Test func aConditionOnExchanges() throws {
    let capture = try SampleCapture.http(SampleCapture.plain)
    let text = try Program.run(["trace", "-r", "-", "--where", "status >= 400 and method == POST"], input: capture)
    #expect(text.code == 0)
    #expect(text.output.contains("/two"))
    #expect(!text.output.contains("/one"))
    #expect(text.output.contains("-- 1 of 2 exchanges passed the filter"))
    let events = try Program.run(["trace", "-r", "-", "--format", "events", "--where", "uri ~ one"], input: capture)
    #expect(events.output.contains("target=/one"))
    #expect(!events.output.contains("target=/two"))
    let wrong = try Program.run(["trace", "-r", "-", "--where", "method == POST or sttus > 4"], input: capture)
    #expect(wrong.code == 2)
    #expect(
      wrong.errors == """
        gatespec: --where: there is no field `sttus`
          method == POST or sttus > 4
                            ^
          did you mean `status`?

        """)
  }

  @Test func findingsAreAddedUp() throws {
    let capture = TraceFormatTests.capture("php-fpm-errors")
    let all = try Program.run(["trace", "-r", capture, "--lint"]).output
    #expect(
      all.contains("\n-- 20 findings\n--      9 × fail FCGI-3.3-21  FCGI_END_REQUEST came without an empty STDOUT"))
    #expect(all.contains("; first: connection 2, exchange 1\n"))
    let some = try Program.run(["trace", "-r", capture, "--lint", "--skip", "FCGI-3.3-21", "--skip", "DIAG-S*"]).output
    #expect(some.contains("\n-- 9 findings\n--      2 × fail FCGI-5.5-1  "))
    #expect(!some.contains("FCGI-3.3-21") && !some.contains("DIAG-STDERR"))
    // Where nothing is left to say of an exchange it is not marked.
    #expect(some.split(separator: "\n").contains { $0.contains("/missing.php") && $0.hasSuffix("ms  E") })
    #expect(try Program.run(["trace", "-r", capture, "--skip", "X"]).code == 2)
  }

  @Test func eventsThatAreNotKeptAreCounted() throws {
    let requests = (0..<33_000).map { _ in "GET / HTTP/1.1\r\nHost: a\r\n\r\n" }.joined()
    let run = try Program.run(
      ["trace", "-r", "-", "--format", "events"], input: try SampleCapture.http([(request: requests, response: "")]))
    let lines = run.output.split(separator: "\n")
    #expect(lines.count { !$0.hasPrefix("#") && !$0.contains(" ! anomaly ") } == 65_536)
    #expect(lines.contains { $0.hasPrefix("# 66464 events more; of a connection 65536 are kept") })
  }

  @Test func severalFilesInTheOrderOfTime() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "gatespec-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    // The second capture's packets come later: its first connection begins where three others have ended.
    let all = try SampleCapture.http(SampleCapture.plain + SampleCapture.plain)
    let early = try SampleCapture.http(SampleCapture.plain)
    let late = all.prefix(24) + all.dropFirst(early.count)
    try early.write(to: folder.appending(path: "b.pcap"))
    try Data(late).write(to: folder.appending(path: "a.pcap"))
    let run = try Program.run(
      ["trace", "-r", folder.appending(path: "a.pcap").path, "-r", folder.appending(path: "b.pcap").path])
    let clients = run.output.split(separator: "\n").compactMap { line in
      line.firstRange(of: /127.0.0.1:4000\d/).map { String(line[$0]) }
    }
    #expect(clients == (0..<4).map { "127.0.0.1:4000\($0)" })
  }

  @Test func whatIsKeptReadsBack() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "gatespec-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let capture = try SampleCapture.http(SampleCapture.plain)
    let kept = folder.appending(path: "kept.pcap")
    let run = try Program.run(["trace", "-r", "-", "--write", kept.path], input: capture)
    #expect(run.code == 0)
    #expect(try Data(contentsOf: kept) == capture)
  }

  @Test func aTruncatedCaptureIsPrintedAndThenComplainedAbout() throws {
    let run = try Program.run(
      ["trace", "-r", "-"], input: try SampleCapture.http(SampleCapture.plain, isTruncated: true))
    #expect(run.code == 3)
    #expect(run.output.contains("POST /two?x=1"))
    #expect(run.output.contains("-- 2 exchanges"))
    #expect(run.errors.hasPrefix("gatespec: "))
  }

  @Test func aCaptureWithoutExchangesGivesTheHint() throws {
    let run = try Program.run(["trace", "-r", "-"], input: try SampleCapture.http([]))
    #expect(run.code == 0)
    #expect(run.output.contains("-- no exchange was seen"))
  }

  @Test(
    arguments: [
      (["-r", "/nonexistent.pcap"], 3), (["-r", "-", "port port"], 2), (["-r", "-", "--format", "xml"], 2),
      (["-r", "-", "-i", "lo"], 2), (["-r", "-", "--port", "70000=fastcgi"], 2), (["-r", "-", "--port", "80=cgi"], 2),
      (["-r", "-", "--fail-on", "fail"], 2), (["-r", "-", "--body", "many"], 2), (["-i", "no-such-interface"], 3),
    ] as [([String], Int32)])
  func usageAndTrouble(_ arguments: [String], _ code: Int32) throws {
    let run = try Program.run(["trace"] + arguments, input: try SampleCapture.http(SampleCapture.plain))
    #expect(run.code == code)
    #expect(run.errors.hasPrefix("gatespec: "))
    #expect(run.output.isEmpty)
  }

  @Test func aClosedPipeIsNoError() throws {
    let many = Array(repeating: SampleCapture.plain, count: 200).flatMap { $0 }
    let file = FileManager.default.temporaryDirectory.appending(path: "gatespec-\(UUID().uuidString).pcap")
    try SampleCapture.http(many).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    // The reader is gone before the first write.
    let run = try Program.shell("{ sleep 0.2; \"$0\" trace -v -r '\(file.path)'; echo $? >&2; } | true")
    #expect(run.errors == "0\n")
  }
}
