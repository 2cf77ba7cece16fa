// `gatespec` itself, `rules`, `cases`, `probe`: what needs no target.

import Foundation
import Testing

@Suite struct CatalogueTests {
  @Test func noVerbIsAUsageError() throws {
    let run = try Program.run([])
    #expect(run.code == 2)
    #expect(run.output.isEmpty)
    #expect(run.errors.hasPrefix("gatespec: a verb is missing"))
  }

  @Test func helpAndVersion() throws {
    let help = try Program.run(["--help"])
    #expect(help.code == 0)
    for verb in ["check", "trace", "request", "serve", "cases", "rules", "probe"] {
      #expect(help.output.contains("\n  \(verb) "), "\(verb)")
      let own = try Program.run([verb, "--help"])
      #expect(own.code == 0)
      #expect(own.output.contains("gatespec \(verb)"), "the help of \(verb) has examples")
    }
    let version = try Program.run(["--version"])
    #expect(version.code == 0)
    #expect(version.output.contains(/^\d+\.\d+\.\d+\n$/))
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func completionScripts(_ shell: String) throws {
    let run = try Program.run(["--generate-completion-script", shell])
    #expect(run.code == 0)
    #expect(run.output.contains("gatespec"))
  }

  @Test(arguments: [
    ["nonsense"], ["trace", "--bogus"], ["check"], ["check", "gopher://x"], ["check", "fastcgi://127.0.0.1"],
    ["check", "fastcgi://127.0.0.1:9000", "--report", "junit=x"], ["check", "fastcgi://127.0.0.1:9000", "--jobs", "0"],
    ["check", "fastcgi://127.0.0.1:9000", "--param", "novalue"], ["rules", "explain", "X-1"], ["rules", "list", "nothing"],
    ["cases", "show", "a/b/c"], ["cases", "list", "a/b/c"], ["probe", "nothing"], ["serve", "cgi:/bin/true"],
    ["serve", "fastcgi://127.0.0.1:9000", "--fault", "nothing"],
  ])
  func usageErrors(_ arguments: [String]) throws {
    let run = try Program.run(arguments)
    #expect(run.code == 2, "\(run.errors)")
    #expect(run.output.isEmpty)
    #expect(run.errors.hasPrefix("gatespec: "))
  }

  @Test func anUnknownReportFormatListsWhatThereIs() throws {
    let run = try Program.run(["check", "fastcgi://127.0.0.1:9000", "--report", "junit=x"])
    #expect(run.errors.contains("text, json"))
  }

  @Test func rules() throws {
    let all = try Program.run(["rules"])
    #expect(all.code == 0)
    #expect(all.output.split(separator: "\n").count > 500)
    let section = try Program.run(["rules", "list", "FastCGI 3.3"])
    let lines = section.output.split(separator: "\n")
    #expect(lines.count > 5)
    #expect(lines.allSatisfy { $0.hasPrefix("FCGI-3.3-") })
    let one = try Program.run(["rules", "explain", "FCGI-3.3-3"])
    #expect(one.code == 0)
    #expect(one.output.hasPrefix("FCGI-3.3-3  FastCGI 1.0 section 3.3\n"))
    #expect(one.output.contains("rule on the application's side"))
  }

  @Test func probes() throws {
    let list = try Program.run(["probe", "list"])
    #expect(list.code == 0)
    #expect(list.output.contains("probe.php"))
    let php = try Program.run(["probe", "php"])
    #expect(php.output.hasPrefix("<?php"))
  }

  @Test func cases() throws {
    let list = try Program.run(["cases"])
    #expect(list.code == 0)
    let ids = list.output.split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) }
    try #require(ids.count > 10)
    #expect(Set(ids).count == ids.count)
    let shown = try Program.run(["cases", "show", ids[0]])
    #expect(shown.code == 0)
    #expect(shown.output.hasPrefix(ids[0]))
    #expect(shown.output.contains("\nas written\n  - id: \(ids[0].split(separator: "/").last ?? "")\n"))
    let topic = ids[0].split(separator: "/").dropLast().joined(separator: "/")
    let few = try Program.run(["cases", "list", topic])
    #expect(few.output.split(separator: "\n").allSatisfy { $0.hasPrefix(topic + "/") })
  }

  @Test func aFixtureThatDoesNotParse() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "gatespec-\(UUID().uuidString)/fastcgi")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }
    let file = folder.appending(path: "mine.yaml")
    try Data("- id: x\n  sned: []\n".utf8).write(to: file)
    let lint = try Program.run(["cases", "lint", file.path])
    #expect(lint.code == 2)
    #expect(lint.errors.contains("unknown key"))
    #expect(lint.errors.contains("mine.yaml:2:3"))
    let list = try Program.run(["cases", "list", "--fixtures", folder.deletingLastPathComponent().path])
    #expect(list.code == 2)
    #expect(list.errors.contains("mine.yaml:2:3"))
    let check = try Program.run(
      ["check", "fastcgi://127.0.0.1:1", "--fixtures", folder.deletingLastPathComponent().path])
    #expect(check.code == 2)
  }

  /// `script` gives the program a terminal.
  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script")))
  func coloursOnlyOnATerminalAndWithoutNO_COLOR() throws {
    let explain = "rules explain FCGI-3.3-3"
    let plain = try Program.run(explain.split(separator: " ").map(String.init))
    #expect(!plain.output.contains("\u{1B}"))
    let colour = try Program.shell(
      "unset NO_COLOR; TERM=xterm script -qec \"'$0' \(explain)\" /dev/null < /dev/null")
    #expect(colour.output.contains("\u{1B}[1mFCGI-3.3-3"))
    let none = try Program.shell("NO_COLOR=1 TERM=xterm script -qec \"'$0' \(explain)\" /dev/null < /dev/null")
    #expect(!none.output.contains("\u{1B}[1m"))
    #expect(none.output.contains("FCGI-3.3-3"))
  }
}
