// Diagnoses: what is no violation of a specification and still why a page does not come.
//
// Rules with IDs of their own (fixtures/requirements/diagnoses.json). The inspector's only: a check provokes most of
// what they look for.

import Exchanges
import FastCGIWire
import WireBytes

extension RuleCatalog {
  static let diagnoses: [Rule] =
    fastCGIMistaken + [
      Rule(
        "DIAG-STDERR-BEFORE-FIELDS", .server,
        summary: "The error stream is silent before the response's fields.",
        explanation: """
          nginx logs it at error level, and buffers it with the fields: long messages there make the header too big. Log to \
          a file, or mend what the message says.
          """,
        exchange: onFacts { (exchange: Exchange, facts: FastCGIFacts, findings) in
          guard let offset = facts.errorBeforeFields else { return }
          findings.report(
            "\(exchange.errorStream.byteCount) bytes on the error stream, the first before the response's fields",
            .response, at: offset)
        }),
      Rule(
        "DIAG-HEAD-TOO-BIG", .server,
        summary: "The response's fields fit into the buffer that nginx has for them.",
        explanation: """
          nginx keeps 4 or 8 KiB for them by default (one memory page: fastcgi_buffer_size, scgi_buffer_size, \
          uwsgi_buffer_size) and answers 502 when they are larger. Usually a cookie grew.
          """,
        exchange: { exchange, findings in
          guard exchange.fastCGI != nil || exchange.variableBlock != nil,
            let size = exchange.cgi?.headEnd ?? exchange.http1?.responseHeadByteCount, size > 4096
          else { return }
          findings.report(
            "\(size) bytes of fields; nginx takes \(size > 8192 ? "8" : "4") KiB by default, and answers 502 to more",
            .response,
            at: exchange.response.range.lowerBound)
        }),
      Rule(
        "DIAG-APP-STATUS", .server, summary: "The application status of FCGI_END_REQUEST is 0.",
        explanation:
          "The program would have exited with that code: php-fpm, for one, says 255 after a fatal error.",
        exchange: onFacts { (_: Exchange, facts: FastCGIFacts, findings) in
          guard let end = facts.end, end.appStatus != 0, end.protocolStatus == .requestComplete else {
            return
          }
          findings.report("application status \(end.appStatus)", .response, at: facts.endOffset)
        }),
      rejected(
        "DIAG-OVERLOADED", .overloaded, .server, "the application refused the request: overloaded",
        summary: "The application has room for the request.",
        explanation:
          "It serves as many requests as it can: more processes, faster requests, or fewer of them."),
      rejected(
        "DIAG-CANT-MPX-CONN", .cannotMultiplex, .client,
        "the application refused a second request on the connection",
        summary: "The web server multiplexes only where the application can.",
        explanation:
          "It has to ask with FCGI_MPXS_CONNS, or use one connection for one request at a time."),
      rejected(
        "DIAG-UNKNOWN-ROLE", .unknownRole, .client,
        "the application does not play the role that was asked for",
        summary: "The web server asks for a role that the application plays.",
        explanation:
          "Usually an authorizer was configured where the program is a responder, or the other way round."
      ),
      Rule(
        "DIAG-SHORT-BODY", .client, summary: "STDIN carries the bytes that CONTENT_LENGTH says.",
        explanation:
          "The browser left during its upload, or the web server does not pass the body on.",
        exchange: onFacts { (exchange: Exchange, facts: FastCGIFacts, findings) in
          guard facts.params.isEnded, facts.stdin.isEnded, facts.abortOffset == nil,
            let declared = exchange.request.fields.first("CONTENT_LENGTH").flatMap({ decimal($0) }),
            exchange.request.body.byteCount < declared
          else { return }
          findings.report(
            "\(exchange.request.body.byteCount) bytes of STDIN, CONTENT_LENGTH \(declared)", .request,
            at: facts.stdin.endOffset)
        }),
      Rule(
        "DIAG-NO-SCRIPT-FILENAME", .client,
        summary: "A request to PHP names its script in SCRIPT_FILENAME.",
        explanation:
          "php-fpm answers an empty page or \"File not found.\" Set fastcgi_param SCRIPT_FILENAME.",
        exchange: onFacts { (exchange: Exchange, facts: FastCGIFacts, findings) in
          guard facts.params.isEnded, facts.role == .responder,
            exchange.request.fields.droppedCount == 0,
            exchange.request.fields.first("SCRIPT_FILENAME")?.isEmpty ?? true, isPHP(exchange)
          else { return }
          findings.report("no SCRIPT_FILENAME", .request, at: exchange.request.range.lowerBound)
        }),
      Rule(
        "DIAG-REPEATED-SCRIPT-FILENAME", .client, summary: "SCRIPT_FILENAME stands once.",
        explanation:
          "Which one runs depends on the application. Usually an included file sets it as well.",
        exchange: onFacts { (exchange: Exchange, _: FastCGIFacts, findings) in
          let name = exchange.request.fields.firstRepeatedName { $0.elementsEqual("SCRIPT_FILENAME") }
          guard name != nil else { return }
          findings.report(
            "SCRIPT_FILENAME stands twice", .request, at: exchange.request.range.lowerBound)
        }),
      Rule(
        "DIAG-CLIENT-LEFT", .client, summary: "The client stays until its response is there.",
        explanation: """
          It gave up or reached its time-out (nginx then answers 504, or logs 499 where its own client left), and the \
          backend went on for nobody. Look at how long the response takes.
          """,
        exchange: { exchange, findings in
          let isOver = exchange.ending == .clientClosed
          if exchange.bytesAfterClientClose > 0, isOver || exchange.clientGaveUp {
            findings.report(
              "the client closed\(after(exchange)), and the server sent \(exchange.bytesAfterClientClose) bytes more",
              .response, at: exchange.response.range.upperBound)
          } else if isOver, exchange.clientGaveUp, exchange.timeline.responseStart == nil {
            findings.report(
              "the client closed\(after(exchange)), before the first byte of a response", .request,
              at: exchange.request.range.upperBound)
          }
        }),
      Rule(
        "DIAG-REFUSED", .server, summary: "A server accepts connections.",
        explanation: """
          Nothing listens on that address: the program is down, was restarted, or listens elsewhere (a Unix socket, \
          another port). nginx answers 502 and logs "connect() failed (111: Connection refused)".
          """,
        connection: { summary, findings in
          guard summary.wasRefused else { return }
          findings.report("the connection was refused", .response)
        }),
      conflictingCopies(.client, \.requestConflicts, .request),
      conflictingCopies(.server, \.responseConflicts, .response),
      Rule(
        "DIAG-UNANSWERED-CONNECT", .server, summary: "A server answers who connects.",
        explanation: """
          Its queue of waiting connections is full (net.core.somaxconn, listen.backlog) because it serves more slowly than \
          requests come, or something drops packets on the way. nginx answers 504 after proxy_connect_timeout or its like.
          """,
        connection: { summary, findings in
          guard summary.isUnanswered, summary.responseClosing == nil, let opened = summary.opened,
            let ended = summary.ended
          else { return }
          let waited = ended.nanoseconds(since: opened)
          guard waited >= connectPatience else { return }
          findings.report("no answer to the connection's SYN for \(waited / 1_000_000) ms", .response)
        }),
      Rule(
        "DIAG-NO-RESPONSE", .server, summary: "An HTTP request is answered.",
        explanation: """
          The server closed without a byte: it crashed, was restarted, or closed a kept connection just as the request \
          came. nginx answers 502 and logs that the upstream closed prematurely.
          """,
        exchange: { exchange, findings in
          // SCGI and uwsgi, which have one request for a connection, say that it is answered: there it is a rule.
          guard exchange.ending == .serverClosed, exchange.variableBlock == nil, let facts = exchange.http1,
            !exchange.response.hasHead, exchange.timeline.responseStart == nil,
            facts.requestIsWhole, !facts.responseIsUnreadable, facts.interimResponses == 0
          else { return }
          findings.report(
            "closed without a response", .response, at: exchange.response.range.upperBound)
        }),
      Rule(
        "DIAG-INVALID-RESPONSE", .server,
        summary: "What answers a request can be read as a response.",
        explanation: """
          Output that begins without fields or a status line: a message of the program's start, a debugging line, another \
          protocol. A web server answers 502.
          """,
        exchange: { exchange, findings in
          // Of an answer that ended in order a rule says it: CGI-6.2-1, or of HTTP H1-9112-4-1.
          guard !exchange.response.hasHead else { return }
          let isUnreadable =
            if let block = exchange.variableBlock {
              exchange.ending == .serverClosed && block.responseByteCount > 0
            } else {
              exchange.http1.map { $0.responseIsUnreadable && !isUnreadableAnswer(exchange, $0) } ?? false
                && (exchange.ending == .serverClosed || exchange.ending == .complete)
            }
          guard isUnreadable else { return }
          findings.report(
            "the server's bytes are no response", .response, at: exchange.response.range.lowerBound)
        }),
    ]

