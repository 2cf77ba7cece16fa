// A wrong and a right response for the rules about redirects, bodies and single fields, over each interface that has
// one; and for the rules of an HTTP message where an SCGI or uwsgi server answers with one.

import Conformance
import ConversationTesting
import Exchanges
import FastCGIWire
import Testing
import WireBytes

extension CGIRuleCases {
  private static let type = "Content-Type: text/plain\r\n"

  /// A field more in a page.
  private static func field(_ requirement: RequirementID, _ bad: String, _ good: String = "X-A: b\r\n") -> Row {
    Row(requirement, bad + page, good + page)
  }

  static let responseRows: [Row] = [
    Row("CGI-6.2-1", "Hello, world!\n", page),
    // FastCGI has a requirement of its own for it; over SCGI and uwsgi the response is an HTTP message.
    Row("CGI-6.2-2", over: [.cgi], "HTTP/1.1 200 OK\r\n" + page, page),
    field("CGI-6.3-3", "X\u{0}A: b\r\n"),
    field("CGI-6.3-8", "X-A: b\u{0}c\r\n", "X-A: b\tc\r\n"),
    field("CGI-6.3-8", "X-A: b\u{1B}c\r\n"),
    field("CGI-6.3-8", "X-A: b\rSet-Cookie: c=d\r\n"),
    field("CGI-6.3.3-1", "Status: OK 200\r\n", "Status: 200 OK\r\n"),
    field("CGI-6.3.3-1", "Status: 1200 OK\r\n", "Status: 299 OK\r\n"),
    field("CGI-6.3.3-1", "Status: 200\r\n", "Status: 200 \r\n"),
    field("CGI-6.3.4-3", "Connection: close\r\n", "Connection:\r\n"),
    field("CGI-6.3.4-3", "Transfer-Encoding: chunked\r\n"),
    field("CGI-6.3.4-3", "keep-alive: timeout=5\r\n"),
    field("CGI-6.3.4-3", "Upgrade: h2c\r\n"),
    field("CGI-6.3.4-3", "TE: trailers\r\n"),
    field("CGI-6.3.4-3", "Trailer: Expires\r\n"),
    field("CGI-6.3.4-3", "Proxy-Connection: close\r\n"),
    // A local redirect: Location alone.
    Row("CGI-6.2.2-1", "Location: /next\r\nSet-Cookie: a=b\r\n\r\n", "Location: /next\r\n\r\n"),
    Row("CGI-6.2.2-1", "Location: /next\r\nX-CGI-Note: 1\r\n\r\n", "Location: /next?a=b\r\n\r\n"),
    Row(
      "CGI-6.2.2-1", type + "Location: /next\r\n\r\nmoved",
      "Status: 302 Found\r\n" + type + "Location: /next\r\n\r\nmoved"),
    Row("CGI-6.2.2-1", "Location: /next\r\n\r\nmoved", "Location: /next\r\n\r\n"),
    // A client redirect: Location and what the server defines.
    Row(
      "CGI-6.2.3-1", "Location: http://a/\r\nSet-Cookie: a=b\r\n\r\n", "Location: http://a/\r\nX-CGI-Note: 1\r\n\r\n"),
    Row("CGI-6.2.3-1", "Location: http://a/\r\n\r\nmoved", "Location: http://a/\r\n\r\n"),
    Row(
      "CGI-6.2.4-1", "Status: 200 OK\r\nLocation: http://a/\r\n" + page,
      "Status: 303 See Other\r\nLocation: http://a/\r\n" + page),
    Row(
      "CGI-6.2.4-1", "Status: 404 Not Found\r\nLocation: /a\r\n" + page,
      "Status: 201 Created\r\nLocation: /a\r\n" + page),
    Row(
      "CGI-6.2.4-4", "Location: http://a/\r\n" + page, "Status: 302 Found\r\nLocation: http://a/\r\n" + page),
    // The body.
    Row("CGI-4.3.3-1", to: "HEAD", page, type + "Content-Length: 5\r\n\r\n"),
    field("H-9110-8.6-10", "Content-Length: 4\r\n", "Content-Length: 5\r\n"),
    field("H-9110-8.6-10", "Content-Length: 6\r\n", "Content-Length: 0005\r\n"),
    Row(
      "H-9110-8.6-10", "Status: 404 Not Found\r\nContent-Length: 9\r\n\r\n",
      "Status: 304 Not Modified\r\nContent-Length: 9\r\n\r\n"),
    field("H-9110-8.6-11", "Content-Length: +5\r\n", "Content-Length:\r\n"),
    field("H-9110-8.6-11", "Content-Length: 5, 5\r\n", "Content-Length: 5\r\n"),
    field("H-9110-8.6-11", "Content-Length: 5\r\nContent-Length: 5\r\n", "Content-Length: 5\r\n"),
    field("H-9110-8.6-11", "Content-Length: 0x5\r\n", "Content-Length: 5\r\n"),
    Row("H-9110-15.3.5-1", "Status: 204 No Content\r\n" + page, "Status: 204 No Content\r\n\r\n"),
    Row("H-9110-15.4.5-3", "Status: 304 Not Modified\r\n" + page, "Status: 304 Not Modified\r\n" + type + "\r\n"),
    Row("H-9110-15.3.6-1", "Status: 205 Reset Content\r\n" + page, "Status: 205 Reset Content\r\n\r\n"),
    field("H-9110-5.3-3", "ETag: \"a\"\r\nETag: \"b\"\r\n", "Set-Cookie: a=b\r\nSet-Cookie: c=d\r\n"),
  ]

