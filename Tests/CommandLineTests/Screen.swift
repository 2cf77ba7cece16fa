// A terminal to test on: a tmux of its own, its keys and its screen.
//
// Nothing of the user's tmux is touched; it is ended with the test.

import Foundation
import Testing

/// A shell in a terminal of 80 columns and 24 lines, unless told otherwise.
final class Screen {
  /// The files of the test; the shell's folder.
  let folder: URL
  private let server = Process()
  private let socket = "gatespec-\(UUID().uuidString.prefix(8))"

  /// Whether there is a tmux at all.
  static let isThere = FileManager.default.isExecutableFile(atPath: "/usr/bin/tmux")

  init(columns: Int = 80, rows: Int = 24) throws {
    folder = FileManager.default.temporaryDirectory.appending(path: socket)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let program: URL = try #require(Program.file, "the program stands beside the tests")
    let library = ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"].map { "LD_LIBRARY_PATH=\($0)" } ?? "A=B"
    try startServer()
    try tmux([
      "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", "-s", "t", "-c", folder.path,
      "env", "-i", "PATH=/usr/bin:/bin", "TERM=screen", "TZ=UTC", "LC_ALL=C.UTF-8", "PS1=$ ",
      "G=\(program.path)", library, "/bin/sh",
    ])
    try waitFor { $0.contains { $0.hasPrefix("$") } }
  }

  /// Starts the server as a child, which it does not leave: one in the background would hold on to what it inherits,
  /// and the end of the command that started it would never be told.
  private func startServer() throws {
    server.executableURL = URL(filePath: "/usr/bin/tmux")
    server.arguments = ["-D", "-L", socket, "-f", "/dev/null"]
    server.environment = environment
    server.standardOutput = FileHandle.nullDevice
    server.standardError = FileHandle.nullDevice
    try server.run()
    var tries = 0
    while tries < 200, try tmux(["show-options", "-s"]).isEmpty {
      tries += 1
      usleep(25_000)
    }
  }

  deinit {
    // What runs in it is told by the terminal that goes away.
    kill(server.processIdentifier, SIGKILL)
    server.waitUntilExit()
    try? FileManager.default.removeItem(at: folder)
  }

  private var environment: [String: String] {
    ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": folder.path, "TMUX_TMPDIR": folder.path]
  }

  /// Types a line, and Enter.
  func type(_ text: String) throws {
    try tmux(["send-keys", "-t", "t", "-l", text])
    try press("Enter")
  }

  /// Presses keys, by tmux's names: `Enter`, `Space`, `C-c`, or a character.
  func press(_ keys: String...) throws { try tmux(["send-keys", "-t", "t"] + keys) }

  /// The lines of the screen, without spaces at their ends.
  var lines: [String] {
    get throws {
      try tmux(["capture-pane", "-p", "-t", "t"]).split(separator: "\n", omittingEmptySubsequences: false)
        .map(String.init)
    }
  }

  /// What the terminal is set to: cursor shown, alternate screen, lines wrapped.
  var state: String {
    get throws {
      try tmux(["display-message", "-p", "-t", "t", "#{cursor_flag} #{alternate_on} #{wrap_flag}"])
        .trimmingCharacters(in: .newlines)
    }
  }

  /// Waits until the screen shows something; fails with the screen where it never does.
  @discardableResult
  func waitFor(
    _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation, _ isThere: ([String]) -> Bool
  ) throws -> [String] {
    for _ in 0..<400 {
      let lines = try lines
      if isThere(lines) { return lines }
      usleep(50_000)
    }
    Issue.record(
      "\(comment?.rawValue ?? "not shown"):\n\(try lines.joined(separator: "\n"))", sourceLocation: sourceLocation)
    throw Missing()
  }

  /// Waits until a line holds a text.
  @discardableResult
  func waitFor(text: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> [String] {
    try waitFor("no line holds \(text)", sourceLocation: sourceLocation) { $0.contains { $0.contains(text) } }
  }

  /// What was awaited did not come.
  struct Missing: Error {}

  @discardableResult
  func tmux(_ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/tmux")
    process.arguments = ["-N", "-L", socket] + arguments
    process.environment = environment
    let file = folder.appending(path: "tmux.out")
    try Data().write(to: file)
    process.standardOutput = try FileHandle(forWritingTo: file)
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return String(decoding: try Data(contentsOf: file), as: UTF8.self)
  }
}
