// `gatespec check`: its options, and what becomes of a run's report.
//
// Running the cases is CheckRun's; judging them is done below.

import ArgumentParser
import Conformance
import Fixtures
import Reports
import Transports

struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Run the conformance cases against a target.",
    discussion: """
      gatespec check fastcgi://127.0.0.1:9000/probe.php --root /var/www
      gatespec check fastcgi+unix:///run/php/php-fpm.sock:/probe.php --root /var/www --report json=report.json
      gatespec check fastcgi://127.0.0.1:9000 --spawn './my-app --listen {address}'
      gatespec check http://127.0.0.1:8000 --spawn 'gunicorn --bind {address} probe:application'
      gatespec check fastcgi://127.0.0.1:9000 --only 'fastcgi/records/*' --skip '*/padding-255'
      gatespec check cgi:/usr/lib/cgi-bin/probe.cgi --spec 'RFC 3875 6'
      gatespec check wsgi:shop.wsgi:application --chdir /srv/shop --python /srv/shop/venv/bin/python
      gatespec check 'wsgi:app:create_app("test")' --env APP_MODE=test
      gatespec check wsgi: --middleware app.gzip:Compress --middleware-arguments '{"level": 6}'
      gatespec check fastcgi://127.0.0.1:9000 --repeat 5
      gatespec check http://127.0.0.1:8080/ --explore 2000 --seed 7
      gatespec check fastcgi://127.0.0.1:9000/probe.php --root /var/www --probe on --baseline known.yaml --max-skip 80

      `gatespec probe list` names the small applications that, put behind the target, let gatespec judge more.
      Exit codes: 0 nothing at or above --fail-on; 1 findings, or more unjudged cases than --max-skip; 2 usage; \
      3 target unreachable, or no probe there with --probe on; 4 nothing ran; 5 a case could not be run; 130 \
      interrupted.
      """)

  @Argument(
    help: .init("What to test: \(Target.forms).", valueName: "target"),
    completion: .list(["fastcgi://", "fastcgi+unix:///", "scgi://", "uwsgi://", "http://", "cgi:/", "wsgi:"]))
  var target: String

  @OptionGroup(title: "Requests") var request: TargetOptions
  @OptionGroup(title: "Which cases") var selection: SelectionOptions
  @OptionGroup(title: "Verdicts") var verdicts: VerdictOptions
  @OptionGroup(title: "Time") var time: TimeOptions
  @OptionGroup var folder: FixturesOption

  @Option(
    help: .init("Keep a capture file of every case that did not pass in this folder.", valueName: "dir"),
    completion: .directory)
  var keep: String?

  @Option(
    help: .init(
      "Write a report; formats: \(ReportFormat.all.map(\.rawValue).joined(separator: ", ")); - is standard output. "
        + "Repeatable.", valueName: "format=file"), completion: .list(ReportFormat.all.map { "\($0.rawValue)=" }))
  var report: [String] = []

  @Option(
    name: .customLong("repeat"),
    help: .init(
      "Run the cases so many times, and report whose verdict changes. One that changes fails.", valueName: "n"))
  var repeatCount = 1

  @Option(
    help: .init(
      "End with exit code 1 where more cases than that are skipped or inconclusive; 10% is a share of all.",
      valueName: "n"))
  var maxSkip: SkipLimit?

  @Option(
    help: .init(
      "Start the target first; {address} in the command stands for its address. Without it the target gets a "
        + "listening socket as descriptor 0.", valueName: "command"))
  var spawn: String?

  @Option(
    help: .init(
      "Instead of the catalogue, send so many generated requests, and make what is found as simple as it can be.",
      valueName: "n"))
  var explore: Int?

  @Option(help: .init("What --explore generates its requests from: the same seed, the same requests.", valueName: "n"))
  var seed: UInt64 = 1

  func validate() throws {
    if let explore, explore < 1 { throw ValidationError("--explore takes a number from 1 on.") }
    if explore != nil, repeatCount > 1 { throw ValidationError("--explore and --repeat exclude each other.") }
    if let complaint = ReportRequest.complaint(about: report) { throw ValidationError(complaint) }
    guard repeatCount > 0 else { throw ValidationError("--repeat takes a number from 1 on.") }
  }
}

