// Targets for the built program: a reference server of its own, and small shell programs.

import Foundation
import Testing

/// `gatespec serve` on a Unix socket in a folder of its own.
struct ServedReference {
  /// `fastcgi+unix:///FOLDER/socket`, or of another scheme; a path follows after a colon.
  let target: String
  private let process = Process()
  private let folder: TemporaryFolder

  init(_ arguments: [String] = [], scheme: String = "fastcgi") throws {
    folder = try TemporaryFolder()
    target = "\(scheme)+unix://\(folder.url.path)/socket"
    let program: URL = try #require(Program.file, "the program stands beside the tests")
    process.executableURL = program
    process.arguments = ["serve", target] + arguments
    let errors = Pipe()
    process.standardOutput = FileHandle.nullDevice
    process.standardError = errors
    try process.run()
    var said = ""
    while !said.contains("; Ctrl-C ends") {
      let piece = errors.fileHandleForReading.availableData
      try #require(!piece.isEmpty, "serve says that it listens: \(said)")
      said += String(decoding: piece, as: UTF8.self)
    }
  }

  func end() {
    process.terminate()
    process.waitUntilExit()
    folder.remove()
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
