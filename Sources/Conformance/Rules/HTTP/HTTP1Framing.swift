// RFC 9112 sections 6 to 9: where messages end, and what becomes of the connection.
//
// Each side is judged by what it sends itself; how a recipient takes it is the cases' matter.

import Exchanges
import HTTP1Wire
import WireBytes

extension RuleCatalog {
  /// A rule over responses that have no body, to CONNECT or to all other methods.
  private static func noCoding(_ requirement: RequirementID, summary: String, toCONNECT: Bool) -> Rule {
    httpMessage(
      requirement, .server, summary: summary,
      explanation: "A recipient that believes it waits for chunks that never come."
    ) { exchange, _, findings in
      guard let anomaly = exchange.anomalies.first(.transferEncodingNotAllowed, .response) else { return }
      let opensTunnel = exchange.request.method.isCONNECT && exchange.response.status.map { $0 / 100 == 2 } ?? false
      guard opensTunnel == toCONNECT else { return }
      findings.report("Transfer-Encoding where there is no body", .response, at: anomaly.range.lowerBound)
    }
  }

  static let http1Framing: [Rule] = joined([
    httpAnomalies(
      "H1-9112-6.1-2",
      [(.chunkedNotLastOrTwice, "chunked is named twice, or before another coding")],
      summary: "Chunked is applied once.",
      explanation: "Recipients decode it once or refuse the message: each sees another body."),
    [
      httpAnomaly(
        "H1-9112-6.1-3", .client,
        [(.transferEncodingNotChunked, "a Transfer-Encoding that does not end in chunked")],
        summary: "The last transfer coding of a request is chunked.",
        explanation:
          "The server cannot tell where the request ends: it has to answer 400 and close."),
      noCoding("H1-9112-6.1-6", summary: "No Transfer-Encoding stands in a 1xx or 204 response.", toCONNECT: false),
      noCoding("H1-9112-6.1-7", summary: "No Transfer-Encoding stands in a 2xx response to CONNECT.", toCONNECT: true),
      http(
        "H1-9112-6.1-10", .server, summary: "A client of HTTP/1.0 gets no Transfer-Encoding.",
        explanation: """
          It takes the sizes of the chunks for part of the page. nginx asks its backends with HTTP/1.0 unless \
          proxy_http_version says otherwise.
          """
      ) { exchange, facts, findings in
        guard let version = facts.requestVersion, version.isOld, facts.responseFraming == .chunked
        else { return }
        findings.report(
          "chunks in answer to an HTTP/1.0 request", .response,
          at: exchange.response.range.lowerBound)
      },
    ],
    httpAnomalies(
      "H1-9112-6.2-1",
      [(.contentLengthWithTransferEncoding, "Content-Length beside Transfer-Encoding")],
      summary: "Content-Length and Transfer-Encoding do not stand in one message.",
      explanation:
        "Two recipients that believe one each see two different messages: request smuggling."),
    httpAnomalies(
      "H1-9112-6.2-2", [(.invalidContentLength, "a Content-Length that is no number")],
      summary: "Content-Length is a decimal number.",
      explanation:
        "A recipient has to refuse the message; those that repair it disagree on where it ends."),
    httpAnomalies(
      "H1-9112-6.3-10", [(.differingContentLength, "two Content-Length values that differ")],
      summary: "A message has one Content-Length.",
      explanation:
        "Two recipients that believe one value each see two different messages: request smuggling."),
    [
      httpConnection(
        "H1-9112-6.3-1", .server, summary: "No body follows a 204 or 304 response.",
        explanation:
          "The client takes its bytes for the next response: the connection is out of step.",
        exchange: { exchange, findings in
          guard let surplus = exchange.http1?.responseSurplus, !exchange.request.method.isHEAD,
            let status = exchange.response.status, status == 204 || status == 304
          else { return }
          findings.report("bytes after a response of status \(status)", .response, at: surplus)
        }
      ) { _, facts, findings in
        guard let stray = facts.stray, stray.status == 204 || stray.status == 304,
          !stray.answersHead
        else { return }
        findings.report(
          "bytes after a response of status \(stray.status)", .response, at: stray.offset)
      },
      httpMessage(
        "H1-9112-8-3", .server, summary: "A response comes to the end that its fields say.",
        explanation: """
          A Content-Length that is too great, a process that died, or a chunked body without its last chunk: the client \
          has half a page and must not use it.
          """
      ) { exchange, facts, findings in
        // In a method that is none a server may have found HEAD.
        guard exchange.ending == .serverClosed, exchange.response.hasHead, !facts.wasFollowed,
          exchange.anomalies.first(.invalidMethod, .request) == nil,
          let anomaly = exchange.anomalies.first(.truncated, .response)
        else { return }
        let due =
          facts.responseFraming == .chunked
          ? "before the last chunk" : "\(anomaly.value) bytes before its end"
        findings.report("the response was cut off \(due)", .response, at: anomaly.range.lowerBound)
      },
    ],
    httpAnomalies(
      "H1-9112-7.1-6",
      [
        (.invalidChunkSize, "a chunk without a hexadecimal size"),
        (.missingChunkEnd, "no line end after a chunk's data"),
        (.spaceAfterChunkSize, "whitespace after a chunk's size"),
      ], summary: "Chunks are a size, CR LF, that many bytes and CR LF.",
      explanation: "Recipients lose their place in the stream, or disagree about it."),
    httpAnomalies(
      "H1-9112-7.1.1-3", [(.controlByteInChunkExtension, "a control byte in a chunk's extension")],
      summary: "Chunk extensions hold no control bytes.",
      explanation: "Recipients that skip extensions carelessly take a part of them for data."),
    [
      http(
        "H1-9112-7.4-1", .client, summary: "TE does not name chunked.",
        explanation: "Every recipient of HTTP/1.1 takes it; naming it confuses some."
      ) { exchange, _, findings in
        guard exchange.request.fields.listContains("chunked", in: "te") else { return }
        findings.report("chunked in TE", .request, at: exchange.request.range.lowerBound)
      },
      http(
        "H1-9112-7.4-2", .client, summary: "TE is named in Connection.",
        explanation: "Otherwise a gateway passes it on, and the answer suits the wrong recipient."
      ) { exchange, _, findings in
        guard exchange.request.fields.countFields("te") > 0, exchange.request.fields.droppedCount == 0,
          !exchange.request.fields.listContains("te", in: "connection")
        else { return }
        findings.report(
          "TE without Connection: TE", .request, at: exchange.request.range.lowerBound)
      },
      httpConnection(
        "H1-9112-9.6-6", .server,
        summary: "After a response with Connection: close there is no other.",
        explanation:
          "The client believes the server and may send what is then executed without its knowledge."
      ) { _, facts, findings in
        guard let offset = facts.servedAfterClose else { return }
        findings.report("a response after one with Connection: close", .response, at: offset)
      },
      Rule(
        "H1-9112-9.8-1", .server,
        summary: "A server that ends a connection over TLS says so with a closure alert.",
        explanation: """
          Without the alert a client cannot tell a response that ended from one that somebody cut: whoever stands \
          between can end a connection, and only the two ends can send an alert.
          """,
        connection: { summary, findings in
          guard summary.wireProtocol == .http1, summary.firstToClose == .response,
            summary.responseClosing == .endWithoutAlert
          else { return }
          findings.report("the connection ends without a closure alert", .response, at: summary.responseByteCount)
        }),
    ],
  ])
}
