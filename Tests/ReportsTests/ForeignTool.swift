// Other people's parsers, run on what we write. What becomes of a test whose parser is absent: Tests/Prerequisites.

import Foundation
import Testing

/// A program of the system that reads one of our formats.
struct ForeignTool {
  let file: URL
  /// Arguments before all others.
  var leading: [String] = []

  static let xmllint = find("xmllint")
  static let prove = find("prove")
  static let perl = find("perl")
  static let python = find("python3")
  static let chromium = find("chromium") ?? find("chromium-browser") ?? find("google-chrome")
  /// A Python that has jsonschema: the system's packages are not those of every Python.
  static let pythonWithSchemas = python(with: "jsonschema")
  static let pythonWithMarkdown = python(with: "markdown")

  static func find(_ name: String) -> ForeignTool? { all(name).first }

  private static func all(_ name: String) -> [ForeignTool] {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return (path.split(separator: ":").map(String.init) + ["/usr/bin"])
      .map { URL(filePath: $0).appending(path: name) }
      .filter { FileManager.default.isExecutableFile(atPath: $0.path) }
      .map { ForeignTool(file: $0) }
  }

  private static func python(with module: String) -> ForeignTool? {
    all("python3").first { (try? $0.run(["-c", "import \(module)"]))?.code == 0 }
  }

  /// What a run gave.
  struct Run {
    var code: Int32
    var output: String
    /// Both, for a message.
    var everything: String
  }

  /// Runs the tool to its end, with `input` in a file named `name` as its last argument.
  ///
  /// It is killed, by its process, when it does not end in a minute.
  func run(_ arguments: [String], on input: String? = nil, named name: String = "input") throws -> Run {
    let folder = FileManager.default.temporaryDirectory.appending(path: "gatespec-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var arguments = leading + arguments
    if let input {
      let file = folder.appending(path: name)
      try Data(input.utf8).write(to: file)
      arguments.append(file.path)
    }
    let process = Process()
    process.executableURL = file
    process.arguments = arguments.map { $0.replacing("{folder}", with: folder.path) }
    // Files, not pipes: nothing can block however much is written.
    let files = ["out", "err"].map { folder.appending(path: $0) }
    for file in files { try Data().write(to: file) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: files[0])
    process.standardError = try FileHandle(forWritingTo: files[1])
    try process.run()
    let deadline = Date(timeIntervalSinceNow: 60)
    while process.isRunning, Date() < deadline { usleep(10_000) }
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    let texts = try files.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
    let code = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    return Run(code: code, output: texts[0], everything: texts.joined())
  }
}

/// Files of the repository that tests read.
enum Repository {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static func file(_ path: String) -> URL { root.appending(path: path) }
}
