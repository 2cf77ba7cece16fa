// The framing decision, head by head: RFC 9112 section 6.3.

import HTTP1Wire
import Testing
import WireBytes

@Suite struct FramingTests {
  /// What a decoder decides for a head, and the anomalies on the way.
  static func decide(_ setting: DecoderSetting, _ head: String) -> (framing: HTTP1BodyFraming?, anomalies: [String]) {
    var decoder = setting.decoder()
    var framing: HTTP1BodyFraming?
    var anomalies: [String] = []
    let bytes = Array(head.utf8)
    unsafe decoder.receive(bytes.span.bytes) { event, _ in
      switch event {
      case .headersEnd(let end): framing = end.framing
      case .anomaly(let anomaly): anomalies.append(anomaly.kind.name)
      default: break
      }
    }
    return (framing, anomalies)
  }

  struct Row: Sendable, CustomTestStringConvertible {
    var fields: String
    var request: HTTP1BodyFraming
    var response: HTTP1BodyFraming
    var anomalies: [String]
    var testDescription: String { fields.isEmpty ? "no fields" : fields }

    init(_ fields: String, _ request: HTTP1BodyFraming, _ response: HTTP1BodyFraming, _ anomalies: [String] = []) {
      self.fields = fields
      self.request = request
      self.response = response
      self.anomalies = anomalies
    }
  }

  static let rows: [Row] = [
    Row("", .none, .untilEnd),
    Row("Content-Length: 0", .length(0), .length(0)),
    Row("content-length:5", .length(5), .length(5)),
    Row("CONTENT-LENGTH: \t5\t ", .length(5), .length(5), ["idle-space-around-value"]),
    Row("Content-Length: 007", .length(7), .length(7)),
    Row("Content-Length : 5", .length(5), .length(5), ["space-before-colon"]),
    Row("Content-Length\0: 5", .none, .untilEnd, ["invalid-field-name"]),
    Row("Content-Length: 5\r\nContent-Length: 5", .length(5), .length(5), ["repeated-content-length"]),
    Row("Content-Length: 5 , 5", .length(5), .length(5), ["repeated-content-length"]),
    Row("Content-Length: 5, 6", .undeterminable, .untilEnd, ["differing-content-length"]),
    Row("Content-Length: 5\r\nContent-Length: 6", .undeterminable, .untilEnd, ["differing-content-length"]),
    Row("Content-Length: 5,", .undeterminable, .untilEnd, ["invalid-content-length"]),
    Row("Content-Length:", .undeterminable, .untilEnd, ["invalid-content-length"]),
    Row("Content-Length: +5", .undeterminable, .untilEnd, ["invalid-content-length"]),
    Row("Content-Length: -1", .undeterminable, .untilEnd, ["invalid-content-length"]),
    Row("Content-Length: 0x5", .undeterminable, .untilEnd, ["invalid-content-length"]),
    Row("Content-Length: 5 5", .undeterminable, .untilEnd, ["invalid-content-length"]),
    Row("Content-Length: 5;x", .undeterminable, .untilEnd, ["invalid-content-length"]),
    Row("Content-Length: 5\r\n 5", .undeterminable, .untilEnd, ["obs-fold", "invalid-content-length"]),
    Row("Content-Length:\r\n 5", .length(5), .length(5), ["obs-fold"]),
    Row("Content-Length: 9223372036854775807", .length(1 << 63 - 1), .length(1 << 63 - 1)),
    Row("Content-Length: 9223372036854775808", .undeterminable, .untilEnd, ["content-length-too-large"]),
    Row("Content-Length: 99999999999999999999", .undeterminable, .untilEnd, ["content-length-too-large"]),
    Row(" Content-Length: 5", .none, .untilEnd, ["space-before-first-field"]),
    Row("Transfer-Encoding: chunked", .chunked, .chunked),
    Row("transfer-encoding:cHuNkEd", .chunked, .chunked),
    Row("Transfer-Encoding: gzip, chunked", .chunked, .chunked),
    Row("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", .chunked, .chunked),
    Row("Transfer-Encoding: gzip;a=\"x,y\\\"\" , ,chunked,", .chunked, .chunked),
    Row("Transfer-Encoding:\r\n\tchunked", .chunked, .chunked, ["obs-fold"]),
    Row("Transfer-Encoding: gzip", .undeterminable, .untilEnd, ["transfer-encoding-not-chunked"]),
    Row("Transfer-Encoding: xchunked", .undeterminable, .untilEnd, ["transfer-encoding-not-chunked"]),
    Row("Transfer-Encoding: chunkedx", .undeterminable, .untilEnd, ["transfer-encoding-not-chunked"]),
    Row("Transfer-Encoding: chunk", .undeterminable, .untilEnd, ["transfer-encoding-not-chunked"]),
    Row("Transfer-Encoding:", .undeterminable, .untilEnd, ["transfer-encoding-not-chunked"]),
    Row(
      "Transfer-Encoding: chunked, gzip", .undeterminable, .untilEnd,
      ["transfer-encoding-not-chunked", "chunked-not-last-or-twice"]),
    Row("Transfer-Encoding: chunked, chunked", .chunked, .chunked, ["chunked-not-last-or-twice"]),
    Row("Transfer-Encoding: chunked ;a=b", .chunked, .chunked, ["chunked-with-parameters"]),
    Row(
      "Transfer-Encoding: chu nked", .undeterminable, .untilEnd,
      ["invalid-transfer-encoding", "transfer-encoding-not-chunked"]),
    Row(
      "Transfer-Encoding: gzip;a=\"chunked", .undeterminable, .untilEnd,
      ["invalid-transfer-encoding", "transfer-encoding-not-chunked"]),
    Row(
      "Transfer-Encoding: chunked\r\nContent-Length: 5", .chunked, .chunked,
      ["content-length-with-transfer-encoding"]),
    Row(
      "Content-Length: x\r\nTransfer-Encoding: chunked", .chunked, .chunked,
      ["invalid-content-length", "content-length-with-transfer-encoding"]),
  ]

