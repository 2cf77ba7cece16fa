// The program: its verbs, and how everything ends in an exit code.
//
// One file for each verb. Parsing, wiring and exit codes only; the work is done below.

import ArgumentParser
import Fixtures
import Glibc
import Reports

/// The root command.
struct Gatespec: AsyncParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "gatespec",
    abstract: "Tests and watches what web servers say to applications: FastCGI, CGI, SCGI, uwsgi, WSGI, HTTP/1.",
    discussion: """
      gatespec check fastcgi://127.0.0.1:9000/index.php --root /var/www
      gatespec trace -r capture.pcap -v
      gatespec request fastcgi+unix:///run/php/php-fpm.sock:/index.php --root /var/www -i

      Exit codes: 0 nothing found; 1 findings; 2 usage; 3 target, set-up or capture trouble; 4 nothing ran; 5 a bug in \
      gatespec or a case that could not be run; 130 interrupted.
      """,
    version: version,
    subcommands: [
      CheckCommand.self, CompareCommand.self, TraceCommand.self, RequestCommand.self, ServeCommand.self,
      BenchCommand.self, CasesCommand.self, RulesCommand.self, ProbeCommand.self, FaultsCommand.self,
      RelayGuardCommand.self,
    ])

  @Flag(name: .customShort("V"), help: .private)
  var showsVersion = false

  func run() async throws {
    guard !showsVersion else { return FileOutput.standardOutput.write(Self.version + "\n") }
    throw CommandFailure(
      .usage, "a verb is missing", remedy: "gatespec check TARGET, gatespec trace -r FILE, gatespec --help")
  }

  /// Refuses a first argument that stands where a verb does and is none.
  fileprivate static func checkVerb(_ word: String?) throws(CommandFailure) {
    let verbs = configuration.subcommands.map { $0.configuration }
    guard let word, !word.hasPrefix("-"), word != "help", !verbs.contains(where: { $0.commandName == word }) else {
      return
    }
    let names = verbs.filter(\.shouldDisplay).compactMap(\.commandName) + ["help", "--version"]
    throw CommandFailure(.usage, "there is no verb '\(word)'", remedy: NearestName.remedy(word, among: names))
  }
}

@main
enum Program {
  static func main() async {
    Signals.ignorePipe()
    do {
      try Gatespec.checkVerb(CommandLine.arguments.dropFirst().first)
      var command = try Gatespec.parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        // On the only thread that there is so far: `trace` gives up privileges, which is done thread by thread.
        try command.run()
      }
      Ending.leave(.success)
    } catch {
      Ending.leave(because: error)
    }
  }
}
