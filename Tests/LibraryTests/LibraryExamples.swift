// What the pages of the libraries show, run: each example is one function, and its page has its lines.
//
// Written as somebody outside writes it: public declarations only, and the compiler's own settings.

import CGIWire
import FastCGIWire
import HTTP1Wire
import SCGIWire
import TestSupport
import Testing
import UWSGIWire
import WireBytes

@Suite struct LibraryExamples {
  @Test func fastCGI() {
    // FastCGIWire
    let encoder = FastCGIEncoder()
    var stream: [UInt8] = []
    encoder.appendStream(
      .stdout, requestID: 1, content: Array("Content-Type: text/plain\r\n\r\nhello".utf8), to: &stream)
    encoder.appendEndRequest(1, FastCGIEndRequestBody(appStatus: 0, protocolStatus: .requestComplete), to: &stream)

    var decoder = FastCGIRecordDecoder()
    var records: [String] = []
    decoder.receive(stream.span.bytes) { event, content in
      if case .ended(let header, at: let offset) = event {
        records.append("\(header.type.name) \(header.contentLength) at \(offset)")
      }
    }
    // End.
    #expect(records == ["stdout 33 at 0", "stdout 0 at 41", "end-request 8 at 49"])
  }

  @Test func http() {
    // HTTP1Wire
    let stream = Array("GET /a HTTP/1.1\r\nHost: example\r\n\r\nGET /b HTTP/1.1\r\nHost : x\r\n\r\n".utf8)
    var decoder = HTTP1Decoder(role: .requests)
    var log: [String] = []
    decoder.receive(stream.span.bytes) { event, bytes in
      switch event {
      case .requestLine(let line): log.append("request at \(line.offset)")
      case .anomaly(let anomaly): log.append("\(anomaly.kind.name) at \(anomaly.range.lowerBound)")
      default: break
      }
    }
    decoder.end { _, _ in }
    // End.
    #expect(log.first == "request at 0")
    #expect(log.contains("request at 34"))
    #expect(log.count > 2)
  }

  @Test func cgi() {
    // CGIWire
    let output = Array("Status: 404 Not Found\nContent-Type: text/plain\n\ngone".utf8)
    var decoder = CGIResponseDecoder()
    var body = 0
    decoder.receive(output.span.bytes) { event, bytes in
      if case .content = event { body += bytes.byteCount }
    }
    decoder.end { _, _ in }
    // End.
    #expect(decoder.head.status == 404)
    #expect(body == 4)
  }

  @Test func scgi() {
    // SCGIWire
    var stream: [UInt8] = []
    SCGIEncoder.appendRequest(
      headers: [(name: Array("REQUEST_METHOD".utf8), value: Array("POST".utf8))], body: "a=1".utf8, to: &stream)

    var decoder = SCGIDecoder()
    var length: UInt64?
    decoder.receive(stream.span.bytes) { event, _ in
      if case .headersEnd(let head) = event { length = head.contentLength }
    }
    // End.
    #expect(length == 3)
    #expect(decoder.isComplete)
  }

  @Test func uwsgi() {
    // UWSGIWire
    var stream: [UInt8] = []
    UWSGIEncoder.appendRequest(
      variables: [(name: Array("REQUEST_METHOD".utf8), value: Array("GET".utf8))], body: [], to: &stream)

    var decoder = UWSGIDecoder()
    var head: UWSGIHead?
    decoder.receive(stream.span.bytes) { event, _ in
      if case .headersEnd(let whole) = event { head = whole }
    }
    // End.
    #expect(head?.variableCount == 1)
    #expect(head?.header.modifier == .wsgi)
  }

  @Test func wireBytes() {
    // WireBytes
    let stream = Array("POST /upload HTTP/1.1\r\nHost: example\r\n\r\n".utf8)
    var decoder = HTTP1Decoder(role: .requests)
    var lines: [String] = []
    decoder.receive(stream.span.bytes) { event, bytes in
      if let text = event.text(bytes, .request) { lines.append(text.line(.request)) }
    }
    // End.
    #expect(lines.count == 4)
    #expect(lines.first?.hasPrefix("0 > ") == true)
  }

  @Test func testSupport() {
    // TestSupport
    let stream = Array("0:,".utf8)
    let differences = Fragmentation.verify(stream) { pieces in
      var decoder = SCGIDecoder()
      var log: [String] = []
      for piece in pieces {
        decoder.receive(piece.span.bytes) { event, bytes in
          if let text = event.text(bytes, .request) { log.append(text.line(.request)) }
        }
      }
      decoder.end { event, bytes in
        if let text = event.text(bytes, .request) { log.append(text.line(.request)) }
      }
      return log
    }
    // End.
    #expect(differences.isEmpty)
  }
}
