// A wrong and a right connection for the rules about field values, statuses, trailers and the responses of a connection.

import Conformance
import ConversationTesting
import Exchanges

enum HTTPFieldRuleCases {
  static let all: [RuleCase] = lists + values + statuses + trailers + connections

  private static func joined(_ groups: [[RuleCase]]) -> [RuleCase] { Array(groups.joined()) }

  private static let host = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
  private static let date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

  private static func request(_ fields: String) -> String { "GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n" }

  private static func status(_ line: String, _ fields: String = "", body: String = "") -> String {
    "HTTP/1.1 \(line)\r\nContent-Length: \(body.utf8.count)\r\n\(fields)\r\n\(body)"
  }

  private static func ok(_ fields: String) -> String { status("200 OK", fields) }

  /// A field of a page that is wrong, and one that is right.
  private static func page(_ requirement: RequirementID, _ bad: String, _ good: String) -> RuleCase {
    .response(requirement, ok(bad + "\r\n"), ok(good + "\r\n"))
  }

  private static let lists: [RuleCase] = joined([
    RuleCase.field("H-9110-5.6.1.1-1", "Cache-Control: no-store,, private\r\n", "Cache-Control: private=\"a,,b\"\r\n"),
    RuleCase.field(
      "H-9110-7.6.1-1", "Keep-Alive: timeout=5\r\n", "Keep-Alive: timeout=5\r\nConnection: keep-alive\r\n"),
    RuleCase.field("H-9110-7.6.1-4", "Connection: Cache-Control\r\n", "Connection: X-Own\r\n"),
    RuleCase.field("H-9110-8.4-2", "Content-Encoding: identity\r\n", "Content-Encoding: gzip\r\n"),
    RuleCase.field("H-9110-8.3-2", "Content-Type: text\r\n", "Content-Type: text/plain; charset=\"a;b\"; x=y;\r\n"),
  ])

