// Recognising protocols by what bytes say: each by its own, none by another's, nothing in noise.

import ConversationTesting
import Exchanges
import TestSupport
import Testing
import WireBytes

@Suite struct DetectionTests {
  static let clientHello: [UInt8] =
    [0x16, 3, 1, 0x02, 0x00, 1, 0, 0x01, 0xFC, 3, 3] + [UInt8](repeating: 0x5A, count: 506)
  static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

  /// What clients send first, and what it is.
  static let requests: [(name: String, bytes: [UInt8], verdict: DetectionVerdict)] = [
    ("FastCGI", FastCGISteps.begin(), .protocolIs(.fastCGI)),
    ("FCGI_GET_VALUES", [1, 9, 0, 0, 0, 0, 0, 0], .protocolIs(.fastCGI)),
    ("HTTP", Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8), .protocolIs(.http1)),
    (
      "HTTP with a long target", Array(("GET /" + String(repeating: "a", count: 4000) + " HTTP/1.1\r\n\r\n").utf8),
      .protocolIs(.http1)
    ),
    ("SCGI", scgiRequest(), .protocolIs(.scgi)), ("uwsgi", uwsgiRequest(), .protocolIs(.uwsgi)),
    ("TLS", clientHello, .foreign(.tls)), ("HTTP/2", preface, .foreign(.http2)),
    ("SSH", Array("SSH-2.0-OpenSSH_9.2\r\n".utf8), .unknown), ("Redis", Array("*1\r\n$4\r\nPING\r\n".utf8), .unknown),
    ("MySQL", [0x4A, 0, 0, 0, 0x0A, 0x38, 0x2E, 0x30], .unknown),
    ("PostgreSQL", [0, 0, 0, 8, 4, 0xD2, 0x16, 0x2F], .unknown),
    ("memcached", Array("get a\r\n".utf8), .unknown), ("AJP", [0x12, 0x34, 0, 1, 0x0A], .unknown),
  ]

  @Test("first bytes", arguments: requests.map(\.name)) func firstBytes(_ name: String) throws {
    let row = try #require(Self.requests.first { $0.name == name })
    #expect(unsafe ProtocolDetector.examine(row.bytes.span.bytes, .request) == row.verdict)
    // Fewer bytes say less, and never another protocol.
    for length in 1..<row.bytes.count {
      let prefix = row.bytes[..<length]
      let verdict = unsafe ProtocolDetector.examine(prefix.span.bytes, .request)
      #expect(verdict == row.verdict || verdict == .undecided, "\(length) bytes")
    }
  }

  /// First messages that are longer than is waited for.
  private static let longRequests: [(WireProtocol, [UInt8])] = [
    (.http1, Array("GET /\(String(repeating: "a", count: 16_384)) HTTP/1.1\r\nHost: a\r\n\r\n".utf8)),
    (.http1, Array("PROPFIND /é?\(String(repeating: "%20 ", count: 30_000)) HTTP/1.1\r\nHost: a\r\n\r\n".utf8)),
    (.scgi, scgiRequest([("QUERY_STRING", String(repeating: "q", count: 60_000))] + FastCGISteps.plain)),
    (.uwsgi, uwsgiRequest([("QUERY_STRING", String(repeating: "q", count: 60_000))] + FastCGISteps.plain)),
  ]

  @Test(arguments: longRequests.indices, [1400, 9000, Int.max]) func longFirstMessages(
    _ index: Int, _ length: Int
  ) throws {
    let (wireProtocol, bytes) = Self.longRequests[index]
    let answer = wireProtocol == .http1 ? "HTTP/1.1 204 No\r\n\r\n" : "Status: 204\r\n\r\n"
    let outcome = Script([.client(bytes), .server(answer), .serverEnd]).play(piecesOf: length)
    #expect(outcome.summary?.wireProtocol == wireProtocol)
    let exchange = try #require(outcome.exchanges.first)
    #expect(exchange.ending == .complete && exchange.response.status == 204)
    for length in [1, 100, 4000, 8191, 8192, 8193, 16_000] {
      let prefix = bytes[..<length]
      let verdict = unsafe ProtocolDetector.examine(prefix.span.bytes, .request)
      #expect(verdict == .undecided || verdict == .protocolIs(wireProtocol), "\(length) bytes")
    }
  }

  @Test func longTextIsNoRequest() {
    for text in ["GET a", "GET /\t", "/ /", "220 /"] {
      let bytes = Array(text.utf8) + [UInt8](repeating: 0x01, count: 9000)
      #expect(unsafe ProtocolDetector.examine(bytes.span.bytes, .request) == .unknown, "\(text)")
    }
  }

  @Test func randomBytesAreNotRecognised() {
    var generator = SeededGenerator(seed: 0x0D37)
    var recognised: [String] = []
    for _ in 0..<40_000 {
      let bytes = (0..<48).map { _ in UInt8(truncatingIfNeeded: generator.next() >> 8) }
      for direction in Direction.allCases {
        switch unsafe ProtocolDetector.examine(bytes.span.bytes, direction) {
        case .protocolIs, .foreign: recognised.append("\(direction.mark) \(bytes)")
        case .undecided, .unknown: break
        }
      }
    }
    #expect(recognised.isEmpty)
  }

  @Test func randomBytesThatBeginAsAProtocolDoesAreNotRecognised() {
    var generator = SeededGenerator(seed: 0x0D38)
    var recognised: [String] = []
    // A first byte that each of the protocols has, and noise after it: hostile, but no protocol.
    for _ in 0..<4_000 {
      for first in [0x00, 0x01, 0x05, 0x16, 0x31, 0x47, 0x50] as [UInt8] {
        let bytes = [first] + (0..<48).map { _ in UInt8(truncatingIfNeeded: generator.next() >> 8) }
        switch unsafe ProtocolDetector.examine(bytes.span.bytes, .request) {
        case .protocolIs, .foreign: recognised.append("\(bytes)")
        case .undecided, .unknown: break
        }
      }
    }
    #expect(recognised.count <= 1, "\(recognised)")
  }

  @Test func aConnectionOfRandomBytesStaysUnknown() {
    var generator = SeededGenerator(seed: 7)
    for joined in [false, true] {
      let noise = (0..<200).map { index in
        let bytes = (0..<100).map { _ in UInt8(truncatingIfNeeded: generator.next() >> 8) }
        return index % 2 == 0 ? ScriptStep.client(bytes) : .server(bytes)
      }
      let outcome = Script(joined: joined, noise).play()
      #expect(outcome.exchanges.isEmpty)
      #expect(outcome.summary?.wireProtocol == nil)
      #expect(outcome.summary?.foreign == nil)
    }
  }

  @Test("named and not read", arguments: ForeignProtocol.allCases) func foreign(_ foreign: ForeignProtocol) {
    let bytes = foreign == .tls ? Self.clientHello : Self.preface
    for length in [1, 7, .max] {
      let outcome = Script([.client(bytes), .server("whatever"), .clientEnd]).play(piecesOf: length)
      #expect(outcome.exchanges.isEmpty)
      #expect(outcome.summary?.foreign == foreign)
      #expect(outcome.summary?.wireProtocol == nil)
    }
    #expect(foreign.advice.contains("capture behind"))
  }

  @Test func aPlainTextRequestForPRIIsHTTP() {
    let bytes = Array("PRI * HTTP/1.1\r\n\r\n".utf8)
    #expect(unsafe ProtocolDetector.examine(bytes.span.bytes, .request) == .protocolIs(.http1))
  }

  @Test func aJoinedConnectionIsRecognisedByItsNextMessage() {
    let rest = [ScriptStep.client("the end of something"), .server([9, 9, 9])]
    for (request, expected) in [
      (FastCGISteps.begin(), WireProtocol.fastCGI), (scgiRequest(), .scgi), (uwsgiRequest(), .uwsgi),
      (Array("GET / HTTP/1.1\r\n\r\n".utf8), .http1),
    ] {
      let outcome = Script(joined: true, rest + [.client(request), .clientEnd]).play()
      #expect(outcome.summary?.wireProtocol == expected)
      #expect(outcome.exchanges.count == 1)
    }
  }

  @Test func whatAConnectionIsNotIsNoted() {
    let http = ScriptStep.client("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    let httpOnFastCGI = Script(.fastCGI, [http, .serverEnd]).play(piecesOf: 3)
    #expect(httpOnFastCGI.summary?.requestOpening == .protocolIs(.http1))
    #expect(httpOnFastCGI.summary?.responseOpening == nil)
    let fastCGIOnHTTP = Script([
      .client(FastCGISteps.begin()), .server("HTTP/1.1 400 Bad Request\r\n\r\n"), .serverEnd,
    ]).play()
    #expect(fastCGIOnHTTP.summary?.requestOpening == nil)
    #expect(fastCGIOnHTTP.summary?.responseOpening == .protocolIs(.http1))
    let settled = Script(.http1, [.client(FastCGISteps.begin()), .serverEnd]).play()
    #expect(settled.summary?.requestOpening == .protocolIs(.fastCGI))
    let tls = Script(.http1, [.client(Self.clientHello), .serverEnd]).play()
    #expect(tls.summary?.requestOpening == .foreign(.tls))
    let sound = Script([http, .server("HTTP/1.1 204 No Content\r\n\r\n"), .clientEnd]).play()
    #expect(sound.summary?.requestOpening == nil && sound.summary?.responseOpening == nil)
  }

  @Test(
    "every conversation says who closed first", arguments: [nil, .fastCGI, .http1, .scgi, .uwsgi] as [WireProtocol?])
  func firstToClose(_ wireProtocol: WireProtocol?) {
    func play(_ steps: [ScriptStep]) -> Direction? {
      var script = Script(steps)
      script.wireProtocol = wireProtocol
      return script.play().summary?.firstToClose
    }
    #expect(play([]) == nil)
    #expect(play([.clientEnd, .serverEnd]) == .request)
    #expect(play([.serverEnd, .clientEnd]) == .response)
    #expect(play([.serverReset]) == .response)
    #expect(play([.clientReset]) == .request)
  }
}
