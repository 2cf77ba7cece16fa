// `gatespec serve`: a reference backend that speaks the probe contract. Wiring only.

import ArgumentParser
import Exchanges
import Glibc
import ReferenceServers
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
      gatespec serve --list-faults
      gatespec check fastcgi://127.0.0.1:9000 --spawn 'gatespec serve --inherited'

      Where FCGI_WEB_SERVER_ADDRS is set, only web servers at those addresses are served.
      """)

  @Argument(help: .init("Where to listen: fastcgi://HOST:PORT or fastcgi+unix:///SOCKET.", valueName: "target"))
  var target: String?

  @Option(
    help: .init("Misbehave in one named way.", valueName: "name"), completion: .list(ResponderFault.all.map(\.name)))
  var fault: String?

  @Option(
    help: .init("One of the correct styles.", valueName: "name"), completion: .list(ResponderStyle.all.map(\.name)))
  var style: String?

  @Flag(help: "Serve the listening socket that is descriptor 0, as a spawner hands it over, instead of a target.")
  var inherited = false

  @Flag(help: "List the faults, what each violates, and the styles.")
  var listFaults = false

  func run() async throws {
    if listFaults { return list() }
    let server = try await FastCGIServer.start(try address(), try options())
    // A spawner may have closed the standard streams: their descriptors can then be anything.
    if !inherited {
      FileOutput.standardError.write("gatespec: serving FastCGI on \(server.boundAddress); Ctrl-C ends\n")
    }
    await withCheckedContinuation { continuation in
      Signals.onInterrupt { continuation.resume() }
    }
    try await server.stop()
  }

  private func address() throws -> ListenAddress {
    if inherited { return .inherited() }
    guard let text = target else {
      throw CommandFailure(.usage, "where to listen is missing", remedy: "gatespec serve fastcgi://127.0.0.1:9000")
    }
    let target = try Target(text)
    let elsewhere = CommandFailure(
      .usage, "only FastCGI is served yet", remedy: "gatespec serve fastcgi://127.0.0.1:9000")
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
    if let style {
      guard let known = ResponderStyle.named(style) else {
        throw CommandFailure(
          .usage, "there is no style '\(style)'", remedy: "`gatespec serve --list-faults` lists them")
      }
      options.responder = known.options
    }
    if let fault {
      guard let known = ResponderFault.named(fault) else {
        throw CommandFailure(
          .usage, "there is no fault '\(fault)'", remedy: "`gatespec serve --list-faults` lists them")
      }
      options.fault = known
    }
    return options
  }

  private func list() {
    var output = TextBuffer()
    for fault in ResponderFault.all { output.append("\(fault.name)  \(fault.violates)  \(fault.summary)\n") }
    for style in ResponderStyle.all { output.append("style \(style.name)  \(style.summary)\n") }
    FileOutput.standardOutput.drain(&output)
  }
}