  private static func rejected(
    _ requirement: RequirementID, _ status: FastCGIProtocolStatus, _ subject: Rule.Subject,
    _ message: String, summary: String,
    explanation: String
  ) -> Rule {
    Rule(
      requirement, subject, summary: summary, explanation: explanation,
      exchange: onFacts { (_: Exchange, facts: FastCGIFacts, findings) in
        guard facts.end?.protocolStatus == status else { return }
        findings.report(message, .response, at: facts.endOffset)
      })
  }

  /// The first retransmission of a SYN comes after a second: until then an answer may be on its way.
  private static let connectPatience: Int64 = 1_000_000_000

  /// How long after the request's last byte its client left: ` after 500 ms`, or nothing.
  private static func after(_ exchange: Exchange) -> String {
    guard let asked = exchange.timeline.requestEnd, let left = exchange.timeline.clientLeft else { return "" }
    return " after \(max(left.nanoseconds(since: asked), 0) / 1_000_000) ms"
  }

  /// Whether the request is for PHP, by its script's name or by what the response says.
  private static func isPHP(_ exchange: Exchange) -> Bool {
    let powered =
      exchange.response.fields.firstField("x-powered-by")?.starts(with: "PHP".utf8) ?? false
    let names: [StaticString] = ["SCRIPT_NAME", "DOCUMENT_URI", "PATH_TRANSLATED"]
    return powered
      || names.contains {
        exchange.request.fields.first($0)?.suffix(4).elementsEqual(".php") ?? false
      }
  }
}

extension RuleCatalog {
  /// One side's data came twice, with different bytes.
  private static func conflictingCopies(
    _ subject: Rule.Subject, _ copies: @escaping @Sendable (ConnectionSummary) -> ConflictingCopies?,
    _ direction: Direction
  ) -> Rule {
    Rule(
      "DIAG-CONFLICTING-COPIES", subject, summary: "What is sent again is sent with the same bytes.",
      explanation: """
        Which copy the receiver took cannot be seen; what is shown is the first. Somebody may be injecting segments, or a \
        capture was damaged or put together from several.
        """,
      connection: { summary, findings in
        guard let found = copies(summary) else { return }
        let bytes = found.byteCount == 1 ? "1 byte" : "\(found.byteCount) bytes"
        let often = found.count == 1 ? "" : ", the first of \(found.count) places"
        findings.report("\(bytes) came again, and differed\(often)", direction, at: found.offset)
      })
  }
}
