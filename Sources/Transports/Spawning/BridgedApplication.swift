// Applications that have no protocol of their own: a bridge, a program that gatespec carries, hosts them and tells of
// every call over a Unix socket.
//
// Starting it, asking it whether the application is there, and ending all of it. What it is asked and what it tells is the
// dialect's and the conversation's.

internal import Glibc
internal import WSGIWire
internal import WireBytes

/// What starts an application behind a bridge.
package struct BridgeSetting: Sendable {
  /// The files of the bridge; the first is the program.
  package var files: [(name: String, text: String)]
  /// `MODULE:CALLABLE`; of a middleware its factory.
  package var application: String
  /// What a middleware's factory is given behind the application: a list and a map, as JSON; nil for an application.
  package var middlewareArguments: String?
  /// The interpreter; nil for that of an active virtual environment, or the one on PATH.
  package var interpreter: String?
  /// Where the application is looked for, and runs; nil for the working directory.
  package var folder: String?
  /// `NAME=VALUE` entries that its environment has besides.
  package var environment: [String] = []
  /// How many processes take connections.
  package var workerCount = 2

  package init(files: [(name: String, text: String)], application: String) {
    self.files = files
    self.application = application
  }
}

/// An application that was started behind a bridge, in a process group of its own.
package struct BridgedApplication: Sendable {
  /// Where the bridge takes connections.
  package let address: Target.Address
  private let target: SpawnedTarget
  private let folder: TemporaryFolder

  /// What the interpreter runs first, in words that any version of it understands.
  private static let loader = """
    import sys
    if sys.version_info < (3, 8):
        sys.exit(97)
    import runpy
    sys.argv.pop(0)
    runpy.run_path(sys.argv[0], run_name="__main__")
    """

  /// Starts the bridge and waits until it has loaded the application.
  ///
  /// - Parameters:
  ///   - timeoutSeconds: How long loading may take.
  ///   - atExit: Takes what must be done however the program ends.
  /// - Throws: Where there is no such interpreter, it is too old, or the application cannot be loaded.
  package static func start(
    _ setting: BridgeSetting, timeoutSeconds: Double = 10, atExit: (@escaping @Sendable () -> Void) -> Void
  ) throws(TransportError) -> BridgedApplication {
    let folder = try TemporaryFolder()
    atExit { folder.remove() }
    for file in setting.files { try folder.write(file.text, to: file.name) }
    let address = Target.Address.unix(path: "\(folder.path)/bridge.sock")
    let listener = try ListeningSocket.open(address)
    defer { close(listener) }
    let interpreter = setting.interpreter ?? Self.usualInterpreter
    let words = [
      interpreter, "-c", loader, "\(folder.path)/\(setting.files.first?.name ?? "")", setting.application,
      "\(setting.workerCount)", setting.middlewareArguments ?? "null", "\(getpid())",
    ]
    let place = setting.folder.map { "cd \(quoted($0)) && " } ?? ""
    let process = try SpawnedTarget.spawn(
      place + "exec " + words.map(quoted).joined(separator: " "), standardInput: listener,
      environment: setting.environment)
    let target = SpawnedTarget(process: process, command: "\(interpreter) for \(setting.application)")
    atExit { target.end() }
    let bridged = BridgedApplication(address: address, target: target, folder: folder)
    do throws(TransportError) {
      try bridged.greet(setting, interpreter, timeoutSeconds: timeoutSeconds)
    } catch {
      bridged.end()
      throw error
    }
    return bridged
  }

  /// The interpreter of an active virtual environment, else the one on PATH.
  private static var usualInterpreter: String {
    guard let folder = unsafe getenv("VIRTUAL_ENV").map({ unsafe String(cString: $0) }), !folder.isEmpty else {
      return "python3"
    }
    return "\(folder)/bin/python"
  }

  /// A word as the shell reads it back.
  private static func quoted(_ word: String) -> String { "'" + word.replacing("'", with: "'\\''") + "'" }

  /// Ends the whole process group.
  package func end() {
    target.end()
    folder.remove()
  }

  /// The process group of the bridge, which the application runs in.
  package var group: Int32 { target.process }

  /// How the bridge ended, in a sentence; nil where it runs.
  package func obituary() -> String? { target.obituary() }

  // MARK: Whether the application is there

  /// Asks the bridge whether it has the application.
  private func greet(
    _ setting: BridgeSetting, _ interpreter: String, timeoutSeconds: Double
  ) throws(TransportError) {
    let application = setting.application
    let deadline = TransportClock.now.nanoseconds + Int64(timeoutSeconds * 1e9)
    let descriptor = TargetSocket.connected(to: address)
    guard descriptor >= 0 else {
      throw TransportError(.failed, "the bridge cannot be reached", context: application)
    }
    defer { close(descriptor) }
    let question = Array("gatespec-wsgi 1\nhello\n".utf8)
    unsafe _ = send(descriptor, question, question.count, Int32(MSG_NOSIGNAL))
    var answer: [UInt8] = []
    while !answer.contains(ASCII.lf) {
      if let ending = target.exitStatus { throw Self.trouble(ending, application, interpreter) }
      guard TransportClock.now.nanoseconds < deadline else {
        throw TransportError(
          .timedOut, "\(application) was not loaded within \(Int(timeoutSeconds)) s: does importing it ever end?",
          context: application)
      }
      var question = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard unsafe poll(&question, 1, 50) > 0 else { continue }
      var piece = [UInt8](repeating: 0, count: 4096)
      let count = unsafe recv(descriptor, &piece, piece.count, 0)
      guard count > 0 else { break }
      answer += piece.prefix(count)
    }
    let line = Array(answer.prefix { $0 != ASCII.lf })
    let statement = unsafe WSGIStatement(line.span.bytes)
    guard statement.kind == "ready" else {
      let reason = String(decoding: statement.word(0), as: UTF8.self)
      throw TransportError(
        .failed, "\(application) cannot be loaded: \(reason.isEmpty ? "its process ended" : reason)",
        context: application,
        remedy: "modules are looked for in --chdir, with the interpreter that --python names (now \(interpreter))")
    }
  }

  /// Why the bridge ended, in words.
  private static func trouble(_ status: Int32, _ application: String, _ interpreter: String) -> TransportError {
    switch status {
    case 97:
      return TransportError(
        .failed, "\(interpreter) is older than Python 3.8, which the bridge needs", context: application,
        remedy: "--python names another interpreter")
    case 126, 127:
      return TransportError(
        .failed, "\(interpreter) cannot be run", context: application, remedy: "--python names the interpreter")
    default:
      return TransportError(
        .failed, "\(interpreter) ended with exit code \(status) before it had loaded \(application)",
        context: application, remedy: "what it said stands above; is --chdir a folder?")
    }
  }
}
