// What the loader makes of each part of the format: steps, bytes, parameters, expectations.

import Conformance
import Exchanges
import Expectations
import FastCGIWire
import Fixtures
import Testing

struct CaseLoaderTests {
  /// The one case whose steps and expectations are given.
  private func load(
    send: String, expect: String = "{response: any}", extra: String = "", folder: String = "fastcgi"
  ) throws -> Case {
    let text = """
      - id: one
        requirements: [FCGI-3.3-7, CGI-6.2-1]
        summary: A
          case.
        \(extra)
        send: \(send)
        expect: \(expect)
      """
    let cases = try CaseLoader.cases([FixtureFile(name: "fixtures/\(folder)/topic.yaml", text: text)])
    return try #require(cases.first)
  }

  private func bytes(_ form: String) throws -> [UInt8] {
    guard case .stdin(_, let blob, _, _) = try load(send: "[{stdin: {content: \(form)}}]").steps[0].verb else {
      return []
    }
    #expect(blob.count == blob.bytes.count)
    return blob.bytes
  }

  @Test func everyKeyOfACaseIsRead() throws {
    let value = try load(
      send: "[open]",
      extra: "explanation: Why\n    so.\n  tags: [quick, hostile]\n  needs: probe\n  write-bytes: 3\n"
        + "  rules: FCGI-3.3-3")
    #expect(value.id == "fastcgi/topic/one")
    #expect(value.summary == "A case.")
    #expect(value.explanation == "Why so.")
    #expect(value.requirements == ["FCGI-3.3-7", "CGI-6.2-1"])
    #expect(value.tags == ["quick", "hostile"])
    #expect(value.needs == [.probe])
    #expect(value.writeByteCount == 3)
    #expect(value.rules == ["FCGI-3.3-3"])
    #expect(value.location == SourceLocation(file: "fixtures/fastcgi/topic.yaml", line: 1, column: 3))
  }

  @Test(arguments: [
    ("hello", Array("hello".utf8)), ("42", Array("42".utf8)), ("true", Array("true".utf8)), ("\"\"", []),
    ("\"a\\r\\n\\0\"", [0x61, 0x0D, 0x0A, 0]), ("{text: \"\\xe9\"}", [0xC3, 0xA9]),
    ("{hex: \"00 fF0d\"}", [0, 255, 13]),
    ("{hex: \"\"}", []), ("{base64: AP8=}", [0, 255]), ("{base64: \"aGk= \"}", [0x68, 0x69]), ("{base64: \"\"}", []),
    ("{fill: a, bytes: 3}", [97, 97, 97]), ("{fill: 0, bytes: 2}", [48, 48]), ("{fill: 0xff, bytes: 2}", [255, 255]),
    ("{fill: 10, bytes: 1}", [10]), ("{pattern: 0}", []), ("{pattern: 4}", [0, 1, 2, 3]),
    ("[a, {hex: \"00\"}, {pattern: 2}]", [97, 0, 0, 1]), ("[]", []),
  ])
  func formOfBytes(_ form: String, _ expected: [UInt8]) throws {
    #expect(try bytes(form) == expected)
  }

  @Test func longPatternRepeatsAfter251() throws {
    let pattern = try bytes("{pattern: 65537}")
    #expect(pattern.count == 65_537)
    #expect(pattern.indices.allSatisfy { pattern[$0] == UInt8($0 % 251) })
  }

