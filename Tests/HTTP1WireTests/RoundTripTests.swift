// What the encoder writes, the decoder reads: one table drives both, and every row is cut in every way.

import HTTP1Wire
import TestSupport
import Testing
import WireBytes

/// A part of a message, as it is written and as it is read.
enum Part: Hashable, Sendable {
  case request(String, String, String)
  case status(String, UInt16, String)
  case field(String, String)
  case end
  case content(String)
  case chunk(UInt64, String)
  case chunkEnd
  case trailer(String, String)
  case trailersEnd
}

struct WireCase: Sendable, CustomTestStringConvertible {
  var name: String
  var setting = DecoderSetting()
  var lineEnd = LineEnd.crlf
  var parts: [Part]
  var testDescription: String { name }

  static let all: [WireCase] = [
    WireCase(name: "no fields", parts: [.request("GET", "/", "HTTP/1.1"), .end]),
    WireCase(
      name: "two requests",
      parts: [
        .request("OPTIONS", "*", "HTTP/1.1"), .field("Host", "a"), .end, .request("GET", "http://a/", "HTTP/1.0"),
        .field("Host", ""), .field("X", "a b\tc"), .end,
      ]),
    WireCase(
      name: "body of known length",
      parts: [.request("PUT", "/x?y#z", "HTTP/1.1"), .field("Content-Length", "4"), .end, .content("\r\n\r\n")]),
    WireCase(
      name: "bare line feeds", lineEnd: .lf,
      parts: [
        .request("POST", "/", "HTTP/1.1"), .field("Transfer-Encoding", "chunked"), .end, .chunk(3, ""),
        .content("a\nb"), .chunkEnd, .chunk(0, ""), .trailersEnd,
      ]),
    WireCase(
      name: "chunks and trailers", setting: DecoderSetting(role: .responses),
      parts: [
        .status("HTTP/1.1", 200, "OK"), .field("Transfer-Encoding", "chunked"), .end, .chunk(11, ";a=\"b\";c"),
        .content("hello world"), .chunkEnd, .chunk(1, ""), .content("\0"), .chunkEnd, .chunk(0, ";last"),
        .trailer("X-Sum", "1"), .trailer("X-Odd", "\u{e9}"), .trailersEnd, .status("HTTP/1.1", 204, ""), .end,
      ]),
    WireCase(
      name: "until the end", setting: DecoderSetting(role: .responses),
      parts: [.status("HTTP/1.0", 200, "Fine, thank you"), .end, .content("HTTP/1.1 200 OK\r\n\r\n")]),
    WireCase(
      name: "interim, HEAD, then another", setting: DecoderSetting(role: .responses, methods: [.head, .ordinary]),
      parts: [
        .status("HTTP/1.1", 100, "Continue"), .end, .status("HTTP/1.1", 200, "OK"), .field("Content-Length", "9"),
        .end, .status("HTTP/1.1", 500, "Oh no"), .field("Content-Length", "2"), .end, .content("no"),
      ]),
  ]

  func encoded() -> [UInt8] {
    var encoder = HTTP1Encoder(lineEnd: lineEnd)
    for part in parts {
      switch part {
      case .request(let method, let target, let version):
        encoder.requestLine(method: method.utf8, target: target.utf8, version: version.utf8)
      case .status(let version, let status, let reason):
        encoder.statusLine(version: version.utf8, status: String(status).utf8, reason: reason.utf8)
      case .field(let name, let value), .trailer(let name, let value):
        encoder.fieldLine(name: name.utf8, value: value.utf8)
      case .end, .trailersEnd: encoder.headersEnd()
      case .content(let content): encoder.content(content.utf8)
      case .chunk(let size, let extensions): encoder.chunkHeader(size: size, extensions: extensions.utf8)
      case .chunkEnd: encoder.chunkEnd()
      }
    }
    return encoder.takeBytes()
  }

  /// What the decoder reads, as parts; also the names of anomalies and how many messages were complete.
  func decoded(_ bytes: [UInt8]) -> (parts: [Part], anomalies: Set<String>, endings: [HTTP1MessageCompletion]) {
    var decoder = setting.decoder()
    var parts: [Part] = []
    var anomalies: Set<String> = []
    var endings: [HTTP1MessageCompletion] = []
    var isChunked = false
    func sink(_ event: HTTP1Event, _ bytes: RawSpan) {
      func text(_ range: Range<Int>) -> String { String(decoding: bytes.extracting(range).copied(), as: UTF8.self) }
      switch event {
      case .requestLine(let line): parts.append(.request(text(line.method), text(line.target), text(line.versionText)))
      case .statusLine(let line): parts.append(.status(text(line.versionText), line.status, text(line.reason)))
      case .fieldLine(let line): parts.append(.field(text(line.name), text(line.value)))
      case .trailerLine(let line): parts.append(.trailer(text(line.name), text(line.value)))
      case .headersEnd(let end):
        parts.append(.end)
        isChunked = end.framing == .chunked
      case .content: parts.append(.content(text(0..<bytes.byteCount)))
      case .chunkHeader(let chunk): parts.append(.chunk(chunk.size, text(chunk.extensions)))
      case .chunkEnd: parts.append(.chunkEnd)
      case .messageEnd(let end):
        if isChunked { parts.append(.trailersEnd) }
        isChunked = false
        endings.append(end.completion)
      case .anomaly(let anomaly): anomalies.insert(anomaly.kind.name)
      case .foldedLine, .upgraded, .unparsedLine: Issue.record("unexpected \(event)")
      }
    }
    unsafe decoder.receive(bytes.span.bytes, sink)
    decoder.end(sink)
    return (parts, anomalies, endings)
  }
}

@Suite struct RoundTripTests {
  @Test("round trip", arguments: WireCase.all) func roundTrip(_ wireCase: WireCase) {
    let result = wireCase.decoded(wireCase.encoded())
    #expect(result.parts == wireCase.parts)
    #expect(result.anomalies == (wireCase.lineEnd == .lf ? ["bare-lf"] : []))
    #expect(result.endings.allSatisfy { $0 == .complete || $0 == .streamEnd })
  }

  @Test("fragmentation", arguments: WireCase.all) func fragmentation(_ wireCase: WireCase) {
    #expect(Fragmentation.verify(wireCase.encoded(), pairLimit: 80) { wireCase.setting.log($0) }.isEmpty)
  }

  @Test func wholeChunksAndRawLines() {
    var encoder = HTTP1Encoder()
    encoder.statusLine(status: 7, reason: "Seven".utf8)
    encoder.line("no colon \u{1}".utf8)
    encoder.lineEnd = .none
    encoder.fieldLine(name: "A".utf8, value: "b".utf8, separator: " :".utf8)
    encoder.lineEnd = .crlf
    encoder.chunk("0123456789abcdef".utf8, extensions: ";x".utf8)
    encoder.lastChunk()
    #expect(
      String(decoding: encoder.bytes, as: UTF8.self)
        == "HTTP/1.1 007 Seven\r\nno colon \u{1}\r\nA :b10;x\r\n0123456789abcdef\r\n0\r\n")
    #expect(encoder.takeBytes().count == 63)
    #expect(encoder.bytes.isEmpty)
  }
}
