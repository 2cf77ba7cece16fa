// FastCGI 1.0 section 3 and appendix A: records, IDs, streams. What an application sends.

import Exchanges
import FastCGIWire
import WireBytes

extension RuleCatalog {
  static let fastCGISection3: [Rule] = [
    fastCGI(
      "FCGI-3.3-1", summary: "Every byte from the application belongs to a record.",
      explanation: """
        Bytes between records make the web server lose its step: nginx answers 502 and logs an unsupported protocol \
        version. Usually something prints to the socket directly, or the port speaks another protocol.
        """
    ) { (summary: ConnectionSummary, facts: FastCGIConnectionFacts, findings) in
      guard let offset = facts.fromServer.notARecord else { return }
      findings.report("bytes that are no FastCGI record", .response, at: offset)
    },
    fastCGI(
      "FCGI-3.3-2", summary: "A record's declared content and padding are really sent.",
      explanation: """
        A web server waits for the bytes that the header announced; when the connection closes first, the response is \
        cut off. Usually the padding is declared and not written, or the process died in the middle of a write.
        """
    ) { (summary: ConnectionSummary, facts: FastCGIConnectionFacts, findings) in
      guard let offset = facts.fromServer.cutRecord, summary.responseClosing == .end else { return }
      findings.report("the connection ended inside the record that began here", .response, at: offset)
    },
    fastCGI(
      "FCGI-3.3-3", summary: "Every record from the application carries version 1.",
      explanation: "A web server refuses any other version. Usually a header is built with a wrong or unset first byte."
    ) { (_: ConnectionSummary, facts: FastCGIConnectionFacts, findings) in
      guard let first = facts.fromServer.wrongVersion.first else { return }
      findings.report(
        "\(times(facts.fromServer.wrongVersion)) version \(facts.fromServer.firstWrongVersion), in a \(first.type.name) "
          + "record", .response, at: first.offset)
    },
    fastCGI(
      "FCGI-3.3-4", summary: "The application uses only the record types that the specification defines.",
      explanation: """
        A web server cannot know what a record of another type means; some ignore it, some fail the \
        request.
        """
    ) { (_: ConnectionSummary, facts: FastCGIConnectionFacts, findings) in
      guard let first = facts.fromServer.undefinedType.first else { return }
      findings.report(
        "\(times(facts.fromServer.undefinedType)) type \(first.type.rawValue)", .response, at: first.offset)
    },
    fastCGI(
      "FCGI-3.3-5", summary: "The application answers with the ID of a request that was begun.",
      explanation: """
        A record with another ID is dropped or fails the connection, and the request it was meant for never ends. \
        Usually one byte of the ID is lost, or swapped.
        """
    ) { (_: ConnectionSummary, facts: FastCGIConnectionFacts, findings) in
      guard let first = facts.fromServer.neverBegun.first else { return }
      findings.report(
        "\(times(facts.fromServer.neverBegun)) a record for an ID never begun: \(first.type.name) for ID "
          + "\(first.requestID)", .response, at: first.offset)
    },
    fastCGI(
      "FCGI-3.3-9", summary: "Records of the application are padded to a multiple of 8 bytes.",
      explanation: "Aligned records spare the receiver unaligned copies. A recommendation; nothing breaks without it."
    ) { (exchange: Exchange, facts: FastCGIFacts, findings) in
      guard facts.unalignedRecords > 0 else { return }
      let records = facts.unalignedRecords == 1 ? "1 record" : "\(facts.unalignedRecords) records"
      findings.report(
        "\(records) whose length is no multiple of 8", .response, at: exchange.response.range.lowerBound)
    },
    fastCGI(
      "FCGI-3.3-14", summary: "Nothing is sent for a request after its FCGI_END_REQUEST.",
      explanation: """
        The ID may already be in use again: late output then lands in somebody else's response. Usually a buffer is \
        flushed after the request was finished.
        """
    ) { (_: ConnectionSummary, facts: FastCGIConnectionFacts, findings) in
      guard let first = facts.fromServer.afterEnd.first else { return }
      findings.report(
        "\(times(facts.fromServer.afterEnd)) a record after the end of its request: \(first.type.name) for ID "
          + "\(first.requestID)", .response, at: first.offset)
    },
    fastCGI(
      "FCGI-3.3-19", summary: "Management records carry request ID 0, and only they do.",
      explanation: "A web server finds the request by the ID; with the wrong kind of ID the record is lost."
    ) { (_: ConnectionSummary, facts: FastCGIConnectionFacts, findings) in
      guard let first = facts.fromServer.wrongIDKind.first else { return }
      // An answer to a question with the wrong kind of ID has it from there.
      findings.report(
        "a \(first.type.name) record with ID \(first.requestID)", .response, at: first.offset,
        isProvoked: facts.fromClient.wrongIDKind.first.map { $0.requestID == first.requestID } ?? false)
    },
    fastCGI(
      "FCGI-3.3-20", summary: "One query gets one result record.",
      explanation: "A result is a discrete record: a web server that sees a second one takes it for another answer."
    ) { (_: ConnectionSummary, facts: FastCGIConnectionFacts, findings) in
      guard facts.results.count > facts.queries.count, let first = facts.results.first else { return }
      findings.report(
        "\(facts.results.count) FCGI_GET_VALUES_RESULT records for \(facts.queries.count) FCGI_GET_VALUES", .response,
        at: first.offset)
    },
    fastCGI(
      "FCGI-3.3-21", summary: "Output streams that carried data end with an empty record before FCGI_END_REQUEST.",
      explanation: """
        The empty record says that the stream is complete. Web servers that wait for it treat its absence as a \
        response cut short; most take FCGI_END_REQUEST instead.
        """
    ) { (exchange: Exchange, facts: FastCGIFacts, findings) in
      guard !exchange.isAbandoned, facts.end?.protocolStatus == .requestComplete else { return }
      for (name, stream) in [("STDOUT", facts.stdout), ("STDERR", facts.stderr)]
      where stream.dataRecords > 0 && !stream.isEnded {
        findings.report(
          "FCGI_END_REQUEST came without an empty \(name) record before it", .response, at: facts.endOffset)
      }
    },
    fastCGI(
      "FCGI-3.3-23", summary: "Nothing of an output stream follows its empty record.",
      explanation: """
        For the web server the stream is over: what follows is lost or taken for a protocol error. Usually a flush of \
        nothing writes an empty record too early.
        """
    ) { (_: Exchange, facts: FastCGIFacts, findings) in
      for (name, stream) in [("STDOUT", facts.stdout), ("STDERR", facts.stderr)] {
        if let offset = stream.dataAfterEnd {
          findings.report("\(name) data after the empty \(name) record", .response, at: offset)
        } else if let offset = stream.secondEnd, name == "STDOUT" || stream.dataRecords > 0 {
          findings.report("a second empty \(name) record", .response, at: offset)
        }
      }
    },
    fastCGI(
      "FCGI-A-1", summary: "The application sends only record types that applications send.",
      explanation: """
        Types 1, 2, 4, 5, 8 and 9 go from the web server to the application; the other way they mean \
        nothing.
        """
    ) { (_: ConnectionSummary, facts: FastCGIConnectionFacts, findings) in
      guard let first = facts.fromServer.wrongDirection.first else { return }
      findings.report("a \(first.type.name) record from the application", .response, at: first.offset)
    },
  ]

  /// `once` or how often: `3 times`.
  static func times(_ sightings: Sightings) -> String {
    sightings.count == 1 ? "once" : "\(sightings.count) times"
  }
}
