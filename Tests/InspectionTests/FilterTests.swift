// `--where` expressions: what they say about an exchange, and what is said about a wrong one.

import Conformance
import ConversationTesting
import Exchanges
import FastCGIWire
import Foundation
import Inspection
import Testing
import WireBytes

@Suite struct FilterTests {
  /// A FastCGI exchange that is the second of its connection, took 46 ms, and failed.
  static var exchange: Exchange {
    var exchange = Exchange(
      .fastCGI,
      connection: ConnectionInfo(id: 7, client: Endpoint("127.0.0.1:53412"), server: Endpoint("[::1]:9000")), index: 2)
    exchange.request.method = Array("POST".utf8)
    exchange.request.target = Array("/api/v1/(x)?q=\\1".utf8) + [0xFF, 0x00] + Array("end".utf8)
    exchange.request.host = Array("example.org".utf8)
    for (name, value) in [("SCRIPT_NAME", "/index.php"), ("HTTP_USER_AGENT", "curl/8"), ("EMPTY", "")] {
      exchange.request.fields.append(name: Array(name.utf8), value: Array(value.utf8))
    }
    exchange.response.fields.append(name: Array("Content-Type".utf8), value: Array("text/html".utf8))
    exchange.response.status = 502
    let warning = Array("PHP Warning: x".utf8)
    unsafe exchange.errorStream.append(warning.span.bytes, limit: 4096)
    unsafe exchange.response.body.append(warning.span.bytes, limit: 0)
    let start = Timestamp(nanoseconds: 1_000_000_000)
    exchange.timeline.requestStart = start
    exchange.timeline.requestEnd = start
    exchange.timeline.responseStart = Timestamp(nanoseconds: start.nanoseconds + 2_000_000)
    exchange.timeline.bodyEnd = Timestamp(nanoseconds: start.nanoseconds + 6_000_000)
    exchange.timeline.end = Timestamp(nanoseconds: start.nanoseconds + 46_000_000)
    exchange.ending = .complete
    var facts = FastCGIFacts(requestID: 3)
    facts.role = .responder
    exchange.fastCGI = facts
    return exchange
  }

  static let findings = [Finding(requirement: "FCGI-3.3-8", verdict: .fail, message: "x")]

  private func matches(_ text: String, findings: [Finding] = []) throws -> Bool {
    try ExchangeFilter(parsing: text).matches(Self.exchange, findings)
  }

  @Test(arguments: [
    "status >= 500", "status>=500", "status == 5xx", "status != 4xx", "status > 4xx", "status", "not status < 500",
    "method == POST", "method ~* ^post$", "method != GET", "uri ~ ^/api", "uri ~ '\\(x\\)'", "uri ~ \\d/",
    "(uri ~ ^/(api|web)/)", "path == '/api/v1/(x)'", "uri ~ end$", "host == example.org", "param.SCRIPT_NAME ~ php",
    "param.EMPTY == ''", "not param.EMPTY", "not param.script_name", "param.ABSENT != x", "field.content-type ~ html",
    "field.User-Agent == curl/8", "request-field.user-agent", "not response-field.user-agent", "stderr",
    "stderr ~ Warning", "stderr_bytes == 14", "time > 40ms", "time <= 46ms", "time == 0.046s", "tail >= 40000us",
    "stall",
    "reused", "index == 2", "not gap", "not finding", "not aborted", "protocol == fastcgi", "client == 127.0.0.1",
    "client == 127.0.0.1:53412", "client_port > 1024", "server == ::1", "server == [::1]:9000", "server_port == 9000",
    "not server == 9000", "bytes < 1k", "response_bytes == 14", "request_id == 3", "role == responder",
    "ending == complete", "not app_status", "app_status != 1", "connect != 1ms", "not connect < 1h",
    "status == 200 or status == 502", "status == 502 and not (method == GET or stderr ~ Fatal)",
    "STATUS == 1 or method == POST", "! gap && (stderr || status == 1)", "NOT gap AND stderr",
  ])
  func holds(_ text: String) throws {
    if text.hasPrefix("STATUS") {
      #expect(throws: FilterError.self, "names of fields are in lower case") { try ExchangeFilter(parsing: text) }
      return
    }
    #expect(try matches(text))
    #expect(try !matches("not (\(text))"))
  }

  @Test func findingsAreAskedForByID() throws {
    #expect(try matches("finding", findings: Self.findings))
    #expect(try matches("finding ~ ^FCGI-3", findings: Self.findings))
    #expect(try !matches("finding == FCGI-3.3-9", findings: Self.findings))
    #expect(try ExchangeFilter(parsing: "status > 1 and not finding").needsFindings)
    #expect(try !ExchangeFilter(parsing: "status > 1").needsFindings)
  }

  @Test func andBindsTighterThanOr() throws {
    #expect(try matches("stderr or gap and gap"))
    #expect(try !matches("(stderr or gap) and gap"))
  }

  @Test(
    arguments: [
      ("", 1, "the expression is empty"), ("  ", 3, "the expression is empty"),
      ("sttus >= 500", 1, "there is no field `sttus`"), ("status >= 5oo", 11, "`5oo` is no number"),
      ("uri contains \"a\"", 5, "there is no operator `contains`"), ("status EQ 500", 8, "there is no operator `eq`"),
      ("status = 500", 8, "= alone is no operator"), ("status >=", 10, "a value is missing after >="),
      ("time > 40", 8, "`40` is no time"), ("method > GET", 8, "method does not go with >"),
      ("status ~ 5", 8, "status does not go with ~"), ("gap == 1", 5, "gap does not go with =="),
      ("(status", 1, "this ( is never closed"), ("status)", 7, "there is no ( for this"),
      ("gap stderr", 5, "`and` or `or` is missing before this"), ("gap and", 8, "a condition is missing at the end"),
      ("and gap", 1, "a condition is missing before `and`"), ("not", 4, "a condition is missing at the end"),
      ("protocol == ftp", 13, "protocol is never `ftp`"), ("uri ~ [", 7, "`[` is no regular expression"),
      ("uri ~ (a)\\1", 7, "`(a)\\1` is no regular expression"), ("uri == 'a", 8, "this text in quotes is never closed"),
      ("param. == 1", 1, "there is no field `param.`"),
      (String(repeating: "(", count: 200), 101, "nested more than 100 deep"),
      (String(repeating: "not ", count: 5000), 401, "nested more than 100 deep"),
    ] as [(String, Int, String)])
  func wrongExpressions(_ text: String, _ column: Int, _ message: String) throws {
    let error = try #require(throws: FilterError.self) { try ExchangeFilter(parsing: text) }
    #expect(error.column == column)
    #expect(error.message.hasPrefix(message))
    let lines = error.excerpt.split(separator: "\n")
    #expect(lines.last?.last == "^")
    #expect(lines.allSatisfy { $0.count <= 79 })
  }

  @Test func theCaretStandsUnderTheTrouble() throws {
    let error = try #require(throws: FilterError.self) { try ExchangeFilter(parsing: "gap or\u{1B}sttus > 1") }
    #expect(!error.excerpt.contains("\u{1B}"))
    let long = String(repeating: "gap or ", count: 40) + "sttus"
    let other = try #require(throws: FilterError.self) { try ExchangeFilter(parsing: long) }
    let lines = other.excerpt.split(separator: "\n")
    #expect(lines[0].dropFirst(lines[1].count - 1).hasPrefix("sttus"))
    #expect(other.unknown?.candidates.contains("status") == true)
  }
}
