// RFC 3875 section 6: the response of a CGI program, alone or inside FastCGI, SCGI or uwsgi, as a whole.
//
// Its head stands in CGIResponseHead.swift, its redirects in CGIRedirects.swift, its body in CGIResponseBody.swift.
// Which of HTTP's rules bind a program behind a server, docs/decisions/ says.

import Exchanges
import FastCGIWire
import WireBytes

extension RuleCatalog {
  static let cgiSection6: [Rule] = joined([cgiResponse, cgiResponseHead, cgiRedirects, cgiResponseBody])

  /// The rules that a response violates which is none, or cannot be read as one: whatever else was asked of it cannot
  /// be told.
  package static let properResponse: Set<RequirementID> = ["CGI-6.1-1", "CGI-6.2-1", "CGI-6.3-1"]

  private static let cgiResponse: [Rule] = [
    cgi(
      "CGI-6.1-1", summary: "The response is not empty.",
      explanation: "A web server answers 502 or 500: there is nothing that it could send on."
    ) { exchange, facts, findings in
      guard facts.headEnd == nil, exchange.response.body.byteCount == 0, facts.outputByteCount == 0 else { return }
      // An application that died says so by its status: there is no response that could be empty.
      if let end = exchange.fastCGI?.end, end.appStatus != 0 { return }
      findings.report(
        "the response is empty", .response, at: exchange.response.range.lowerBound,
        isProvoked: hasUnreadableLength(exchange))
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
        at: facts.places.malformed ?? exchange.response.range.lowerBound)
    },
    cgi(
      "CGI-6.2-2", summary: "A response begins with fields, not with a status line.",
      explanation: """
        A server reads a program's header for itself and fails on a status line, or passes it on as text. Only a \
        program whose name begins with nph- writes the whole HTTP response.
        """
    ) { exchange, facts, findings in
      // What FastCGI says of it is FCGI-6.1-13; SCGI and uwsgi servers may answer with an HTTP message.
      guard exchange.wireProtocol == .cgi, facts.startsWithStatusLine, !hasNonParsedHeaders(exchange) else { return }
      findings.report(
        "the output begins with an HTTP status line", .response, at: exchange.response.range.lowerBound)
    },
  ]

  /// Whether the request itself says no length that a program could read, though it says one.
  private static func hasUnreadableLength(_ exchange: Exchange) -> Bool {
    guard let length = exchange.request.fields.first("CONTENT_LENGTH"), !length.isEmpty else { return false }
    return decimal(length).map { $0 > UInt64(Int64.max) - 1 } ?? true
  }

  /// Whether the program is one whose output a server passes on unread.
  private static func hasNonParsedHeaders(_ exchange: Exchange) -> Bool {
    guard case .program(let path) = exchange.connection.server else { return false }
    return path.split(separator: "/").last?.hasPrefix("nph-") == true
  }

  /// The protocols over which a response may be one of CGI.
  static let ofMetaVariables = Set(WireProtocol.allCases.filter { $0.traits.requestNames == .metaVariables })

  /// A rule over the CGI response of an exchange that ran to its end.
  static func cgi(
    _ requirement: RequirementID, summary: String, explanation: String,
    check: @escaping @Sendable (Exchange, CGIResponseFacts, inout Findings) -> Void
  ) -> Rule {
    Rule(
      requirement, .server, summary: summary, explanation: explanation, of: ofMetaVariables,
      exchange: { exchange, findings in
        if let facts = endedCGIResponse(exchange) { check(exchange, facts, &findings) }
      })
  }

  /// A rule over a CGI response whose head is whole and is no HTTP message's.
  static func cgiHead(
    _ requirement: RequirementID, summary: String, explanation: String,
    check: @escaping @Sendable (Exchange, CGIResponseFacts, inout Findings) -> Void
  ) -> Rule {
    cgi(requirement, summary: summary, explanation: explanation) { exchange, facts, findings in
      guard facts.headEnd != nil, !facts.startsWithStatusLine, exchange.response.fields.droppedCount == 0 else {
        return
      }
      check(exchange, facts, &findings)
    }
  }

  /// The CGI response of an exchange that ran to its end.
  ///
  /// One that was cut off, aborted or refused has other reasons for not being whole.
  static func endedCGIResponse(_ exchange: Exchange) -> CGIResponseFacts? {
    guard exchange.ending == .complete, !exchange.isAbandoned, let facts = exchange.cgi else { return nil }
    if let fastCGI = exchange.fastCGI, fastCGI.end?.protocolStatus != .requestComplete { return nil }
    return facts
  }
}
