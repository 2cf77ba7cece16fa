// A neutral request on the wire of each interface. What a CGI program is given is tested with a program, in
// EndToEndTests.

import Drivers
import Exchanges
import Expectations
import FastCGIWire
import Fixtures
import Testing
import Transports
import WireBytes

@Suite struct NeutralLoweringTests {
  private static let request = NeutralRequest(
    method: Array("PUT".utf8), pathInfo: Array("/a%20b".utf8), query: Array("x=%41".utf8),
    fields: [
      Pair(name: text("Content-Type"), value: text("a/b")), Pair(name: text("X-List"), value: text("one")),
      Pair(name: text("x-list"), value: text("two")), Pair(name: text("Cookie"), value: text("a=1")),
      Pair(name: text("Cookie"), value: text("b=2")),
    ], body: text("hello"))

  private static func text(_ text: String) -> Blob { .bytes(Array(text.utf8)) }

  /// What a driver sends for a request.
  private static func sent(_ request: NeutralRequest, to target: String) throws -> [UInt8] {
    let profile = TargetProfile(target: try Target(target), documentRoot: "/srv")
    let testCase = Case(
      id: "neutral/test/case", wireProtocol: profile.target.wireProtocol, summary: "", requirements: [],
      steps: [Step(.request(request))], expectations: [])
    let start = Timestamp(nanoseconds: 0)
    var driver = CaseDriver(testCase, profile, CasePace(timeouts: PhaseTimeouts()), at: start)
    #expect(driver.advance(start) == [.connect(1)])
    driver.connected(1, client: .loopback(50_001), server: .loopback(9_000), at: start)
    return driver.advance(start).reduce(into: []) { bytes, action in
      if case .send(1, let more) = action { bytes += more }
    }
  }

  /// The pairs and the body of a FastCGI request.
  private static func fastCGI(_ bytes: [UInt8]) -> (params: [String: String], body: String) {
    var streams: [UInt8: [UInt8]] = [:]
    var rest = bytes[...]
    while rest.count >= 8 {
      let head = Array(rest.prefix(8))
      let count = Int(head[4]) << 8 | Int(head[5])
      streams[head[1], default: []] += rest.dropFirst(8).prefix(count)
      rest = rest.dropFirst(8 + count + Int(head[6]))
    }
    var params: [String: String] = [:]
    var pairs = (streams[4] ?? [])[...]
    // Every length here is shorter than 128 bytes.
    while pairs.count >= 2 {
      let (name, value) = (Int(pairs[pairs.startIndex]), Int(pairs[pairs.startIndex + 1]))
      let content = pairs.dropFirst(2).prefix(name + value)
      params[String(decoding: content.prefix(name), as: UTF8.self)] = String(
        decoding: content.dropFirst(name), as: UTF8.self)
      pairs = pairs.dropFirst(2 + name + value)
    }
    return (params, String(decoding: streams[5] ?? [], as: UTF8.self))
  }

  @Test func overFastCGI() throws {
    let (params, body) = Self.fastCGI(try Self.sent(Self.request, to: "fastcgi://127.0.0.1:9000/app"))
    #expect(params["REQUEST_METHOD"] == "PUT")
    #expect(params["SCRIPT_NAME"] == "/app" && params["SCRIPT_FILENAME"] == "/srv/app")
    #expect(params["PATH_INFO"] == "/a b" && params["PATH_TRANSLATED"] == "/srv/a b")
    #expect(params["REQUEST_URI"] == "/app/a%20b?x=%41" && params["QUERY_STRING"] == "x=%41")
    #expect(params["CONTENT_TYPE"] == "a/b" && params["CONTENT_LENGTH"] == "5")
    #expect(params["HTTP_X_LIST"] == "one, two" && params["HTTP_COOKIE"] == "a=1; b=2")
    #expect(params["HTTP_CONTENT_TYPE"] == nil)
    #expect(body == "hello")
  }

