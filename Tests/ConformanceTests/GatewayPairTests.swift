// Rules about both sides of a gateway: for each a pair that it reports, and the same set right, which no rule reports.

import Conformance
import ConversationTesting
import Exchanges
import FastCGIWire
import Testing
import WireBytes

/// A request of a client's with its answer, and what became of it between gateway and backend.
struct PairText: Sendable {
  var method = "GET"
  var query = "a=%20B"
  var fields = "User-Agent: Test\r\nAccept: */*\r\nCookie: a=1\r\n"
  var body = ""
  var answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"
  var variables: Variables = [
    ("REQUEST_METHOD", "GET"), ("QUERY_STRING", "a=%20B"), ("CONTENT_TYPE", ""),
    ("CONTENT_LENGTH", ""),
  ]
  var headers: Variables = [
    ("HTTP_HOST", "h"), ("HTTP_USER_AGENT", "Test"), ("HTTP_ACCEPT", "*/*"), ("HTTP_COOKIE", "a=1"),
  ]
  var passedBody = ""
  var page = "Content-Type: text/plain\r\n\r\nhello"

  /// The pair, as conversations see it.
  var pair: ExchangePair {
    let asked = "\(method) /a?\(query) HTTP/1.1\r\nHost: h\r\n\(fields)\r\n\(body)"
    let front = Script(.http1, [.client(asked), .server(answer), .serverEnd, .clientEnd]).play()
      .exchanges
    let back = Script(
      .fastCGI,
      [
        .client(
          FastCGISteps.begin(1, variables + headers) + FastCGISteps.stream(.stdin, 1, passedBody)),
        .server(FastCGISteps.page(1, page)),
      ]
    ).play().exchanges
    return ExchangePair(front: front[0], back: back[0])
  }

  /// The pair with changes.
  func with(_ change: (inout PairText) -> Void) -> PairText {
    var copy = self
    change(&copy)
    return copy
  }
}

@Suite struct GatewayPairTests {
  /// A requirement, what violates it, and what does not although it is close.
  struct Row: Sendable, CustomTestStringConvertible {
    var requirement: RequirementID
    var bad: PairText
    var good: PairText
    var ruleID: Rule.ID { Rule.ID(requirement: requirement, subject: .client) }
    var testDescription: String { requirement.rawValue }

    init(
      _ requirement: RequirementID, _ bad: (inout PairText) -> Void, good: (inout PairText) -> Void
    ) {
      self.requirement = requirement
      self.bad = PairText().with(bad)
      self.good = PairText().with(good)
    }
  }

  private static let form = "Content-Type: a/b\r\nContent-Length: 4\r\nUser-Agent: Test\r\n"
  private static let chunked =
    "Content-Type: a/b\r\nTransfer-Encoding: chunked\r\nUser-Agent: Test\r\n"
  private static let chunks = "4\r\nbody\r\n0\r\n\r\n"

  private static func declare(_ length: String, _ type: String, in pair: inout PairText) {
    pair.variables = [
      ("REQUEST_METHOD", "POST"), ("QUERY_STRING", "a=%20B"), ("CONTENT_TYPE", type),
      ("CONTENT_LENGTH", length),
    ]
    pair.method = "POST"
    pair.passedBody = "body"
    pair.headers = [("HTTP_USER_AGENT", "Test")]
  }

  static let requests: [Row] = [
    Row("CGI-4.1-5") {
      $0.headers[1].1 = "test"
    } good: {
      // The host's name has no case.
      $0.headers[0].1 = "H"
    },
    Row("CGI-4.1.2-2") {
      declare("", "a/b", in: &$0)
      $0.fields = chunked
      $0.body = chunks
    } good: {
      declare("4", "a/b", in: &$0)
      $0.fields = chunked
      $0.body = chunks
    },
    Row("CGI-4.1.2-3") {
      declare("14", "a/b", in: &$0)
      $0.fields = chunked
      $0.body = chunks
    } good: {
      declare("4", "a/b", in: &$0)
      $0.fields = form
      $0.body = "body"
    },
    Row("CGI-4.1.3-3") {
      declare("4", "", in: &$0)
      $0.fields = form
      $0.body = "body"
    } good: {
      // The gateway keeps the body to itself, as for a question about access.
      declare("", "", in: &$0)
      $0.passedBody = ""
      $0.fields = form
      $0.body = "body"
    },
    Row("CGI-4.1.7-1") {
      $0.variables[1].1 = "a= B"
    } good: {
      // A rewritten one.
      $0.variables[1].1 = "q=/a&a=%20B"
    },
    Row("CGI-4.1.7-2") {
      $0.variables[1].1 = "a=%20b"
    } good: {
      $0.query = "#fragment"
      $0.variables[1].1 = ""
    },
    Row("CGI-4.1.12-2") {
      $0.method = "get"
    } good: {
      $0.method = "HEAD"
      $0.answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n"
    },
    Row("CGI-4.1.18-1") {
      $0.headers.removeLast()
    } good: {
      // Fields of the connection, one that it names, credentials, conditions, and a name that nginx ignores.
      $0.fields +=
        "Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nAuthorization: Basic eA==\r\nIf-None-Match: *\r\na_b: 1\r\n"
    },
    Row("CGI-4.1.18-4") {
      $0.headers[1].1 = "Te"
    } good: {
      $0.headers[3].1 = "a"
    },
    Row("CGI-4.1.18-5") {
      $0.fields += "Cookie: b=2\r\n"
      $0.headers.append(("HTTP_COOKIE", "b=2"))
    } good: {
      $0.fields += "Cookie: b=2\r\n"
      $0.headers[3].1 = "a=1; b=2"
    },
    Row("CGI-4.1.18-5") {
      $0.fields += "X-A: 1\r\nX-A: 2\r\n"
      $0.headers.append(("HTTP_X_A", "2"))
    } good: {
      $0.fields += "X-A: 1\r\nX-A: 2\r\n"
      $0.headers.append(("HTTP_X_A", "1, 2"))
    },
    Row("DIAG-HTTP-PROXY") {
      $0.fields += "Proxy: evil:80\r\n"
      $0.headers.append(("HTTP_PROXY", "evil:80"))
    } good: {
      $0.fields += "Proxy: evil:80\r\n"
      $0.headers.append(("HTTP_PROXY", ""))
    },
  ]

