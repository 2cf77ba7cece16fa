// FastCGI 1.0 section 5: the records of a request. How an application ends requests and connections.

import Exchanges
import FastCGIWire
import WireBytes

extension RuleCatalog {
  /// How long after a response a connection may stay open that should be closed, and how soon after it a close is one
  /// that follows from the response, in nanoseconds.
  package static let closeGrace: Int64 = 500_000_000

  static let fastCGISection5: [Rule] = [
    fastCGI(
      "FCGI-5.1-4", summary: "Without FCGI_KEEP_CONN the application closes the connection after its response.",
      explanation: """
        The web server left the closing to the application: one that waits for the end of the connection hangs until \
        its time-out, and descriptors run out on both sides.
        """
    ) { (_: ConnectionSummary, facts: FastCGIConnectionFacts, findings) in
      guard let offset = facts.leftOpen, let delay = facts.closeDelay, delay >= closeGrace else { return }
      findings.report(
        "still open \(delay / 1_000_000) ms after the end of request and response, though the request did not set "
          + "FCGI_KEEP_CONN", .response, at: offset)
    },
    fastCGI(
      "FCGI-5.1-5", summary: "With FCGI_KEEP_CONN the application leaves the connection open.",
      explanation: """
        The web server keeps the connection for its next request; one that is closed under it becomes a 502 when the \
        close and the next request cross. Long after a response a close is taken for a restart and not reported.
        """
    ) { (_: ConnectionSummary, facts: FastCGIConnectionFacts, findings) in
      guard let offset = facts.closedDespiteKeep, let delay = facts.closeDelay, delay < closeGrace else { return }
      findings.report(
        "closed right after FCGI_END_REQUEST, though the request set FCGI_KEEP_CONN", .response, at: offset)
    },
    fastCGI(
      "FCGI-5.4-2", summary: "An aborted request is ended with FCGI_END_REQUEST.",
      explanation: "Until then the ID stays in use, and a web server that shares the connection cannot use it again."
    ) { (exchange: Exchange, facts: FastCGIFacts, findings) in
      guard let offset = facts.abortOffset, facts.end == nil, exchange.ending == .serverClosed, !facts.closeWasAsked
      else { return }
      findings.report("FCGI_ABORT_REQUEST was followed by a close instead of FCGI_END_REQUEST", .request, at: offset)
    },
    Rule(
      "FCGI-5.5-1", .server, summary: "Every request is ended by exactly one FCGI_END_REQUEST.",
      explanation: """
        Without it the web server cannot tell a whole response from one cut short; a second one may end the next \
        request that uses the ID. Usually the process died, or an error path skips the end or reaches it twice.
        """,
      exchange: onFacts { (exchange: Exchange, facts: FastCGIFacts, findings) in
        // A role the application does not know is FCGI-5.5-7's matter, an abort FCGI-5.4-2's.
        guard facts.end == nil, facts.endOffset == nil, exchange.ending == .serverClosed, !exchange.isAbandoned,
          facts.role?.isDefined == true, facts.params.isEnded, !facts.requestIsUnsound, !facts.closeWasAsked
        else { return }
        // Where nothing came for it there is no place to point at.
        let end = exchange.response.range.isEmpty ? nil : exchange.response.range.upperBound
        let output = exchange.cgi?.outputByteCount ?? 0
        findings.report(
          "the application closed without FCGI_END_REQUEST for ID \(facts.requestID), "
            + (output > 0 ? "after \(output) bytes of output" : "before any output"), .response, at: end)
      },
      connection: onFacts { (_: ConnectionSummary, facts: FastCGIConnectionFacts, findings) in
        guard let first = facts.fromServer.repeatedEnd.first else { return }
        findings.report("a second FCGI_END_REQUEST for ID \(first.requestID)", .response, at: first.offset)
      }),
    fastCGI(
      "FCGI-5.5-2", summary: "The content of FCGI_END_REQUEST is 8 bytes.",
      explanation: "A web server reads a fixed body: with another length it reads a wrong status or loses its step."
    ) { (_: Exchange, facts: FastCGIFacts, findings) in
      guard facts.endOffset != nil, facts.endContentLength != 8 else { return }
      findings.report(
        "FCGI_END_REQUEST with \(facts.endContentLength) bytes of content", .response, at: facts.endOffset)
    },
    fastCGI(
      "FCGI-5.5-3", summary: "The protocol status of FCGI_END_REQUEST is one of the four defined.",
      explanation: """
        A web server cannot know what another value asks of it. Usually the body's bytes are in a \
        wrong order.
        """
    ) { (_: Exchange, facts: FastCGIFacts, findings) in
      guard let end = facts.end, !end.protocolStatus.isDefined else { return }
      findings.report("protocol status \(end.protocolStatus.rawValue)", .response, at: facts.endOffset)
    },
    fastCGI(
      "FCGI-5.5-7", summary: "A request for an unknown role is rejected with FCGI_UNKNOWN_ROLE.",
      explanation: "The status tells the web server's operator what is wrong; a bare close looks like a crash."
    ) { (exchange: Exchange, facts: FastCGIFacts, findings) in
      guard let role = facts.role, !role.isDefined, facts.abortOffset == nil else { return }
      if let end = facts.end {
        guard end.protocolStatus != .unknownRole else { return }
        findings.report(
          "\(role.name) was ended with \(end.protocolStatus.name)", .response, at: facts.endOffset)
      } else if exchange.ending == .serverClosed {
        findings.report(
          "\(role.name) was answered by closing the connection", .response, at: exchange.response.range.upperBound)
      }
    },
    fastCGI(
      "FCGI-5.5-8", summary: "A rejected request has no output.",
      explanation: "The web server drops or misuses it: a rejection says that the request was never run."
    ) { (_: Exchange, facts: FastCGIFacts, findings) in
      guard let end = facts.end, end.protocolStatus.isDefined, end.protocolStatus != .requestComplete,
        facts.stdout.dataRecords > 0
      else { return }
      findings.report(
        "output, and then \(end.protocolStatus.name)", .response, at: facts.endOffset)
    },
  ]
}
