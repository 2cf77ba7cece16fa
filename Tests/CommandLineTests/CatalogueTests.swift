// `gatespec` itself and `rules`: what needs no target.

import Foundation
import Testing

@Suite struct CatalogueTests {
  @Test func noVerbIsAUsageError() throws {
    let run = try Program.run([])
    #expect(run.code == 2)
    #expect(run.output.isEmpty)
    #expect(run.errors.hasPrefix("gatespec: a verb is missing"))
  }

  @Test(arguments: [
    ("tarce", "did you mean `trace`?"), ("version", "did you mean `--version`?"),
    ("relay-gaurd", "known: check, compare,"),
  ])
  func aVerbThatThereIsNotIsNamed(_ word: String, _ remedy: String) throws {
    let run = try Program.run([word, "-r", "x"])
    #expect(run.code == 2)
    #expect(run.errors.hasPrefix("gatespec: there is no verb '\(word)'\n  \(remedy)"))
  }

  @Test func helpAndVersion() throws {
    let help = try Program.run(["--help"])
    #expect(help.code == 0)
    for verb in ["trace", "rules", "probe"] {
      #expect(help.output.contains("\n  \(verb) "), "\(verb)")
      let own = try Program.run([verb, "--help"])
      #expect(own.code == 0)
      #expect(own.output.contains("gatespec \(verb)"), "the help of \(verb) has examples")
    }
    for option in ["--version", "-V"] {
      let version = try Program.run([option])
      #expect(version.code == 0)
      #expect(version.output.contains(/^\d+\.\d+\.\d+\n$/))
    }
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func completionScripts(_ shell: String) throws {
    let run = try Program.run(["--generate-completion-script", shell])
    #expect(run.code == 0)
    #expect(run.output.contains("gatespec"))
  }

  @Test(arguments: [
    ["nonsense"], ["trace", "--bogus"], ["rules", "explain", "X-1"], ["rules", "list", "nothing"],
    ["probe", "nothing"],
  ])
  func usageErrors(_ arguments: [String]) throws {
    let run = try Program.run(arguments)
    #expect(run.code == 2, "\(run.errors)")
    #expect(run.output.isEmpty)
    #expect(run.errors.hasPrefix("gatespec: "))
  }

  @Test func rules() throws {
    let all = try Program.run(["rules"])
    #expect(all.code == 0)
    #expect(all.output.split(separator: "\n").count > 500)
    let section = try Program.run(["rules", "list", "FastCGI 3.3"])
    let lines = section.output.split(separator: "\n")
    #expect(lines.count > 5)
    #expect(lines.dropLast().allSatisfy { $0.hasPrefix("FCGI-3.3-") })
    #expect(lines.last?.hasPrefix("FastCGI 1.0  \(lines.count - 1) requirements, ") == true)
    let one = try Program.run(["rules", "explain", "FCGI-3.3-3"])
    #expect(one.code == 0)
    #expect(one.output.hasPrefix("FCGI-3.3-3  FastCGI 1.0 section 3.3\n"))
    #expect(one.output.contains("rule on the application's side"))
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
