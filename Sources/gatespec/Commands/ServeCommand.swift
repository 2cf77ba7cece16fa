// `gatespec serve`: a reference backend that speaks the probe contract. Wiring only.

import ArgumentParser
import Exchanges
import Glibc
import ReferenceServers
import Rehearsal
import Reports
import Transports

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Be a reference backend that speaks the probe contract.",
    discussion: """
      gatespec serve fastcgi://127.0.0.1:9000
      gatespec serve fastcgi+unix:///tmp/reference.sock --style padded
      gatespec serve fastcgi://127.0.0.1:9000 --fault no-stdout-end
      gatespec serve http://127.0.0.1:8000
      gatespec serve scgi://127.0.0.1:4000
      gatespec serve uwsgi+unix:///tmp/reference.sock --style uwsgi-small-buffer
      gatespec serve cgi:
      gatespec serve --list-faults
      gatespec check fastcgi://127.0.0.1:9000 --spawn 'gatespec serve --inherited'
      gatespec check scgi://127.0.0.1:4000 --spawn 'gatespec serve --inherited scgi://127.0.0.1:4000'

      As cgi: it is a CGI program: it answers the one request that its environment and standard input hold. What \
      follows -- are the request's own arguments. So a script of two lines is a program to check:

      #!/bin/sh
      exec gatespec serve cgi: --fault no-empty-line -- "$@"

      Where FCGI_WEB_SERVER_ADDRS is set, only web servers at those addresses are served.
      """)

  @Argument(
    help: .init(
      "Where to listen: fastcgi://HOST:PORT or fastcgi+unix:///SOCKET, http, scgi or uwsgi likewise; or cgi:",
      valueName: "target"))
  var target: String?

  @Option(
    help: .init("Misbehave in one named way.", valueName: "name"),
    completion: .list(References.all.flatMap(\.faults).map(\.name)))
  var fault: String?

  @Option(
    help: .init("One of the correct styles.", valueName: "name"),
    completion: .list(References.all.flatMap(\.styles).map(\.name)))
  var style: String?

  @Flag(help: "Serve the listening socket that is descriptor 0, as a spawner hands it over, instead of a target.")
  var inherited = false

  @Flag(help: "List the faults, what each violates, and the styles.")
  var listFaults = false

  @Argument(parsing: .postTerminator, help: .hidden)
  var words: [String] = []

  func run() async throws {
    if listFaults { return list() }
    let (reference, address) = try chosen()
    switch try service(of: reference) {
    case .program(_, let makeProgram):
      // The words as bytes: as strings they could have lost some.
      CGIProcess.serve(arguments: CGIProcess.argumentsAfterTerminator, makeProgram)
    case .connections(let makeProcess):
      guard let address else { throw Self.notServed }
      try await serve(reference, at: address, makeProcess)
    }
  }

  private func serve(
    _ reference: Reference, at address: ListenAddress, _ makeProcess: @Sendable (ServerStart) -> ServerProcess
  ) async throws {
    let peers = try peers()
    // Before anybody is served: who got an answer may end the process at once.
    let (interrupts, interrupt) = AsyncStream<Void>.makeStream()
    Signals.onInterrupt { interrupt.yield() }
    let server = try await ReferenceServer.start(address, peers: peers, makeProcess)
    // A spawner may have closed the standard streams: their descriptors can then be anything.
    if !inherited {
      FileOutput.standardError.write(
        "gatespec: serving \(reference.title) on \(server.boundAddress); Ctrl-C ends\n")
    }
    for await _ in interrupts { break }
    // A process with such a fault has to be killed.
    while server.exitCode == nil { try await Task.sleep(nanoseconds: 1_000_000_000) }
    try await server.stop()
    if let code = server.exitCode, code != 0 { Glibc.exit(code) }
  }

  private static let notServed = CommandFailure(
    .usage, "only FastCGI, HTTP, SCGI, uwsgi and CGI (`cgi:`) are served",
    remedy: "gatespec serve fastcgi://127.0.0.1:9000")

  /// What is to be served, and where it listens; a program does not.
  private func chosen() throws -> (reference: Reference, address: ListenAddress?) {
    if target == "cgi:", let reference = References.of(.cgi) { return (reference, nil) }
    // A socket that a spawner hands over is FastCGI's, unless a target says otherwise.
    if inherited, target == nil, let reference = References.of(.fastCGI) { return (reference, .inherited()) }
    guard let text = target else {
      throw CommandFailure(.usage, "where to listen is missing", remedy: "gatespec serve fastcgi://127.0.0.1:9000")
    }
    let scheme = text.prefix { $0.isLetter }.lowercased()
    guard let reference = References.all.first(where: { $0.wireProtocol.rawValue == scheme }) else {
      _ = try Target(text)
      throw Self.notServed
    }
    if inherited { return (reference, .inherited()) }
    switch try Target(text).address {
    case .tcp(let host, let port): return (reference, .tcp(host: host, port: port))
    case .unix(let path): return (reference, .unix(path: path))
    case .program, .module: throw Self.notServed
    }
  }

  /// The reference as it is to be: with its fault, in its style, or as it ordinarily is.
  private func service(of reference: Reference) throws -> ReferenceService {
    let style = try self.style.map { name throws(CommandFailure) in
      try known(reference.style(named: name), "style", name)
    }
    let standard = style ?? reference.styles[0]
    guard let name = fault else { return standard.service }
    return try known(reference.fault(named: name), "fault", name).service(in: standard)
  }

  private func known<Value>(_ value: Value?, _ kind: String, _ name: String) throws(CommandFailure) -> Value {
    guard let value else {
      throw CommandFailure(
        .usage, "there is no \(kind) '\(name)' of this protocol", remedy: "`gatespec serve --list-faults` lists them")
    }
    return value
  }

  /// The peers that may connect, as the environment says; nil for all.
  private func peers() throws(CommandFailure) -> PeerList? {
    guard let list = unsafe getenv(PeerList.variableName) else { return nil }
    // Whoever cannot read the list must not serve everybody.
    guard let peers = unsafe PeerList(String(cString: list)) else {
      throw CommandFailure(
        .usage, "\(PeerList.variableName) is no list of IPv4 addresses",
        remedy: "it reads 192.0.2.1,192.0.2.2, or is not set")
    }
    return peers
  }

  private func list() {
    var output = TextBuffer()
    for fault in References.all.flatMap(\.faults) {
      output.append("\(fault.name)  \(fault.violates)  \(fault.summary)\n")
    }
    for style in References.all.flatMap(\.styles) { output.append("style \(style.name)  \(style.summary)\n") }
    FileOutput.standardOutput.drain(&output)
  }
}
