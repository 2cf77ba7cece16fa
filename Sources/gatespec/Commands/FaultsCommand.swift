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
    abstract: "The named faults of the reference backends, and which cases catch them.",
    discussion: """
      gatespec faults
      gatespec faults --protocol cgi
      gatespec faults matrix
      gatespec faults matrix --protocol cgi
      gatespec faults matrix no-stdout-end keep-conn-closes
      gatespec faults matrix --format json
      gatespec faults matrix --format cases
      """,
    subcommands: [List.self, Matrix.self], defaultSubcommand: List.self)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json
  }

  enum MatrixFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json, cases
  }

  /// A reference that proves cases, by the name of its protocol.
  struct ReferenceName: ExpressibleByArgument {
    static let allValueStrings = References.proofs.map(\.wireProtocol.folder).sorted()
    let reference: Reference

    init?(argument: String) {
      guard let named = References.proofs.first(where: { $0.wireProtocol.folder == argument }) else { return nil }
      reference = named
    }
  }

  /// The references that are chosen.
  struct ReferenceOption: ParsableArguments {
    @Option(name: .customLong("protocol"), help: "Only the reference of this protocol.")
    var name: ReferenceName?

    private var chosen: [Reference] { name.map { [$0.reference] } ?? References.proofs }
    var faults: [any NamedFault] { chosen.flatMap(\.faults) }
    var styles: [any SoundStyle] { chosen.flatMap(\.styles) }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the faults with the requirement that each violates, and the sound styles.")

    @Option(help: "The output's form.")
    var format = Format.text

    @OptionGroup var references: ReferenceOption

    func run() throws {
      var output = TextBuffer()
      switch format {
      case .text:
        FaultsText(style: Terminal.style(for: .standardOutput)).renderList(
          references.faults, references.styles, to: &output)
      case .json: FaultsJSON().renderList(references.faults, references.styles, to: &output)
      }
      FileOutput.standardOutput.drain(&output)
    }
  }

  struct Matrix: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Play every case of a protocol against every fault and every sound style of its reference, in memory.",
      discussion: """
        Exit code 1 says that a fault is not caught by a finding that cites its requirement, that something is found \
        which a fault does not declare, that a sound style raises an alarm, or that a case of a must is moved by no \
        fault and has no reason for that.
        """)

    @Argument(help: "Only these faults.", completion: .list(References.faults.map(\.name)))
    var names: [String] = []

    @Option(
      help:
        "The output's form; cases is a line for each case, with its interface and the narrowest fault that it notices.")
    var format = MatrixFormat.text

    @OptionGroup var references: ReferenceOption

    @OptionGroup var folder: FixturesOption

    func run() async throws {
      let named = try names.map { name throws(CommandFailure) in
        guard let fault = references.faults.first(where: { $0.name == name }) else {
          throw CommandFailure(.usage, "there is no fault '\(name)'", remedy: "`gatespec faults` lists them")
        }
        return fault
      }
      let faults = named.isEmpty ? references.faults : named
      let protocols = Set(faults.map { type(of: $0).wireProtocol })
      let cases = try Corpus.load(protocols: Array(protocols), extraDirectory: folder.fixtures).cases
      let registry = try RegistryLoader.load()
      let matrix = FaultMatrix(cases: cases, registry: registry)
      let progress = ProgressLine(total: faults.count)
      let rows = try await matrix.rows(faults) { progress.advance($0) }
      var alarms: [(style: any SoundStyle, results: [CaseResult])] = []
      for style in references.styles where protocols.contains(type(of: style).wireProtocol) {
        alarms.append((style, try await matrix.report(style).alarms(style)))
      }
      progress.finish()
      // Some faults alone say nothing about the cases.
      let coverage = named.isEmpty ? MatrixCoverage(rows, cases, registry) : nil
      var output = TextBuffer()
      switch format {
      case .text:
        FaultsText(style: Terminal.style(for: .standardOutput)).render(
          rows, alarms: alarms, coverage: coverage, to: &output)
      case .cases:
        FaultsText().renderCases(rows, coverage ?? MatrixCoverage(rows, cases, registry), to: &output)
      case .json: FaultsJSON().render(rows, alarms: alarms, coverage: coverage, to: &output)
      }
      FileOutput.standardOutput.drain(&output)
      let isSound =
        rows.allSatisfy { $0.outcome == .caught && $0.surprises.isEmpty } && alarms.allSatisfy { $0.results.isEmpty }
        && coverage?.isSound ?? true
      Ending.leave(isSound ? .success : .findings)
    }
  }
}
