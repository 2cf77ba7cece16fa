// `gatespec cases`: the catalogue, offline.

import ArgumentParser
import Conformance
import Fixtures
import Reports

struct CasesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cases",
    abstract: "The catalogue of conformance cases, offline.",
    discussion: """
      gatespec cases
      gatespec cases list 'fastcgi/records/*'
      gatespec cases show fastcgi/records/padding-255
      gatespec cases lint my-cases/fastcgi/local.yaml
      """,
    subcommands: [List.self, Show.self, Lint.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List cases.")

    @Argument(help: "Only cases of that ID, topic or pattern.", completion: .custom { _, _, _ in CaseIDs.all })
    var pattern: String?

    @OptionGroup var folder: FixturesOption

    func run() throws {
      var cases = try Corpus.load(extraDirectory: folder.fixtures).catalogue
      if let pattern { cases = cases.filter { $0.isNamed(by: pattern) } }
      guard !cases.isEmpty else {
        throw CommandFailure(
          .usage, "no case matches '\(pattern ?? "")'", remedy: "`gatespec cases` lists all of them")
      }
      var output = TextBuffer()
      CasesText(registry: .init([]), style: Terminal.style(for: .standardOutput)).renderList(cases, to: &output)
      FileOutput.standardOutput.drain(&output)
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show one case in full.")

    @Argument(help: "The case's ID.", completion: .custom { _, _, _ in CaseIDs.all })
    var id: String

    @OptionGroup var folder: FixturesOption

    func run() throws {
      let catalogue = try Corpus.load(extraDirectory: folder.fixtures).catalogue
      guard let testCase = catalogue.first(where: { $0.id == id }) else {
        throw CommandFailure(.usage, "there is no case '\(id)'", remedy: "`gatespec cases` lists all of them")
      }
      let file = testCase.location.file
      let text =
        file.hasPrefix("fixtures/") ? Resources.text(String(file.dropFirst("fixtures/".count))) : InputFile.text(file)
      var output = TextBuffer()
      CasesText(registry: try RegistryLoader.load(), style: Terminal.style(for: .standardOutput)).renderCase(
        testCase, source: text.flatMap { CasesText.source(of: testCase, in: $0) }, to: &output)
      FileOutput.standardOutput.drain(&output)
    }
  }

  struct Lint: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Check a fixture file; exit code 2 says what is wrong.")

    @Argument(
      help: "FOLDER/TOPIC.yaml, where the folder names the protocol.", completion: .file(extensions: ["yaml"]))
    var files: [String]

    func run() throws {
      var errors: [FixtureError] = []
      var output = TextBuffer()
      for file in files {
        do {
          let cases = try Corpus.lint(file: file)
          output.append("\(file): \(cases.count) \(cases.count == 1 ? "case" : "cases"), nothing to complain about\n")
        } catch {
          errors += error.errors
        }
      }
      FileOutput.standardOutput.drain(&output)
      if !errors.isEmpty { throw FixtureErrors(errors) }
    }
  }
}

/// `--fixtures`, for every verb that reads cases.
struct FixturesOption: ParsableArguments {
  @Option(
    help: .init("Add cases from a folder laid out as fixtures/, or replace those of the same ID.", valueName: "dir"),
    completion: .directory)
  var fixtures: String?
}

enum CaseIDs {
  /// The IDs of all embedded cases, for completions.
  static var all: [String] { ((try? Corpus.load()) ?? Corpus([])).catalogue.map(\.id) }
}

extension Case {
  /// Whether the user's word names it: its ID, the beginning of its path, or a pattern.
  func isNamed(by word: String) -> Bool {
    let word = word.hasSuffix("/") ? String(word.dropLast()) : word
    return id == word || id.hasPrefix(word + "/") || Glob(word).matches(id)
  }
}
