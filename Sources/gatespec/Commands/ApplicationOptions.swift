// `--python`, `--chdir`, `--env` and `--middleware`: how a WSGI application is hosted, whatever the verb.
//
// Starting the bridge is Transports'; what it is made of, Fixtures carries.

import ArgumentParser
import Drivers
import Exchanges
import Fixtures
import Reports
import Transports

/// How applications of Python are hosted.
struct ApplicationOptions: ParsableArguments {
  @Option(
    help: .init(
      "The Python for a wsgi: target; without it that of an active virtual environment, else python3.",
      valueName: "program"), completion: .file())
  var python: String?

  @Option(
    help: .init("Where the module of a wsgi: target is looked for, and runs.", valueName: "dir"),
    completion: .directory)
  var chdir: String?

  @Option(
    help: .init("Set an environment variable of a wsgi: target. Repeatable.", valueName: "name=value"))
  var env: [String] = []

  @Option(
    help: .init(
      "Test a middleware: its factory is given an application that gatespec knows. The target is then wsgi: alone.",
      valueName: "module:factory"))
  var middleware: String?

  @Option(
    help: .init(
      "What the factory is given behind the application: a JSON list, or a JSON object of keywords.",
      valueName: "json"))
  var middlewareArguments: String?

  func validate() throws {
    for pair in env where !pair.contains("=") {
      throw ValidationError("--env takes NAME=VALUE; '\(pair)' has no '='.")
    }
    if middlewareArguments != nil, middleware == nil {
      throw ValidationError("--middleware-arguments belongs to --middleware.")
    }
    if let text = middlewareArguments?.drop(while: \.isWhitespace), text.first != "[", text.first != "{" {
      throw ValidationError("--middleware-arguments takes a JSON list or a JSON object.")
    }
  }

  /// Starts what hosts the target, where it is an application.
  ///
  /// - Parameter profile: Of the target; its address becomes the bridge's.
  func host(_ profile: inout TargetProfile, workers: Int) throws -> BridgedApplication? {
    guard case .module(let name) = profile.target.address else {
      if middleware != nil { throw CommandFailure(.usage, "--middleware goes with the target wsgi: alone") }
      return nil
    }
    guard name.isEmpty != (middleware == nil) else {
      throw CommandFailure(
        .usage, name.isEmpty ? "the application is missing" : "--middleware goes with the target wsgi: alone",
        remedy: "wsgi:MODULE:CALLABLE names one; wsgi: --middleware MODULE:FACTORY tests a middleware")
    }
    var setting = BridgeSetting(files: Self.files, application: middleware ?? name)
    setting.middlewareArguments = middleware.map { _ in factoryArguments }
    setting.interpreter = python
    setting.folder = chdir
    setting.environment = env
    setting.workerCount = workers
    // Loading may take long; the run sets a handler of its own behind this one.
    Signals.onInterrupt { Ending.leave(.interrupted) }
    let bridged = try BridgedApplication.start(setting, atExit: Ending.atExit)
    profile.target.address = bridged.address
    return bridged
  }

  /// Positional arguments and keywords, as JSON.
  private var factoryArguments: String {
    let given = middlewareArguments ?? "[]"
    return given.drop(while: \.isWhitespace).first == "{" ? "[[],\(given)]" : "[\(given),{}]"
  }

  /// The bridge, which the binary carries.
  private static var files: [(name: String, text: String)] {
    ["bridge.py", "inner.py"].map { ($0, Resources.text("bridges/wsgi/\($0)") ?? "") }
  }

  /// The words that say the same on another command line.
  var words: [(option: String, value: String)] {
    let options = [
      ("--python", python), ("--chdir", chdir), ("--middleware", middleware),
      ("--middleware-arguments", middlewareArguments),
    ]
    return options.compactMap { name, value in value.map { (name, $0) } } + env.map { ("--env", $0) }
  }
}
