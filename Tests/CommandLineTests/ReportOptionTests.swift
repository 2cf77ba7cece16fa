// `--report`: what is refused before anything runs. Nothing listens on the targets: reaching them would be exit code 3.

import Foundation
import Testing

@Suite struct PagePolicyTests {
  /// The page's policy lets its one script run by the hash of exactly what stands between the tags.
  @Test func theScriptHasTheHashThatThePolicyNames() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "gatespec-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let page = folder.appending(path: "page.html"), script = folder.appending(path: "script")
    _ = try Program.run(["check", "cgi:/bin/true", "--only", "cgi/response/*", "--report", "html=\(page.path)"])
    let text = try String(contentsOf: page, encoding: .utf8)
    #expect(text.components(separatedBy: "<script>").count == 2)
    let body = try #require(text.components(separatedBy: "<script>").last?.components(separatedBy: "</script>").first)
    try Data(body.utf8).write(to: script)
    let sum = try Program.shell("sha256sum '\(script.path)'").output.prefix(64)
    let bytes = stride(from: 0, to: sum.count, by: 2).compactMap { UInt8(sum.dropFirst($0).prefix(2), radix: 16) }
    #expect(bytes.count == 32)
    #expect(text.contains("script-src 'sha256-\(Data(bytes).base64EncodedString())';"))
    #expect(!text.contains("script-src 'unsafe-inline'"))
  }
}

@Suite struct ReportOptionTests {
  @Test(arguments: ["check", "compare"])
  func refusesWhatCannotBeWrittenBeforeAnythingRuns(verb: String) throws {
    let targets = verb == "check" ? ["fastcgi://127.0.0.1:1"] : ["fastcgi://127.0.0.1:1", "fastcgi://127.0.0.1:2"]
    let run = try Program.run([verb] + targets + ["--report", "json=/nonexistent/report.json"])
    #expect(run.code == 2)
    #expect(run.errors.hasPrefix("gatespec: /nonexistent/report.json cannot be written: No such file or directory\n"))
    #expect(run.output.isEmpty)
    let twice = try Program.run([verb] + targets + ["--report", "json=-", "--report", "text=-"])
    #expect(twice.code == 2)
    #expect(twice.errors.contains("two reports cannot both go to standard output"))
    let unknown = try Program.run([verb] + targets + ["--report", "yaml=a"])
    #expect(unknown.code == 2)
    #expect(unknown.errors.contains("--report takes FORMAT=FILE with one of the formats text, json"))
  }

  @Test func allFormatsAreListed() throws {
    let help = try Program.run(["check", "--help"])
    let text = help.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(text.contains("formats: text, json, junit, tap, markdown, github, html; - is standard output"))
  }

  @Test func aTargetThatIsNotThereIsAReportThatSaysSo() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "gatespec-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "report.xml")
    // Port 1 of loopback: nothing listens there, and nothing that is not root could.
    let run = try Program.run(["check", "fastcgi://127.0.0.1:1", "--report", "junit=\(file.path)"])
    #expect(run.code == 3)
    let report = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    #expect(
      report.contains("<error message=\"nothing listens on 127.0.0.1:1"), "no report claims that a run took place")
  }

  @Test func compareNeedsSomethingToCompare() throws {
    #expect(try Program.run(["compare", "fastcgi://127.0.0.1:1"]).code == 2)
  }
}
