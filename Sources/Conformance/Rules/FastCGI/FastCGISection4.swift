// FastCGI 1.0 section 4: management records. What an application answers.

import Exchanges
import FastCGIWire
import WireBytes

extension RuleCatalog {
  static let fastCGISection4: [Rule] = [
    fastCGI(
      "FCGI-4.1-2", summary: "FCGI_GET_VALUES is answered before the application closes.",
      explanation: """
        A web server asks to learn how many connections and requests it may use; without an answer it \
        guesses.
        """
    ) { (summary: ConnectionSummary, facts: FastCGIConnectionFacts, findings) in
      guard closedWithoutReason(summary, facts), facts.results.count < facts.queries.count &- facts.excusedQueries
      else { return }
      findings.report(
        "\(facts.queries.count) FCGI_GET_VALUES, \(facts.results.count) answered before the application closed",
        .request, at: facts.queries.first?.offset)
    },
    fastCGI(
      "FCGI-4.1-4", summary: "A result holds only variables that were asked for.",
      explanation: """
        What was not asked for is noise at best; a web server that sizes its buffer by its question \
        overruns it.
        """
    ) { (_: ConnectionSummary, facts: FastCGIConnectionFacts, findings) in
      guard facts.queriedNames.count < FastCGIConnectionFacts.memoryLimit else { return }
      for index in facts.resultPairs.indices {
        let name = Array(facts.resultPairs.name(index))
        guard !facts.queriedNames.contains(name) else { continue }
        findings.report(
          "the result names \(WireText.escape(name, limit: 64)), which was not asked for", .response,
          at: facts.results.first?.offset)
        return
      }
    },
    number("FCGI-4.1-5", "FCGI_MAX_CONNS"),
    number("FCGI-4.1-6", "FCGI_MAX_REQS"),
    fastCGI(
      "FCGI-4.1-7", summary: "FCGI_MPXS_CONNS is 0 or 1.",
      explanation: "A web server decides by it whether to send several requests over one connection."
    ) { (_: ConnectionSummary, facts: FastCGIConnectionFacts, findings) in
      guard let value = facts.resultPairs.first("FCGI_MPXS_CONNS"), value != [0x30], value != [0x31] else { return }
      findings.report(
        "FCGI_MPXS_CONNS is \"\(WireText.escape(value, limit: 64))\"", .response, at: facts.results.first?.offset)
    },
    fastCGI(
      "FCGI-4.2-1", summary: "A management record of unknown type is answered with FCGI_UNKNOWN_TYPE naming that type.",
      explanation: "That is how a web server learns that a newer kind of record is not understood."
    ) { (summary: ConnectionSummary, facts: FastCGIConnectionFacts, findings) in
      // Section 4.2 does not forbid the answer to a record of a known type that makes no sense where it stands.
      if let type = facts.unknownTypesAnswered.first(where: { !facts.typesSent.contains($0) }) {
        return findings.report(
          "FCGI_UNKNOWN_TYPE names type \(type), which was not sent", .response, at: facts.firstUnknownTypeAnswer)
      }
      let sent = facts.unknownTypesSent.count
      let answered = facts.unknownTypesAnswered.count { facts.unknownTypesSent.contains($0) }
      guard closedWithoutReason(summary, facts), answered < sent - facts.excusedUnknownTypes
      else { return }
      findings.report(
        "\(sent) management \(sent == 1 ? "record" : "records") of unknown type, \(answered) answered before the "
          + "application closed")
    },
    fastCGI(
      "FCGI-4.2-2", summary: "The content of FCGI_UNKNOWN_TYPE is 8 bytes.",
      explanation: "A web server reads a fixed body; another length makes it lose its step or drop the answer."
    ) { (_: ConnectionSummary, facts: FastCGIConnectionFacts, findings) in
      guard let odd = facts.oddUnknownTypeLength else { return }
      findings.report("FCGI_UNKNOWN_TYPE with \(odd.length) bytes of content", .response, at: odd.offset)
    },
  ]

  /// Whether the application closed first and in order, with nothing but a question to explain it.
  ///
  /// A close with a question unread is a reset, and says nothing about the answer. Nothing is held against an application
  /// that closes because the client lost its step, nor against one that died in the middle of a request or closed right
  /// after another answer or the end of a request: the question may have crossed with that close, which is other rules'
  /// matter. Questions that may cross with a close of an idle connection, or with one after a request without
  /// FCGI_KEEP_CONN, the facts count apart.
  private static func closedWithoutReason(_ summary: ConnectionSummary, _ facts: FastCGIConnectionFacts) -> Bool {
    summary.firstToClose == .response && summary.responseClosing == .end && facts.fromClient.isSound
      && facts.closedDuringRequest == nil && !facts.closedRightAfterRecord
  }

  /// A rule that a variable of FCGI_GET_VALUES_RESULT is a decimal number.
  private static func number(_ requirement: RequirementID, _ name: StaticString) -> Rule {
    let label = name.description
    return fastCGI(
      requirement, summary: "\(label) is a decimal number.",
      explanation: "A web server sizes its pool by it; what is no number is read as 0 or refused."
    ) { (_: ConnectionSummary, facts: FastCGIConnectionFacts, findings) in
      for index in facts.resultPairs.indices where facts.resultPairs.name(index).elementsEqual(label.utf8) {
        let value = facts.resultPairs.value(index)
        guard value.isEmpty || !value.allSatisfy(ASCII.isDigit) else { continue }
        findings.report(
          "\(label) is \"\(WireText.escape(value, limit: 64))\"", .response, at: facts.results.first?.offset)
      }
    }
  }
}
