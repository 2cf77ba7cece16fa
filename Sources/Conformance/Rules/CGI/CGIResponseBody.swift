// The body of a response that a program gives to a server: when there is one, of which type, and how long.
//
// RFC 3875 sections 4.3.3 and 6.3.1, and what RFC 9110 says of a message whatever carries it, for FastCGI, SCGI, uwsgi
// and CGI. Over HTTP/1 the same is a matter of framing (HTTP1Framing.swift).

import Exchanges
import FastCGIWire
import HTTP1Wire
import WireBytes

extension RuleCatalog {
  static let cgiResponseBody: [Rule] = [
    cgi(
      "CGI-4.3.3-1", summary: "A response to HEAD has no body.",
      explanation: """
        The server has to throw the body away, after the program has made and sent all of it; over a kept connection \
        it costs the next request time.
        """
    ) { exchange, facts, findings in
      guard exchange.request.method.isHEAD, exchange.response.body.byteCount > 0 else { return }
      findings.report(
        "\(exchange.response.body.byteCount) bytes of body in answer to HEAD", .response, at: facts.places.body)
    },
    cgi(
      "CGI-6.3.1-1", summary: "A body is accompanied by a Content-Type.",
      explanation: "Without it the browser guesses what it got, and what it guesses can be exploited."
    ) { exchange, facts, findings in
      guard facts.headEnd != nil, exchange.response.body.byteCount > 0, facts.contentTypeFields == 0,
        !facts.startsWithStatusLine
      else { return }
      findings.report(
        "\(exchange.response.body.byteCount) bytes of body without Content-Type", .response, at: facts.places.body)
    },
    Rule(
      "H-9110-8.6-10", .server, summary: "A body has as many bytes as Content-Length says.",
      explanation: """
        The server cuts the page, waits for the rest until its time-out, or breaks the connection off; the browser \
        reports a broken download. Usually characters were counted instead of bytes, or a filter changed the page after it \
        was counted.
        """,
      exchange: { exchange, findings in
        if let http = exchange.http1, let surplus = http.responseSurplus, http.responseFraming == .length,
          !hasNoContent(exchange)
        {
          return findings.report("more bytes of body than Content-Length says", .response, at: surplus)
        }
        if let lengths = wsgiLengths(exchange) {
          guard lengths.count == 1, !hasNoContent(exchange), let declared = decimal(lengths[0]),
            exchange.response.body.byteCount != declared
          else { return }
          return findings.report(
            "\(exchange.response.body.byteCount) bytes of body, Content-Length \(declared)", .response)
        }
        guard let facts = endedCGIResponse(exchange), facts.headEnd != nil, facts.contentLengthFields == 1,
          !hasNoContent(exchange), exchange.response.fields.droppedCount == 0,
          exchange.response.fields.firstField("transfer-encoding") == nil,
          let declared = exchange.response.fields.firstField("content-length").flatMap({ decimal($0) }),
          exchange.response.body.byteCount != declared
        else { return }
        // An application that died inside its answer says so by its status.
        let status = exchange.fastCGI?.end.map { Int64($0.appStatus) } ?? exchange.process?.exitCode.map { Int64($0) }
        if let status, status != 0, exchange.response.body.byteCount < declared { return }
        findings.report(
          "\(exchange.response.body.byteCount) bytes of body, Content-Length \(declared)", .response,
          at: facts.places.contentLength)
      },
      connection: { summary, findings in
        guard let stray = summary.http1?.stray, stray.hasLength, !stray.answersHead else { return }
        findings.report("more bytes of body than Content-Length says", .response, at: stray.offset)
      }),
    Rule(
      "H-9110-8.6-11", .server, summary: "Content-Length is one decimal number.",
      explanation: """
        A server refuses the response, drops the field, or believes a part of it: then the next reader sees another \
        end of the response.
        """,
      exchange: { exchange, findings in
        if let anomaly = exchange.anomalies.first(.repeatedContentLength, .response), exchange.http1 != nil {
          return findings.report("Content-Length again", .response, at: anomaly.range.lowerBound)
        }
        if let lengths = wsgiLengths(exchange) {
          if lengths.count > 1 { return findings.report("\(lengths.count) Content-Length fields", .response) }
          guard let value = lengths.first, decimal(value) == nil else { return }
          return findings.report("Content-Length is \"\(WireText.escape(value, limit: 40))\"", .response)
        }
        guard let facts = endedCGIResponse(exchange), facts.headEnd != nil, facts.contentLengthFields > 0 else {
          return
        }
        if facts.contentLengthFields > 1 {
          return findings.report(
            "\(facts.contentLengthFields) Content-Length fields", .response, at: facts.places.contentLength)
        }
        let fields = exchange.response.fields
        for index in fields.indices where fields.name(index).equalsIgnoringCase("content-length") {
          let value = fields.value(index)
          guard !value.isEmpty, decimal(value) == nil else { continue }
          return findings.report(
            "Content-Length is \"\(WireText.escape(value, limit: 40))\"", .response, at: facts.places.contentLength)
        }
      }),
    noContent("H-9110-15.3.5-1", 204, "The client stays on its page; what the body says is lost."),
    noContent("H-9110-15.4.5-3", 304, "The client shows what it has; what the body says is lost."),
  ]

  /// A rule that a response of that status has no body.
  private static func noContent(_ requirement: RequirementID, _ code: UInt16, _ loss: String) -> Rule {
    Rule(
      requirement, .server, summary: "A response \(code) has no body.",
      explanation: "\(loss) A server that passes it on puts its client out of step.",
      of: ofMetaVariables,
      exchange: { exchange, findings in
        let facts = endedCGIResponse(exchange)
        guard facts != nil || wsgiLengths(exchange) != nil, exchange.response.status == code,
          exchange.response.body.byteCount > 0, !exchange.request.method.isHEAD
        else { return }
        findings.report(
          "\(code) with \(exchange.response.body.byteCount) bytes of body", .response, at: facts?.places.body)
      })
  }

  /// Whether a response has no content, whatever its Content-Length says; also where the method was not kept, which
  /// may be HEAD.
  private static func hasNoContent(_ exchange: Exchange) -> Bool {
    let isUnknown = exchange.request.method.isEmpty && exchange.request.fields.droppedCount > 0
    return isUnknown || exchange.request.method.isHEAD
      || exchange.response.status == 204 || exchange.response.status == 304
  }
}
