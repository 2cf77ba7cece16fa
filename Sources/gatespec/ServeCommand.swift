// `gatespec serve`: a reference backend that speaks the probe contract. Wiring only.

import ArgumentParser
import Exchanges
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
      """)

  @Argument(help: .init("Where to listen: fastcgi://HOST:PORT or fastcgi+unix:///SOCKET.", valueName: "target"))
  var target: String?

  @Option(
    help: .init("Misbehave in one named way.", valueName: "name"), completion: .list(ResponderFault.all.map(\.name)))
  var fault: String?

  @Option(
    help: .init("One of the correct styles.", valueName: "name"), completion: .list(ResponderStyle.all.map(\.name)))
  var style: String?

  @Flag(help: "List the faults, what each violates, and the styles.")
  var listFaults = false

  func run() async throws {
    if listFaults { return list() }
    guard let text = target else {
      throw CommandFailure(.usage, "where to listen is missing", remedy: "gatespec serve fastcgi://127.0.0.1:9000")
    }
    let target = try Target(text)
    guard target.wireProtocol == .fastCGI else {
      throw CommandFailure(.usage, "only FastCGI is served yet", remedy: "gatespec serve fastcgi://127.0.0.1:9000")
    }
    let address: ListenAddress
    switch target.address {
    case .tcp(let host, let port): address = .tcp(host: host, port: port)
    case .unix(let path): address = .unix(path: path)
    case .program: return
    }
    let server = try await FastCGIServer.start(address, try options())
    FileOutput.standardError.write("gatespec: serving FastCGI on \(server.boundAddress); Ctrl-C ends\n")
    await withCheckedContinuation { continuation in
      Signals.onInterrupt { continuation.resume() }
    }
    try await server.stop()
  }

  private func options() throws -> FastCGIServerOptions {
    var options = FastCGIServerOptions()
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