  static let responses: [Row] = [
    Row("CGI-3.1-2") {
      $0.page = "Status: 201 Created\r\n" + $0.page
    } good: {
      // A condition that the gateway applies itself.
      $0.page = "Status: 201 Created\r\n" + $0.page
      $0.answer = "HTTP/1.1 304 Not Modified\r\n\r\n"
    },
    Row("CGI-6.2.1-2") {
      $0.answer = $0.answer.replacing("200 OK", with: "404 Not Found")
    } good: {
      // A page of the gateway's own.
      $0.answer =
        "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 3\r\n\r\nbad"
    },
    Row("CGI-6.2.2-2") {
      $0.page = "Location: /b\r\n\r\n"
      $0.answer = "HTTP/1.1 302 Found\r\nLocation: http://h/b\r\nContent-Length: 0\r\n\r\n"
    } good: {
      $0.page = "Location: /b\r\n\r\n"
    },
    Row("CGI-6.2.3-2") {
      $0.page = "Location: http://h/b\r\n\r\n"
      $0.answer = "HTTP/1.1 200 OK\r\nLocation: http://h/b\r\nContent-Length: 0\r\n\r\n"
    } good: {
      $0.page = "Location: http://h/b\r\n\r\n"
      $0.answer = "HTTP/1.1 302 Found\r\nLocation: http://h/b\r\nContent-Length: 0\r\n\r\n"
    },
    Row("CGI-6.3.1-2") {
      $0.page = "Status: 200 OK\r\n\r\nhello"
    } good: {
      $0.page = "Status: 200 OK\r\n\r\nhello"
      $0.answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    },
    Row("CGI-6.3.1-3") {
      $0.answer = $0.answer.replacing("text/plain", with: "text/html")
    } good: {
      $0.answer = $0.answer.replacing("text/plain", with: "Text/Plain; charset=utf-8")
    },
    Row("CGI-6.3.4-5") {
      $0.page = "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n" + $0.page
      $0.answer = $0.answer.replacing(
        "\r\n\r\n",
        with:
          "\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nDate: Thu, 01 Jan 1970 00:00:01 GMT\r\n\r\n")
    } good: {
      $0.page = "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n" + $0.page
      $0.answer = $0.answer.replacing(
        "\r\n\r\n", with: "\r\nDate: Thu, 01 Jan 1970 00:00:01 GMT\r\n\r\n")
    },
    Row("CGI-6.4-2") {
      $0.answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhe"
    } good: {
      // Compressed on the way.
      $0.answer =
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nhe"
    },
  ]

  static let rows = requests + responses

  static func findings(
    _ text: PairText, by rules: RuleList = .all, _ change: (inout ExchangePair) -> Void = { _ in }
  ) -> [Finding] {
    var found = Findings { _ in .must }
    var pair = text.pair
    change(&pair)
    RuleCatalog.judge(pair, by: rules, into: &found)
    return found.list
  }

  @Test func aSoundPairHasNoFinding() { #expect(Self.findings(PairText()).isEmpty) }

  @Test("what is wrong is found, and nothing else", arguments: rows)
  func found(_ row: Row) {
    #expect(Set(Self.findings(row.bad).map(\.requirement)) == [row.requirement])
  }

  @Test("what is right is passed", arguments: rows)
  func passed(_ row: Row) {
    let found = Self.findings(row.good)
    #expect(found.isEmpty, "\(found.map { "\($0.requirement) \($0.message)" })")
  }

  @Test("nothing is held against a pair that lost bytes", arguments: rows)
  func lossy(_ row: Row) {
    #expect(Self.findings(row.bad) { $0.front.gapByteCount = 1 }.isEmpty)
    #expect(Self.findings(row.bad) { $0.back.startedInTheMiddle = true }.isEmpty)
  }

  /// HTTP backends have no meta-variables.
  @Test func anHTTPBackendIsNotJudged() {
    #expect(Self.findings(PairText()) { $0.back = $0.front }.isEmpty)
  }
}
