// Targets for the built program: a reference server of its own, and small shell programs.

import Foundation
import Testing

/// `gatespec serve` on a free port of loopback.
struct ServedReference {
  /// `fastcgi://127.0.0.1:PORT`.
  let target: String
  private let process = Process()

  init(_ arguments: [String] = []) throws {
    process.executableURL = try #require(Program.file, "the program stands beside the tests")
    process.arguments = ["serve", "fastcgi://127.0.0.1:0"] + arguments
    let errors = Pipe()
    process.standardOutput = FileHandle.nullDevice
    process.standardError = errors
    try process.run()
    var said = ""
    while !said.contains(";") {
      let piece = errors.fileHandleForReading.availableData
      guard !piece.isEmpty else { break }
      said += String(decoding: piece, as: UTF8.self)
    }
    let address = try #require(said.firstMatch(of: /FastCGI on (\S+);/), "serve says where it listens: \(said)").1
    target = "fastcgi://\(address)"
  }

  func end() {
    process.terminate()
    process.waitUntilExit()
  }
}

/// A folder for one test.
struct TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "gatespec-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  func remove() { try? FileManager.default.removeItem(at: url) }
}

/// A shell script as a CGI program.
struct TemporaryProgram {
  private let folder: TemporaryFolder
  let path: String
  var target: String { "cgi:\(path)" }

  init(_ script: String) throws {
    folder = try TemporaryFolder()
    let file = folder.url.appending(path: "program")
    try Data("#!/bin/sh\n\(script)\n".utf8).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    path = file.path
  }

  func remove() { folder.remove() }
}
