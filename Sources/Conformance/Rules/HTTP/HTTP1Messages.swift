// RFC 9112 sections 2 to 5: lines, start lines and field lines of HTTP/1 messages.
//
// Each side is judged by what it sends itself; how a recipient takes it is the cases' matter.

import Exchanges
import HTTP1Wire
import WireBytes

extension RuleCatalog {
  /// Whether a request that names its version was answered by bytes that are no response.
  ///
  /// To a request without a version, or one that is none, a server may answer as HTTP/0.9 did.
  static func isUnreadableAnswer(_ exchange: Exchange, _ facts: HTTP1Facts) -> Bool {
    facts.responseIsUnreadable && facts.requestHeadIsWhole && facts.requestVersion != nil
      && !exchange.response.hasHead && (exchange.ending == .serverClosed || exchange.ending == .complete)
  }

  static let http1Messages: [Rule] = joined([
    httpAnomalies(
      "H1-9112-2.1-1", [(.bareLF, "a line that ends with LF alone")],
      summary: "Every line ends with CR LF.",
      explanation: """
        Recipients differ in whether they take a bare LF for a line end; what one of them takes for one field, another \
        takes for two.
        """),
    httpAnomalies(
      "H1-9112-2.2-3", [(.bareCR, "a CR that no LF follows")],
      summary: "No CR stands alone outside a body.",
      explanation:
        "Some recipients take it for a line end: the same bytes are two different messages."),
    [
      Rule(
        "H1-9112-2.2-5", .client, summary: "No empty line stands before or after a request.",
        explanation:
          "It is left over from clients that added CR LF after a body; a strict server refuses it.",
        connection: { summary, findings in
          guard summary.wireProtocol == .http1,
            let anomaly = summary.anomalies.first(.emptyLineBeforeStartLine, .request)
          else { return }
          findings.report("an empty line before a request", .request, at: anomaly.range.lowerBound)
        })
    ],
    httpAnomalies(
      "H1-9112-2.2-8",
      [(.spaceBeforeFirstField, "a line that begins with whitespace right after the start line")],
      summary: "No whitespace stands between the start line and the first field.",
      explanation:
        "A recipient drops the line or refuses the message, so what it says is seen by some only."),
    httpAnomalies(
      "H1-9112-2.3-1", [(.malformedVersion, "a version that is not HTTP/digit.digit")],
      summary: "The version is HTTP/, a digit, a dot and a digit.",
      explanation: "A recipient cannot know how the rest of the message is meant."),
    [
      httpAnomaly(
        "H1-9112-3-1", .client,
        [
          (
            .irregularStartLineSpace,
            "more or other whitespace than single spaces in the request line"
          ),
          (.invalidMethod, "a method that is no token"),
          (.missingTarget, "a request line without a target"),
          (.missingVersion, "a request line without a version"),
        ], summary: "A request line is method, target and version, one space between them.",
        explanation: "Recipients that split the line in different ways see different targets."),
      httpAnomaly(
        "H1-9112-3.2-1", .client, [(.spaceInTarget, "whitespace inside the request target")],
        summary: "No whitespace stands in a request target.",
        explanation: "Where the target ends is then a guess; a space is sent as %20."),
      http(
        "H1-9112-3.2-4", .client, summary: "Every HTTP/1.1 request has a Host.",
        explanation:
          "A server must refuse it with 400; one that does not serves whatever site comes first."
      ) { exchange, facts, findings in
        guard facts.requestHeadIsWhole, let version = facts.requestVersion, !version.isOld,
          exchange.request.fields.droppedCount == 0,
          exchange.request.fields.countFields("host") == 0
        else { return }
        findings.report("no Host", .request, at: exchange.request.range.lowerBound)
      },
      http(
        "H1-9112-3.2.1-1", .client, summary: "A target in origin form begins with a slash.",
        explanation:
          "An empty path is sent as /; anything else is read differently by each recipient."
      ) { exchange, facts, findings in
        let target = exchange.request.target
        guard facts.hasRequest, let first = target.first, first != 0x2F,
          !exchange.request.method.isCONNECT,
          target != [0x2A], !hasScheme(target)
        else { return }
        findings.report(
          "the target is \"\(WireText.escape(target, limit: 60))\"", .request,
          at: exchange.request.range.lowerBound)
      },
      httpMessage(
        "H1-9112-4-1", .server,
        summary: "A response begins with a status line: version, three digits and a reason, one space between them.",
        explanation: """
          A recipient finds no status and answers 502. Where there is no status line at all the bytes are a program's \
          message, a debugging line, or another protocol's.
          """,
        connection: { summary, findings in
          guard summary.wireProtocol == .http1,
            let anomaly = summary.anomalies.first(.emptyLineBeforeStartLine, .response)
          else { return }
          findings.report("an empty line where a response was due", .response, at: anomaly.range.lowerBound)
        }
      ) { exchange, facts, findings in
        if let anomaly = exchange.anomalies.first(.irregularStartLineSpace, .response) {
          findings.report(
            "more or other whitespace than single spaces in the status line", .response,
            at: anomaly.range.lowerBound)
        } else if isUnreadableAnswer(exchange, facts) {
          findings.report(
            "the server's bytes are no response", .response, at: exchange.response.range.lowerBound)
        }
      },
      httpAnomaly(
        "H1-9112-4-2", .server, [(.missingSpaceAfterStatus, "no space after the status code")],
        summary: "A space follows the status code, also where there is no reason.",
        explanation: "Strict parsers refuse the response without it."),
      httpAnomaly(
        "H1-9112-4-5", .server, [(.controlByteInReason, "a control byte in the reason phrase")],
        summary: "A reason phrase holds no control bytes.",
        explanation:
          "Usually application text was put there unchecked; with a line end in it, it becomes a field."
      ),
    ],
    httpAnomalies(
      "H1-9112-5-1",
      [
        (.missingColon, "a line without a colon among the fields"),
        (.spaceBeforeColon, "whitespace before a colon"),
      ],
      summary: "A field line is a name, a colon right after it, and a value.",
      explanation:
        "Recipients differ in whether they drop, repair or refuse such a line: the way of request smuggling."
    ),
    httpAnomalies(
      "H-9110-5.6.3-1", [(.idleSpaceAroundValue, "more white space around a value than one space before it")],
      summary: "One space stands before a field's value, and none behind it.",
      explanation: "It says nothing: recipients take it away, and those that forget to see another value."),
    httpAnomalies(
      "H1-9112-5.1-4",
      [
        (.emptyFieldName, "a field without a name"),
        (.invalidFieldName, "a byte in a field name that no token holds"),
      ],
      summary: "A field name is a token.",
      explanation: "Recipients drop the field or refuse the message."),
    httpAnomalies(
      "H1-9112-5.2-1", [(.obsoleteFold, "a field that goes on in the next line")],
      summary: "No field is folded over several lines.",
      explanation: "Folding is obsolete: recipients refuse it, or see two different fields."),
  ])

  /// Whether a target begins with `scheme://`.
  private static func hasScheme(_ target: [UInt8]) -> Bool {
    guard let colon = target.firstIndex(of: ASCII.colon), colon > 0 else { return false }
    return target[colon...].starts(with: "://".utf8)
  }
}

extension [UInt8] {
  var isCONNECT: Bool { elementsEqual("CONNECT".utf8) }
  var isHEAD: Bool { elementsEqual("HEAD".utf8) }
}
