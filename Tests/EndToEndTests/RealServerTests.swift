// Real FastCGI servers, CGI programs and HTTP servers, each against the baseline of its known deviations:
// scripts/check-servers.sh and scripts/check-http-servers.sh.
//
// Only here do servers of others run; on loopback, on free ports, ended by their process ids.

import Foundation
import Prerequisites
import Testing

@Suite(.serialized) struct RealServerTests {
  /// Every target of check-servers.sh with the least number of cases that it is known to pass.
  static let leastPasses = [
    "reference": 410, "php-fpm": 310, "php-fpm-unix": 310, "libfcgi": 320, "libfcgi-spawn": 8, "perl": 315, "go": 330,
    "ruby": 280, "fcgiwrap": 310, "uwsgi": 260, "uwsgi-scgi": 240, "uwsgi-uwsgi": 260, "perl-scgi": 250,
    "cgi-shell": 210, "cgi-python": 210, "cgi-php": 205,
  ]

  /// What a target that is skipped lacks: one of these, where that is no other package's part.
  private static let packages = [
    "php-fpm": ["php-fpm"], "php-fpm-unix": ["php-fpm"], "libfcgi": ["libfcgi-dev"], "libfcgi-spawn": ["libfcgi-dev"],
    "perl": ["libfcgi-perl"], "fcgiwrap": ["fcgiwrap"], "uwsgi": ["uwsgi-core"], "uwsgi-scgi": ["uwsgi-core"],
    "uwsgi-uwsgi": ["uwsgi-core"], "perl-scgi": ["libscgi-perl"], "cgi-python": ["python3"],
    "cgi-php": ["php-cgi"],
  ]

  /// The same of the servers that check-http-servers.sh checks.
  static let leastPassesOverHTTP = [
    "nginx": 880, "nginx-php": 985, "apache": 930, "apache-php": 1050, "lighttpd": 895, "lighttpd-php": 1025,
    "caddy": 845, "caddy-php": 890, "gunicorn": 845, "gunicorn-gthread": 820, "waitress": 890, "hypercorn": 955,
    "uvicorn": 955, "uwsgi": 635, "php-builtin": 660, "go": 965, "python": 710, "python-1.1": 720,
  ]

  private static let packagesOverHTTP = [
    "nginx": ["nginx"], "nginx-php": ["nginx", "php-fpm"], "apache": ["apache2-bin"],
    "apache-php": ["apache2-bin", "php-fpm"], "lighttpd": ["lighttpd"], "lighttpd-php": ["lighttpd", "php-fpm"],
    "caddy": ["caddy"], "caddy-php": ["caddy", "php-fpm"], "gunicorn": ["gunicorn"], "gunicorn-gthread": ["gunicorn"],
    "waitress": ["python3-waitress"], "hypercorn": ["python3-hypercorn", "python3-asgiref"], "uvicorn": ["uvicorn"],
    "uwsgi": ["uwsgi-core", "uwsgi-plugin-python3"], "php-builtin": ["php-cli"], "go": ["golang-go"],
    "python": ["python3"], "python-1.1": ["python3"],
  ]

  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The program that was built with this test.
  static var program: URL? {
    var folder = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
    if let bundle = Bundle.allBundles.first(where: { $0.bundlePath.hasSuffix(".xctest") }) {
      folder = bundle.bundleURL.deletingLastPathComponent()
    }
    let candidates = [folder, Bundle.main.bundleURL, Bundle.main.bundleURL.deletingLastPathComponent()]
    return candidates.map { $0.appending(path: "gatespec") }.first {
      FileManager.default.isExecutableFile(atPath: $0.path)
    }
  }

  /// All of them at once: what takes long is waiting.
  @Test func deviateAsTheirBaselinesSayAndNoFurther() throws {
    try Self.check("scripts/check-servers.sh", Self.leastPasses, Self.packages)
  }

  @Test func httpServersDeviateAsTheirBaselinesSayAndNoFurther() throws {
    try Self.check("scripts/check-http-servers.sh", Self.leastPassesOverHTTP, Self.packagesOverHTTP)
  }

  /// Runs a script and looks at the line that it prints of each target.
  ///
  /// What is not installed is skipped by the script, which says why; in continuous integration that is an error.
  private static func check(_ script: String, _ leastPasses: [String: Int], _ packages: [String: [String]]) throws {
    let program = try #require(Self.program, "the program stands beside the tests")
    let run = try Self.run([script, program.path])
    #expect(run.code == 0, "\(run.output)")
    var seen: Set<String> = []
    for line in run.output.split(separator: "\n") {
      guard let colon = line.firstIndex(of: ":"), let least = leastPasses[String(line[..<colon])] else { continue }
      let name = String(line[..<colon])
      seen.insert(name)
      if line.contains(": skipped: ") {
        let needed = try #require(packages[name], "\(line)").map { Prerequisite($0) }
        #expect(needed.contains { $0.mayBeMissing }, "\(line): \(needed)")
        continue
      }
      let passes = line.split(separator: " ").split(separator: "pass,").first?.last.flatMap { Int($0) }
      #expect(passes ?? 0 >= least, "\(line)")
    }
    #expect(seen == Set(leastPasses.keys))
  }

  private static func run(_ arguments: [String]) throws -> (code: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = arguments
    process.currentDirectoryURL = root
    let file = FileManager.default.temporaryDirectory.appending(path: "gatespec-\(UUID().uuidString).out")
    try Data().write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: file)
    process.standardError = process.standardOutput
    try process.run()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: try Data(contentsOf: file), as: UTF8.self))
  }
}
