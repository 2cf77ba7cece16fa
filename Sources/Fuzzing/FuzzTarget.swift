// What is fuzzed: each target with its seeds, its check, and its share of the rounds.

import Fixtures
import Packets
import TestSupport
import WireBytes

/// Something that any bytes may be given to.
package struct FuzzTarget {
  package let name: String
  /// Inputs to damage.
  package let seeds: [[UInt8]]
  /// The greatest length of a damaged input.
  package let limit: Int
  /// Its part of a run's rounds, in thousandths.
  package let share: Int
  /// Says what is wrong with how an input was handled, or nil.
  package let check: ([UInt8]) -> String?

  /// Every target, with seeds from the repository at `root`.
  ///
  /// - Throws: When the seeds cannot be read.
  package static func all(root: String) throws -> [FuzzTarget] {
    let seeds = try FuzzSeeds(root: root)
    let capture = FuzzedCapture()
    return [
      .init("fastcgi-records", seeds.fastCGI, share: 120, FuzzedDecoders.records.check),
      .init("fastcgi-pairs", seeds.pairs, share: 60, FuzzedDecoders.pairs.check),
      .init("http-requests", seeds.httpRequests, share: 140, FuzzedDecoders.httpRequests.check),
      .init("http-responses", seeds.httpResponses, share: 140, FuzzedDecoders.httpResponses.check),
      .init("cgi", seeds.cgi, share: 100, FuzzedDecoders.cgi.check),
      .init("scgi", seeds.scgi, share: 40, FuzzedDecoders.scgi.check),
      .init("uwsgi", seeds.uwsgi, share: 40, FuzzedDecoders.uwsgi.check),
      .init("wsgi", seeds.wsgi, share: 30, FuzzedDecoders.wsgi.check),
      .init("frames", seeds.frames, limit: 256, share: 130, FuzzedFrame.check),
      .init("conversations", seeds.conversations, share: 99, FuzzedConversation.check),
      .init("segments", seeds.conversations, share: 50, FuzzedSegments.check),
      .init("captures", seeds.captures, limit: 6_144, share: 50, capture.check),
      .init("fixtures", seeds.fixtures, limit: 4_096, share: 1, FuzzedFixture.check),
    ]
  }

  package init(name: String, seeds: [[UInt8]], limit: Int, share: Int, check: @escaping ([UInt8]) -> String?) {
    self.name = name
    self.seeds = seeds.isEmpty ? [[]] : seeds
    self.limit = limit
    self.share = share
    self.check = check
  }

  private init(
    _ name: String, _ seeds: [[UInt8]], limit: Int = 512, share: Int, _ check: @escaping ([UInt8]) -> String?
  ) {
    self.init(name: name, seeds: seeds, limit: limit, share: share, check: check)
  }
}
