// SCGI and uwsgi: what a client sends, and how a server answers.
//
// Their responses are CGI's or HTTP's; what is to be said about those stands with CGI and with HTTP/1.

import Exchanges
import SCGIWire
import UWSGIWire
import WireBytes

extension RuleCatalog {
  static let scgi: [Rule] = [
    variableBlock(
      .scgi, "SCGI-2", .server, summary: "The client speaks first.",
      explanation: """
        What an application sends before the request answers nothing; a web server that reads only then may close on it.
        """
    ) { exchange, facts, findings in
      guard facts.serverSpokeFirst else { return }
      findings.report("bytes before the request", .response, at: exchange.response.range.lowerBound)
    },
    unanswered(.scgi, "SCGI-3"),
    variableBlockAnomaly(
      .scgi, "SCGI-6", [(.scgiUnterminatedPair, "the last header lacks its NUL")],
      summary: "Headers are a name, a NUL, a value and a NUL.",
      explanation: "An application drops the header or reads past the block."),
    variableBlockAnomaly(
      .scgi, "SCGI-7", [(.scgiEmptyName, "a header without a name")],
      summary: "A header has a name.",
      explanation: "An application that reads headers by twos may lose its step."),
    variableBlock(
      .scgi, "SCGI-9", .client, summary: "No header stands twice.",
      explanation: """
        Applications take the first or the last: usually the same parameter is set in two included files.
        """
    ) { exchange, facts, findings in
      guard facts.headIsWhole, let name = exchange.request.fields.firstRepeatedName() else {
        return
      }
      findings.report("\(WireText.escape(name, limit: 60)) twice", .request, at: 0)
    },
    variableBlockAnomaly(
      .scgi, "SCGI-10", [(.scgiContentLengthNotFirst, "CONTENT_LENGTH after another header")],
      summary: "CONTENT_LENGTH is the first header.",
      explanation: "Simple applications read it from its place without looking at names."),
    variableBlockAnomaly(
      .scgi, "SCGI-11", [(.scgiInvalidContentLength, "a CONTENT_LENGTH that is no number")],
      summary: "CONTENT_LENGTH is a decimal number.",
      explanation: "The application cannot tell where the body ends."),
    variableBlock(
      .scgi, "SCGI-12", .client, summary: "The body has the bytes that CONTENT_LENGTH says.",
      explanation: """
        An application waits for the rest until its time-out, or takes what is too much for nothing.
        """
    ) { exchange, facts, findings in
      guard facts.headIsWhole, let length = facts.contentLength else { return }
      if let surplus = facts.surplus {
        findings.report("more bytes than CONTENT_LENGTH \(length)", .request, at: surplus)
      } else if !facts.requestIsWhole, exchange.ending == .clientClosed {
        findings.report(
          "\(exchange.request.body.byteCount) bytes of CONTENT_LENGTH \(length), then a close",
          .request,
          at: exchange.request.range.upperBound)
      }
    },
    variableBlockAnomaly(
      .scgi, "SCGI-13", [(.scgiNoContentLength, "no CONTENT_LENGTH")],
      summary: "CONTENT_LENGTH is always there.",
      explanation:
        "Without it an application refuses the request, or reads until the connection ends."),
    variableBlockAnomaly(
      .scgi, "SCGI-14",
      [
        (.scgiNoVersion, "no header SCGI"),
        (.scgiVersionNotOne, "a header SCGI whose value is not 1"),
      ],
      summary: "A header SCGI with the value 1 is always there.",
      explanation:
        "It tells the application that this is SCGI; strict ones refuse the request without it."),
    variableBlockAnomaly(
      .scgi, "SCGI-19", [(.scgiMissingComma, "no comma after the headers")],
      summary: "The headers are a netstring: length, colon, bytes, comma.",
      explanation: "The length is not that of the headers: what follows cannot be read."),
    variableBlockAnomaly(
      .scgi, "SCGI-20", [(.scgiInvalidLength, "a length that is no decimal number")],
      summary: "The length of the headers is a decimal number.",
      explanation: "What arrived is not SCGI, or the sender is another protocol's."),
    variableBlockAnomaly(
      .scgi, "SCGI-21", [(.scgiLeadingZero, "a length with a leading zero")],
      summary: "The length of the headers has no leading zero.",
      explanation: "Netstrings prohibit it, and strict applications refuse it."),
  ]

