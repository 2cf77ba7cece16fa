// RFC 3875 sections 6.2.2 to 6.2.4 and 6.3.2: Location, and what may stand beside it.
//
// A Location with a local path beside a redirect status is not reported: since RFC 7231 HTTP allows relative
// references there, and every framework sends them (docs/decisions/).

import CGIWire
import Exchanges
import WireBytes

extension RuleCatalog {
  static let cgiRedirects: [Rule] = [
    cgiHead(
      "CGI-6.2.2-1", summary: "A local redirect is a Location field alone, without a body.",
      explanation: """
        The server serves that path itself, and what stands beside the Location is lost, or makes some servers send \
        the client away instead. Whoever means a redirect of the client says so by a Status.
        """
    ) { exchange, facts, findings in
      guard facts.statusFields == 0, facts.location == .local else { return }
      let others = facts.contentTypeFields + facts.extensionFields + facts.otherFields
      let body = exchange.response.body.byteCount
      guard others > 0 || body > 0 else { return }
      let more = others > 0 ? "\(others) more \(others == 1 ? "field" : "fields")" : "\(body) bytes of body"
      findings.report(
        "a local redirect with \(more)", .response,
        at: others > 0 ? facts.places.besideLocation ?? facts.places.location : facts.places.body)
    },
    cgiHead(
      "CGI-6.2.3-1", summary: "A client redirect without a Status has its Location and extension fields only.",
      explanation: """
        Without a Status the server makes the whole response: other fields, a cookie for example, and a body are \
        lost. Add a Status to send them.
        """
    ) { exchange, facts, findings in
      // With a Content-Type it is a redirect with a document that lacks its Status.
      guard facts.statusFields == 0, facts.location == .absolute, facts.contentTypeFields == 0 else { return }
      if facts.otherFields > 0 {
        findings.report(
          "a client redirect without a Status, and \(facts.otherFields) more "
            + (facts.otherFields == 1 ? "field" : "fields"), .response,
          at: facts.places.besideLocation ?? facts.places.location)
      } else if exchange.response.body.byteCount > 0 {
        findings.report(
          "a client redirect without a Status, and \(exchange.response.body.byteCount) bytes of body", .response,
          at: facts.places.body)
      }
    },
    cgiHead(
      "CGI-6.2.4-1", summary: "The Status beside a Location is one that redirects.",
      explanation: """
        The browser shows the page "moved" and goes nowhere. Location has a meaning with the codes from 300 to 399, \
        and with 201 and 202.
        """
    ) { exchange, facts, findings in
      guard facts.statusFields > 0, facts.location != .none, let status = exchange.response.status,
        facts.places.invalidStatus == nil, status != 201, status != 202, !(300...399).contains(status)
      else { return }
      findings.report("Location beside status \(status)", .response, at: facts.places.location)
    },
    cgiHead(
      "CGI-6.2.4-4", summary: "A redirect with a document has a Status.",
      explanation: "Without it the response has none of the four forms: one server sends the page, another redirects."
    ) { _, facts, findings in
      guard facts.statusFields == 0, facts.location == .absolute, facts.contentTypeFields > 0 else { return }
      findings.report("Location and Content-Type without a Status", .response, at: facts.places.location)
    },
    cgi(
      "CGI-6.3.2-1", summary: "Location is an absolute URI or a local path, of bytes that a URI may hold.",
      explanation: """
        Without a Status a server decides by the Location whether it serves another path or sends the client away: \
        what is neither is an error to some servers. Encode spaces and all bytes that are no ASCII.
        """
    ) { _, facts, findings in
      if let byte = facts.oddLocationByte {
        let text = WireText.escape([byte])
        return findings.report(
          "Location holds \"\(text)\", which no URI may hold", .response, at: facts.places.location)
      }
      // Beside a status the field is HTTP's, which allows relative references.
      guard facts.location == .invalid, facts.statusFields == 0, !facts.startsWithStatusLine else { return }
      findings.report(
        "Location is neither an absolute URI nor a path that begins with a slash", .response,
        at: facts.places.location)
    },
  ]
}
