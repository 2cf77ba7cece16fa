// A wrong and a right connection for every rule of RFC 9112 and RFC 9110.

import Conformance
import ConversationTesting
import Exchanges

enum HTTPRuleCases {
  private static let chunked = "Transfer-Encoding: chunked\r\n"
  private static let host = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
  private static let empty = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
  private static let oldRequest = "GET / HTTP/1.0\r\n\r\n"
  private static let sound = "X-A: b\r\n"

  static let all: [RuleCase] = messages + framing + semantics

  private static func joined(_ groups: [[RuleCase]]) -> [RuleCase] { Array(groups.joined()) }

  private static let messages: [RuleCase] = joined([
    RuleCase.field("H1-9112-2.1-1", "X-A: b\n", sound),
    RuleCase.field("H1-9112-2.2-3", "X-A: b\rc\r\n", sound),
    [
      .request("H1-9112-2.2-5", "\r\n" + host, host),
      .request("H1-9112-2.2-8", "GET / HTTP/1.1\r\n Host: a\r\nHost: a\r\n\r\n", host),
      .response("H1-9112-2.2-8", "HTTP/1.1 200 OK\r\n X: y\r\nContent-Length: 0\r\n\r\n", empty),
      .request("H1-9112-2.3-1", "GET / http/1.1\r\nHost: a\r\n\r\n", host),
      .response("H1-9112-2.3-1", "HTTP/1.10 200 OK\r\nContent-Length: 0\r\n\r\n", empty),
      .request("H1-9112-3-1", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", host),
      .request("H1-9112-3.2-1", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", host),
      .request("H1-9112-3.2-4", "GET / HTTP/1.1\r\n\r\n", oldRequest),
      .request(
        "H1-9112-3.2.1-1", "GET a/b HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET http://a/b HTTP/1.1\r\nHost: a\r\n\r\n"),
      .response("H1-9112-4-1", "HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n", empty),
      .response("H1-9112-4-1", "Segmentation fault\n", empty),
      .response("H1-9112-4-1", empty + "\r\n", empty),
      .response(
        "H1-9112-4-2", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n"),
      .response("H1-9112-4-5", "HTTP/1.1 200 O\u{1}K\r\nContent-Length: 0\r\n\r\n", empty),
    ], RuleCase.field("H1-9112-5-1", "X-A : b\r\n", sound),
    RuleCase.field("H-9110-5.6.3-1", "X-A: b \r\n", sound),
    RuleCase.field("H-9110-5.6.3-1", "X-A:  b\r\n", "X-A:b\r\n"),
    RuleCase.field("H-9110-5.6.3-1", "X-A:\tb\r\n", "X-A:\r\n"),
    RuleCase.field("H1-9112-5.1-4", "X(A: b\r\n", sound),
    RuleCase.field("H1-9112-5.2-1", "X-A: b\r\n c\r\n", sound),
  ])

  private static let framing: [RuleCase] = joined([
    RuleCase.body(
      "H1-9112-6.1-2", "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
      chunked + "\r\n0\r\n\r\n"),
    RuleCase.body(
      "H1-9112-6.2-1", "Content-Length: 3\r\n" + chunked + "\r\n0\r\n\r\n",
      chunked + "\r\n0\r\n\r\n"),
    RuleCase.body("H1-9112-6.2-2", "Content-Length: 0x1\r\n\r\n", "Content-Length: 1\r\n\r\na"),
    RuleCase.body(
      "H1-9112-6.3-10", "Content-Length: 1\r\nContent-Length: 2\r\n\r\na",
      "Content-Length: 1\r\n\r\na"),
    RuleCase.body(
      "H1-9112-7.1-6", chunked + "\r\n0x1\r\na\r\n0\r\n\r\n", chunked + "\r\n1\r\na\r\n0\r\n\r\n"),
    RuleCase.body(
      "H1-9112-7.1.1-3", chunked + "\r\n1;\u{1}\r\na\r\n0\r\n\r\n",
      chunked + "\r\n1;a=b\r\na\r\n0\r\n\r\n"),
    [
      .request(
        "H1-9112-6.1-3", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
      .response(
        "H1-9112-6.1-7", to: "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"),
      .response(
        "H1-9112-6.1-6", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n"),
      .response(
        "H1-9112-6.1-10", to: oldRequest, "HTTP/1.1 200 OK\r\n" + chunked + "\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\nuntil the end"),
      .response(
        "H1-9112-6.3-1", "HTTP/1.1 204 No Content\r\n\r\nbody", "HTTP/1.1 204 No Content\r\n\r\n"),
      .response(
        "H1-9112-8-3", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
      .request(
        "H1-9112-7.4-1",
        "GET / HTTP/1.1\r\nHost: a\r\nTE: trailers, chunked\r\nConnection: TE\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE\r\n\r\n"),
      .request(
        "H1-9112-7.4-2", "GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: keep-alive, te\r\n\r\n"),
      RuleCase(
        "H1-9112-9.6-6", .server, twice("Connection: close\r\n"),
        twice("Connection: keep-alive\r\n")),
      RuleCase(
        "H1-9112-9.8-1", .server, Script(.http1, [.client(host), .server(empty), .serverEndWithoutAlert]),
        Script(.http1, [.client(host), .server(empty), .serverEnd])),
    ],
  ])

  private static func twice(_ field: String) -> Script {
    Script(
      .http1,
      [
        .client(host), .server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\(field)\r\n"),
        .client(host), .server(empty),
        .clientEnd, .serverEnd,
      ])
  }

  private static let upgrade =
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
  private static let switched =
    "HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"

  private static func status(_ line: String, _ fields: String = "") -> String {
    // An error explains itself.
    let body = line.hasPrefix("4") || line.hasPrefix("5") ? "wrong" : ""
    return "HTTP/1.1 \(line)\r\nContent-Length: \(body.utf8.count)\r\n\(fields)\r\n\(body)"
  }

  private static let semantics: [RuleCase] = joined([
    RuleCase.field("H-9110-2.2-1", "X-A: b\u{1}c\r\n", sound),
    RuleCase.field("H-9110-7.8-5", "Upgrade: h2c\r\n", "Upgrade: h2c\r\nConnection: Upgrade\r\n"),
    RuleCase.field(
      "H-9110-5.3-3", "Content-Type: a/b\r\nContent-Type: c/d\r\n",
      "Content-Type: a/b\r\nCache-Control: no-store\r\nCache-Control: private\r\n"),
    [
      .response(
        "H-9110-5.6.7-2", status("200 OK", "Date: 2024-01-01 00:00:00\r\n"),
        status("200 OK", "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n")),
      .request(
        "H-9110-7.1-1", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"
      ),
      .response("H-9110-7.8-2", to: upgrade, "HTTP/1.1 101 Switching\r\n\r\n", switched),
      .response(
        "H-9110-7.8-3", to: upgrade,
        "HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", switched),
      .response(
        "H-9110-7.8-4", status("426 Upgrade Required"),
        status("426 Upgrade Required", "Upgrade: h2c\r\nConnection: Upgrade\r\n")),
      .response(
        "H-9110-8.6-4", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n"),
      .response(
        "H-9110-8.8.3-1", status("200 OK", "ETag: abc\r\n"), status("200 OK", "ETag: W/\"abc\"\r\n")
      ),
      .response(
        "H-9110-9.3.2-1", to: "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
      .response("H-9110-10.2.1-1", status("405 No"), status("405 No", "Allow: GET\r\n")),
      .response(
        "H-9110-11.6.1-1", status("401 No"),
        status("401 No", "WWW-Authenticate: Basic realm=\"a\"\r\n")),
      .response("H-9110-15-1", status("600 Odd"), status("599 Odd")),
      .response("H-9110-15.2-1", to: oldRequest, "HTTP/1.1 100 Continue\r\n\r\n" + empty, empty),
      .response(
        "H-9110-15.2-3", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n" + empty),
      .response(
        "H-9110-15.3.6-1", "HTTP/1.1 205 Reset\r\nContent-Length: 1\r\n\r\na", status("205 Reset")),
      .response(
        "H-9110-15.3.7.1-1", status("206 Part"),
        status("206 Part", "Content-Type: multipart/byteranges; boundary=x\r\n")),
      .response("H-9110-15.4-1", status("302 Found"), status("302 Found", "Location: /b\r\n")),
    ],
  ])
}