  @Test func overSCGI() throws {
    let bytes = try Self.sent(Self.request, to: "scgi://127.0.0.1:9000/app")
    let colon = try #require(bytes.firstIndex(of: 0x3A))
    let length = try #require(Int(String(decoding: bytes[..<colon], as: UTF8.self)))
    let block = bytes[(colon + 1)...].prefix(length)
    let texts = block.dropLast().split(separator: 0, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    #expect(Array(texts.prefix(4)) == ["CONTENT_LENGTH", "5", "SCGI", "1"])
    #expect(block.last == 0 && texts.count % 2 == 0)
    func value(_ name: String) -> String? { texts.firstIndex(of: name).map { texts[$0 + 1] } }
    #expect(value("REQUEST_METHOD") == "PUT" && value("QUERY_STRING") == "x=%41")
    #expect(value("PATH_INFO") == "/a b" && value("HTTP_X_LIST") == "one, two")
    #expect(String(decoding: bytes[(colon + 1 + length)...], as: UTF8.self) == ",hello")
    #expect(texts.filter { $0 == "CONTENT_LENGTH" }.count == 1)
  }

  @Test func overUWSGI() throws {
    let bytes = try Self.sent(Self.request, to: "uwsgi://127.0.0.1:9000/app")
    #expect(bytes[0] == 0 && bytes[3] == 0)
    let size = Int(bytes[1]) | Int(bytes[2]) << 8
    var (rest, variables) = (bytes[4..<(4 + size)], [String: String]())
    func next() -> String {
      let count = Int(rest[rest.startIndex]) | Int(rest[rest.startIndex + 1]) << 8
      defer { rest = rest.dropFirst(2 + count) }
      return String(decoding: rest.dropFirst(2).prefix(count), as: UTF8.self)
    }
    while !rest.isEmpty {
      let name = next()
      variables[name] = next()
    }
    #expect(variables["REQUEST_METHOD"] == "PUT" && variables["CONTENT_LENGTH"] == "5")
    #expect(variables["PATH_INFO"] == "/a b" && variables["HTTP_COOKIE"] == "a=1; b=2")
    #expect(String(decoding: bytes[(4 + size)...], as: UTF8.self) == "hello")
  }

  @Test func overHTTP() throws {
    let bytes = try Self.sent(Self.request, to: "http://127.0.0.1:9000/app")
    #expect(
      String(decoding: bytes, as: UTF8.self) == """
        PUT /app/a%20b?x=%41 HTTP/1.1\r
        Host: 127.0.0.1:9000\r
        Content-Type: a/b\r
        X-List: one\r
        x-list: two\r
        Cookie: a=1\r
        Cookie: b=2\r
        Content-Length: 5\r
        \r
        hello
        """)
  }

  @Test func anEmptyBodyHasALengthAndNoneHasNot() throws {
    func length(_ body: Blob?, _ target: String) throws -> String? {
      let bytes = try Self.sent(NeutralRequest(body: body), to: target)
      if target.hasPrefix("fastcgi") { return Self.fastCGI(bytes).params["CONTENT_LENGTH"] }
      let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
      return lines.first { $0.hasPrefix("Content-Length: ") }.map { String($0.dropFirst(16)) }
    }
    for target in ["fastcgi://127.0.0.1:9000/app", "http://127.0.0.1:9000/app"] {
      #expect(try length(nil, target) == nil)
      #expect(try length(Self.text(""), target) == "0")
      #expect(try length(Self.text("abc"), target) == "3")
    }
  }

  @Test func theTargetsOwnQueryStaysWhereTheRequestHasNone() throws {
    let own = try Self.sent(NeutralRequest(), to: "http://127.0.0.1:9000/app?own=1")
    #expect(String(decoding: own, as: UTF8.self).hasPrefix("GET /app?own=1 HTTP/1.1\r\n"))
    let empty = try Self.sent(NeutralRequest(query: []), to: "fastcgi://127.0.0.1:9000/app?own=1")
    #expect(Self.fastCGI(empty).params["QUERY_STRING"] == "")
  }
}
