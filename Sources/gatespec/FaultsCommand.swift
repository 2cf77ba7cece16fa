// `gatespec faults`: the ways in which the reference can be wrong, and the proof that the cases notice each.
//
// Wiring only; the matrix is played in Rehearsal.

import ArgumentParser
import Drivers
import Exchanges
import Fixtures
import ReferenceServers
import Rehearsal
import Reports

struct FaultsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "faults",
    abstract: "The named faults of the reference backend, and which cases catch them.",
    discussion: """
      gatespec faults
      gatespec faults matrix
      gatespec faults matrix no-stdout-end keep-conn-closes
      gatespec faults matrix --format json
      """,
    subcommands: [List.self, Matrix.self], defaultSubcommand: List.self)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the faults with the requirement that each violates, and the sound styles.")

    @Option(help: "The output's form.")
    var format = Format.text

    func run() throws {
      var output = TextBuffer()
      switch format {
      case .text:
        FaultsText(style: Terminal.style(for: .standardOutput)).renderList(
          ResponderFault.all, ResponderStyle.all, to: &output)
      case .json: FaultsJSON().renderList(ResponderFault.all, ResponderStyle.all, to: &output)
      }
      FileOutput.standardOutput.drain(&output)
    }
  }

  struct Matrix: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Play every FastCGI case against every fault and every sound style, in memory.",
      discussion: """
        Exit code 1 says that a fault is not caught by a finding that cites its requirement, that something is found \
        which a fault does not declare, or that a sound style raises an alarm.
        """)

    @Argument(help: "Only these faults.", completion: .list(ResponderFault.all.map(\.name)))
    var names: [String] = []

    @Option(help: "The output's form.")
    var format = Format.text

    @OptionGroup var folder: FixturesOption

    func run() async throws {
      let faults = try names.map { name throws(CommandFailure) in
        guard let fault = ResponderFault.named(name) else {
          throw CommandFailure(.usage, "there is no fault '\(name)'", remedy: "`gatespec faults` lists them")
        }
        return fault
      }
      // Neutral cases are about what an application makes of a request, not about faults of the protocol.
      let cases = try Corpus.load(protocols: [.fastCGI], extraDirectory: folder.fixtures).cases
        .filter { $0.id.hasPrefix("\(WireProtocol.fastCGI.folder)/") }
      let matrix = FaultMatrix(cases: cases, registry: try RegistryLoader.load())
      let chosen = faults.isEmpty ? ResponderFault.all : faults
      let progress = ProgressLine(total: chosen.count)
      let rows = try await matrix.rows(chosen) { progress.advance($0) }
      var alarms: [(style: ResponderStyle, results: [CaseResult])] = []
      for style in ResponderStyle.all { alarms.append((style, try await matrix.report(style).alarms(style))) }
      progress.finish()
      let finders = rows.reduce(into: Set<String>()) { $0.formUnion($1.finders) }
      let unmoved = faults.isEmpty ? cases.map(\.id).filter { !finders.contains($0) } : []
      var output = TextBuffer()
      switch format {
      case .text:
        FaultsText(style: Terminal.style(for: .standardOutput)).render(
          rows, alarms: alarms, unmoved: unmoved, to: &output)
      case .json: FaultsJSON().render(rows, alarms: alarms, unmoved: unmoved, to: &output)
      }
      FileOutput.standardOutput.drain(&output)
      let isSound =
        rows.allSatisfy { $0.outcome == .caught && $0.surprises.isEmpty } && alarms.allSatisfy { $0.results.isEmpty }
      Ending.leave(isSound ? .success : .findings)
    }
  }
}
