// A short run of the fuzzer: a few thousand inputs for every target, the same ones each time. `make fuzz` goes on.

import Conformance
import Exchanges
import Foundation
import Fuzzing
import Inspection
import LiveCapture
import TestSupport
import Testing
import WireBytes

@Suite struct FuzzingTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  @Test(
    "any bytes: no trap, no bound passed, the same events in other pieces",
    arguments: [
      "fastcgi-records", "fastcgi-pairs", "http-requests", "http-responses", "cgi", "scgi", "uwsgi", "wsgi", "frames",
      "conversations", "segments", "captures", "fixtures",
    ])
  func anyBytes(name: String) throws {
    let targets = try FuzzTarget.all(root: Self.root)
    #expect(targets.count == 13, "every target is run here")
    let target = try #require(targets.first { $0.name == name })
    #expect(target.seeds.count > 1)
    var run = FuzzRun(target)
    let rounds = max(target.share * 10, 100)
    run.run(rounds, seed: 20_261_125, deadline: .infinity)
    #expect(run.failure == nil, "\(run.failure.map { "\($0)" } ?? "")")
    #expect(run.rounds == rounds)
  }

  @Test func aFailureIsFoundAndMadeShort() throws {
    let target = FuzzTarget(
      name: "planted", seeds: [Array("seed".utf8)], limit: 64, share: 1
    ) { $0.contains(0xFF) ? "holds FF" : nil }
    var run = FuzzRun(target)
    run.run(100_000, seed: 1, deadline: .infinity)
    #expect(run.failure?.input == [0xFF])
  }

  /// Counts are the inspector's.
  private struct Passed: InspectionSink {
    mutating func take(_ exchange: inout Exchange, _ findings: [Finding]) {}
    mutating func take(_ connection: ConnectionSummary, _ findings: [Finding]) {}
  }

  @Test func captureSeedsHoldExchangesInEveryForm() throws {
    let target = try #require(try FuzzTarget.all(root: Self.root).first { $0.name == "captures" })
    let file = FileManager.default.temporaryDirectory.appending(path: "gatespec-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    var heads: [UInt8: (seeds: Int, decoded: Int)] = [:]
    for seed in target.seeds {
      try Data(seed).write(to: file)
      var source = try CaptureSource.openFile(file.path)
      var inspector = Inspector(linkType: source.linkType)
      var passed = Passed()
      // Committed captures are cut off where their bytes are.
      _ = try? source.forEachPacket { packet, bytes in
        inspector.receive(
          bytes, originalByteCount: packet.originalByteCount, origin: packet.origin, to: &passed)
        return .goOn
      }
      inspector.finish(to: &passed)
      heads[seed[0], default: (0, 0)].seeds += 1
      if inspector.counters.exchanges > 0 { heads[seed[0], default: (0, 0)].decoded += 1 }
    }
    // pcap, pcapng, gzip.
    #expect(Set(heads.keys) == [0x4D, 0xD4, 0x0A, 0x1F] || Set(heads.keys) == [0x4D, 0x0A, 0x1F])
    // Golden files are of one direction, or broken on purpose, now and then; no form loses more than another.
    for (head, count) in heads { #expect(count.decoded * 2 >= count.seeds, "\(head): \(count)") }
    #expect(heads[0x0A]?.decoded == heads[0x1F]?.decoded)
  }
}
