// The decoder of the bridge's form and the writer of its lines: golden files, every fragmentation, damaged bytes, and what
// is written is read.

import TestSupport
import Testing
import WSGIWire
import WireBytes

@Suite struct WSGIDecoderTests {
  static let folder = Golden.wireFolder("wsgi")
  static let names = Golden.wireFiles(in: folder)

  @Test func thereAreGoldens() { #expect(Self.names.count >= 6) }

  @Test("golden files", arguments: names)
  func golden(name: String) throws {
    let file = try Golden.wireFile(name, in: Self.folder)
    #expect(Golden.compare(WSGIDecoder().log(file), withEvents: name, in: Self.folder) == nil)
  }

  @Test("golden files in every fragmentation", arguments: names)
  func fragmentation(name: String) throws {
    let bytes = try Golden.wireFile(name, in: Self.folder).bytes(.request)
    #expect(Fragmentation.verify(bytes, by: WSGIDecoder()).isEmpty)
  }

  @Test func damagedBytesNeverTrapAndReadTheSameInPieces() throws {
    let inputs = try Self.names.map { try Golden.wireFile($0, in: Self.folder).bytes(.request) }
    let failure = AnyBytes.run(from: inputs, count: 10_000, seed: 0x3333) { input in
      let whole = WSGIDecoder().log([input[...]])
      return whole == WSGIDecoder().log(Fragmentation.pieces(of: input, every: 3))
        ? nil : "pieces of 3 read differently"
    }
    #expect(failure == nil, "\(failure.map(\.description) ?? "")")
  }

  @Test(arguments: [
    WSGIStatement("called"), WSGIStatement("status", [Array("200 OK".utf8)]), WSGIStatement("variable", [[0xFF], []]),
    WSGIStatement("item", facts: [("type", Array("bytes".utf8)), ("at", Array("a b.py:7=".utf8))]),
    WSGIStatement("field", [Array("A=b".utf8), [0, 10, 32, 37]], facts: [("value-type", Array("int".utf8))]),
  ])
  func whatIsWrittenIsRead(_ statement: WSGIStatement) {
    for payload in [nil, [], Array("a\nb".utf8)] as [[UInt8]?] {
      var bytes: [UInt8] = []
      statement.append(to: &bytes, payload: payload)
      var read: [WSGIStatement] = []
      var content: [UInt8] = []
      var others = 0
      var decoder = WSGIDecoder()
      unsafe decoder.receive(bytes.span.bytes) { event, piece in
        switch event {
        case .line(let line):
          read.append(WSGIStatement(piece))
          #expect(line.payloadByteCount == payload.map { UInt64($0.count) })
        case .content: content.append(contentsOf: piece)
        case .contentEnd: break
        case .undecoded, .anomaly: others += 1
        }
      }
      #expect(read == [statement])
      #expect(content == payload ?? [])
      #expect(others == 0)
    }
  }

  @Test func recognition() {
    func verdict(_ text: String) -> PrefixVerdict {
      let bytes = Array(text.utf8)
      return unsafe WSGIDecoder.looksLikeRequest(bytes.span.bytes)
    }
    #expect(verdict("gatespec-wsgi 1\nvariable A b\n") == .yes)
    for length in 1..<16 { #expect(verdict(String("gatespec-wsgi 1\n".prefix(length))) == .needMore) }
    for other in ["GET / HTTP/1.1\r\n", "gatespec-wsgi 2\n", "gatespec", "g "] {
      #expect(verdict(other) == (other == "gatespec" ? .needMore : .no), "\(other)")
    }
  }
}
