// Requests of ten kinds through nginx and php-fpm: what gatespec reads of them, live and from the capture, is what
// nginx logged. A hundred here; scripts/thousand-requests.sh does the same with a thousand.

import Foundation
import Testing

@Suite struct ThousandRequestsTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// What is missing on this machine; nil when the test can run.
  static let obstacle: String? = {
    let places = ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/bin", "/sbin"]
    func has(_ program: String) -> Bool {
      places.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
    }
    for program in ["nginx", "tcpdump", "curl", "python3"] where !has(program) { return "\(program) is not installed" }
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/sbin")) ?? []
    if !versions.contains(where: { $0.hasPrefix("php-fpm") }) { return "php-fpm is not installed" }
    return geteuid() == 0 ? nil : "capturing needs root"
  }()

  @Test(.disabled(if: obstacle != nil, "needs nginx, php-fpm, tcpdump, curl, python3 and the right to capture"))
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
