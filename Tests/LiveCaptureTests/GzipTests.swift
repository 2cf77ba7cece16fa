// Compressed captures: whole, in several members, cut at every byte, damaged.

import LiveCapture
import Packets
import Testing
import WireBytes

@Suite struct GzipTests {
  static let plain = pcap(CaptureFileWriter(linkType: .ethernet))

  @Test func aCompressedCaptureIsReadAsThePlainOne() throws {
    let folder = try TemporaryFolder()
    for bytes in [Self.plain, pcapng(bigEndian: false)] {
      var source = try CaptureSource.openFile(folder.write(gzip(bytes), as: "a.gz"))
      let packets = try readAll(&source)
      #expect(packets.map(\.bytes) == frames)
      #expect(packets.map(\.nanoseconds) == frames.indices.map { time($0).nanoseconds })
    }
  }

  /// As `cat` and rotating writers make them; what is no member behind them is padding.
  @Test func severalMembersAreOneFile() throws {
    let folder = try TemporaryFolder()
    let members = gzip(Array(Self.plain[..<100])) + gzip([]) + gzip(Array(Self.plain[100...]))
    for tail in [[], [0, 0, 0, 0]] as [[UInt8]] {
      var source = try CaptureSource.openFile(folder.write(members + tail, as: "a.gz"))
      let packets = try readAll(&source)
      #expect(packets.map(\.bytes) == frames)
    }
  }

  @Test func aFileCutAnywhereGivesItsWholePackets() throws {
    let folder = try TemporaryFolder()
    let compressed = gzip(Self.plain)
    for length in stride(from: 60, to: compressed.count, by: 11) {
      var source = try CaptureSource.openFile(folder.write(Array(compressed[..<length]), as: "cut.gz"))
      var packets: [ReadPacket] = []
      let error = try #require(throws: CaptureError.self) { try read(&source, into: &packets) }
      #expect(error.code == .truncated)
      #expect(error.message.contains("its gzip data ends too early, after packet \(packets.count)"))
      #expect(packets.map(\.bytes) == Array(frames.prefix(packets.count)))
    }
  }

  @Test func damageIsToldAfterWhatCameBefore() throws {
    let folder = try TemporaryFolder()
    var compressed = gzip(Self.plain)
    compressed[compressed.count - 6] ^= 1  // the checksum
    var source = try CaptureSource.openFile(folder.write(compressed, as: "damaged.gz"))
    var packets: [ReadPacket] = []
    let error = try #require(throws: CaptureError.self) { try read(&source, into: &packets) }
    #expect(error.code == .corrupt)
    #expect(error.message.contains("after packet 5: its gzip data is damaged (zlib: incorrect data check)"))
    #expect(packets.map(\.bytes) == frames)
  }

  @Test func whatIsCompressedButNoCapture() throws {
    let folder = try TemporaryFolder()
    let cases: [([UInt8], CaptureError.Code, String)] = [
      (gzip(Array("Dear diary".utf8)), .notACapture, "is compressed with gzip, and what comes out is none"),
      (gzip([]), .notACapture, "is compressed with gzip"),
      ([0x1F, 0x8B, 8, 0, 0], .truncated, "cut off"),
      ([0x1F, 0x8B, 9] + [UInt8](repeating: 0, count: 20), .corrupt, "damaged (zlib: unknown compression method)"),
    ]
    for (bytes, code, words) in cases {
      let path = try folder.write(bytes, as: "a.gz")
      let error = try #require(throws: CaptureError.self) { _ = try CaptureSource.openFile(path) }
      #expect(error.code == code)
      #expect(error.message.contains(words), "\(error.message)")
    }
  }
}
