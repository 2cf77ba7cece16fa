// A short run of the fuzzer: a few thousand inputs for every target, the same ones each time. `make fuzz` goes on.

import Foundation
import Fuzzing
import TestSupport
import Testing

@Suite struct FuzzingTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  @Test(
    "any bytes: no trap, no bound passed, the same events in other pieces",
    arguments: [
      "fastcgi-records", "fastcgi-pairs", "http-requests", "http-responses", "cgi", "scgi", "uwsgi", "frames",
      "conversations", "segments", "captures", "fixtures",
    ])
  func anyBytes(name: String) throws {
    let targets = try FuzzTarget.all(root: Self.root)
    #expect(targets.count == 12, "every target is run here")
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
}
