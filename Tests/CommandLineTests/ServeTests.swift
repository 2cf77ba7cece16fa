// `gatespec serve cgi:` as a program of a web server: run by hand, and checked through a script of two lines.

import Foundation
import Testing

@Suite struct ServeTests {
  /// A CGI program that is gatespec, in a folder of its own.
  private static func withProgram(_ options: String, named name: String = "program", _ body: (String) throws -> Void)
    throws
  {
    let folder = FileManager.default.temporaryDirectory.appending(path: "gatespec-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let program: URL = try #require(Program.file, "the program stands beside the tests")
    let file = folder.appending(path: name)
    try "#!/bin/sh\nexec '\(program.path)' serve cgi: \(options) -- \"$@\"\n"
      .write(to: file, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    try body(file.path)
  }

  @Test func aRequestIsAnsweredFromTheEnvironment() throws {
    let run = try Program.run(
      ["serve", "cgi:"], input: Data("hello, and what nobody reads".utf8),
      environment: [
        "REQUEST_METHOD": "POST", "QUERY_STRING": "probe=reflect", "CONTENT_LENGTH": "5", "CONTENT_TYPE": "text/plain",
        "SERVER_PROTOCOL": "HTTP/1.1",
      ])
    #expect(run.code == 0)
    #expect(run.output == "Status: 200 OK\r\nContent-Type: text/plain\r\n\r\nhello")
    #expect(run.errors.isEmpty)
  }

  @Test func theWordsAfterTheHyphensAreTheRequests() throws {
    let run = try Program.run(
      ["serve", "cgi:", "--style", "cgi-minimal", "--", "--fault", "a b"],
      environment: ["REQUEST_METHOD": "GET", "QUERY_STRING": "probe=echo"])
    #expect(run.code == 0)
    #expect(run.output.hasPrefix("Content-Type: text/plain\n\n"))
    #expect(run.output.contains("argument 1 --fault\nargument 2 a%20b\n"))
  }

  @Test func aSoundProgramPassesACheckThroughAWrapper() throws {
    try Self.withProgram("") { path in
      let run = try Program.run(["check", "cgi:\(path)", "--only", "cgi/*", "--fail-on", "warn"])
      #expect(run.code == 0, "\(run.output) \(run.errors)")
      #expect(!run.output.contains("inconclusive"))
    }
  }

  @Test func aFaultFailsTheCheckThatCitesIt() throws {
    try Self.withProgram("--fault no-empty-line") { path in
      let run = try Program.run(["check", "cgi:\(path)", "--only", "cgi/request/baseline", "--only", "cgi/response"])
      #expect(run.code == 1)
      #expect(run.output.contains("CGI-6.2-1"))
    }
  }

  @Test func aNameThatBelongsToAnotherProtocolIsRefused() throws {
    let run = try Program.run(["serve", "cgi:", "--fault", "no-stdout-end"])
    #expect(run.code == 2)
    #expect(run.errors.contains("there is no fault 'no-stdout-end' of this protocol"))
  }
}
