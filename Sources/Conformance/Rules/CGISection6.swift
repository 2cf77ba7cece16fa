// RFC 3875 section 6: the response of a CGI program, alone or inside FastCGI.
//
// A Location with a local path beside a redirect status is not reported: since RFC 7231 HTTP allows relative
// references there, and every framework sends them (docs/decisions/).

import Exchanges
import FastCGIWire
import WireBytes

extension RuleCatalog {
  static let cgiSection6: [Rule] = [
    cgi(
      "CGI-6.1-1", summary: "The response is not empty.",
      explanation: "A web server answers 502 or 500: there is nothing that it could send on."
    ) { exchange, facts, findings in
      guard facts.headEnd == nil, exchange.response.body.byteCount == 0, facts.outputByteCount == 0 else { return }
      // An application that died says so by its status: there is no response that could be empty.
      if let end = exchange.fastCGI?.end, end.appStatus != 0 { return }
      findings.report("the response is empty", .response, at: exchange.response.range.lowerBound)
    },
    cgi(
      "CGI-6.2-1", summary: "A response is header fields, an empty line, and then the body.",
      explanation: """
        Without the empty line a web server waits for more fields until the output ends, and answers 502 or 500. \
        Usually output begins before the fields were written, or an error message stands in their place.
        """
    ) { exchange, facts, findings in
      guard facts.outputByteCount > 0, facts.headEnd == nil else { return }
      findings.report(
        "the output ended without an empty line after the header fields", .response,
        at: exchange.response.range.lowerBound)
    },
    cgi(
      "CGI-6.3-1", summary: "At least one of Content-Type, Location and Status is there.",
      explanation: "A response without any of them has none of the four forms; servers guess, each its own way."
    ) { exchange, facts, findings in
      guard facts.headEnd != nil, !facts.startsWithStatusLine,
        facts.contentTypeFields + facts.locationFields + facts.statusFields == 0
      else { return }
      findings.report(
        "neither Content-Type nor Location nor Status", .response, at: exchange.response.range.lowerBound)
    },
    cgi(
      "CGI-6.3-2", summary: "No CGI field appears twice.",
      explanation: "Servers differ in which one they take: the page a browser sees depends on the server."
    ) { exchange, facts, findings in
      for (name, count) in [
        ("Content-Type", facts.contentTypeFields), ("Location", facts.locationFields), ("Status", facts.statusFields),
      ] where count > 1 {
        findings.report("\(count) \(name) fields", .response, at: exchange.response.range.lowerBound)
      }
    },
    cgi(
      "CGI-6.3-3", summary: "A field name is a token, directly followed by a colon.",
      explanation: "A line without a colon, or with a space before it, fails the response or hides the field."
    ) { exchange, facts, findings in
      guard facts.malformedFieldLines > 0 else { return }
      findings.report(
        "\(facts.malformedFieldLines) header lines that are no field", .response,
        at: exchange.response.range.lowerBound)
    },
    cgi(
      "CGI-6.3-6", summary: "Each field is on a line of its own: no line goes on with the next.",
      explanation: """
        A line that begins with a space or a tab is part of the field before it to some servers, and no field, or the \
        end of the header, to others. Write long values on one line.
        """
    ) { exchange, facts, findings in
      guard facts.continuationLines > 0, !facts.startsWithStatusLine else { return }
      let lines = facts.continuationLines == 1 ? "1 header line goes" : "\(facts.continuationLines) header lines go"
      findings.report("\(lines) on from the line before", .response, at: exchange.response.range.lowerBound)
    },
    cgi(
      "CGI-6.3.2-1", summary: "Location is an absolute URI or a local path, of bytes that a URI may hold.",
      explanation: """
        Without a Status a server decides by the Location whether it serves another path or sends the client away: \
        what is neither is an error to some servers. Encode spaces and all bytes that are no ASCII.
        """
    ) { exchange, facts, findings in
      if let byte = facts.oddLocationByte {
        let text = WireText.escape([byte])
        return findings.report(
          "Location holds \"\(text)\", which no URI may hold", .response, at: exchange.response.range.lowerBound)
      }
      // Beside a status the field is HTTP's, which allows relative references.
      guard facts.locationIsRelative, facts.statusFields == 0, !facts.startsWithStatusLine else { return }
      findings.report(
        "Location is neither an absolute URI nor a path that begins with a slash", .response,
        at: exchange.response.range.lowerBound)
    },
    cgi(
      "CGI-6.3.1-1", summary: "A body is accompanied by a Content-Type.",
      explanation: "Without it the browser guesses what it got, and what it guesses can be exploited."
    ) { exchange, facts, findings in
      guard facts.headEnd != nil, exchange.response.body.byteCount > 0, facts.contentTypeFields == 0,
        !facts.startsWithStatusLine
      else { return }
      findings.report(
        "\(exchange.response.body.byteCount) bytes of body without Content-Type", .response,
        at: exchange.response.range.lowerBound)
    },
    cgi(
      "CGI-6.3.3-1", summary: "Status is a code of three digits, 100 to 599.",
      explanation: "A server that cannot read the status answers 502, or sends the page as 200."
    ) { exchange, facts, findings in
      guard facts.invalidStatus else { return }
      findings.report("a Status field without a valid code", .response, at: exchange.response.range.lowerBound)
    },
  ]

  /// A rule over the CGI response of an exchange that ran to its end.
  private static func cgi(
    _ requirement: RequirementID, summary: String, explanation: String,
    check: @escaping @Sendable (Exchange, CGIResponseFacts, inout Findings) -> Void
  ) -> Rule {
    Rule(
      requirement, .server, summary: summary, explanation: explanation,
      exchange: { exchange, findings in
        // A response that was cut off, aborted or refused has other reasons for not being whole.
        guard exchange.ending == .complete, !exchange.isAbandoned, let facts = exchange.cgi else { return }
        if let fastCGI = exchange.fastCGI, fastCGI.end?.protocolStatus != .requestComplete { return }
        check(exchange, facts, &findings)
      })
  }
}
