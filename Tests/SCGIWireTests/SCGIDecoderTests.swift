// The SCGI decoder and encoder: golden files, every fragmentation, damaged bytes, and what is written is read.

import SCGIWire
import TestSupport
import Testing
import WireBytes

@Suite struct SCGIDecoderTests {
  static let folder = Golden.wireFolder("scgi")
  static let names = Golden.wireFiles(in: folder)

  @Test func thereAreGoldens() { #expect(Self.names.count >= 6) }

  @Test("golden files", arguments: names)
  func golden(name: String) throws {
    let file = try Golden.wireFile(name, in: Self.folder)
    #expect(Golden.compare(SCGIDecoder().log(file), withEvents: name, in: Self.folder) == nil)
  }

  @Test("golden files in every fragmentation", arguments: names)
  func fragmentation(name: String) throws {
    let bytes = try Golden.wireFile(name, in: Self.folder).bytes(.request)
    #expect(Fragmentation.verify(bytes, by: SCGIDecoder()).isEmpty)
  }

  @Test func damagedBytesNeverTrapAndReadTheSameInPieces() throws {
    let inputs = try Self.names.map { try Golden.wireFile($0, in: Self.folder).bytes(.request) }
    let failure = AnyBytes.run(from: inputs, count: 10_000, seed: 0x5C61) { input in
      let whole = SCGIDecoder().log([input[...]])
      return whole == SCGIDecoder().log(Fragmentation.pieces(of: input, every: 3))
        ? nil : "pieces of 3 read differently"
    }
    #expect(failure == nil, "\(failure.map(\.description) ?? "")")
  }

  @Test func whatIsWrittenIsRead() {
    let headers: [(name: [UInt8], value: [UInt8])] = [
      (Array("REQUEST_METHOD".utf8), Array("POST".utf8)), (Array("EMPTY".utf8), []), ([0xFF], [1, 2, 0x80]),
    ]
    for body in [[], Array("text".utf8), [UInt8](repeating: 0, count: 300)] as [[UInt8]] {
      var bytes: [UInt8] = []
      SCGIEncoder.appendRequest(headers: headers, body: body, to: &bytes)
      var pairs: [(name: [UInt8], value: [UInt8])] = []
      var content: [UInt8] = []
      var ends: [OneRequestEnd] = []
      var anomalies = 0
      var decoder = SCGIDecoder()
      unsafe decoder.receive(bytes.span.bytes) { event, piece in
        switch event {
        case .header: pairs.append(([], []))
        case .name: pairs[pairs.count - 1].name.append(contentsOf: piece)
        case .value: pairs[pairs.count - 1].value.append(contentsOf: piece)
        case .content: content.append(contentsOf: piece)
        case .requestEnd(let end): ends.append(end)
        case .anomaly: anomalies += 1
        default: break
        }
      }
      #expect(anomalies == 0)
      #expect(pairs.dropFirst(2).map(\.name) == headers.map(\.name))
      #expect(pairs.dropFirst(2).map(\.value) == headers.map(\.value))
      #expect(content == body)
      #expect(ends.map(\.contentByteCount) == [UInt64(body.count)])
      #expect(decoder.isComplete)
    }
  }

  @Test func endlessDigitsAreRefusedAtOnce() {
    var decoder = SCGIDecoder()
    let digits = [UInt8](repeating: 0x39, count: 1 << 16)
    var kinds: [AnomalyKind] = []
    unsafe decoder.receive(digits.span.bytes) { event, _ in
      if case .anomaly(let anomaly) = event { kinds.append(anomaly.kind) }
    }
    #expect(kinds == [.scgiLengthTooLarge, .lostSynchronisation])
  }

  @Test func recognition() {
    func verdict(_ text: String) -> PrefixVerdict {
      let bytes = Array(text.utf8)
      return unsafe SCGIDecoder.looksLikeRequest(bytes.span.bytes)
    }
    #expect(verdict("70:CONTENT_LENGTH\0") == .yes)
    for length in 0..<18 { #expect(verdict(String("70:CONTENT_LENGTH\0".prefix(length))) == .needMore) }
    for other in [
      "GET / HTTP/1.1\r\n", "070:CONTENT_LENGTH\0", "7:hello", "70:CONTENT_LENGTHS\0", "99999999:", ":", "a",
    ] {
      #expect(verdict(other) == .no, "\(other)")
    }
  }
}
