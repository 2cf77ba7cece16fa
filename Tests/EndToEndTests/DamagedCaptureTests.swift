// Damaged captures, as `gatespec trace` prints them and as tshark counts them.
//
// A capture is made, damaged in one way, and read by the program; every number it prints is compared with what the
// damage must cost, and nothing more. Where tshark is at hand and counts the same thing, both must agree.

import Foundation
import Packets
import Testing
import WireBytes

/// What a damaged capture must give.
struct Damage: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var interface: DamagedCapture.Interface
  var make: @Sendable (DamagedCapture.Interface) -> DamagedCapture
  var expected: Expected

  struct Expected: Equatable, Sendable {
    var exchanges = 1_000
    var incomplete = 0
    /// Exchanges with the flags G and M.
    var gaps = 0
    var joined = 0
    var gapBytes = 0
    var truncatedPackets = 0
    var conflicts = 0
    /// Requests that are in the capture and whose target was printed.
    var targets = 1_000
  }
}

@Suite struct DamagedCaptureTests {
  @Test func explore() throws {
    for interface in DamagedCapture.Interface.allCases {
      for damage in damages(interface) {
        let capture = damage.make(interface)
        let run = try TraceRun(capture)
        print("##", interface, damage.testDescription, run.seen, try Tshark.count(capture) as Any)
        for line in run.odd.prefix(3) { print("##    ", line) }
      }
    }
  }
}

func damages(_ interface: DamagedCapture.Interface) -> [Damage] {
  func damage(
    _ name: String, _ expected: Damage.Expected = .init(),
    _ make: @escaping @Sendable (DamagedCapture.Interface) -> DamagedCapture
  ) -> Damage {
    Damage(testDescription: "\(interface.rawValue): \(name)", interface: interface, make: make, expected: expected)
  }
  return [
    damage("nothing is damaged") { DamagedCapture($0, requests: 1_000) },
    damage("the last segment of a response is lost") {
      var capture = DamagedCapture($0, requests: 1_000)
      capture.packets.remove(at: capture.responses[500].upperBound - 1)
      return capture
    },
    damage("the first segment of a response is lost") {
      var capture = DamagedCapture($0, requests: 1_000)
      capture.packets.remove(at: capture.responses[503].lowerBound)
      return capture
    },
    damage("a whole small response is lost") {
      var capture = DamagedCapture($0, requests: 1_000)
      capture.packets.removeSubrange(capture.responses[497])
      return capture
    },
    damage("a request is lost") {
      var capture = DamagedCapture($0, requests: 1_000)
      capture.packets.removeSubrange(capture.requests[500])
      return capture
    },
    damage("two segments are swapped") {
      var capture = DamagedCapture($0, requests: 1_000)
      for number in [3, 503] {
        let first = capture.responses[number].lowerBound
        capture.packets.swapAt(first, first + 1)
      }
      return capture
    },
    damage("joined in the middle of a response") {
      var capture = DamagedCapture($0, requests: 1_000)
      capture.packets.removeFirst(capture.responses[503].lowerBound + 1)
      return capture
    },
    damage("pairs straddle records") { DamagedCapture($0, requests: 1_000, straddling: true) },
    damage("a gap inside a body") {
      var capture = DamagedCapture($0, requests: 1_000)
      capture.packets.remove(at: capture.responses[503].lowerBound + 1)
      return capture
    },
    damage("a retransmission with other bytes, after the first copy was read") {
      var capture = DamagedCapture($0, requests: 1_000)
      let index = capture.responses[503].lowerBound + 1
      var copy = capture.packets[index]
      for place in DamagedCapture.Packet.headers..<copy.frame.count { copy.frame[place] ^= 0xFF }
      capture.packets.insert(copy, at: index + 1)
      return capture
    },
    damage("a retransmission with other bytes, while the first copy waits") {
      var capture = DamagedCapture($0, requests: 1_000)
      let first = capture.responses[503].lowerBound
      capture.packets.swapAt(first, first + 1)
      var copy = capture.packets[first]
      for place in DamagedCapture.Packet.headers..<copy.frame.count { copy.frame[place] ^= 0xFF }
      capture.packets.insert(copy, at: first + 1)
      return capture
    },
    damage("sequence numbers wrap") {
      DamagedCapture($0, requests: 1_000, sequences: (.max - 50_000, .max - 300_000))
    },
    damage("a snapshot length of 200") {
      var capture = DamagedCapture($0, requests: 1_000)
      for index in capture.packets.indices { capture.packets[index].kept = 200 }
      return capture
    },
    damage("every packet twice") {
      var capture = DamagedCapture($0, requests: 1_000)
      capture.packets = capture.packets.flatMap { [$0, $0] }
      return capture
    },
    damage("only the client's packets") {
      var capture = DamagedCapture($0, requests: 1_000)
      capture.packets.removeAll { $0.frame[34] == 0x23 }
      return capture
    },
    damage("only the server's packets") {
      var capture = DamagedCapture($0, requests: 1_000)
      capture.packets.removeAll { $0.frame[34] != 0x23 }
      return capture
    },
  ]
}

