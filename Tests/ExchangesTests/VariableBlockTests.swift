// The conversation of SCGI and uwsgi: both forms of a response, bodies, losses, ends.

import ConversationTesting
import Exchanges
import Testing
import WireBytes

@Suite struct VariableBlockTests {
  static let post: Variables = [("REQUEST_METHOD", "POST"), ("REQUEST_URI", "/p?q"), ("HTTP_HOST", "h")]
  static let cgi = "Status: 201 Made\r\nContent-Type: text/plain\r\n\r\nhello"
  static let http = "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone"
  static let scgi = scgiRequest(post, body: "body")
  static let uwsgi = uwsgiRequest(post, body: "body")

  static let cases: [ConversationCase] = [
    ConversationCase(
      name: "SCGI", script: Script([.client(scgi), .server(cgi), .serverEnd, .clientEnd]),
      lines: ["1 POST /p?q 201 4/5 complete"]),
    ConversationCase(
      name: "uwsgi", script: Script([.client(uwsgi), .server(cgi), .serverEnd, .clientEnd]),
      lines: ["1 POST /p?q 201 4/5 complete"]),
    ConversationCase(
      name: "uwsgi answered by HTTP", script: Script([.client(uwsgi), .server(http), .serverEnd, .clientEnd]),
      lines: ["1 POST /p?q 404 4/4 complete"]),
    ConversationCase(
      name: "SCGI answered by HTTP", script: Script([.client(scgi), .server(http), .serverEnd, .clientEnd]),
      lines: ["1 POST /p?q 404 4/4 complete"]),
    ConversationCase(
      name: "HTTP until the end",
      script: Script([.client(uwsgi), .server("HTTP/1.1 200 OK\r\n\r\nab"), .server("cd"), .serverEnd]),
      lines: ["1 POST /p?q 200 4/4 complete"]),
    ConversationCase(
      name: "HTTP until a reset",
      script: Script([.client(uwsgi), .server("HTTP/1.1 200 OK\r\n\r\nab"), .serverReset]),
      lines: ["1 POST /p?q 200 4/2 server-closed"]),
    ConversationCase(
      name: "HEAD",
      script: Script([
        .client(uwsgiRequest([("REQUEST_METHOD", "HEAD"), ("REQUEST_URI", "/")])),
        .server("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"), .serverEnd,
      ]), lines: ["1 HEAD / 200 0/0 complete"]),
    ConversationCase(
      name: "what begins like HTTP and is not",
      script: Script([.client(scgi), .server("HTTP"), .server("-Thing: a\r\n\r\nx"), .serverEnd]),
      lines: ["1 POST /p?q 200 4/1 complete"]),
    ConversationCase(
      name: "no response", script: Script([.client(scgi), .serverEnd]), lines: ["1 POST /p?q - 4/0 server-closed"]),
    ConversationCase(
      name: "the server closes before the body is there",
      script: Script([.client(Array(uwsgi.dropLast(2))), .server(cgi), .serverEnd]),
      lines: ["1 POST /p?q 201 2/5 complete"]),
    ConversationCase(
      name: "the client leaves",
      script: Script([.client(scgi), .server("Status: 200\r\n\r\nab"), .clientEnd, .server("cd"), .clientReset]),
      lines: ["1 POST /p?q 200 4/4 client-closed A"]),
    ConversationCase(
      name: "a client that shuts down its sending side",
      script: Script([.client(scgi), .clientEnd, .server(cgi), .serverEnd]), lines: ["1 POST /p?q 201 4/5 complete"]),
    ConversationCase(
      name: "lost bytes inside the request's body",
      script: Script([
        .client(Array(scgi.dropLast(3))), .lost(.request, 2), .client("y"), .server(cgi), .serverEnd,
      ]), lines: ["1 POST /p?q 201 4/5 complete G"]),
    ConversationCase(
      name: "lost bytes inside the variables",
      script: Script(
        .scgi,
        [.client(Array(scgi[..<40])), .lost(.request, 10), .client(Array(scgi[50...])), .server(cgi), .serverEnd]),
      lines: ["1 - - 201 4/5 complete G"]),
    ConversationCase(
      name: "lost bytes inside the response's body",
      script: Script([.client(uwsgi), .server(String(cgi.dropLast(3))), .lost(.response, 2), .server("o"), .serverEnd]),
      lines: ["1 POST /p?q 201 4/5 complete G"]),
    ConversationCase(
      name: "an HTTP response that is cut off",
      script: Script([.client(uwsgi), .server("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"), .serverEnd]),
      lines: ["1 POST /p?q 200 4/5 server-closed"]),
    ConversationCase(
      name: "the capture ends", script: Script([.client(uwsgi), .server("HTTP/1.1 200 OK\r\n")]),
      lines: ["1 POST /p?q 200 4/0 unfinished"]),
    ConversationCase(
      name: "joined before the request", script: Script(joined: true, [.client(scgi), .server(cgi), .serverEnd]),
      lines: ["1 POST /p?q 201 4/5 complete"]),
    ConversationCase(
      name: "joined after the request",
      script: Script(.uwsgi, joined: true, [.client("dy"), .server(cgi), .serverEnd]),
      lines: ["1 - - - 0/0 complete M"]),
    ConversationCase(
      name: "bytes that are no request",
      script: Script(.scgi, [.client("GET / HTTP/1.1\r\n\r\n"), .serverEnd]), lines: ["1 - - - 0/0 server-closed"]),
  ]

