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
      gatespec serve cgi:
      gatespec serve --list-faults
      gatespec check fastcgi://127.0.0.1:9000 --spawn 'gatespec serve --inherited'

      As cgi: it is a CGI program: it answers the one request that its environment and standard input hold. What \
      follows -- are the request's own arguments. So a script of two lines is a program to check:

      #!/bin/sh
      exec gatespec serve cgi: --fault no-empty-line -- "$@"

      Where FCGI_WEB_SERVER_ADDRS is set, only web servers at those addresses are served.
      """)

  @Argument(help: .init("Where to listen: fastcgi://HOST:PORT or fastcgi+unix:///SOCKET; or cgi:", valueName: "target"))
  var target: String?

  @Option(
    help: .init("Misbehave in one named way.", valueName: "name"), completion: .list(References.faults.map(\.name)))
  var fault: String?

  @Option(
    help: .init("One of the correct styles.", valueName: "name"), completion: .list(References.styles.map(\.name)))
  var style: String?

  @Flag(help: "Serve the listening socket that is descriptor 0, as a spawner hands it over, instead of a target.")
  var inherited = false

  @Flag(help: "List the faults, what each violates, and the styles.")
  var listFaults = false

  @Argument(parsing: .postTerminator, help: .hidden)
  var words: [String] = []

  func run() async throws {
    if listFaults { return list() }
    if target == "cgi:" { try serveCGI() }
    let (address, options) = (try address(), try options())
    // Before anybody is served: who got an answer may end the process at once.
    let (interrupts, interrupt) = AsyncStream<Void>.makeStream()
    Signals.onInterrupt { interrupt.yield() }
    let server = try await FastCGIServer.start(address, options)
    // A spawner may have closed the standard streams: their descriptors can then be anything.
    if !inherited {
      FileOutput.standardError.write("gatespec: serving FastCGI on \(server.boundAddress); Ctrl-C ends\n")
    }
    for await _ in interrupts { break }
    let fault = fault.flatMap { ResponderFault.named($0) }
    // A process with that fault has to be killed.
    while let fault, fault.exitCode == nil { try await Task.sleep(nanoseconds: 1_000_000_000) }
    try await server.stop()
    if let code = fault?.exitCode, code != 0 { Glibc.exit(code) }
  }

  /// Answers one request as a CGI program.
  private func serveCGI() throws -> Never {
    let style = try self.style.map { name throws(CommandFailure) in try known(CGIStyle.named(name), "style", name) }
    let fault = try self.fault.map { name throws(CommandFailure) in try known(CGIFault.named(name), "fault", name) }
    // The words as bytes: as strings they could have lost some.
    CGIProcess.serve(arguments: CGIProcess.argumentsAfterTerminator) { given in
      fault?.program(given) ?? CGIProgram(given, options: style?.options ?? CGIOptions())
    }
  }

  private func known<Value>(_ value: Value?, _ kind: String, _ name: String) throws(CommandFailure) -> Value {
    guard let value else {
      throw CommandFailure(
        .usage, "there is no \(kind) '\(name)' of this protocol", remedy: "`gatespec serve --list-faults` lists them")
    }
    return value
  }

  private func address() throws -> ListenAddress {
    if inherited { return .inherited() }
    guard let text = target else {
      throw CommandFailure(.usage, "where to listen is missing", remedy: "gatespec serve fastcgi://127.0.0.1:9000")
    }
    let target = try Target(text)
    let elsewhere = CommandFailure(
      .usage, "only FastCGI and CGI (`cgi:`) are served", remedy: "gatespec serve fastcgi://127.0.0.1:9000")
    guard target.wireProtocol == .fastCGI else { throw elsewhere }
    switch target.address {
    case .tcp(let host, let port): return .tcp(host: host, port: port)
    case .unix(let path): return .unix(path: path)
    case .program: throw elsewhere
    }
  }

  private func options() throws -> FastCGIServerOptions {
    var options = FastCGIServerOptions()
    if let list = unsafe getenv(PeerList.variableName) {
      // Whoever cannot read the list must not serve everybody.
      guard let peers = unsafe PeerList(String(cString: list)) else {
        throw CommandFailure(
          .usage, "\(PeerList.variableName) is no list of IPv4 addresses",
          remedy: "it reads 192.0.2.1,192.0.2.2, or is not set")
      }
      options.peers = peers
    }
    if let style { options.responder = try known(ResponderStyle.named(style), "style", style).options }
    if let fault { options.fault = try known(ResponderFault.named(fault), "fault", fault) }
    return options
  }

  private func list() {
    var output = TextBuffer()
    for fault in References.faults { output.append("\(fault.name)  \(fault.violates)  \(fault.summary)\n") }
    for style in References.styles { output.append("style \(style.name)  \(style.summary)\n") }
    FileOutput.standardOutput.drain(&output)
  }
}
