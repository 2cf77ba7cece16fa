// The uwsgi decoder and encoder: golden files, every fragmentation, damaged bytes, and what is written is read.

import TestSupport
import Testing
import UWSGIWire
import WireBytes

@Suite struct UWSGIDecoderTests {
  static let folder = Golden.wireFolder("uwsgi")
  static let names = Golden.wireFiles(in: folder)

  @Test func thereAreGoldens() { #expect(Self.names.count >= 6) }

  @Test("golden files", arguments: names)
  func golden(name: String) throws {
    let file = try Golden.wireFile(name, in: Self.folder)
    #expect(Golden.compare(UWSGIDecoder().log(file), withEvents: name, in: Self.folder) == nil)
  }

  @Test("golden files in every fragmentation", arguments: names)
  func fragmentation(name: String) throws {
    let bytes = try Golden.wireFile(name, in: Self.folder).bytes(.request)
    #expect(Fragmentation.verify(bytes, by: UWSGIDecoder()).isEmpty)
  }

  @Test func damagedBytesNeverTrapAndReadTheSameInPieces() throws {
    let inputs = try Self.names.map { try Golden.wireFile($0, in: Self.folder).bytes(.request) }
    let failure = AnyBytes.run(from: inputs, count: 10_000, seed: 0x0516) { input in
      let whole = UWSGIDecoder().log([input[...]])
      return whole == UWSGIDecoder().log(Fragmentation.pieces(of: input, every: 3))
        ? nil : "pieces of 3 read differently"
    }
    #expect(failure == nil, "\(failure.map(\.description) ?? "")")
  }

  static let variables: [(name: [UInt8], value: [UInt8])] = [
    (Array("QUERY_STRING".utf8), []), (Array("CONTENT_LENGTH".utf8), Array("4".utf8)),
    (Array("LONG".utf8), [UInt8](repeating: 0x61, count: 300)), (Array("lower".utf8), [0, 0xFF]),
  ]

  @Test func whatIsWrittenIsRead() {
    var bytes: [UInt8] = []
    UWSGIEncoder.appendRequest(.psgi, variables: Self.variables, body: "body".utf8, to: &bytes)
    var pairs: [(name: [UInt8], value: [UInt8])] = []
    var content: [UInt8] = []
    var headers: [UWSGIHeader] = []
    var ends: [OneRequestEnd] = []
    var anomalies = 0
    var decoder = UWSGIDecoder()
    unsafe decoder.receive(bytes.span.bytes) { event, piece in
      switch event {
      case .began(let header, _): headers.append(header)
      case .variable: pairs.append(([], []))
      case .name: pairs[pairs.count - 1].name.append(contentsOf: piece)
      case .value: pairs[pairs.count - 1].value.append(contentsOf: piece)
      case .content: content.append(contentsOf: piece)
      case .requestEnd(let end): ends.append(end)
      case .anomaly: anomalies += 1
      default: break
      }
    }
    #expect(anomalies == 0)
    #expect(headers.map(\.modifier) == [.psgi])
    #expect(pairs.map(\.name) == Self.variables.map(\.name))
    #expect(pairs.map(\.value) == Self.variables.map(\.value))
    #expect(content == Array("body".utf8))
    #expect(ends.map(\.contentByteCount) == [4])
    #expect(decoder.isComplete)
  }

  @Test func modifiers() {
    #expect(UWSGIModifier.wsgi.isRequest && UWSGIModifier(rawValue: 30).isRequest)
    #expect(!UWSGIModifier.ping.isRequest && !UWSGIModifier.ping.holdsVariables)
    #expect(UWSGIModifier.spooler.holdsVariables && !UWSGIModifier.spooler.isRequest)
    #expect(UWSGIModifier(rawValue: 2).isReserved)
    #expect(UWSGIModifier.php.name == "php" && UWSGIModifier(rawValue: 42).name == "modifier-42")
    #expect(UWSGIHeader(modifier: .managedPath, dataSize: 1, secondModifier: 1).dataByteCount == 65_537)
  }

  @Test func recognition() {
    var bytes: [UInt8] = []
    UWSGIEncoder.appendRequest(variables: Array(Self.variables.dropLast()), body: [], to: &bytes)
    func verdict(_ bytes: [UInt8]) -> PrefixVerdict { unsafe UWSGIDecoder.looksLikeRequest(bytes.span.bytes) }
    #expect(verdict(bytes) == .yes)
    // Header, QUERY_STRING without a value, CONTENT_LENGTH with its size.
    for length in 0..<(4 + 16 + 18) { #expect(verdict(Array(bytes[..<length])) == .needMore, "\(length)") }
    #expect(verdict(Array(bytes[..<(4 + 16 + 18)])) == .yes)
    #expect(verdict(Array("GET / HTTP/1.1\r\n".utf8)) == .no)
    #expect(verdict([1, 1, 0, 1, 0, 8, 0, 0]) == .no)
    #expect(verdict([0, 0, 0, 0]) == .no)
    #expect(verdict([UInt8](repeating: 0, count: 64)) == .no)
  }
}
