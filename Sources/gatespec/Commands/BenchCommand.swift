// `gatespec bench`: its options. Running is BenchRun's.

import ArgumentParser
import Benching
import Transports

struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure the same request over one or more interfaces, in one run.",
    discussion: """
      gatespec bench cgi:/srv/app/probe.py uwsgi://127.0.0.1:3031 http://127.0.0.1:8000
      gatespec bench wsgi:app:application --chdir /srv/app http://127.0.0.1:8000
      gatespec bench fastcgi+unix:///run/php/php-fpm.sock:/probe.php --root /var/www --users 1,8,64
      gatespec bench fastcgi://127.0.0.1:9000/index.php --root /var/www --mode keep --users 32 --duration 30s
      gatespec bench http://127.0.0.1:8080/ --rate 2000 --duration 20s
      gatespec bench fastcgi://127.0.0.1:9000 --spawn './my-app --listen {address}' --format html --output bench.html
      gatespec bench uwsgi://127.0.0.1:3031 --save before.json
      gatespec bench uwsgi://127.0.0.1:3031 --against before.json --fail-if 'p99 > +10%' --fail-if 'errors > 0'

      Without a query in the path the probe is asked (`gatespec probe`): its answer is checked before anything counts. \
      Any other answer below 400 is measured as well. Interfaces differ in their ways, and each is a row: a process for \
      every request (CGI), a connection for every request, kept connections (FastCGI, HTTP), many requests on one \
      connection (FastCGI). Ctrl-C ends the run and prints what there is. docs/bench.md says how it is measured.
      Exit codes: 0 done; 1 a --fail-if was met; 2 usage; 3 a target cannot be reached, or answers nothing that can be \
      measured; 130 interrupted.
      """)

  @Argument(
    help: .init("What to measure, one or more: \(Target.forms).", valueName: "target"),
    completion: .list(["fastcgi://", "fastcgi+unix:///", "scgi://", "uwsgi://", "http://", "cgi:/", "wsgi:"]))
  var targets: [String]

  @OptionGroup(title: "The request") var base: RequestBase

  @Option(name: [.customShort("H"), .long], help: .init("A header field. Repeatable.", valueName: "name: value"))
  var header: [String] = []

  @OptionGroup(title: "The load") var load: BenchLoadOptions
  @OptionGroup(title: "What to make of it") var verdict: BenchVerdictOptions

  @Option(
    help: .init(
      "Start a target first, as check does; {address} stands for its address. The first --spawn is for the first target "
        + "that is no CGI program, the second for the second. Repeatable.", valueName: "command"))
  var spawn: [String] = []

  @Option(help: "How to print the result: text, json, svg or html.")
  var format = BenchFormat.text

  @Option(
    name: .shortAndLong, help: .init("Write the result to a file; - is standard output.", valueName: "file"),
    completion: .file())
  var output = "-"

  func validate() throws {
    if targets.isEmpty { throw ValidationError("a target is missing.") }
    for field in header where RequestCommand.field(field) == nil {
      throw ValidationError("-H takes 'NAME: VALUE'; '\(field)' is none.")
    }
    if verdict.save == output, output != "-" { throw ValidationError("--save and --output name the same file.") }
  }
}

/// How the result is printed.
enum BenchFormat: String, ExpressibleByArgument, CaseIterable {
  case text, json, svg, html
}

/// Who asks, how often and for how long.
struct BenchLoadOptions: ParsableArguments {
  @Option(
    help: .init(
      "How many users at once, each of whom waits for its answer (default: 1,8). With --rate: the most requests under "
        + "way at once (default: 64).", valueName: "n,n,…"))
  var users: UserCounts?

  @Option(
    help: .init(
      "Send so many requests a second instead, whatever becomes of them; times run from when each was due.",
      valueName: "n"))
  var rate: Double?

  @Option(
    help: .init(
      "Only these ways of using the interface: \(BenchMode.all.map(\.rawValue).joined(separator: ", ")). Repeatable.",
      valueName: "way"), completion: .list(BenchMode.all.map(\.rawValue)))
  var mode: [String] = []