  private static let values: [RuleCase] = [
    page("H-9110-2.2-1", "Allow: GET; HEAD", "Allow: GET, HEAD"),
    page("H-9110-2.2-1", "Content-Range: bytes 5-2/10", "Content-Range: bytes 2-5/10"),
    page("H-9110-2.2-1", "Age: old", "Age: 3"),
    page("H-9110-5.6.7-3", "Date: Sun,  06 Nov 1994 08:49:37 GMT", "Date: Sun, 06 Nov 1994 08:49:37 GMT"),
    .request(
      "H-9110-5.6.7-2", request("If-Modified-Since: 1994-11-06\r\n"),
      request("If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n")),
    .response("H-9110-6.6.1-6", ok(date + date), ok(date)),
    .response(
      "H-9110-8.8.2.1-2", ok(date + "Last-Modified: Sun, 06 Nov 1994 08:49:38 GMT\r\n"),
      ok(date + "Last-Modified: Sat, 31 Dec 1983 23:59:59 GMT\r\n")),
    .response(
      "H-9110-10.2.2-1", status("302 Found", "Location: /a page\r\n"),
      status("302 Found", "Location: /a%20page?b=[c]\r\n")),
    .response(
      "H-9110-4.2.4-1", status("302 Found", "Location: http://user@a/\r\n"),
      status("302 Found", "Location: http://a/user@b\r\n")),
    .response(
      "H-9110-4.2.1-1", status("302 Found", "Location: http:///a\r\n"), status("302 Found", "Location: http://a\r\n")),
    .response(
      "H-9110-4.2.2-1", status("302 Found", "Location: https:///a\r\n"), status("302 Found", "Location: https://a\r\n")),
    page("H-9110-10.2.3-1", "Retry-After: soon", "Retry-After: 120"),
    .request(
      "H1-9112-3.2-5", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", "GET http://A/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    .request(
      "H1-9112-6.1-9", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.0\r\nContent-Length: 0\r\n\r\n"),
  ]

  private static func challenge(_ value: String) -> String {
    status("401 No", "WWW-Authenticate: \(value)\r\n", body: "who?")
  }

  private static let expects =
    "POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n"
  private static let switched = "HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"

  private static let statuses: [RuleCase] = [
    .response("H-9110-5.6.3-2", challenge("Basic realm = \"a\""), challenge("Basic realm=\"a = b\"")),
    .response(
      "H-9110-11.2-1", challenge("Digest realm=\"a\", nonce=\"b\", Realm=\"c\""),
      challenge("Digest realm=\"a\", nonce=\"b\", Basic realm=\"c\", Negotiate YWJj==")),
    .response("H-9110-11.5-1", challenge("Basic realm=a"), challenge("Basic realm=\"a\"")),
    .response("H-9110-15.5-1", status("404 No"), status("404 No", body: "nothing here")),
    .response("H-9110-15.6-1", status("503 No"), status("503 No", body: "later")),
    .response(
      "H-9110-6.2-2", "HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"),
    .response(
      "H1-9112-7.4-3", to: request("TE: trailers\r\nConnection: TE\r\n"),
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    .response(
      "H-9110-7.8-6", to: "GET / HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", switched, ok("")),
    .response("H-9110-7.8-7", to: expects, switched, "HTTP/1.1 100 Continue\r\n\r\n" + switched),
    .response(
      "H-9110-8.6-5", to: "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", ok(""), "HTTP/1.1 200 OK\r\n\r\n"),
    .response(
      "H-9110-9.3.3-1", to: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", status("201 Made"),
      status("201 Made", "Location: /b\r\n")),
    .response("H-9110-8.6-11", ok("Content-Length: 0\r\n"), ok("")),
    .response("H-9110-8.6-10", ok("") + "more", ok("")),
    .response(
      "H-9110-12.5.3-2", status("415 No", "Accept-Encoding: gzip\r\n", body: "no"), status("415 No", body: "no")),
    .response(
      "H-9110-15.3.7.2-1", status("206 Part", "Content-Type: multipart/byteranges\r\n"),
      status("206 Part", "Content-Type: multipart/byteranges; boundary=x\r\n")),
    .response(
      "H-9110-15.3.7.2-2",
      status("206 Part", "Content-Type: multipart/byteranges; boundary=x\r\nContent-Range: bytes 0-1/2\r\n"),
      status("206 Part", "Content-Range: bytes 0-1/2\r\n")),
    .response(
      "H-9110-15.3.7.2-4", to: request("Range: bytes=0-1\r\n"),
      status("206 Part", "Content-Type: multipart/byteranges; boundary=x\r\n"),
      status("206 Part", "Content-Range: bytes 0-1/2\r\n")),
    .response(
      "H-9110-15.5.17-1", to: request("Range: bytes=9-\r\n"), status("416 No", body: "no"),
      status("416 No", "Content-Range: bytes */2\r\n", body: "no")),
  ]

  private static func trailer(_ announced: String, _ line: String) -> String {
    "\(announced)Transfer-Encoding: chunked\r\n\r\n0\r\n\(line)\r\n\r\n"
  }

  private static let trailers: [RuleCase] = joined([
    RuleCase.body(
      "H-9110-6.5.1-1", trailer("Trailer: Content-Type\r\n", "Content-Type: a/b"),
      trailer("Trailer: X-Sum\r\n", "X-Sum: 1")),
    RuleCase.body("H-9110-6.6.2-1", trailer("", "X-Sum: 1"), trailer("Trailer: x-sum\r\n", "X-Sum: 1")),
  ])

  private static func twice(_ first: String, _ second: String) -> Script {
    Script(.http1, [.client(host), .server(first), .client(host), .server(second), .clientEnd, .serverEnd])
  }

  private static let connections: [RuleCase] = [
    RuleCase("H-9110-6.6.1-2", .server, twice(ok(date), ok("")), twice(ok(date), ok(date))),
    RuleCase(
      "H1-9112-9.2-1", .server,
      Script(.http1, [.client(host), .server(ok("") + ok("")), .clientEnd, .serverEnd]),
      Script(
        .http1,
        [.client(host), .server(ok("")), .server(status("408 Late", body: "late")), .clientEnd, .serverEnd])),
  ]
}
