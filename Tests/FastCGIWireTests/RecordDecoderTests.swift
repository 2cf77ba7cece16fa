// The record decoder: golden files, every fragmentation, damaged bytes, and finding its step again.

import FastCGIWire
import TestSupport
import Testing
import WireBytes

@Suite struct RecordDecoderTests {
  static let folder = Golden.wireFolder("fastcgi")

  @Test("golden files", arguments: Golden.wireFiles(in: folder))
  func golden(name: String) throws {
    let file = try Golden.wireFile(name, in: Self.folder)
    #expect(Golden.compare(Self.log(file), withEvents: name, in: Self.folder) == nil)
  }

  @Test("golden files in every fragmentation", arguments: Golden.wireFiles(in: folder))
  func fragmentation(name: String) throws {
    let file = try Golden.wireFile(name, in: Self.folder)
    for direction in Direction.allCases {
      let bytes = file.bytes(direction)
      for joined in [false, true] {
        #expect(Fragmentation.verify(bytes, by: FastCGIRecordDecoder(joinedInTheMiddle: joined)).isEmpty)
      }
    }
  }

  /// Both directions of a file, `lose client|server COUNT` and `join` obeyed.
  static func log(_ file: WireFile) -> [String] {
    let joins = file.steps.contains(.action(["join"]))
    return Direction.allCases.flatMap { FastCGIRecordDecoder(joinedInTheMiddle: joins).log(file, $0) }
  }

  @Test func damagedBytesNeverTrapAndReadTheSameInPieces() throws {
    let inputs = try Golden.wireFiles(in: Self.folder).flatMap { name in
      let file = try Golden.wireFile(name, in: Self.folder)
      return Direction.allCases.map { file.bytes($0) }.filter { !$0.isEmpty }
    }
    let failure = AnyBytes.run(from: inputs, count: 20_000, seed: 0x1FC6) { input in
      let whole = FastCGIRecordDecoder().log([input[...]])
      return whole == FastCGIRecordDecoder().log(Fragmentation.pieces(of: input, every: 3))
        ? nil : "pieces of 3 read differently"
    }
    #expect(failure == nil, "\(failure.map(\.description) ?? "")")
  }

  @Test func aLossInsideContentKeepsTheStep() {
    var decoder = FastCGIRecordDecoder()
    var log = DecoderLog<FastCGIRecordEvent>(.response)
    let stream = Self.record(.stdout, content: [UInt8](repeating: 0x61, count: 100)) + Self.record(.stdout, content: [])
    let before = stream[..<28]
    let after = stream[58...]
    unsafe decoder.receive(before.span.bytes) { log.add($0, $1) }
    decoder.skip(byteCount: 30) { log.add($0, $1) }
    unsafe decoder.receive(after.span.bytes) { log.add($0, $1) }
    log.flush()
    #expect(!decoder.isSearching)
    #expect(log.lines.contains("28 < missing bytes=30"))
    #expect(log.lines.last == "108 < ended type=stdout")
  }

  @Test func aLossAcrossRecordsIsFollowedByASearch() {
    var decoder = FastCGIRecordDecoder()
    var log = DecoderLog<FastCGIRecordEvent>(.response)
    let first = Self.record(.stdout, content: [UInt8](repeating: 0x61, count: 20))
    let rest =
      Self.record(.stdout, content: Array("tail".utf8)) + Self.record(.stdout, content: [])
      + Self.record(.endRequest, content: FastCGIEndRequestBody(appStatus: 0, protocolStatus: .requestComplete).bytes)
    let before = first[..<12]
    unsafe decoder.receive(before.span.bytes) { log.add($0, $1) }
    decoder.skip(byteCount: 1000) { log.add($0, $1) }
    #expect(decoder.isSearching)
    let after = Array("lost tail".utf8) + rest
    unsafe decoder.receive(after.span.bytes) { log.add($0, $1) }
    log.flush()
    #expect(log.lines.contains("1021 < resynchronised skipped=1009"))
    #expect(log.lines.last?.hasSuffix("ended type=end-request") == true)
  }

