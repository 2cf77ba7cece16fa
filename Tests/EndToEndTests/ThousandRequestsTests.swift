// Requests of ten kinds through nginx and php-fpm: what gatespec reads of them, live and from the capture, is what
// nginx logged. A hundred here; scripts/thousand-requests.sh does the same with a thousand.

import Foundation
import Prerequisites
import Testing

@Suite struct ThousandRequestsTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static let hasPHP =
    (try? FileManager.default.contentsOfDirectory(atPath: "/usr/sbin"))?
    .contains { $0.hasPrefix("php-fpm") } ?? false

  @Test(
    .requires("nginx", Prerequisite.hasProgram("nginx")), .requires("php-fpm", hasPHP),
    .requires("tcpdump", Prerequisite.hasProgram("tcpdump")), .requires("curl", Prerequisite.hasProgram("curl")),
    .requires("python3", Prerequisite.hasProgram("python3")), .enabled(if: geteuid() == 0, "capturing needs root"))
  func everyExchangeEqualsTheLog() throws {
    // The program stands beside the tests, wherever those say they are.
    let places = Bundle.allBundles.map { $0.bundleURL.deletingLastPathComponent() } + [Bundle.main.bundleURL]
    let program = try #require(
      places.map { $0.appending(path: "gatespec") }.first { FileManager.default.isExecutableFile(atPath: $0.path) })
    let output = FileManager.default.temporaryDirectory.appending(path: "gatespec-requests-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: output) }

    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = [
      Self.root.appending(path: "scripts/thousand-requests.sh").path, output.path, program.path, "100",
    ]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let text = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(text)")
    #expect(text.contains("100 HTTP and 80 FastCGI exchanges, 100 lines in the log"), "\(text)")
    #expect(text.contains("live 180, 0 dropped by the kernel; 0 differences"), "\(text)")
  }
}
