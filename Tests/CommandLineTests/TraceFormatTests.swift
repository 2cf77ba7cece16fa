// What `gatespec trace` writes for other programs: archives, packets, wire text; and what it says at the end.

import Foundation
import Prerequisites
import TestSupport
import Testing
import WireBytes

@Suite struct TraceFormatTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static func capture(_ slug: String) -> String { root.appending(path: "captures/\(slug)/capture.pcap").path }

  /// Runs a program of the system to its end; nil where it is not there.
  private static func run(_ program: String, _ arguments: [String]) throws -> (code: Int32, output: String)? {
    let file = "/usr/bin/\(program)"
    guard FileManager.default.isExecutableFile(atPath: file) else { return nil }
    let process = Process()
    process.executableURL = URL(filePath: file)
    process.arguments = arguments
    process.environment = ["PATH": "/usr/bin:/bin", "HOME": NSTemporaryDirectory()]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }

  static let hasTshark = FileManager.default.isExecutableFile(atPath: "/usr/bin/tshark")
  static let hasJSONSchema = (try? run("python3", ["-c", "import jsonschema"]))??.code == 0

  private static func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "gatespec-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  // MARK: HAR

  private static let odd: [(request: String, response: String)] = [
    (
      "POST /a%20b?x=1&y&\u{E9}=\"<>\" HTTP/1.1\r\nHost: a\r\nCookie: k=v; l=w=x\r\nContent-Type: text/plain\r\n"
        + "Content-Length: 4\r\n\r\na\0b\n",
      "HTTP/1.1 302 Found\r\nLocation: /é\r\nSet-Cookie: s=1; Path=/; HttpOnly; Secure\r\nContent-Length: 0\r\n\r\n"
    ),
    ("GET / HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end"),
  ]

  @Test(
    "an archive is valid HAR 1.2", .requires("python3-jsonschema", hasJSONSchema),
    arguments: [
      "php-fpm-errors", "php-fpm-post", "php-fpm-large", "uwsgi", "scgi", "gunicorn", "every-backend", "odd", "nothing",
    ])
  func archivesAreValid(_ slug: String) throws {
    try Self.withFolder { folder in
      let input =
        slug == "odd" ? try SampleCapture.http(Self.odd) : slug == "nothing" ? try SampleCapture.http([]) : Data()
      let source = input.isEmpty ? Self.capture(slug) : "-"
      let run = try Program.run(["trace", "-r", source, "--format", "har", "--lint", "--body", "9"], input: input)
      #expect(run.code == 0)
      let archive = folder.appending(path: "trace.har")
      try run.output.write(to: archive, atomically: true, encoding: .utf8)
      let script = """
        import json, sys, jsonschema
        schema, archive = (json.load(open(name)) for name in sys.argv[1:])
        for error in jsonschema.Draft7Validator(schema).iter_errors(archive): print(list(error.path), error.message)
        """
      let schema = Self.root.appending(path: "docs/har-1.2.schema.json").path
      let verdict = try Self.run("python3", ["-c", script, schema, archive.path])
      #expect(verdict?.code == 0)
      #expect(verdict?.output == "")
    }
  }

  private func entries(_ text: String) throws -> [[String: Any]] {
    let archive = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let log = try #require(archive["log"] as? [String: Any])
    return try #require(log["entries"] as? [[String: Any]])
  }

  @Test func whatAnArchiveHolds() throws {
    let run = try Program.run(["trace", "-r", "-", "--format", "har"], input: try SampleCapture.http(Self.odd))
    let entries = try entries(run.output)
    try #require(entries.count == 2)
    let request = try #require(entries[0]["request"] as? [String: Any])
    #expect(request["url"] as? String == "http://a/a%20b?x=1&y&%C3%A9=%22%3C%3E%22")
    #expect((request["queryString"] as? [[String: String]])?.map(\.["name"]) == ["x", "y", "é"])
    #expect((request["cookies"] as? [[String: String]])?.last == ["name": "l", "value": "w=x"])
    #expect((request["postData"] as? [String: Any])?["text"] as? String == "a\0b\n")
    let response = try #require(entries[0]["response"] as? [String: Any])
    #expect(response["redirectURL"] as? String == "/é")
    #expect((response["cookies"] as? [[String: Any]])?.first?["httpOnly"] as? Bool == true)
    let content = (entries[1]["response"] as? [String: Any])?["content"] as? [String: Any]
    #expect(content?["text"] as? String == "until the end")
    #expect(run.errors.contains("-- 2 exchanges"))
  }

  @Test func whatOnlyFastCGIHas() throws {
    let run = try Program.run(
      ["trace", "-r", Self.capture("php-fpm-stderr"), "--format", "har", "--where", "protocol == fastcgi and stderr"])
    let entry = try #require(try entries(run.output).first)
    let facts = try #require(entry["_fastcgi"] as? [String: Any])
    #expect(facts["role"] as? String == "responder")
    #expect(facts["protocol_status"] as? String == "request-complete")
    #expect((facts["stderr"] as? String)?.hasPrefix("PHP message") == true)
    #expect((facts["params"] as? [[String: String]])?.contains { $0["name"] == "SCRIPT_FILENAME" } == true)
  }

  // MARK: Packets

  @Test("the packets are those of the exchanges that passed", .requires("tshark", hasTshark))
  func packets() throws {
    try Self.withFolder { folder in
      let file = folder.appending(path: "chosen.pcap")
      let arguments = ["trace", "--format", "pcap", "--where", "status == 502"]
      let run = try Program.shell(
        "\"$0\" \(arguments.dropLast().joined(separator: " ")) '\(arguments[4])' -r '\(Self.capture("php-fpm-errors"))' "
          + "> '\(file.path)'")
      #expect(run.code == 0)
      let fields = [
        "-T", "fields", "-e", "tcp.stream", "-e", "tcp.flags.syn", "-e", "tcp.flags.fin", "-e", "http.response.code",
      ]
      let rows = try #require(try Self.run("tshark", ["-r", file.path] + fields)?.output)
        .split(separator: "\n").map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
      #expect(rows.count == 20)
      #expect(Set(rows.compactMap(\.first)) == ["0", "1"])
      #expect(rows.compactMap(\.last).filter { !$0.isEmpty } == ["502", "502"])
      #expect(rows.filter { $0[1] == "1" || $0[1] == "True" }.count == 4, "both handshakes are there")
      #expect(rows.filter { $0[2] == "1" || $0[2] == "True" }.count == 4, "and both ends")
      // A stream goes through the spool and gives the same packets.
      let spooled = try Program.shell(
        "cat '\(Self.capture("php-fpm-errors"))' | \"$0\" trace --format pcap --where 'status == 502' -r - "
          + "| cmp - '\(file.path)'")
      #expect(spooled.code == 0, "\(spooled.errors)")
    }
  }

  @Test(
    "all packets of a backend's connections, and no others", .requires("tshark", hasTshark),
    arguments: ["server == 127.0.0.1:9000": 9000, "protocol == uwsgi": 3031, "protocol == scgi": 4000])
  func packetsOfABackend(condition: String, port: Int) throws {
    try Self.withFolder { folder in
      let file = folder.appending(path: "chosen.pcap"), capture = Self.capture("every-backend")
      let run = try Program.shell(
        "\"$0\" trace --format pcap --where '\(condition)' -r '\(capture)' > '\(file.path)'")
      #expect(run.code == 0)
      func numbers(_ arguments: [String]) throws -> [Substring] {
        try #require(try Self.run("tshark", arguments + ["-T", "fields", "-e", "frame.time_epoch", "-e", "frame.len"]))
          .output.split(separator: "\n")
      }
      let chosen = try numbers(["-r", file.path])
      #expect(chosen == (try numbers(["-r", capture, "-Y", "tcp.port == \(port)"])))
      #expect(chosen.count >= 10)
    }
  }

  @Test("one exchange of a kept connection comes alone", .requires("tshark", hasTshark))
  func onePacketRange() throws {
    try Self.withFolder { folder in
      let file = folder.appending(path: "chosen.pcap")
      let run = try Program.shell(
        "\"$0\" trace --format pcap --where 'protocol == http and index == 2' "
          + "-r '\(Self.capture("php-fpm-keepalive"))' > '\(file.path)'")
      #expect(run.code == 0)
      let again = try Program.run(["trace", "-r", file.path, "--format", "json"])
      let lines = again.output.split(separator: "\n")
      let whole = try Program.run(
        [
          "trace", "-r", Self.capture("php-fpm-keepalive"), "--format", "json", "--where",
          "protocol == http and index == 2",
        ])
      // The other exchanges of those connections are holes now; the chosen ones are whole.
      #expect(whole.output.contains("\"exchanges\""))
      #expect(lines.contains { $0.contains("\"ending\":\"complete\"") })
    }
  }

  @Test func withoutFilterNothingOfAConnectionIsMissing() throws {
    let capture = try SampleCapture.http(SampleCapture.plain)
    try Self.withFolder { folder in
      let file = folder.appending(path: "all.pcap"), copy = folder.appending(path: "copy.pcap")
      try capture.write(to: file)
      let run = try Program.shell("\"$0\" trace --format pcap -r '\(file.path)' > '\(copy.path)'")
      #expect(run.code == 0)
      #expect(try Data(contentsOf: copy) == capture)
    }
  }

  @Test("of fragmented packets all fragments are there", arguments: ["not uri ~ nothing", "uri ~ two"])
  func fragments(_ filter: String) throws {
    let capture = SampleCapture.fragmented(try SampleCapture.http(SampleCapture.plain), payload: 24)
    try Self.withFolder { folder in
      let file = folder.appending(path: "all.pcap"), copy = folder.appending(path: "copy.pcap")
      try capture.write(to: file)
      let run = try Program.shell(
        "\"$0\" trace --format pcap --where '\(filter)' -r '\(file.path)' > '\(copy.path)'")
      #expect(run.code == 0)
      let chosen = try Data(contentsOf: copy)
      if filter.hasPrefix("not") { #expect(chosen == capture) } else { #expect(chosen.count < capture.count) }
      // What was written reads back to the same exchange.
      let lines = try Program.run(["trace", "-r", file.path, "--where", filter]).output.split(separator: "\n")
      let again = try Program.run(["trace", "-r", copy.path]).output.split(separator: "\n")
      #expect(again.filter { !$0.hasPrefix("--") } == lines.filter { !$0.hasPrefix("--") })
      #expect(again.contains { $0.contains(" 0 packets of which some never came") })
    }
  }

  // MARK: Wire text

  @Test func wireTextReadsBack() throws {
    let run = try Program.run(
      ["trace", "-r", "-", "--format", "wire", "--where", "uri ~ two"],
      input: try SampleCapture.http(SampleCapture.plain))
    #expect(run.code == 0)
    let file = try WireFile(parsing: run.output)
    #expect(file.bytes(.request) == Array(SampleCapture.plain[1].request.utf8))
    #expect(file.bytes(.response) == Array(SampleCapture.plain[1].response.utf8))
    #expect(file.steps.first == .action(["open", "2", "127.0.0.1:40001", "127.0.0.1:80", "http"]))
    #expect(file.steps.last == .action(["half-close", "server"]))
  }

  @Test func wireTextOfRecordsHasALineForEach() throws {
    let run = try Program.run(
      ["trace", "-r", Self.capture("php-fpm-stderr"), "--format", "wire", "--where", "protocol == fastcgi"])
    #expect(
      run.output.contains("\n# 0 record type=begin-request id=1 content=8 padding=0 role=responder flags=1\n> 01 01 "))
    let file = try WireFile(parsing: run.output)
    #expect(file.bytes(.request).prefix(2) == [1, 1])
    #expect(file.bytes(.response).suffix(16).prefix(2) == [1, 3], "the last record is END_REQUEST")
  }

  // MARK: Bodies, summary, hints

  @Test func compressedBodiesAreShownDecoded() throws {
    // A stored block: gzip whose bytes are all ASCII cannot be, so the capture is made of Latin-1 by hand.
    let run = try Program.run(
      ["trace", "-r", "-", "--body", "5"],
      input: try SampleCapture.http([
        (
          "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\nnot zipped"
        )
      ]))
    #expect(run.output.contains("response body, 9 bytes, the first 5; not the gzip it is said to be\n      not z\n"))
  }

  @Test func aSummaryEndsTheTrace() throws {
    let capture = try SampleCapture.http(SampleCapture.plain)
    let text = try Program.run(["trace", "-r", "-", "--summary"], input: capture)
    #expect(text.output.contains("-- server 127.0.0.1:80: 2 exchanges on 2 connections"))
    #expect(text.output.contains("-- POST /two  127.0.0.1:80\n"))
    let json = try Program.run(["trace", "-r", "-", "--summary", "--format", "json"], input: capture)
    let last = try #require(json.output.split(separator: "\n").last)
    let summary = try #require(try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any])
    let routes = try #require(summary["routes"] as? [[String: Any]])
    #expect(Set(routes.compactMap { $0["path"] as? String }) == ["/one", "/two"])
    #expect((routes[0]["wait_ms"] as? [String: Double])?["max"] == 1)
  }

  @Test func aSummaryOfEveryBackend() throws {
    let run = try Program.run(["trace", "-r", Self.capture("every-backend"), "--summary", "--format", "json"])
    let last = try #require(run.output.split(separator: "\n").last)
    let summary = try #require(try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any])
    let routes = try #require(summary["routes"] as? [[String: Any]])
    let rows = routes.map { route in
      let texts = ["method", "path", "server"].map { route[$0] as? String ?? "-" }
      return (texts + ["exchanges", "failures"].map { "\(route[$0] as? Int ?? -1)" }).joined(separator: " ")
    }
    var expected = ["GET /static.txt 127.0.0.1:8080 1 0"]
    for (path, port) in ["/probe.php": 9000, "/uwsgi/": 3031, "/scgi/": 4000, "/http/": 8000] {
      for method in ["GET", "POST"] {
        expected += ["\(method) \(path) 127.0.0.1:\(port) 1 0", "\(method) \(path) 127.0.0.1:8080 1 0"]
      }
    }
    #expect(rows.sorted() == expected.sorted())
    let times = try #require(routes.first { $0["path"] as? String == "/uwsgi/" }?["wait_ms"] as? [String: Double])
    #expect(try #require(times["max"]) > 0)
  }

  @Test(arguments: ["text", "json", "har", "wire", "events"])
  func whoSeesNothingIsToldWhere(_ format: String) throws {
    let run = try Program.run(["trace", "-r", "-", "--format", format], input: try SampleCapture.http([]))
    #expect((format == "text" ? run.output : run.errors).contains("--relay"))
  }

  @Test func aReaderThatLeavesIsNoError() throws {
    let file = Self.capture("php-fpm-large")
    let run = try Program.shell("{ \"$0\" trace -r '\(file)' -vv -x; echo $? >&2; } | head -1")
    #expect(run.output.split(separator: "\n").count == 1)
    #expect(run.errors == "0\n")
  }
}
