// The CGI decoder: golden files, forms, round trip, and the laws of a stream reader.

import CGIWire
import TestSupport
import Testing
import WireBytes

@Suite struct CGIGoldenTests {
  static let folder = Golden.wireFolder("cgi")
  static let names = Golden.wireFiles(in: folder)

  @Test func thereAreGoldens() { #expect(Self.names.count >= 8) }

  @Test("golden", arguments: names) func golden(_ name: String) throws {
    let file = try Golden.wireFile(name, in: Self.folder)
    let log = CGIResponseDecoder().log(file, .response)
    #expect(Golden.compare(log, withEvents: name, in: Self.folder) == nil)
    for length in 1...40 {
      #expect(CGIResponseDecoder().log(file, .response, every: length) == log, "every \(length)")
    }
  }
}

@Suite struct CGIFormTests {
  /// The head and the final form of a response.
  static func decode(_ text: String) -> (head: CGIHead, form: CGIResponseForm?, anomalies: [String]) {
    var decoder = CGIResponseDecoder()
    var head = CGIHead()
    var form: CGIResponseForm?
    var anomalies: [String] = []
    func sink(_ event: CGIResponseEvent, _ bytes: RawSpan) {
      switch event {
      case .headersEnd(let value): head = value
      case .end(let end): form = end.form
      case .anomaly(let anomaly): anomalies.append(anomaly.kind.name)
      default: break
      }
    }
    let bytes = Array(text.utf8)
    unsafe decoder.receive(bytes.span.bytes, sink)
    decoder.end(sink)
    return (head, form, anomalies)
  }

  @Test(
    arguments: [
      // fields, effective status, form without a body, form with one
      ("Content-Type: a/b", 200, CGIResponseForm.document, CGIResponseForm.document),
      ("Status: 404 Not Found\nContent-Type: a/b", 404, .document, .document),
      ("Status: 204 No Content", 204, .document, .invalid),
      ("Status:\nContent-Type: a/b", 200, .document, .document),
      ("Content-Type:", 200, .invalid, .invalid),
      ("X-Other: 1", 200, .invalid, .invalid),
      ("Location: /x", nil, .localRedirect, .invalid),
      ("location:/x?y", nil, .localRedirect, .invalid),
      ("Location: /x\nX-CGI-A: b", nil, .invalid, .invalid),
      ("Location: /x\nSet-Cookie: a", nil, .invalid, .invalid),
      ("Location: /x\nContent-Type: a/b", nil, .invalid, .invalid),
      ("Location: http://h/x", 302, .clientRedirect, .invalid),
      ("Location: http://h/x\nX-CGI-A: b", 302, .clientRedirect, .invalid),
      ("Location: http://h/x\nSet-Cookie: a", 302, .invalid, .invalid),
      ("Location: urn:x", 302, .clientRedirect, .invalid),
      ("Location: http://h/x\nContent-Type: a/b", 302, .invalid, .invalid),
      ("Location: http://h/x\nStatus: 303 Other", 303, .clientRedirectWithDocument, .invalid),
      (
        "Status: 301 Moved\nLocation: http://h/x\nContent-Type: a/b\nSet-Cookie: a", 301, .clientRedirectWithDocument,
        .clientRedirectWithDocument
      ),
      ("Location: x.html", 200, .invalid, .invalid),
      ("Location:\nContent-Type: a/b", 200, .document, .document),
      ("Status: abc\nContent-Type: a/b", nil, .document, .document),
      ("HTTP/1.1 404 Not Found\nContent-Type: a/b", 404, .invalid, .invalid),
    ] as [(String, Int?, CGIResponseForm, CGIResponseForm)])
  func forms(_ fields: String, _ status: Int?, _ bare: CGIResponseForm, _ withBody: CGIResponseForm) {
    let result = Self.decode(fields + "\n\n")
    #expect(result.form == bare)
    #expect(result.head.effectiveStatus.map(Int.init) == status)
    #expect(Self.decode(fields + "\r\n\r\nbody").form == withBody)
  }