/// What every request to the target has, and whether the probe answers it.
struct TargetOptions: ParsableArguments {
  @OptionGroup var base: RequestBase

  @Option(
    help: "Whether the probe is behind the target: auto asks it once, on ends the check where it does not answer.")
  var probe = ProbeChoice.auto

  @Option(
    name: [.customShort("H"), .long],
    help: .init(
      "Add a header field to every request over HTTP that is not made of raw bytes. Its value stands in no report. "
        + "Repeatable.", valueName: "name: value"))
  var header: [String] = []

  func validate() throws {
    guard header.allSatisfy({ $0.contains(":") }) else {
      // What was meant for a value is not shown.
      throw ValidationError("--header takes 'NAME: VALUE', and there is one without ':'.")
    }
  }
}

enum ProbeChoice: String, ExpressibleByArgument, CaseIterable {
  case auto, on, off
}

/// Which cases run.
struct SelectionOptions: ParsableArguments {
  @Option(
    help: .init("Only cases of that ID, topic or pattern. Repeatable.", valueName: "glob"),
    completion: .custom { _, _, _ in CaseIDs.all })
  var only: [String] = []

  @Option(
    help: .init("Not these. Repeatable.", valueName: "glob"), completion: .custom { _, _, _ in CaseIDs.all })
  var skip: [String] = []

  @Option(help: .init("Only cases about a section: 'FastCGI 3.3'. Repeatable.", valueName: "section"))
  var spec: [String] = []

  @Option(help: .init("Only cases with this tag. Repeatable.", valueName: "tag"))
  var tag: [String] = []

  @Flag(help: "Also cases that can crash, exhaust or hang a target.")
  var hostile = false

  @Flag(help: "List the cases that would run, and run none.")
  var list = false
}

/// What counts as what.
struct VerdictOptions: ParsableArguments {
  @Flag(help: "Turn warn into fail.")
  var strict = false

  @Option(help: .init("The least verdict that makes the exit code 1: fail, warn or info.", valueName: "verdict"))
  var failOn = FailOn.fail

  @Option(
    help: .init(
      "Deviations that are accepted: a YAML list of {case: glob, because: text}. They are shown and do not fail. "
        + "Of several entries that name a case the first counts.",
      valueName: "file"), completion: .file(extensions: ["yaml", "yml"]))
  var baseline: String?

  /// What the baseline accepts; nothing where there is none.
  func baselineEntries() throws -> [BaselineEntry] {
    guard let baseline else { return [] }
    return try Baseline.entries(of: String(decoding: InputFile.bytes(baseline), as: UTF8.self), file: baseline)
  }
}

/// How long things may take; all in seconds.
struct TimeOptions: ParsableArguments {
  @Option(help: .init("How many cases at once; never more than the target was seen to serve.", valueName: "n"))
  var jobs: Int?

  @Option(help: .init("A whole case.", valueName: "seconds"))
  var timeout: Seconds?

  @Option(help: .init("Connecting.", valueName: "seconds"))
  var connectTimeout: Seconds?

  @Option(help: .init("Until the first byte of an answer.", valueName: "seconds"))
  var firstByteTimeout: Seconds?

  @Option(help: .init("Between two bytes of an answer.", valueName: "seconds"))
  var idleTimeout: Seconds?

  @Option(help: .init("Until the target closes, where it must.", valueName: "seconds"))
  var closeTimeout: Seconds?

  func validate() throws {
    if let jobs, jobs < 1 { throw ValidationError("--jobs takes a number from 1 on.") }
  }
}

extension SkipLimit: ExpressibleByArgument {
  /// From the option's value, as ``init(_:)`` takes it.
  public init?(argument: String) { self.init(argument) }
}
