// RFC 3875 section 6.3: the fields of a CGI response.
//
// Each field by itself; what a Location makes of the others is the redirects' matter.

import Exchanges
import WireBytes

extension RuleCatalog {
  static let cgiResponseHead: [Rule] = [
    cgi(
      "CGI-6.3-1", summary: "At least one of Content-Type, Location and Status is there.",
      explanation: "A response without any of them has none of the four forms; servers guess, each its own way."
    ) { exchange, facts, findings in
      guard facts.headEnd != nil, !facts.startsWithStatusLine,
        facts.contentTypeFields + facts.locationFields + facts.statusFields == 0
      else { return }
      findings.report(
        "neither Content-Type nor Location nor Status", .response,
        at: facts.places.headEnd ?? exchange.response.range.lowerBound)
    },
    cgi(
      "CGI-6.3-2", summary: "No CGI field appears twice.",
      explanation: "Servers differ in which one they take: the page a browser sees depends on the server."
    ) { exchange, facts, findings in
      for (name, count) in [
        ("Content-Type", facts.contentTypeFields), ("Location", facts.locationFields), ("Status", facts.statusFields),
      ] where count > 1 {
        findings.report("\(count) \(name) fields", .response, at: facts.places.repeated)
      }
    },
    cgi(
      "CGI-6.3-3", summary: "A field name is a token, directly followed by a colon.",
      explanation: "A line without a colon, or with a space before it, fails the response or hides the field."
    ) { _, facts, findings in
      guard facts.malformedFieldLines > 0 else { return }
      let lines =
        facts.malformedFieldLines == 1 ? "1 header line that is" : "\(facts.malformedFieldLines) header lines that are"
      findings.report("\(lines) no field", .response, at: facts.places.malformed)
    },
    cgi(
      "CGI-6.3-6", summary: "Each field is on a line of its own: no line goes on with the next.",
      explanation: """
        A line that begins with a space or a tab is part of the field before it to some servers, and no field, or the \
        end of the header, to others. Write long values on one line.
        """
    ) { _, facts, findings in
      guard facts.continuationLines > 0, !facts.startsWithStatusLine else { return }
      let lines = facts.continuationLines == 1 ? "1 header line goes" : "\(facts.continuationLines) header lines go"
      findings.report("\(lines) on from the line before", .response, at: facts.places.continuation)
    },
    cgiHead(
      "CGI-6.3-8", summary: "A field's value holds no control byte but the tab.",
      explanation: """
        A value that goes through a C library ends at a zero byte; a CR is a line end to some readers, so that what \
        follows it is a field of its own. Refuse such bytes where the value comes from a client.
        """
    ) { _, facts, findings in
      guard let byte = facts.controlByte else { return }
      let text = byte == ASCII.cr ? "a CR that ends no line" : "the byte \"\(WireText.escape([byte]))\""
      findings.report("\(text) in a field's value", .response, at: facts.places.controlByte)
    },
    cgi(
      "CGI-6.3.3-1", summary: "Status is a code of three digits, 100 to 599, a space and a phrase, which may be empty.",
      explanation: "A server that cannot read the status answers 502, or sends the page as 200."
    ) { _, facts, findings in
      if let place = facts.places.invalidStatus {
        findings.report("a Status field without a valid code", .response, at: place)
      } else if let place = facts.places.statusWithoutSpace {
        findings.report("a Status field that ends after its code, without a space", .response, at: place)
      }
    },
    cgiHead(
      "CGI-6.3.4-3", summary: "No field concerns the connection to the client.",
      explanation: """
        That connection is the server's. Passed on, Transfer-Encoding or Connection of a program makes two readers \
        disagree about where the response ends, or whether another one follows.
        """
    ) { exchange, facts, findings in
      guard let place = facts.places.connectionField else { return }
      let fields = exchange.response.fields
      let name = CGIResponseFacts.connectionFields.first { !(fields.firstField($0)?.isEmpty ?? true) }
      findings.report("\(name.map { "\($0)" } ?? "a field") is the server's to say", .response, at: place)
    },
  ]
}