  @Test func wholeRequestIsRead() throws {
    let value = try load(
      send: """
        [{request: {id: 0x0102, role: filter, keep-connection: true, probe: status, arguments: {code: 404, to: "a b/ü"},
            body: hello, data: "", params: {B: "1", A: {fill: v, bytes: 300}}, without: SCRIPT_NAME, reversed: true,
            params-tail: {hex: "05"}, record-bytes: 7, record-sizes: [1, 2], padding: 9, padding-bytes: {hex: ff},
            reserved: 3}, on: 2}]
        """)
    #expect(value.steps[0].connection == 2)
    guard case .fastCGIRequest(let request) = value.steps[0].verb else { throw Unexpected() }
    #expect(
      request
        == FastCGIRequest(
          id: 258, role: .filter, flags: 1,
          params: RequestVariables(
            method: Array("POST".utf8), query: Array("probe=status&code=404&to=a%20b%2F%C3%BC".utf8), contentLength: 5,
            pairs: [
              Pair(name: .bytes([0x42]), value: .bytes([0x31])),
              Pair(name: .bytes([0x41]), value: .fill(byte: 0x76, count: 300)),
            ], without: [Array("SCRIPT_NAME".utf8)], rawTail: [5], reversed: true),
          body: .bytes(Array("hello".utf8)), data: .bytes([]),
          framing: RecordFraming(
            encoder: FastCGIEncoder(reserved: 3, padding: .bytes(9), paddingBytes: [255]),
            stream: FastCGIStreamFraming(sizes: [1, 2], maximum: 7))))
  }

  @Test("a request of SCGI and of uwsgi", arguments: ["scgi", "uwsgi"])
  func variableBlockRequest(folder: String) throws {
    let modifiers = folder == "uwsgi" ? ", modifier1: 30, modifier2: 0xff" : ""
    let value = try load(
      send: """
        [{request: {probe: echo, body: hello, params: {B: "1"}, without: [HTTP_HOST], content-length: none,
            reversed: true, order: [SCGI, B], params-tail: {hex: "05"}\(modifiers)}}, {request: {base: false}, on: 2}]
        """, folder: folder)
    guard case .variableBlockRequest(let first) = value.steps[0].verb,
      case .variableBlockRequest(let second) = value.steps[1].verb
    else { throw Unexpected() }
    func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
    #expect(
      first
        == VariableBlockRequest(
          variables: RequestVariables(
            method: bytes("POST"), query: bytes("probe=echo"),
            pairs: [Pair(name: .bytes([0x42]), value: .bytes([0x31]))],
            without: [bytes("HTTP_HOST"), bytes("CONTENT_LENGTH")], rawTail: [5], reversed: true,
            order: [bytes("SCGI"), bytes("B")]),
          body: .bytes(bytes("hello")), modifier1: modifiers.isEmpty ? 0 : 30, modifier2: modifiers.isEmpty ? 0 : 255))
    #expect(second == VariableBlockRequest(variables: RequestVariables(base: false)))
    #expect(value.steps[1].connection == 2)
  }

  @Test func modifiersAreUWSGIs() {
    #expect(throws: FixtureErrors.self) { try load(send: "[{request: {modifier1: 1}}]", folder: "scgi") }
  }

  @Test func defaultsOfARequest() throws {
    guard case .fastCGIRequest(let request) = try load(send: "[{request: {}}]").steps[0].verb else {
      throw Unexpected()
    }
    #expect(request == FastCGIRequest())
    #expect(request.params.method == Array("GET".utf8) && request.params.contentLength == nil)
  }

  @Test func aRequestThatIsSentOftenWaitsForEachEnd() throws {
    let steps = try load(send: "[{request: {id: 7}, times: 3, on: 2}]").steps
    #expect(steps.count == 6)
    #expect(steps.allSatisfy { $0.connection == 2 })
    for index in stride(from: 0, to: 6, by: 2) {
      guard case .fastCGIRequest(let request) = steps[index].verb,
        case .waitFor(.endRequest(id: 7)) = steps[index + 1].verb
      else { throw Unexpected() }
      #expect(request.id == 7)
    }
  }

  @Test func numberedVariablesFollowTheOthers() throws {
    let steps = try load(
      send: "[{request: {params: {A: b}, numbered: 2}}, {get-values: {numbered: 2, names: [FCGI_MAX_REQS]}}]"
    ).steps
    guard case .fastCGIRequest(let request) = steps[0].verb, case .getValues(let asked, _) = steps[1].verb else {
      throw Unexpected()
    }
    func words(_ pairs: [Pair]) -> [String] {
      pairs.map { String(decoding: $0.name.bytes + [0x3D] + $0.value.bytes, as: UTF8.self) }
    }
    #expect(words(request.params.pairs) == ["A=b", "X_NUMBER_1=1", "X_NUMBER_2=2"])
    #expect(words(asked) == ["X_NUMBER_1=", "X_NUMBER_2=", "FCGI_MAX_REQS="])
  }

  @Test(arguments: [("content-length: 10", 10), ("content-length: none", nil), ("method: PUT", 5)])
  func contentLength(_ key: String, _ expected: Int?) throws {
    guard case .fastCGIRequest(let request) = try load(send: "[{request: {body: hello, \(key)}}]").steps[0].verb
    else { throw Unexpected() }
    #expect(request.params.contentLength == expected)
  }

  @Test func requestsInARowAreOneStep() throws {
    let steps = try load(send: "[{begin-request: {id: 65534, count: 2}}]").steps
    guard case .beginRequest(let ids, .responder, 0, 0, _) = steps[0].verb else { throw Unexpected() }
    #expect(ids == 65_534...65_535)
    #expect(throws: (any Error).self) { try load(send: "[{begin-request: {id: 65534, count: 3}}]") }
  }

  @Test func singleRecordsAreRead() throws {
    let steps = try load(
      send: """
        [{begin-request: {id: 2, role: 9, flags: 0x80, body-reserved: 7}},
         {params: {id: 2, base: false, params: [{name: {hex: "4e"}, value: v, long-form: true}], end: false}},
         {stdin: {}}, {data: {content: d, end: false}}, {abort-request: {}}, {abort-request: {id: 3}},
         {get-values: [FCGI_MAX_CONNS]}, {get-values: {pairs: {N: v}, padding: 1}},
         {record: {type: 42, id: 5, version: 0, content: abc, content-length: 65535, padding: 255, reserved: 1}},
         {record: {type: stdout}}]
        """
    ).steps
    guard case .beginRequest(let ids, FastCGIRole(rawValue: 9), 0x80, 7, _) = steps[0].verb, ids == 2...2,
      case .params(2, let params, false, _) = steps[1].verb, case .stdin(1, .bytes([]), true, _) = steps[2].verb,
      case .data(1, .bytes([0x64]), false, _) = steps[3].verb, case .abortRequest(1) = steps[4].verb,
      case .abortRequest(3) = steps[5].verb, case .getValues(let names, _) = steps[6].verb,
      case .getValues(let pairs, let framing) = steps[7].verb, case .record(let header, let content) = steps[8].verb,
      case .record(let plain, .bytes([])) = steps[9].verb
    else { throw Unexpected() }
    #expect(params.base == false && params.pairs == [Pair(name: .bytes([0x4E]), value: .bytes([0x76]), longForm: true)])
    #expect(names == [Pair(name: .bytes(Array("FCGI_MAX_CONNS".utf8)), value: .bytes([]))])
    #expect(pairs.map(\.value) == [.bytes([0x76])] && framing.encoder.padding == .bytes(1))
    #expect(
      header
        == FastCGIRecordHeader(
          version: 0, type: FastCGIRecordType(rawValue: 42), requestID: 5, contentLength: 65_535, paddingLength: 255,
          reserved: 1))
    #expect(content == .bytes(Array("abc".utf8)))
    #expect(plain == FastCGIRecordHeader(type: .stdout, requestID: 0, contentLength: 0))
  }

  @Test func stepsOfAnyStreamAreRead() throws {
    let steps = try load(
      send: """
        [half-close, {close: , on: 3}, reset, quiet, {open: {}}, {wire: [a, {hex: "00"}]}, {wait: close},
         {rest: 250}, {wait: {end-request: 2}}, {wait: {record: unknown-type}}, {wait: {record: 10, id: 0}}, {wait: {response: 2}}]
        """
    ).steps
    guard case .halfClose = steps[0].verb, case .close = steps[1].verb, case .reset = steps[2].verb,
      case .quiet = steps[3].verb, case .open = steps[4].verb, case .wire([97, 0]) = steps[5].verb,
      case .rest(milliseconds: 250) = steps[7].verb
    else { throw Unexpected() }
    #expect(steps[1].connection == 3)
    let milestones = steps[6...].compactMap { step -> Milestone? in
      if case .waitFor(let milestone) = step.verb { milestone } else { nil }
    }
    #expect(
      milestones == [
        .close, .endRequest(id: 2), .record(.unknownType, id: nil), .record(.getValuesResult, id: 0),
        .response(count: 2),
      ])
  }

  @Test func httpRequestIsRead() throws {
    let value = try load(
      send: """
        [{request: {method: PUT, target: "*", version: HTTP/1.0, base: false, fields: {Host: h, A: b}, body: x,
          chunk-bytes: 2, query: "a=b"}}]
        """, folder: "http1")
    guard case .httpRequest(let request) = value.steps[0].verb else { throw Unexpected() }
    #expect(value.wireProtocol == .http1)
    #expect(
      request
        == HTTPRequest(
          method: Array("PUT".utf8), target: [0x2A], query: Array("a=b".utf8), version: Array("HTTP/1.0".utf8),
          base: false,
          fields: [
            Pair(name: .bytes(Array("Host".utf8)), value: .bytes([0x68])),
            Pair(name: .bytes([0x41]), value: .bytes([0x62])),
          ], body: .bytes([0x78]), chunkByteCount: 2))
  }

  @Test func cgiRequestIsRead() throws {
    let value = try load(
      send: """
        [{request: {path-info: /p, params: {A: b}, without: [B], command-line: [x, "y z"], content-length: none,
          probe: echo}}]
        """, folder: "cgi")
    guard case .cgiRequest(let request) = value.steps[0].verb else { throw Unexpected() }
    #expect(
      request
        == CGIRequest(
          query: Array("probe=echo".utf8), pathInfo: Array("/p".utf8),
          pairs: [Pair(name: .bytes([0x41]), value: .bytes([0x62]))], without: [[0x42], Array("CONTENT_LENGTH".utf8)],
          arguments: [[0x78], Array("y z".utf8)]))
  }

  @Test func cgiHasNoVerbsOfStreams() {
    #expect(throws: FixtureErrors.self) { _ = try load(send: "[{wire: x}]", folder: "cgi") }
    #expect(throws: FixtureErrors.self) { _ = try load(send: "[{stdin: {}}]", folder: "http1") }
  }

  private struct Unexpected: Error {}
}