  static let uwsgi: [Rule] = [
    unanswered(.uwsgi, "UWSGI-1"),
    variableBlockAnomaly(
      .uwsgi, "UWSGI-8", [(.uwsgiSecondModifier, "a second modifier other than 0")],
      summary: "The second modifier of a request is 0.",
      explanation: "An application server may take it for another function or refuse the packet."),
    variableBlockAnomaly(
      .uwsgi, "UWSGI-9", [(.uwsgiReservedModifier, "a modifier that is set aside")],
      summary: "The modifiers 1, 2 and 3 are not used.",
      explanation: "No server knows what they ask for."),
    variableBlockAnomaly(
      .uwsgi, "UWSGI-42",
      [
        (.uwsgiSizePastEnd, "a size that reaches past the packet"),
        (.uwsgiCutPair, "the packet ends inside a variable"),
      ], summary: "Variables are a size, a name, a size and a value, to the packet's end.",
      explanation:
        "An application server refuses the request; the sizes may be in the wrong byte order."),
    variableBlockAnomaly(
      .uwsgi, "UWSGI-45", [(.uwsgiEmptyName, "a variable without a name")], .client,
      summary: "A variable has a name.",
      explanation: "uWSGI refuses the whole request."),
    variableBlock(
      .uwsgi, "UWSGI-46", .client, summary: "No variable stands twice.",
      explanation: """
        Applications take the first or the last: usually the same parameter is set in two included files.
        """
    ) { exchange, facts, findings in
      guard facts.headIsWhole, let name = exchange.request.fields.firstRepeatedName() else {
        return
      }
      findings.report("\(WireText.escape(name, limit: 60)) twice", .request, at: 4)
    },
    variableBlock(
      .uwsgi, "UWSGI-48", .client, summary: "The body has the bytes that CONTENT_LENGTH says.",
      explanation: """
        An application waits for the rest until its time-out, or takes what is too much for the next request.
        """
    ) { exchange, facts, findings in
      guard facts.headIsWhole else { return }
      if exchange.anomalies.first(.uwsgiInvalidContentLength, .request) != nil {
        findings.report("a CONTENT_LENGTH that is no number", .request, at: 4)
      } else if let surplus = facts.surplus {
        findings.report(
          "more bytes than CONTENT_LENGTH \(facts.contentLength ?? 0)", .request, at: surplus)
      } else if !facts.requestIsWhole, exchange.ending == .clientClosed {
        findings.report(
          "\(exchange.request.body.byteCount) bytes of CONTENT_LENGTH \(facts.contentLength ?? 0), then a close",
          .request,
          at: exchange.request.range.upperBound)
      }
    },
  ]

  /// A rule that a whole request gets a response.
  private static func unanswered(_ wireProtocol: WireProtocol, _ requirement: RequirementID) -> Rule {
    variableBlock(
      wireProtocol, requirement, .server, summary: "A request is answered.",
      explanation: """
        The server closed without a byte: the application crashed or was restarted. nginx answers 502 and logs that the \
        upstream closed prematurely.
        """
    ) { exchange, facts, findings in
      guard exchange.ending == .serverClosed, facts.requestIsWhole, exchange.timeline.responseStart == nil else {
        return
      }
      findings.report("closed without a response", .response, at: exchange.response.range.upperBound)
    }
  }

  private static func variableBlock(
    _ wireProtocol: WireProtocol, _ requirement: RequirementID, _ subject: Rule.Subject,
    summary: String,
    explanation: String, check: @escaping @Sendable (Exchange, VariableBlockFacts, inout Findings) -> Void
  ) -> Rule {
    Rule(
      requirement, subject, summary: summary, explanation: explanation, of: [wireProtocol],
      exchange: { exchange, findings in
        guard let facts = exchange.variableBlock else { return }
        check(exchange, facts, &findings)
      })
  }

  /// A rule that reports the first anomaly of each of these kinds in the request.
  private static func variableBlockAnomaly(
    _ wireProtocol: WireProtocol, _ requirement: RequirementID, _ kinds: [(AnomalyKind, String)],
    _ subject: Rule.Subject = .client, summary: String, explanation: String
  ) -> Rule {
    variableBlock(wireProtocol, requirement, subject, summary: summary, explanation: explanation) {
      exchange, _, findings in
      guard !exchange.anomalies.isEmpty else { return }
      for (kind, message) in kinds {
        guard let anomaly = exchange.anomalies.first(kind, .request) else { continue }
        findings.report(message, .request, at: anomaly.range.lowerBound)
      }
    }
  }
}
