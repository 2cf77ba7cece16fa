// The HTTP/1 conversation: which response answers which request, and how exchanges end.

import ConversationTesting
import Exchanges
import Testing
import WireBytes

/// A connection and the exchanges that it holds, a line each.
struct ConversationCase: Sendable, CustomTestStringConvertible {
  var name: String
  var script: Script
  var lines: [String]
  var testDescription: String { name }
}

@Suite struct HTTP1Tests {
  static func get(_ target: String, _ method: String = "GET") -> ScriptStep {
    .client("\(method) \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
  }

  static func ok(_ body: String, _ fields: String = "", status: String = "200 OK") -> ScriptStep {
    .server("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(fields)\r\n\(body)")
  }

  static let cases: [ConversationCase] = [
    ConversationCase(
      name: "kept connection", script: Script([get("/a"), ok("one"), get("/b"), ok("to"), .clientEnd, .serverEnd]),
      lines: ["1 GET /a 200 0/3 complete", "2 GET /b 200 0/2 complete"]),
    ConversationCase(
      name: "pipelining",
      script: Script([get("/a"), get("/b", "HEAD"), get("/c"), ok("one"), ok(""), ok("three"), .clientEnd]),
      lines: ["1 GET /a 200 0/3 complete", "2 HEAD /b 200 0/0 complete", "3 GET /c 200 0/5 complete"]),
    ConversationCase(
      name: "HEAD with a length, then another",
      script: Script([
        get("/a", "HEAD"), .server("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"), get("/b"), ok("b"), .clientEnd,
      ]), lines: ["1 HEAD /a 200 0/0 complete", "2 GET /b 200 0/1 complete"]),
    ConversationCase(
      name: "204 and 304 have no body",
      script: Script([
        get("/a"), .server("HTTP/1.1 204 No Content\r\n\r\n"), get("/b"),
        .server("HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n"), get("/c"), ok("c"), .clientEnd,
      ]), lines: ["1 GET /a 204 0/0 complete", "2 GET /b 304 0/0 complete", "3 GET /c 200 0/1 complete"]),
    ConversationCase(
      name: "interim responses",
      script: Script([
        .client("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"),
        .server("HTTP/1.1 100 Continue\r\n\r\n"), .client("body"),
        .server("HTTP/1.1 103 Early Hints\r\nLink: </s>\r\n\r\n"), ok("done"), .clientEnd,
      ]), lines: ["1 POST /a 200 4/4 complete"]),
    ConversationCase(
      name: "a response before the request is over",
      script: Script([
        .client("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n1234"), ok("no", status: "413 Too Large"),
        .client("5678"), get("/b"), ok("b"), .clientEnd,
      ]), lines: ["1 POST /a 413 8/2 complete", "2 GET /b 200 0/1 complete"]),
    ConversationCase(
      name: "a response before the request is over, and the end",
      script: Script([
        .client("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n1234"), ok("no", status: "413 Too Large"),
        .serverEnd, .clientEnd,
      ]), lines: ["1 POST /a 413 4/2 complete"]),
    ConversationCase(
      name: "a body until the end",
      script: Script([get("/a"), .server("HTTP/1.0 200 OK\r\n\r\nall of"), .server(" it"), .serverEnd, .clientEnd]),
      lines: ["1 GET /a 200 0/9 complete"]),
    ConversationCase(
      name: "a body until the end, reset",
      script: Script([get("/a"), .server("HTTP/1.0 200 OK\r\n\r\nall of"), .serverReset]),
      lines: ["1 GET /a 200 0/6 server-closed"]),
    ConversationCase(
      name: "a body until the end, and the capture ends",
      script: Script([get("/a"), .server("HTTP/1.0 200 OK\r\n\r\nall of")]), lines: ["1 GET /a 200 0/6 unfinished"]),
    ConversationCase(
      name: "the server closes inside a body",
      script: Script([get("/a"), .server("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), .serverEnd]),
      lines: ["1 GET /a 200 0/3 server-closed"]),
    ConversationCase(
      name: "the client leaves inside a body",
      script: Script([
        get("/a"), .server("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), .clientEnd, .server("def"), .clientReset,
      ]), lines: ["1 GET /a 200 0/6 client-closed A"]),
    ConversationCase(
      name: "a client that shuts down its sending side reads on",
      script: Script([get("/a"), .clientEnd, ok("served"), .serverEnd]), lines: ["1 GET /a 200 0/6 complete"]),
    ConversationCase(
      name: "no response", script: Script([get("/a"), .serverEnd]), lines: ["1 GET /a - 0/0 server-closed"]),
    ConversationCase(
      name: "a response to no request",
      script: Script(.http1, [ok("slow", status: "408 Request Timeout"), .serverEnd, .clientEnd]),
      lines: ["1 - - 408 0/4 complete"]),
    ConversationCase(
      name: "a response to what is no request",
      script: Script(.http1, [.client("\u{16}\u{3}\u{1}hello\r\n"), ok("no", status: "400 Bad Request"), .serverEnd]),
      lines: ["1 - - 400 0/2 complete"]),
    ConversationCase(
      name: "an upgrade",
      script: Script([
        .client("GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"),
        .server("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
        .client("GET / HTTP/1.1\r\n\r\n"), .server("HTTP/1.1 200 OK\r\n\r\n"), .clientEnd, .serverEnd,
      ]), lines: ["1 GET /chat 101 0/0 complete"]),
    ConversationCase(
      name: "CONNECT",
      script: Script([
        .client("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"), .server("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"),
        .server([0x16, 3, 3, 0]), .clientEnd, .serverEnd,
      ]), lines: ["1 CONNECT a:443 200 0/0 complete"]),
    ConversationCase(
      name: "lost bytes inside a body",
      script: Script([
        get("/a"), .server("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), .lost(.response, 4), .server("hi"),
        get("/b"), ok("b"), .clientEnd,
      ]), lines: ["1 GET /a 200 0/9 complete G", "2 GET /b 200 0/1 complete"]),
    ConversationCase(
      name: "lost bytes inside the head of a response",
      script: Script([
        get("/a"), .server("HTTP/1.1 200 OK\r\nContent-Le"), .lost(.response, 10), .server("abc"), get("/b"), ok("b"),
        .clientEnd,
      ]), lines: ["1 GET /a 200 0/0 lost G", "2 GET /b 200 0/1 complete"]),
    ConversationCase(
      name: "a lost response",
      script: Script([get("/a"), .lost(.response, 40), get("/b"), ok("b"), get("/c"), ok("c"), .clientEnd]),
      lines: ["1 GET /a - 0/0 lost G", "2 GET /b 200 0/1 complete", "3 GET /c 200 0/1 complete"]),
    ConversationCase(
      name: "a lost request",
      script: Script([get("/a"), ok("a"), .lost(.request, 40), ok("b"), get("/c"), ok("c"), .clientEnd]),
      lines: ["1 GET /a 200 0/1 complete", "2 - - 200 0/1 complete M", "3 GET /c 200 0/1 complete"]),
    ConversationCase(
      name: "lost bytes inside the head of a request",
      script: Script([
        .client("GET /a HTTP/1.1\r\nHo"), .lost(.request, 5), .client("\r\n"), ok("a"), get("/b"), ok("b"), .clientEnd,
      ]), lines: ["1 GET /a 200 0/1 complete G", "2 GET /b 200 0/1 complete"]),
    ConversationCase(
      name: "lost bytes inside the body of a request",
      script: Script([
        .client("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n12"), .lost(.request, 4), .client("78"),
        ok("a"), get("/b"), ok("b"), .clientEnd,
      ]), lines: ["1 POST /a 200 8/1 complete G", "2 GET /b 200 0/1 complete"]),
    ConversationCase(
      name: "chunks that cannot be read",
      script: Script([
        get("/a"), .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabcd\r\n"), get("/b"), ok("b"),
        .clientEnd,
      ]), lines: ["1 GET /a 200 0/2 lost", "2 GET /b 200 0/1 complete"]),
    ConversationCase(
      name: "joined in the middle",
      script: Script(
        joined: true, [.server("end of a body"), get("/b"), ok("b"), get("/c"), ok("c"), .clientEnd]),
      lines: ["1 GET /b 200 0/1 complete", "2 GET /c 200 0/1 complete"]),
    ConversationCase(
      name: "joined before a response",
      script: Script(joined: true, [ok("a"), get("/b"), ok("b"), .clientEnd]),
      lines: ["1 - - 200 0/1 complete M", "2 GET /b 200 0/1 complete"]),
  ]

  @Test("exchanges", arguments: cases) func exchanges(_ row: ConversationCase) {
    #expect(row.script.play().lines == row.lines)
    // A connection that was joined in the middle is recognised by what a segment begins with.
    guard !row.script.joinedInTheMiddle else { return }
    for length in [1, 3, 7] { #expect(row.script.play(piecesOf: length).lines == row.lines, "pieces of \(length)") }
  }

  @Test func foldedLinesContinueTheirField() {
    let outcome = Script([
      .client("GET / HTTP/1.1\r\nHost: a\r\nX-Long: one\r\n  two\r\n\tthree\r\nY: z\r\n\r\n"),
      .server("HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 0\r\n\r\n"), .clientEnd,
    ]).play()
    let request = outcome.exchanges[0].request.fields, response = outcome.exchanges[0].response.fields
    #expect(request.firstField("x-long").map { WireText.escape($0) } == "one two three")
    #expect(request.firstField("y").map { WireText.escape($0) } == "z")
    #expect(response.firstField("x-a").map { WireText.escape($0) } == "b c")
  }

  @Test func foldedTrailersStayOutOfTheHead() {
    let outcome = Script([
      Self.get("/"),
      .server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-T: t\r\n more\r\n\r\n"),
      .clientEnd,
    ]).play()
    #expect(outcome.exchanges[0].response.fields.count == 1)
    #expect(
      outcome.exchanges[0].response.fields.firstField("transfer-encoding").map { Array($0) } == Array("chunked".utf8))
  }

  @Test func interimResponsesAreCountedAndLeaveNoField() {
    let row = Self.cases.first { $0.name == "interim responses" }
    let exchange = row?.script.play().exchanges.first
    #expect(exchange?.http1?.interimResponses == 2)
    #expect(exchange?.response.fields.firstField("link") == nil)
    // Waiting ends with the first byte of the final response, not of an interim one.
    #expect(exchange?.phases.wait == 2_000_000)
  }

  @Test func upgradedBytesAreCountedAndNotRead() {
    let outcome = Self.cases.first { $0.name == "an upgrade" }?.script.play()
    #expect(outcome?.summary?.opaqueByteCount == 18 + 19)
    #expect(outcome?.exchanges.first?.http1?.upgraded == true)
    #expect(outcome?.exchanges.first?.anomalies.isEmpty == true)
  }

  @Test func bytesAfterAResponseThatHasNoBodyAreNoted() {
    let stray = Script([
      Self.get("/a", "HEAD"), .server("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"), .serverEnd,
    ]).play().summary?.http1?.stray
    #expect(stray?.offset == 38)
    #expect(stray?.answersHead == true)
    #expect(Self.cases[0].script.play().summary?.http1?.stray == nil)
  }

  @Test(
    "who refuses what could not be read does not know that a HEAD is meant",
    arguments: ["HEAD  /a HTTP/1.1\r\n", "Transfer-Encoding: chunked\r\nHEAD /a HTTP/1.1\r\n"])
  func bodiesOfRefusalsAreNotStray(head: String) {
    let outcome = Script(
      .http1,
      [
        .client(head + "Host: a\r\n\r\n"), Self.get("/b"),
        .server("HTTP/1.1 400 Bad Request\r\nContent-Length: 6\r\n\r\nhello\n"), .serverEnd,
      ]
    ).play()
    #expect(outcome.exchanges.first?.response.status == 400)
    #expect(outcome.exchanges.allSatisfy { $0.http1?.responseIsUnreadable == false })
    #expect(outcome.summary?.http1?.stray == nil)
  }

  @Test func aLineWithoutAVersionIsNoHEAD() {
    let script = Script(.http1, [.client("HEAD\n\n"), .server("HTTP/1.1 200 OK\r\n\r\nhello\n"), .serverEnd])
    #expect(script.play().summary?.http1?.stray == nil)
  }

  @Test func whatAnswersALineThatIsNoneMayHaveNoHead() {
    let behind = Script(
      .http1, [.client("GET / HTTP/1.1\r\nHost: a\r\n\r\na: b\r\n"), Self.ok("a"), .server("<p>no\n"), .serverEnd])
    #expect(behind.play().summary?.http1?.stray == nil)
    let line = Script(.http1, [.client("a: b\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), .server("<p>no\n"), .serverEnd])
    #expect(line.play().exchanges.first?.http1?.responseIsUnreadable == false)
    let plain = Script(.http1, [Self.get("/a"), .server("<p>no\n"), .serverEnd])
    #expect(plain.play().exchanges.first?.http1?.responseIsUnreadable == true)
  }

  @Test func aResponseAfterCloseWasAnnouncedIsNoted() {
    let script = Script([
      Self.get("/a"), Self.ok("a", "Connection: keep-alive, Close\r\n"), Self.get("/b"), Self.ok("b"), .clientEnd,
    ])
    #expect(script.play().summary?.http1?.servedAfterClose == 70)
    #expect(Self.cases[0].script.play().summary?.http1?.servedAfterClose == nil)
  }

  @Test func whatTheServerSendsToAClientThatLeftIsCounted() {
    let exchange = Self.cases.first { $0.name == "the client leaves inside a body" }?.script.play().exchanges.first
    #expect(exchange?.bytesAfterClientClose == 3)
  }

  @Test func memoryIsBoundedWhenRequestsAreNeverAnswered() {
    let flood = String(repeating: "GET / HTTP/1.1\r\n\r\n", count: 5000)
    let outcome = Script([.client(flood), .clientEnd]).play()
    #expect(outcome.exchanges.count == 4096)
  }
}