  @Option(help: .init("What each row is measured for, in all rounds together (default: 5s).", valueName: "time"))
  var duration: Duration?

  @Option(
    help: .init(
      "What each row runs in each round before it is measured; 0 for nothing (default: 200ms).",
      valueName: "time"))
  var warmUp: WarmUp?

  @Option(help: .init("In how many rounds the rows take turns.", valueName: "n"))
  var rounds = 5

  @Option(help: .init("The most requests of a row that count.", valueName: "n"))
  var requests: Int?

  @Option(help: .init("The most that one request may take (default: 10).", valueName: "seconds"))
  var timeout: Seconds?

  @Flag(
    inversion: .prefixedNo,
    help: "Run the same against a sink first, to know what gatespec itself can do.")
  var ceiling = true

  func validate() throws {
    if let rate, !(rate >= 0.1 && rate <= 1e6) { throw ValidationError("--rate takes a number from 0.1 to 1000000.") }
    if rate != nil, let users, users.counts.count > 1 {
      throw ValidationError("with --rate, --users is one number: the most requests under way at once.")
    }
    if !(1...1000).contains(rounds) { throw ValidationError("--rounds takes a number from 1 to 1000.") }
    if let requests, requests < 1 { throw ValidationError("--requests takes a number from 1 on.") }
    for name in mode where !BenchMode.all.contains(BenchMode(rawValue: name)) {
      throw ValidationError(
        "there is no way '\(name)'; expected \(BenchMode.all.map(\.rawValue).joined(separator: ", ")).")
    }
  }

  /// The bounds of the run.
  var plan: BenchPlan {
    var plan = BenchPlan()
    plan.rounds = rounds
    if let duration { plan.duration = duration.nanoseconds }
    if let warmUp { plan.warmUp = warmUp.nanoseconds }
    if let timeout { plan.timeout = timeout.milliseconds * 1_000_000 }
    plan.requestLimit = requests
    plan.measuresCeiling = ceiling
    return plan
  }

  /// The loads of each way.
  var loads: [BenchLoad] {
    if let rate { return [.open(rate: rate, cap: users?.counts.first ?? 64)] }
    return (users?.counts ?? [1, 8]).map { .closed(users: $0) }
  }

  /// The ways that are wanted; nil for all.
  var modes: [BenchMode]? { mode.isEmpty ? nil : mode.map { BenchMode(rawValue: $0) } }
}

/// What the result is held against, and kept for.
struct BenchVerdictOptions: ParsableArguments {
  @Option(help: .init("Keep the result as JSON.", valueName: "file"), completion: .file(extensions: ["json"]))
  var save: String?

  @Option(
    help: .init("Compare with a result that --save has kept.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var against: String?

  @Option(
    help: .init(
      "End with exit code 1 where a row is so: 'p99 > 20ms', 'errors > 0', and with --against 'rate < -5%'. Metrics: "
        + "\(BenchMetric.allCases.map(\.rawValue).joined(separator: ", ")). Repeatable.", valueName: "condition"))
  var failIf: [BenchThreshold] = []

  func validate() throws {
    if against == nil, let relative = failIf.first(where: \.needsBaseline) {
      throw ValidationError("'\(relative.text)' says how a result changes, which needs --against FILE.")
    }
  }
}

/// `1,8,64`.
struct UserCounts: ExpressibleByArgument {
  var counts: [Int]

  init?(argument: String) {
    counts = []
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      guard let count = Int(part), (1...10_000).contains(count), !counts.contains(count) else { return nil }
      counts.append(count)
    }
  }
}

/// A time that may be nothing.
struct WarmUp: ExpressibleByArgument {
  var nanoseconds: Int64

  init?(argument: String) {
    guard let time = argument == "0" ? 0 : Duration(argument: argument)?.nanoseconds else { return nil }
    nanoseconds = time
  }
}

extension BenchThreshold: ExpressibleByArgument {
  /// From the option's value, as ``init(_:)`` takes it.
  public init?(argument: String) { self.init(argument) }
}