  @Test(
    arguments: [
      ("Status: 404 Not Found", []), ("Status:404 Not Found", []), ("Status: 404", ["cgi-missing-reason"]),
      ("Status: 40 Short", ["cgi-invalid-status"]), ("Status: 4040 Long", ["cgi-invalid-status"]),
      ("Status: 099 Low", ["cgi-invalid-status"]), ("Status: 600 High", ["cgi-invalid-status"]),
      ("Status: OK", ["cgi-invalid-status"]), ("Status: 200 A\nStatus: 201 B", ["cgi-duplicate-status"]),
      ("Content-Type: a/b\nContent-Type: a/c", ["cgi-duplicate-content-type"]),
      ("Location: /a\nLocation: /b", ["cgi-duplicate-location"]), ("Location: a", ["cgi-invalid-location"]),
      ("Location: 1http://h", ["cgi-invalid-location"]), ("Location: http:", ["cgi-invalid-location"]),
      ("Location: /a b", ["cgi-invalid-location"]), ("Location: h+1.x-y:z", []),
      ("X-Only: 1", ["cgi-no-cgi-field"]), ("no colon", ["missing-colon", "cgi-no-fields"]),
      (" folded first\nContent-Type: a/b", ["space-before-first-field"]),
      ("Content-Type: a/b\n ;c=d", ["obs-fold"]), ("Content-Type : a/b", ["space-before-colon"]),
      ("HTTP/1.1 200 OK\nX: 1", ["cgi-status-line"]),
      ("HTTP/1.1\nX: 1", ["cgi-status-line", "cgi-invalid-status-line"]),
      ("Content-Type: a/b\nHTTP/1.1 200 OK: x", ["invalid-field-name"]),
    ] as [(String, [String])])
  func anomalies(_ fields: String, _ expected: [String]) {
    #expect(Self.decode(fields + "\n\n").anomalies == expected)
  }

  private static func log(_ text: String) -> [String] { CGIResponseDecoder().log([Array(text.utf8)[...]], .response) }

  @Test func headsThatDoNotEnd() {
    #expect(Self.log("") == ["0 ! anomaly cgi-empty-response bytes=0", "0 < end form=none content=0"])
    #expect(
      Self.log("Status: 200 OK\nConte") == [
        "0 < field name=Status end=lf role=status value=\"200 OK\"", "15 < unparsed end=none \"Conte\"",
        "15 ! anomaly truncated bytes=5", "20 < end form=none content=0",
      ])
    #expect(
      Self.log("Status: 200 OK\n").suffix(2) == ["15 ! anomaly truncated bytes=0", "15 < end form=none content=0"])
  }
}

/// A response as it is written and as it is read.
struct CGICase: Sendable, CustomTestStringConvertible {
  var name: String
  var lineEnd = LineEnd.crlf
  var fields: [[String]]
  var body: String
  var form: CGIResponseForm
  var testDescription: String { name }

  static let all: [CGICase] = [
    CGICase(name: "document", fields: [["Content-Type", "text/plain"]], body: "hello\r\n\r\n", form: .document),
    CGICase(
      name: "line feeds", lineEnd: .lf, fields: [["Status", "404 Not Found"], ["content-type", "a/b"], ["X-A", ""]],
      body: "\n\n\r\n", form: .document),
    CGICase(name: "local redirect", fields: [["Location", "/there?x"]], body: "", form: .localRedirect),
    CGICase(name: "client redirect", fields: [["Location", "https://h/"]], body: "", form: .clientRedirect),
    CGICase(
      name: "redirect with a document",
      fields: [["Status", "302 Found"], ["Location", "https://h/#f"], ["Content-Type", "text/html; charset=utf-8"]],
      body: "<p>there", form: .clientRedirectWithDocument),
  ]

  func encoded() -> [UInt8] {
    var encoder = CGIResponseEncoder(lineEnd: lineEnd)
    for field in fields { encoder.fieldLine(name: field[0].utf8, value: field[1].utf8) }
    encoder.headersEnd()
    encoder.content(body.utf8)
    return encoder.takeBytes()
  }
}

@Suite struct CGIStreamTests {
  @Test("round trip", arguments: CGICase.all) func roundTrip(_ wireCase: CGICase) {
    var decoder = CGIResponseDecoder()
    var fields: [[String]] = []
    var body: [UInt8] = []
    var ends: [LineEnd] = []
    var form: CGIResponseForm?
    func sink(_ event: CGIResponseEvent, _ bytes: RawSpan) {
      switch event {
      case .fieldLine(let line, _):
        fields.append(
          [line.name, line.value].map { String(decoding: bytes.extracting($0).copied(), as: UTF8.self) })
        ends.append(line.end)
      case .headersEnd(let head): ends.append(head.end)
      case .content: body.append(contentsOf: bytes)
      case .end(let end): form = end.form
      default: Issue.record("unexpected \(event)")
      }
    }
    let bytes = wireCase.encoded()
    unsafe decoder.receive(bytes.span.bytes, sink)
    decoder.end(sink)
    #expect(fields == wireCase.fields)
    #expect(body == Array(wireCase.body.utf8))
    #expect(ends.allSatisfy { $0 == wireCase.lineEnd })
    #expect(form == wireCase.form)
  }