  @Test("request", arguments: rows) func request(_ row: Row) {
    let fields = row.fields.isEmpty ? "" : row.fields + "\r\n"
    let result = Self.decide(DecoderSetting(), "POST / HTTP/1.1\r\n\(fields)\r\n")
    #expect(result.framing == row.request)
    #expect(result.anomalies == row.anomalies)
  }

  @Test("response", arguments: rows) func response(_ row: Row) {
    let fields = row.fields.isEmpty ? "" : row.fields + "\r\n"
    let result = Self.decide(DecoderSetting(role: .responses), "HTTP/1.1 200 OK\r\n\(fields)\r\n")
    #expect(result.framing == row.response)
    #expect(result.anomalies == row.anomalies)
  }

  @Test(
    "the method and the status come first",
    arguments: [
      (HTTP1MethodKind.head, 200, HTTP1BodyFraming.none), (.head, 404, .none), (.head, 101, .upgrade),
      (.ordinary, 100, .none), (.ordinary, 101, .upgrade), (.ordinary, 103, .none), (.ordinary, 199, .none),
      (.ordinary, 204, .none), (.ordinary, 304, .none), (.ordinary, 205, .length(5)), (.ordinary, 200, .length(5)),
      (.connect, 200, .upgrade), (.connect, 204, .upgrade), (.connect, 299, .upgrade), (.connect, 300, .length(5)),
      (.connect, 100, .none), (.connect, 407, .length(5)), (.ordinary, 999, .length(5)), (.ordinary, 0, .length(5)),
    ])
  func methodAndStatus(_ method: HTTP1MethodKind, _ status: Int, _ expected: HTTP1BodyFraming) {
    let digits = String(repeating: "0", count: 3 - String(status).count) + String(status)
    let head = "HTTP/1.1 \(digits) R\r\nContent-Length: 5\r\n\r\n"
    let result = Self.decide(DecoderSetting(role: .responses, methods: [method]), head)
    #expect(result.framing == expected)
    let isForbidden = (100...199).contains(status) || status == 204 || method == .connect && status / 100 == 2
    #expect(result.anomalies.contains("content-length-not-allowed") == isForbidden)
  }

  @Test("Transfer-Encoding below HTTP/1.1", arguments: [("HTTP/1.0", true), ("HTTP/1.1", false), ("HTTP/0.9", true)])
  func oldVersions(_ version: String, _ isOdd: Bool) {
    let result = Self.decide(DecoderSetting(), "POST / \(version)\r\nTransfer-Encoding: chunked\r\n\r\n")
    #expect(result.framing == .chunked)
    #expect(result.anomalies.contains("transfer-encoding-in-http-1.0") == isOdd)
  }

  @Test func expectedResponsesAreTakenInOrderAndBounded() {
    var decoder = HTTP1Decoder(role: .responses)
    for _ in 0..<5000 { decoder.expectResponse(to: .head) }
    decoder.expectResponse(to: .connect)
    #expect(decoder.expectedResponseCount == 5001)
    let response = Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8)
    var framings: [HTTP1BodyFraming] = []
    for _ in 0..<5001 {
      unsafe decoder.receive(response.span.bytes) { event, _ in
        if case .headersEnd(let end) = event { framings.append(end.framing) }
      }
    }
    #expect(framings.prefix(4096).allSatisfy { $0 == .none })
    #expect(framings.dropFirst(4096).allSatisfy { $0 == .length(0) })
    #expect(decoder.expectedResponseCount == 0)
    decoder.expectResponse(to: .head)
    #expect(decoder.expectedResponseCount == 1)
    decoder.forgetExpectedResponses()
    #expect(decoder.expectedResponseCount == 0)
  }
}