  /// What is no response of CGI at all.
  static let unanswered: [RuleCase] = [
    RuleCase("SCGI-3", .server, script("", over: .scgi), script(page, over: .scgi)),
    RuleCase("UWSGI-1", .server, script("", over: .uwsgi), script(page, over: .uwsgi)),
  ]

  // MARK: HTTP messages

  private static let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"

  /// An HTTP message in answer to SCGI and uwsgi.
  private static func message(
    _ requirement: RequirementID, to method: String = "GET", _ bad: String,
    _ good: String = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
  ) -> [RuleCase] {
    [WireProtocol.scgi, .uwsgi].map {
      RuleCase(
        requirement, .server, script(bad, to: method, over: $0), script(good, to: method, over: $0),
        variant: "over \($0.rawValue)")
    }
  }

  static let messages: [RuleCase] = [
    message("H1-9112-2.1-1", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"),
    message("H1-9112-2.2-3", "HTTP/1.1 200 OK\r\nX-A: b\rc\r\nContent-Length: 5\r\n\r\nhello"),
    message("H1-9112-2.3-1", "HTTP/1.10 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
    message("H1-9112-4-1", "HTTP/1.1  200 OK\r\nContent-Length: 5\r\n\r\nhello"),
    message("H1-9112-5-1", "HTTP/1.1 200 OK\r\nX-A : b\r\nContent-Length: 5\r\n\r\nhello"),
    message("H1-9112-5.2-1", "HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 5\r\n\r\nhello"),
    message("H1-9112-6.2-1", chunked + "Content-Length: 5\r\n\r\n0\r\n\r\n", chunked + "\r\n0\r\n\r\n"),
    message("H1-9112-6.2-2", "HTTP/1.1 200 OK\r\nContent-Length: 0x1\r\n\r\n"),
    message("H1-9112-6.3-10", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na"),
    message("H1-9112-7.1-6", chunked + "\r\n0x1\r\na\r\n0\r\n\r\n", chunked + "\r\n1\r\na\r\n0\r\n\r\n"),
    message("H1-9112-8-3", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"),
    message("H-9110-2.2-1", "HTTP/1.1 200 OK\r\nX-A: b\u{0}c\r\nContent-Length: 5\r\n\r\nhello"),
    message(
      "H-9110-5.3-3", "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nETag: \"b\"\r\nContent-Length: 5\r\n\r\nhello"),
    message("H-9110-8.6-10", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhello"),
    message(
      "H-9110-9.3.2-1", to: "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
    message("H1-9112-6.3-1", "HTTP/1.1 204 No Content\r\n\r\nhello", "HTTP/1.1 204 No Content\r\n\r\n"),
    message(
      "H-9110-15.3.6-1", "HTTP/1.1 205 Reset Content\r\nContent-Length: 5\r\n\r\nhello",
      "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n"),
  ].flatMap { $0 }
}

@Suite struct CGIResponsePlaceTests {
  /// The line that is wrong, and the output before it.
  private static let before = "Content-Type: text/plain\r\nX-A: b\r\n"
  private static let output = before + "Connection: close\r\n\r\nhello"

  private func place(_ output: String, recordsOf size: Int, piecesOf pieces: Int) throws -> StreamOffset? {
    var bytes: [UInt8] = []
    let content = Array(output.utf8)
    for start in stride(from: 0, to: content.count, by: size) {
      let part = Array(content[start..<min(content.count, start + size)])
      FastCGIEncoder(padding: .aligned(to: 8)).appendRecord(.stdout, requestID: 1, content: part, to: &bytes)
    }
    bytes += FastCGISteps.stream(.stdout, 1, "") + FastCGISteps.end(1)
    let request = FastCGISteps.begin() + FastCGISteps.stream(.stdin, 1, "")
    let outcome = Script(.fastCGI, [.client(request), .server(bytes), .serverEnd, .clientEnd]).play(piecesOf: pieces)
    var findings = Findings { _ in .must }
    RuleCatalog.judge(try #require(outcome.exchanges.first), [.server], into: &findings)
    return findings.list.first { $0.requirement == "CGI-6.3.4-3" }?.offset
  }

  @Test("a finding points at the line, however the output is cut into records and those into pieces", arguments: 1...60)
  func line(size: Int) throws {
    let index = Self.before.utf8.count
    // A record is a header of 8 bytes and its content, made a multiple of 8.
    let record = (8 + min(size, Self.output.utf8.count) + 7) & ~7
    let due = StreamOffset(index / size * record + 8 + index % size)
    for pieces in [1, 3, 7, 64, .max] {
      #expect(try place(Self.output, recordsOf: size, piecesOf: pieces) == due, "pieces of \(pieces)")
    }
  }

  @Test("over SCGI it is the line's place in the response")
  func gateway() throws {
    for pieces in [1, 4, .max] {
      let outcome = CGIRuleCases.script(Self.output, over: .scgi).play(piecesOf: pieces)
      var findings = Findings { _ in .must }
      RuleCatalog.judge(try #require(outcome.exchanges.first), [.server], into: &findings)
      #expect(findings.list.map(\.offset) == [StreamOffset(Self.before.utf8.count)])
    }
  }
}
