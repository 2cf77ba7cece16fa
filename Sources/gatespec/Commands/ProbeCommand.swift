// `gatespec probe`: prints a probe's source, ready to be put behind a backend.

import ArgumentParser
import Fixtures
import Reports

struct ProbeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probe",
    abstract: "Print a probe's source, ready to drop behind a backend.",
    discussion: """
      gatespec probe list
      gatespec probe php > /var/www/probe.php
      gatespec check fastcgi://127.0.0.1:9000/probe.php --root /var/www
      """)

  @Argument(
    help: "list, or a probe: its file's name, its suffix or its language (probe.php, php, ruby).",
    completion: .custom { _, _, _ in ["list"] + Probe.all(inPaths: Resources.paths).map(\.name) })
  var name = "list"

  func run() throws {
    let probes = Probe.all(inPaths: Resources.paths)
    var output = TextBuffer()
    if name == "list" {
      output.append(probes, Terminal.style(for: .standardOutput))
    } else if let probe = Probe.named(name, in: probes), let text = Resources.text("probes/\(probe.name)") {
      output.append(text)
    } else {
      throw CommandFailure(
        .usage, "there is no probe '\(name)'", remedy: "there are: \(probes.map(\.name).joined(separator: ", "))")
    }
    FileOutput.standardOutput.drain(&output)
  }
}