  @Test("exchanges", arguments: cases) func exchanges(_ row: ConversationCase) {
    #expect(row.script.play().lines == row.lines)
    guard !row.script.joinedInTheMiddle else { return }
    for length in [1, 2, 7] { #expect(row.script.play(piecesOf: length).lines == row.lines, "pieces of \(length)") }
  }

  @Test func factsOfARequest() {
    let exchange = Self.cases[0].script.play().exchanges.first
    #expect(exchange?.request.host == Array("h".utf8))
    #expect(exchange?.variableBlock?.contentLength == 4)
    #expect(exchange?.variableBlock?.requestIsWhole == true)
    #expect(exchange?.variableBlock?.responseIsHTTP == false)
    #expect(exchange?.cgi?.form == .document)
    #expect(exchange?.request.body.retained == Array("body".utf8))
    let uwsgi = Self.cases[2].script.play().exchanges.first
    #expect(uwsgi?.variableBlock?.responseIsHTTP == true)
    #expect(uwsgi?.variableBlock?.modifiers?.first == 0)
    #expect(uwsgi?.http1?.responseFraming == .length)
    #expect(uwsgi?.cgi == nil)
  }

  @Test func oddRequestsLeaveTheirAnomalies() {
    let surplus = Script([.client(Self.scgi + Array("more".utf8)), .server(Self.cgi), .serverEnd]).play()
    #expect(surplus.exchanges.first?.variableBlock?.surplus == UInt64(Self.scgi.count))
    // The protocol has one packet on a connection: a second one is told, not read.
    let second = Script([.client(Self.uwsgi + Self.uwsgi), .server(Self.cgi), .serverEnd]).play()
    #expect(second.exchanges.count == 1)
    #expect(second.exchanges.first?.variableBlock?.surplus == UInt64(Self.uwsgi.count))
    #expect(second.exchanges.first?.anomalies.entries.map(\.anomaly.kind.name) == ["uwsgi-surplus"])
    let broken = Script(.scgi, [.client("24:CONTENT_LENGTH\u{0}0\u{0}SCGI\u{0}1\u{0};"), .serverEnd]).play()
    #expect(
      broken.exchanges.first?.anomalies.entries.map(\.anomaly.kind.name) == [
        "scgi-missing-comma", "lost-synchronisation", "cgi-empty-response",
      ])
    let early = Script(.scgi, [.server("Status: 200\r\n\r\n"), .client(Self.scgi), .serverEnd]).play()
    #expect(early.exchanges.first?.variableBlock?.serverSpokeFirst == true)
  }

  @Test func theRequestIsLogged() {
    let events = Self.cases[0].script.play().exchanges.first?.wireEvents.map(\.text)
    #expect(events?.first == "scgi headers=73")
    #expect(events?.last == "request-end content=4")
  }
}
