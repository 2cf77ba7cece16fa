// A wrong and a right response for every rule of CGI, over each interface that has such a response.
//
// A response is written once; what carries it is added here. Rows about redirects and bodies stand in
// CGIResponseRuleCases.swift.

import Conformance
import ConversationTesting
import Exchanges
import FastCGIWire

enum CGIRuleCases {
  static let all: [RuleCase] = (rows + responseRows).flatMap(\.cases)

  /// A wrong response and a right one.
  struct Row {
    var requirement: RequirementID
    var bad: String
    var good: String
    /// The request's method.
    var method: String
    /// The interfaces over which the wrong one can be told.
    var carriers: [WireProtocol]

    init(
      _ requirement: RequirementID, over carriers: [WireProtocol] = CGIRuleCases.carriers, to method: String = "GET",
      _ bad: String, _ good: String
    ) {
      self.requirement = requirement
      self.method = method
      self.bad = bad
      self.good = good
      self.carriers = carriers
    }

    var cases: [RuleCase] {
      carriers.map { carrier in
        RuleCase(
          requirement, .server, CGIRuleCases.script(bad, to: method, over: carrier),
          CGIRuleCases.script(good, to: method, over: carrier), variant: "over \(carrier.rawValue)")
      }
    }
  }

  /// Everything over which a CGI response comes.
  static let carriers: [WireProtocol] = [.fastCGI, .scgi, .uwsgi, .cgi]

  /// A request by that method that is answered so.
  static func script(_ response: String, to method: String = "GET", over carrier: WireProtocol) -> Script {
    let variables = FastCGISteps.plain.map { ($0.0, $0.0 == "REQUEST_METHOD" ? method : $0.1) }
    let answer: [ScriptStep] = response.isEmpty ? [] : [.server(response)]
    switch carrier {
    case .fastCGI:
      let encoder = FastCGIEncoder(padding: .aligned(to: 8))
      var records: [UInt8] = []
      encoder.appendStream(.stdout, requestID: 1, content: Array(response.utf8), to: &records)
      let request = FastCGISteps.begin(1, variables) + FastCGISteps.stream(.stdin, 1, "")
      return Script(.fastCGI, [.client(request), .server(records + FastCGISteps.end()), .serverEnd, .clientEnd])
    case .scgi: return Script(.scgi, [.client(scgiRequest(variables))] + answer + [.serverEnd, .clientEnd])
    case .uwsgi: return Script(.uwsgi, [.client(uwsgiRequest(variables))] + answer + [.serverEnd, .clientEnd])
    case .cgi: return Script(.cgi, [.client(cgiRequest(variables))] + answer + [.serverEnd])
    case .http1, .wsgi: preconditionFailure("\(carrier.rawValue) has no CGI response")
    }
  }

  static let page = "Content-Type: text/plain\r\n\r\nhello"

  private static let rows: [Row] = [
    // Over SCGI and uwsgi a connection without a byte has no response that could be empty.
    Row("CGI-6.1-1", over: [.fastCGI, .cgi], "", page),
    Row("CGI-6.2-1", "Content-Type: text/plain\r\n", page),
    Row("CGI-6.3-1", "X-A: b\r\n\r\n", "Status: 204 No Content\r\nX-A: b\r\n\r\n"),
    Row("CGI-6.3-2", "Status: 200 OK\r\nStatus: 404 Not Found\r\n" + page, "Status: 200 OK\r\n" + page),
    Row("CGI-6.3-2", "Content-Type: text/html\r\n" + page, page),
    Row("CGI-6.3-3", "X A\r\n" + page, "X-A:\r\n" + page),
    Row("CGI-6.3-3", "X-A : b\r\n" + page, "X-A:b\r\n" + page),
    Row("CGI-6.3-6", "X-A: b\r\n c\r\n" + page, "X-A: b c\r\n" + page),
    Row("CGI-6.3.1-1", "Status: 200 OK\r\n\r\nhello", page),
    Row("CGI-6.3.2-1", "Location: next\r\n\r\n", "Location: /next\r\n\r\n"),
    // Beside a status HTTP allows a relative reference; a space nobody does.
    Row(
      "CGI-6.3.2-1", "Status: 302 Found\r\nLocation: /a b\r\n\r\n", "Status: 302 Found\r\nLocation: a%20b\r\n\r\n"),
    Row("CGI-6.3.2-1", "Location: http://a/caf\u{E9}\r\n\r\n", "Location: http://a/caf%C3%A9\r\n\r\n"),
    Row("CGI-6.3.3-1", "Status: OK\r\n" + page, "Status: 599 Odd\r\n" + page),
  ]
}