/// One run of `gatespec trace`.
struct TraceRun {
  var seen = Damage.Expected()
  var odd: [String] = []
  init(_ capture: DamagedCapture) throws {
    let lines = try Tool.run(
      Tool.gatespec(), ["trace", "-r", "-", "--format", "json"], input: capture.file)
    seen = Damage.Expected(exchanges: 0, targets: 0)
    for line in lines.split(separator: "\n") {
      let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      func number(_ key: String) -> Int { object[key] as? Int ?? -1 }
      if object["type"] as? String == "summary" {
        seen.exchanges = number("exchanges")
        seen.incomplete = number("incomplete")
        seen.gapBytes = number("gap_bytes")
        seen.truncatedPackets = number("truncated_packets")
        seen.conflicts = number("conflicts")
        continue
      }
      let flags = object["flags"] as? [String] ?? []
      if flags.contains("G") { seen.gaps += 1 }
      if flags.contains("M") { seen.joined += 1 }
      if (object["uri"] as? String)?.hasPrefix("/item/") == true { seen.targets += 1 }
      if flags.contains("G") || flags.contains("M") || object["ending"] as? String != "complete" {
        odd.append(
          "\(object["uri"] ?? "") \(object["status"] ?? "") \(object["ending"] ?? "") \(flags) \((object["response"] as? [String: Any])?["body_bytes"] ?? "")"
        )
      }
    }
  }
}

/// What tshark counts.
enum Tshark {
  static func count(_ capture: DamagedCapture) throws -> [Int]? {
    let fields =
      capture.interface == .fastcgi ? ["-e", "fcgi.type"] : ["-e", "http.request.uri", "-e", "http.response.code"]
    let output = try Tool.run(
      URL(filePath: "/usr/bin/tshark"),
      [
        "-r", "-", "-d", "tcp.port==9000,\(capture.interface == .fastcgi ? "fcgi" : "http")", "-o",
        "tcp.reassemble_out_of_order:TRUE", "-T", "fields", "-E", "occurrence=a", "-E", "aggregator= ",
      ] + fields, input: capture.file)
    let words = output.split(whereSeparator: { " \t\n".contains($0) })
    return capture.interface == .fastcgi
      ? [words.count { $0 == "1" }, words.count { $0 == "3" }]
      : [words.count { $0.hasPrefix("/item") }, words.count { $0 == "200" }]
  }
}

enum Tool {
  static func gatespec() throws -> URL {
    var folder = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
    if let bundle = Bundle.allBundles.first(where: { $0.bundlePath.hasSuffix(".xctest") }) {
      folder = bundle.bundleURL.deletingLastPathComponent()
    }
    let candidates = [folder, Bundle.main.bundleURL, Bundle.main.bundleURL.deletingLastPathComponent()]
    return try #require(
      candidates.map { $0.appending(path: "gatespec") }.first { FileManager.default.isExecutableFile(atPath: $0.path) })
  }

  /// Runs a program to its end and gives its output.
  static func run(_ file: URL, _ arguments: [String], input: [UInt8]) throws -> String {
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
