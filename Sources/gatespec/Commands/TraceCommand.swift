// `gatespec trace`: its options, and what they ask for.
//
// Reading packets and printing exchanges is TraceSession's.

import ArgumentParser
import Conformance
import Exchanges
import Fixtures
import Inspection
import LiveCapture
import Reports
import Transports

struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "Decode traffic into exchanges: live, from files, from standard input.",
    discussion: """
      gatespec trace -i any port 9000
      gatespec trace -r capture.pcap -v --lint
      gatespec trace --live -i any port 9000
      ssh web1 tcpdump -U -w - port 9000 | gatespec trace -r -
      gatespec trace --relay 127.0.0.1:9001=/run/php/php-fpm.sock
      gatespec trace --relay-take /run/php/php-fpm.sock -v
      gatespec trace -r capture.pcap --format json | jq 'select(.type == "exchange") | .status'

      Flags of a line: K reused connection, E error stream, G gap, M joined in the middle, A aborted, S stream stall, T tail \
      stall, ! finding. Lines that begin with -- say what was seen and what was lost.
      """)

  /// How exchanges are printed.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json, har, pcap, wire, events
  }

  @Option(
    name: .short, help: .init("Read capture files; - is standard input. Repeatable.", valueName: "file"),
    completion: .file(extensions: ["pcap", "pcapng", "cap"]))
  var read: [String] = []

  @Option(
    name: .short, help: .init("Capture on an interface (default: any).", valueName: "interface"),
    completion: .custom { _, _, _ in ((try? CaptureInterface.all()) ?? []).map(\.name) })
  var interface: String?

  @Option(
    help: .init(
      "Stand between and decode what passes; each an address or a socket path: "
        + "127.0.0.1:9001=/run/php/php-fpm.sock. Repeatable.", valueName: "listen=connect"), completion: .file())
  var relay: [String] = []

  @Option(
    help: .init(
      "Take the place of a Unix socket and decode what passes; the socket is given back at the end. Repeatable.",
      valueName: "path"), completion: .file(extensions: ["sock"]))
  var relayTake: [String] = []

  @Argument(help: "A libpcap filter expression: 'port 9000 and host 10.0.0.1'.")
  var filter: [String] = []

  @Option(
    help: .init(
      "Settle the protocol of a server port: 9000=fastcgi, 4000=scgi, 3031=uwsgi, 8080=http. Repeatable.",
      valueName: "port=protocol"))
  var port: [PortProtocol] = []

  @Option(
    name: .customLong("where"),
    help: .init(
      "Only exchanges for which this holds: 'status >= 500 and uri ~ ^/api', 'time > 40ms or stderr'.",
      valueName: "expression"))
  var condition: String?

  @Option(
    help: """
      text, json (one object a line), har (HTTP Archive), pcap (the packets of what passed --where), wire (bytes as \
      text) or events (what the decoders said).
      """)
  var format = Format.text

  @Flag(name: .short, help: "Phases, parameters, fields and error stream; twice: the records as well.")
  var verbose: Int

  @Flag(name: .customShort("x"), help: "Bodies and error streams as a hexdump.")
  var hexdump = false

  @Option(
    help: .init(
      "The first bytes of bodies, decoded (chunked, gzip, deflate); with har 65536 unless told.", valueName: "bytes"))
  var body: Int?

  @Flag(help: "A table on the terminal that updates in place: newest exchanges or top routes; ? shows its keys.")
  var live = false

  @Flag(help: "End with a table: per route the count, failures, bytes and times of each phase; slowest exchanges.")
  var summary = false

  @Flag(help: "Judge every exchange by the rules and print the findings.")
  var lint = false

  @Option(
    help: .init(
      "With --lint: say nothing about requirements of that ID: 'FCGI-3.3-21', 'DIAG-*'. Repeatable.", valueName: "glob")
  )
  var skip: [String] = []

  @Option(help: .init("With --lint: exit 1 on findings of that weight: fail, warn or info.", valueName: "verdict"))
  var failOn: FailOn?

  @Option(help: "End after so many exchanges.")
  var count: UInt64?

  @Option(help: .init("End after so long: 30, 30s, 5m, 1h.", valueName: "time"))
  var duration: Duration?

  @Option(
    help: .init(
      "About the most memory that traffic may take (256M): 64M, 1G. Those silent longest are let go.", valueName: "size"
    ))
  var memory: ByteSize?

  @Flag(
    help: """
      Replace the values of cookies, credentials, and parameters named as secrets by tokens, equal ones by equal tokens.
      """)
  var redact = false

  @Option(help: .init("With --redact: also fields and parameters of that name. Repeatable.", valueName: "name"))
  var redactAlso: [String] = []

  @OptionGroup var write: WriteOptions

  @Option(
    help: .init(
      "Whom a live capture or a relay runs as once everything is open (default: the user behind sudo, or nobody); root "
        + "keeps root.", valueName: "name"))
  var user: String?

  /// The most that is kept of a body: a gibibyte.
  private static let mostBodyBytes = 1 << 30

  func validate() throws {
    if !read.isEmpty, interface != nil { throw ValidationError("-r and -i exclude each other.") }
    if isRelay, !read.isEmpty || interface != nil || !filter.isEmpty {
      throw ValidationError("--relay and --relay-take take no -r, -i or filter: everything that passes is decoded.")
    }
    if let body, !(0...Self.mostBodyBytes).contains(body) {
      throw ValidationError("--body takes a number of bytes from 0 to \(Self.mostBodyBytes).")
    }
    if isRelay, format == .pcap {
      throw ValidationError("--format pcap copies packets, and a relay sees none: --write FILE keeps what passes.")
    }
    if format == .pcap, Terminal.isOutputTerminal {
      throw ValidationError("--format pcap writes packets to standard output: redirect it to a file or a program.")
    }
    if live, format != .text {
      throw ValidationError(
        "--live shows exchanges on the terminal and takes no --format: run a second trace for that.")
    }
    if let memory, memory.byteCount < MemoryBound.least {
      throw ValidationError("--memory takes 4M or more: less follows next to nothing.")
    }
    if redact, write.write != nil || [.pcap, .wire, .events].contains(format) {
      throw ValidationError(
        "--redact replaces what exchanges show, and --write and --format pcap, wire and events hold the bytes "
          + "themselves: leave one of the two out.")
    }
    if !redactAlso.isEmpty, !redact { throw ValidationError("--redact-also needs --redact.") }
    if !skip.isEmpty, !lint { throw ValidationError("--skip needs --lint: without it nothing is judged.") }
    if user != nil, !read.isEmpty { throw ValidationError("--user is for a live capture and a relay, not for -r.") }
    if failOn != nil, !lint { throw ValidationError("--fail-on needs --lint: without it nothing is judged.") }
  }

  func run() throws {
    let input = try TraceInput(files: read, words: filter)
    if input.files.count > 1, input.files.contains("-") {
      throw ValidationError("Standard input can only be read alone.")
    }
    let terminal = live ? try LiveTerminal.open() : nil
    let exchangeFilter = try condition.map { try Self.filter($0) }
    let judges = lint || exchangeFilter?.needsFindings == true
    let registry = judges ? try RegistryLoader.load() : RequirementRegistry([])
    var options = InspectorOptions()
    for entry in port { options.ports[entry.port] = entry.wireProtocol }
    let shown = body ?? (format == .har ? TraceHAR.defaultBodyByteCount : nil)
    let detail = TraceDetail(verbosity: live ? max(verbose, 1) : verbose, bodyByteCount: shown, isHexdump: hexdump)
    switch format {
    case .events: options.retention = TraceEvents.retention
    case .wire:
      options.retention = TraceWire.retention
      options.wireByteCount = TraceWire.wireByteCount
    case .text, .json, .har, .pcap: options.retention = detail.retention
    }
    if let memory { options.memory = MemoryBound(byteCount: memory.byteCount) }
    options.judges = judges
    options.notesFragments = format == .pcap
    let skipped = skip.map { Glob($0) }
    options.severity = { requirement in
      if skipped.contains(where: { $0.matches(requirement.rawValue) }) { return nil }
      return registry[requirement]?.severity ?? .info
    }
    let display = try terminal.map {
      try LiveDisplay($0, detail: detail, filter: (exchangeFilter, condition ?? ""), judges: judges)
    }
    let printer = TracePrinter(format: format, detail: detail, registry: registry, live: display)
    let plan = TracePlan(
      selection: ExchangeSelection(exchangeFilter, limit: count),
      tellsLinks: format == .json || format == .text && detail.verbosity > 0 || summary || judges || live,
      summarises: summary, plansPackets: format == .pcap, redactor: redact ? Redactor(alsoNamed: redactAlso) : nil)
    let pipeline = TracePipeline(plan, options: options, viewer: printer)
    if isRelay {
      var session = RelaySession(options: options, pipeline: pipeline, duration: duration)
      try session.run(routes: try relay.map { try RelayRoute($0) }, takes: relayTake, write: write, user: user)
      return try end(session.worst, isOutputBroken: session.isOutputBroken)
    }
    var session = TraceSession(
      options: options, pipeline: pipeline, filter: input.filter, write: write, user: user, duration: duration)
    if let trouble = session.run(files: input.files, interface: interface ?? "any") { throw trouble }
    try end(session.worst, isOutputBroken: session.isOutputBroken)
  }

  private var isRelay: Bool { !relay.isEmpty || !relayTake.isEmpty }

  private func end(_ worst: Verdict, isOutputBroken: Bool) throws {
    // What broke was told when it did.
    if isOutputBroken { throw CommandFailure(.unreachable) }
    if let failOn, worst >= failOn.verdict, worst.isDeviation { throw CommandFailure(.findings) }
    // What a relay took is given back on the way out.
    if isRelay { Ending.leave(.success) }
  }
}

extension TraceCommand {
  /// The condition that `--where` states.
  private static func filter(_ text: String) throws -> ExchangeFilter {
    do {
      return try ExchangeFilter(parsing: text)
    } catch {
      let nearest = error.unknown.flatMap { NearestName.of($0.name, among: $0.candidates) }
      let remedy =
        nearest.map { "did you mean `\($0)`?" }
        ?? (error.unknown == nil
          ? error.remedy : "fields are status, method, uri, time, stderr and more: docs/trace.md lists them")
      throw CommandFailure(
        .usage, "--where: \(error.message)\n\(error.excerpt)", remedy: remedy.isEmpty ? nil : remedy)
    }
  }
}
