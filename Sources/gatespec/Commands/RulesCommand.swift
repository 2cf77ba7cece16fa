// `gatespec rules`: the requirements, and what judges each of them.

import ArgumentParser
import Conformance
import Fixtures
import Reports

struct RulesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rules",
    abstract: "The requirements and what judges each.",
    discussion: """
      gatespec rules
      gatespec rules list 'FastCGI 3.3'
      gatespec rules explain FCGI-3.3-4
      """,
    subcommands: [List.self, Explain.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List requirements: ID, severity, how many cases (c) and rules (r) judge it, our words.",
      discussion: """
        A requirement that nothing judges is open where it binds a target; where nothing can, the list says why. \
        Those without a mark bind the side that gatespec plays itself. The totals of each specification come last.
        """)

    @Argument(
      help: "A specification with a section ('FastCGI 3.3', 'RFC 3875'), or the beginning of an ID (FCGI-3).")
    var selection: [String] = []

    func run() throws {
      let registry = try RegistryLoader.load()
      let word = selection.joined(separator: " ")
      let chosen = registry.requirements.filter { word.isEmpty || $0.isNamed(by: word) }
      guard !chosen.isEmpty else {
        throw CommandFailure(.usage, "no requirement matches '\(word)'", remedy: "`gatespec rules` lists all of them")
      }
      let text = RulesText(
        registry: registry, rules: RuleCatalog.all, cases: try Corpus.load().cases,
        style: Terminal.style(for: .standardOutput))
      var output = TextBuffer()
      text.renderList(chosen, to: &output)
      FileOutput.standardOutput.drain(&output)
    }
  }

  struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Explain one requirement: its words, its section, what judges it.")

    @Argument(
      help: "The requirement's ID, such as FCGI-3.3-4.",
      completion: .custom { _, _, _ in ((try? RegistryLoader.load()) ?? .init([])).requirements.map(\.id.rawValue) })
    var id: String

    func run() throws {
      guard let requirement = try RegistryLoader.requirement(RequirementID(rawValue: id.uppercased())) else {
        throw CommandFailure(.usage, "there is no requirement '\(id)'", remedy: "`gatespec rules` lists all of them")
      }
      let text = RulesText(
        registry: RequirementRegistry([requirement]), rules: RuleCatalog.all, cases: try Corpus.load().cases,
        style: Terminal.style(for: .standardOutput))
      var output = TextBuffer()
      text.renderExplanation(requirement, to: &output)
      FileOutput.standardOutput.drain(&output)
    }
  }
}

extension Requirement {
  /// Whether the user's words name it: `FastCGI 3.3`, `RFC 3875`, `FCGI-3`.
  func isNamed(by words: String) -> Bool {
    if id.rawValue.lowercased().hasPrefix(words.lowercased()) { return true }
    var names = [specification.lowercased()]
    // `FastCGI 1.0` is also called `FastCGI`.
    if let first = specification.split(separator: " ").first, specification.hasSuffix("1.0") {
      names.append(first.lowercased())
    }
    let words = words.lowercased()
    for name in names where words.hasPrefix(name) {
      let asked = words.dropFirst(name.count).drop { $0 == " " || $0 == "§" }
      if asked.isEmpty || section == asked || section.hasPrefix(asked + ".") { return true }
    }
    return false
  }
}