  @Test func aLongSearchThroughNoiseIsBounded() {
    var decoder = FastCGIRecordDecoder(joinedInTheMiddle: true)
    // Every byte could begin a record; none is followed by one.
    let noise = [UInt8](repeating: 1, count: 1 << 20)
    var events = 0
    unsafe decoder.receive(noise.span.bytes) { _, _ in events += 1 }
    #expect(events == 0)
    #expect(decoder.isSearching)
    let good = Self.record(.stdout, content: []) + Self.record(.stdout, content: [])
    unsafe decoder.receive(good.span.bytes) { _, _ in events += 1 }
    decoder.end { _, _ in events += 1 }
    #expect(events > 0)
  }

  @Test func manyLossesInARowDoNotNest() {
    // A record, noise, a record, noise …: each loss must be met without recursion.
    let good = Self.record(.stdout, content: []) + Self.record(.stdout, content: [])
    let stream = (0..<20_000).flatMap { _ in good + Array("noise".utf8) }
    var decoder = FastCGIRecordDecoder()
    var found = 0
    unsafe decoder.receive(stream.span.bytes) { event, _ in if case .resynchronised = event { found += 1 } }
    #expect(found > 19_000)
  }

  static func record(_ type: FastCGIRecordType, content: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    FastCGIEncoder.append(
      FastCGIRecordHeader(type: type, requestID: 1, contentLength: UInt16(content.count)), to: &output)
    return output + content
  }
}

@Suite struct NameValueDecoderTests {
  /// Pairs, offsets and the state at the end, as text.
  static func log(_ pieces: [ArraySlice<UInt8>]) -> [String] {
    var decoder = FastCGINameValueDecoder()
    var lines: [String] = []
    var name: [UInt8] = [], value: [UInt8] = []
    var offset: StreamOffset = 0
    for piece in pieces {
      unsafe decoder.receive(piece.span.bytes, at: offset) { event, bytes in
        switch event {
        case .pair(let nameLength, let valueLength, let at):
          lines.append("pair \(nameLength) \(valueLength) at \(at)")
          (name, value) = ([], [])
        case .name: name.append(contentsOf: bytes)
        case .value: value.append(contentsOf: bytes)
        case .ended: lines.append("\(WireText.escape(name))=\(WireText.escape(value))")
        }
      }
      offset += UInt64(piece.count)
    }
    lines.append(decoder.isAtBoundary ? "whole" : "cut")
    return lines
  }

  static let long = [UInt8](repeating: 0x6E, count: 130)
  static let pairs: [UInt8] =
    [3, 1] + Array("aaab".utf8)
    + [2, 0x80, 0, 0, 130] + Array("nm".utf8) + long
    + [0x80, 0, 0, 130, 1] + long + [0x76]
    + [0x80, 0, 0, 1, 0x80, 0, 0, 1] + Array("xy".utf8)
    + [0, 0] + [1, 0] + Array("e".utf8)

  @Test func allFourFormsAndEmptyParts() {
    let n = String(repeating: "n", count: 130)
    #expect(
      Self.log([Self.pairs[...]]) == [
        "pair 3 1 at 0", "aaa=b", "pair 2 130 at 6", "nm=\(n)", "pair 130 1 at 143", "\(n)=v", "pair 1 1 at 279", "x=y",
        "pair 0 0 at 289", "=", "pair 1 0 at 291", "e=", "whole",
      ])
  }

  @Test func everyFragmentation() {
    #expect(Fragmentation.verify(Self.pairs, Self.log).isEmpty)
  }

  @Test("a pair that is cut is not whole", arguments: [1, 2, 3, 5, 7, 100])
  func cut(count: Int) {
    #expect(Self.log([Self.pairs[..<count]]).last == "cut")
  }

  @Test func aHugeClaimIsNotAllocated() {
    var decoder = FastCGINameValueDecoder()
    let claim: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x61]
    var seen: [FastCGINameValueEvent] = []
    unsafe decoder.receive(claim.span.bytes, at: 0) { event, _ in seen.append(event) }
    #expect(seen == [.pair(nameLength: 0x7FFF_FFFF, valueLength: 0x7FFF_FFFF, at: 0), .name])
    #expect(!decoder.isAtBoundary)
  }
}
