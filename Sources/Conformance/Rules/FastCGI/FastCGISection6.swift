// FastCGI 1.0 section 6: the roles. When and what an application outputs.

import Exchanges
import FastCGIWire
import WireBytes

extension RuleCatalog {
  static let fastCGISection6: [Rule] = [
    fastCGI(
      "FCGI-6.1-6", summary: "Without errors there is no STDERR record, or a single empty one.",
      explanation: "More say nothing and cost the web server a read each."
    ) { (_: Exchange, facts: FastCGIFacts, findings) in
      guard facts.stderr.dataRecords == 0, facts.stderr.emptyRecords > 1 else { return }
      findings.report("\(facts.stderr.emptyRecords) empty STDERR records", .response, at: facts.stderr.secondEnd)
    },
    fastCGI(
      "FCGI-6.1-7", summary: "A response has at least one STDOUT record, if only the empty one.",
      explanation: "A web server that waits for the end of STDOUT waits in vain."
    ) { (exchange: Exchange, facts: FastCGIFacts, findings) in
      guard facts.end?.protocolStatus == .requestComplete, !exchange.isAbandoned, facts.stdout.isEmpty,
        facts.role?.isDefined == true
      else { return }
      findings.report("FCGI_END_REQUEST without any STDOUT record", .response, at: facts.endOffset)
    },
    fastCGI(
      "FCGI-6.1-13", summary: "Output begins with CGI header fields, not with an HTTP status line.",
      explanation: """
        FastCGI has no non-parsed headers: web servers answer 502, or pass the status line on as a field. Use a Status \
        field.
        """
    ) { (exchange: Exchange, _: FastCGIFacts, findings) in
      guard exchange.cgi?.startsWithStatusLine == true else { return }
      findings.report("STDOUT begins with an HTTP status line", .response, at: exchange.response.range.lowerBound)
    },
    fastCGI(
      "FCGI-6.2-6", summary: "Nothing is output before PARAMS are complete.",
      explanation: "The application cannot know what it is asked for; what it says then belongs to another request."
    ) { (_: Exchange, facts: FastCGIFacts, findings) in
      guard let offset = facts.outputBeforeParamsEnd, !facts.requestIsUnsound else { return }
      findings.report("output before the empty PARAMS record", .response, at: offset)
    },
    fastCGI(
      "FCGI-6.4-6", summary: "A filter outputs nothing before STDIN is complete.",
      explanation: """
        The web server may not read output while it still sends: both sides can block for good. An application that is \
        no filter at all rejects the role instead (section 5.5).
        """
    ) { (_: Exchange, facts: FastCGIFacts, findings) in
      guard let offset = facts.outputBeforeStdinEnd else { return }
      findings.report("output of a filter before the empty STDIN record", .response, at: offset)
    },
  ]
}
