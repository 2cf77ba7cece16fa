// Damaged captures, as `gatespec trace` prints them and as tshark counts them.
//
// A capture is made, damaged in one way, and read by the program; every number it prints is compared with what the
// damage must cost. Where tshark is at hand and bears the damage, both must agree; elsewhere gatespec must recover at
// least as much.

import Foundation
import Packets
import Prerequisites
import Testing

@Suite struct DamagedCaptureTests {
  @Test(arguments: damages + headDamages)
  func fastCGI(_ damage: Damage) throws { try verify(damage, .fastcgi) }

  @Test(arguments: damages + headDamages)
  func http(_ damage: Damage) throws { try verify(damage, .http) }

  private func verify(_ damage: Damage, _ interface: DamagedCapture.Interface) throws {
    let (capture, expected) = damage.make(interface)
    let counts = try Self.trace(capture).counts
    #expect(counts == expected)
  }

  @Test(
    .requires("tshark", Tool.tshark.isThere), arguments: damages,
    DamagedCapture.Interface.allCases)
  func tsharkRecoversNoMore(_ damage: Damage, _ interface: DamagedCapture.Interface) throws {
    let (capture, _) = damage.make(interface)
    let own = try Self.trace(capture)
    let other = try Self.tshark(capture)
    if damage.tsharkAgrees {
      #expect(other.requests == own.counts.targets)
      #expect(other.responses == own.complete)
    } else {
      #expect(other.responses <= own.complete)
    }
  }

  @Test("joined at every packet of a response", arguments: DamagedCapture.Interface.allCases)
  func joinedAnywhere(_ interface: DamagedCapture.Interface) throws {
    let whole = DamagedCapture(interface, requests: 20)
    for first in whole.responses[6].lowerBound..<whole.responses[7].upperBound {
      var capture = whole
      capture.packets.removeFirst(first)
      let own = try Self.trace(capture)
      // Requests that were seen whole are recognised, and each has its own whole response.
      let seen = whole.requests.count { $0.lowerBound >= first }
      #expect(own.counts.targets == seen, "from packet \(first)")
      #expect(own.complete >= seen, "from packet \(first)")
      #expect(own.counts.exchanges - seen <= 1, "from packet \(first)")
      #expect(own.counts.joined == own.counts.exchanges - seen, "from packet \(first)")
    }
  }

  private static let folder = ProcessInfo.processInfo.environment["DAMAGED_CAPTURES"]

  @Test(.enabled(if: folder != nil, "DAMAGED_CAPTURES names no folder: scripts/damaged-captures.sh does"))
  func keepCaptures() throws {
    let folder = try #require(Self.folder)
    for interface in DamagedCapture.Interface.allCases {
      for (index, damage) in (damages + headDamages).enumerated() {
        let number = (index < 10 ? "0" : "") + "\(index)"
        let name = "\(number)-\(interface.rawValue)-\(damage.name.replacing(" ", with: "-")).pcap"
        try Data(damage.make(interface).0.file).write(to: URL(filePath: folder).appending(path: name))
      }
    }
  }

  /// What the program prints, and how many responses it calls complete.
  static func trace(_ capture: DamagedCapture) throws -> (counts: TraceCounts, complete: Int) {
    let text = try Tool.gatespec.run(["trace", "-r", "-", "--format", "json"], input: capture.file)
    var counts = TraceCounts(exchanges: 0, targets: 0)
    var complete = 0
    for line in text.split(separator: "\n") {
      let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      func number(_ key: String) -> Int { object[key] as? Int ?? -1 }
      if object["type"] as? String == "summary" {
        counts.exchanges = number("exchanges")
        counts.incomplete = number("incomplete")
        counts.gapBytes = number("gap_bytes")
        counts.truncatedPackets = number("truncated_packets")
        counts.conflicts = number("conflicts")
        continue
      }
      let flags = object["flags"] as? [String] ?? []
      if flags.contains("G") { counts.gaps += 1 }
      if flags.contains("M") { counts.joined += 1 }
      if (object["uri"] as? String)?.hasPrefix("/item/") == true { counts.targets += 1 }
      if object["ending"] as? String == "complete" { complete += 1 }
    }
    return (counts, complete)
  }

  /// The requests and responses that tshark dissects.
  static func tshark(_ capture: DamagedCapture) throws -> (requests: Int, responses: Int) {
    let isFastCGI = capture.interface == .fastcgi
    let fields = isFastCGI ? ["-e", "fcgi.type"] : ["-e", "http.request.uri", "-e", "http.response.code"]
    let text = try Tool.tshark.run(
      [
        "-r", "-", "-d", "tcp.port==9000,\(isFastCGI ? "fcgi" : "http")", "-o", "tcp.reassemble_out_of_order:TRUE",
        "-T", "fields", "-E", "occurrence=a", "-E", "aggregator= ",
      ] + fields, input: capture.file)
    let words = text.split { " \t\n".contains($0) }
    // BEGIN_REQUEST and END_REQUEST.
    guard isFastCGI else { return (words.count { $0.hasPrefix("/item/") }, words.count { $0 == "200" }) }
    return (words.count { $0 == "1" }, words.count { $0 == "3" })
  }
}

extension Damage: CustomTestStringConvertible {
  var testDescription: String { name }
}

/// A program that the tests run.
struct Tool: Sendable {
  var file: URL

  static let tshark = Tool(file: URL(filePath: "/usr/bin/tshark"))

  /// The program that was built with this test.
  static var gatespec: Tool {
    var folder = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
    if let bundle = Bundle.allBundles.first(where: { $0.bundlePath.hasSuffix(".xctest") }) {
      folder = bundle.bundleURL.deletingLastPathComponent()
    }
    let candidates = [folder, Bundle.main.bundleURL, Bundle.main.bundleURL.deletingLastPathComponent()]
      .map { Tool(file: $0.appending(path: "gatespec")) }
    return candidates.first(where: \.isThere) ?? candidates[0]
  }

  var isThere: Bool { FileManager.default.isExecutableFile(atPath: file.path) }

  /// Runs the program to its end and gives its output.
  func run(_ arguments: [String], input: [UInt8]) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appending(path: "gatespec-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = ["in", "out"].map { folder.appending(path: $0) }
    try Data(input).write(to: files[0])
    try Data().write(to: files[1])
    let process = Process()
    process.executableURL = file
    process.arguments = arguments
    process.standardInput = try FileHandle(forReadingFrom: files[0])
    process.standardOutput = try FileHandle(forWritingTo: files[1])
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return String(decoding: try Data(contentsOf: files[1]), as: UTF8.self)
  }
}
