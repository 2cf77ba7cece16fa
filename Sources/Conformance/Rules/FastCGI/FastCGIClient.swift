// FastCGI 1.0: what a client, the specification's web server, sends. The inspector judges nginx by these; in a check
// gatespec itself is the client, and they are not run.

import Exchanges
import FastCGIWire
import WireBytes

extension RuleCatalog {
  static let fastCGIClient: [Rule] = [
    fastCGI(
      "FCGI-3.3-3", .client, summary: "Every record from the web server carries version 1.",
      explanation: "An application refuses any other version."
    ) { (_: ConnectionSummary, facts: FastCGIConnectionFacts, findings) in
      guard let first = facts.fromClient.wrongVersion.first else { return }
      findings.report("version \(facts.fromClient.firstWrongVersion)", .request, at: first.offset)
    },
    fastCGI(
      "FCGI-3.4-1", .client, summary: "PARAMS hold whole name-value pairs, to the last byte.",
      explanation: "An application drops the pair or the request when lengths reach past the end of the stream."
    ) { (_: Exchange, facts: FastCGIFacts, findings) in
      guard let offset = facts.truncatedPair else { return }
      findings.report("PARAMS end inside the pair that began here", .request, at: offset)
    },
    fastCGI(
      "FCGI-5.1-1", .client, summary: "A request begins with FCGI_BEGIN_REQUEST.",
      explanation: "An application ignores records for a request that was not begun."
    ) { (_: ConnectionSummary, facts: FastCGIConnectionFacts, findings) in
      guard let first = facts.fromClient.neverBegun.first else { return }
      findings.report("\(first.type.name) for ID \(first.requestID), never begun", .request, at: first.offset)
    },
    fastCGI(
      "FCGI-5.1-2", .client, summary: "The content of FCGI_BEGIN_REQUEST is 8 bytes.",
      explanation: "An application reads a fixed body: with another length it reads a wrong role or loses its step."
    ) { (_: Exchange, facts: FastCGIFacts, findings) in
      guard let offset = facts.beginOffset, facts.beginContentLength != 8 else { return }
      findings.report("FCGI_BEGIN_REQUEST with \(facts.beginContentLength) bytes of content", .request, at: offset)
    },
    fastCGI(
      "FCGI-6.1-2", .client, summary: "Inputs come one after another: PARAMS, then STDIN, then DATA.",
      explanation: "An application that reads them in order drops what comes early."
    ) { (_: Exchange, facts: FastCGIFacts, findings) in
      guard let offset = facts.inputOutOfOrder else { return }
      findings.report("an input stream began before the one before it had ended", .request, at: offset)
    },
    fastCGI(
      "FCGI-6.1-11", .client, summary: "Parameter values hold no zero byte.",
      explanation: "Applications that keep parameters as C strings see the value end there: two readers, two values."
    ) { (_: Exchange, facts: FastCGIFacts, findings) in
      guard let offset = facts.zeroByteInValue else { return }
      findings.report("a parameter value with a zero byte", .request, at: offset)
    },
    fastCGI(
      "FCGI-6.2-3", .client, summary: "STDIN carries no more bytes than CONTENT_LENGTH says.",
      explanation: "An application that reads to the end takes the surplus for part of the body."
    ) { (exchange: Exchange, facts: FastCGIFacts, findings) in
      guard facts.params.isEnded, exchange.request.fields.droppedCount == 0, exchange.request.body.byteCount > 0
      else { return }
      let declared = exchange.request.fields.first("CONTENT_LENGTH").flatMap { decimal($0) } ?? 0
      guard exchange.request.body.byteCount > declared else { return }
      findings.report(
        "\(exchange.request.body.byteCount) bytes of STDIN, CONTENT_LENGTH \(declared)", .request,
        at: facts.stdin.endOffset ?? exchange.request.range.lowerBound)
    },
  ]

  /// The value of decimal digits; nil for anything else, or past 64 bits.
  static func decimal(_ digits: ArraySlice<UInt8>) -> UInt64? {
    guard !digits.isEmpty else { return nil }
    var value: UInt64 = 0
    for digit in digits {
      guard ASCII.isDigit(digit) else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(digit &- 0x30))
      guard !overflow, !carry else { return nil }
      value = sum
    }
    return value
  }
}