  @Test("fragmentation", arguments: CGICase.all) func fragmentation(_ wireCase: CGICase) {
    #expect(Fragmentation.verify(wireCase.encoded(), pairLimit: 80) { CGIResponseDecoder().log($0, .response) }.isEmpty)
  }

  @Test func theEncoderWritesStatusAndRawLines() {
    var encoder = CGIResponseEncoder(lineEnd: .lf)
    encoder.status(404, reason: "Not Found".utf8)
    encoder.fieldLine(name: "A".utf8, value: "b".utf8, separator: " :".utf8)
    encoder.lineEnd = .none
    encoder.line("raw".utf8)
    #expect(String(decoding: encoder.takeBytes(), as: UTF8.self) == "Status: 404 Not Found\nA :b\nraw")
    #expect(encoder.bytes.isEmpty)
  }

  static let inputs: [[UInt8]] = {
    let folder = Golden.wireFolder("cgi")
    let goldens = Golden.wireFiles(in: folder).compactMap { try? Golden.wireFile($0, in: folder).bytes(.response) }
    return goldens + CGICase.all.map { $0.encoded() }
  }()

  @Test("cut anywhere", arguments: 0..<8) func goldenFragmentation(_ index: Int) {
    let bytes = Self.inputs[index]
    #expect(Fragmentation.verify(bytes, by: CGIResponseDecoder(), .response).isEmpty)
    #expect(Fragmentation.verify(bytes, by: CGIResponseDecoder(lineLimit: 64), .response).isEmpty)
  }

  /// A compact record of the events, and what is wrong with them.
  static func trail(_ input: [UInt8], lineLimit: Int, every length: Int) -> (bytes: [UInt8], fault: String?) {
    var trail: [UInt8] = []
    var fault: String?
    var isContentOpen = false
    var lastOffset: StreamOffset = 0
    var ends = 0
    let end = StreamOffset(input.count)
    var decoder = CGIResponseDecoder(lineLimit: lineLimit)
    func append(_ mark: UInt8, _ numbers: UInt64...) {
      trail.append(mark)
      for number in numbers {
        trail.append(UInt8(truncatingIfNeeded: number))
        trail.append(UInt8(truncatingIfNeeded: number >> 8))
      }
    }
    func sink(_ event: CGIResponseEvent, _ bytes: RawSpan) {
      if ends > 0 { fault = "an event after the end" }
      if case .anomaly(let anomaly) = event {
        append(1, anomaly.range.lowerBound, anomaly.range.upperBound, anomaly.value)
        trail.append(UInt8(truncatingIfNeeded: anomaly.kind.name.utf8.count))
        if anomaly.range.upperBound > end { fault = "anomaly beyond the stream: \(anomaly)" }
        return
      }
      if event.offset < lastOffset || event.offset > end { fault = "offset \(event.offset) after \(lastOffset)" }
      lastOffset = event.offset
      switch event {
      case .content:
        if !isContentOpen { append(2, event.offset) }
        isContentOpen = true
        trail.append(contentsOf: bytes)
        return
      case .fieldLine(let line, let role):
        append(3 + role.rawValue, UInt64(line.name.upperBound), UInt64(line.value.lowerBound))
      case .statusLine(let line): append(20, UInt64(line.status))
      case .headersEnd(let head): append(21, UInt64(head.status ?? 9999), head.bodyOffset)
      case .end(let facts):
        ends += 1
        append(22, facts.contentByteCount, UInt64(facts.form?.rawValue.utf8.count ?? 0))
      default: append(23)
      }
      append(24, event.offset, UInt64(bytes.byteCount))
    }
    var start = 0
    while start < input.count {
      let stop = min(input.count, start + length)
      unsafe decoder.receive(input.span.bytes.extracting(start..<stop), sink)
      start = stop
      if decoder.offset != StreamOffset(stop) { fault = "not all bytes were consumed" }
    }
    decoder.end(sink)
    return (trail, ends == 1 ? fault : "\(ends) ends")
  }

  @Test("any bytes", arguments: [(64, 100_000), (65536, 100_000)]) func anyBytes(_ lineLimit: Int, _ count: Int) {
    let failure = AnyBytes.run(from: Self.inputs, count: count, seed: UInt64(lineLimit), limit: 160) { input in
      let whole = Self.trail(input, lineLimit: lineLimit, every: 1 << 20)
      if let fault = whole.fault { return fault }
      let length = input.count % 7 + 1
      return Self.trail(input, lineLimit: lineLimit, every: length).bytes == whole.bytes
        ? nil : "another trail when cut every \(length)"
    }
    #expect(failure == nil)
  }
}
