// How rules of HTTP/1 are written: over an HTTP exchange, over what the decoder found odd, for one side or both.
//
// The rules themselves stand in one file per specification and subject.

import Exchanges
import HTTP1Wire
import WireBytes

extension RuleCatalog {
  /// The rules of all groups, one after another.
  static func joined(_ groups: [[Rule]]) -> [Rule] { Array(groups.joined()) }

  /// A rule over an HTTP/1 exchange.
  static func http(
    _ requirement: RequirementID, _ subject: Rule.Subject, summary: String, explanation: String,
    check: @escaping @Sendable (Exchange, HTTP1Facts, inout Findings) -> Void
  ) -> Rule {
    Rule(
      requirement, subject, summary: summary, explanation: explanation, of: [.http1],
      exchange: { exchange, findings in
        guard let facts = exchange.http1 else { return }
        check(exchange, facts, &findings)
      })
  }

  /// A rule over an HTTP/1 message: one of an HTTP exchange, or the response of an SCGI or uwsgi server that answers with
  /// one.
  ///
  /// How a connection is kept or left is not judged by these: a gateway protocol has its own connection.
  ///
  /// - Parameter connection: The same over the bytes of an HTTP connection that belong to no message.
  static func httpMessage(
    _ requirement: RequirementID, _ subject: Rule.Subject, summary: String, explanation: String,
    connection: Rule.ConnectionCheck? = nil, check: @escaping @Sendable (Exchange, HTTP1Facts, inout Findings) -> Void
  ) -> Rule {
    Rule(
      requirement, subject, summary: summary, explanation: explanation,
      of: subject == .server ? [.http1, .scgi, .uwsgi] : [.http1],
      exchange: { exchange, findings in
        guard let facts = exchange.http1 else { return }
        check(exchange, facts, &findings)
      }, connection: connection)
  }

  /// A rule over a response that was seen to the end of its head, and the request that it answers.
  static func httpResponse(
    _ requirement: RequirementID, summary: String, explanation: String,
    check: @escaping @Sendable (Exchange, HTTP1Facts, UInt16, inout Findings) -> Void
  ) -> Rule {
    http(requirement, .server, summary: summary, explanation: explanation) {
      exchange, facts, findings in
      // Where fields were not kept, nothing is said to be missing.
      guard exchange.response.hasHead, let status = exchange.response.status,
        exchange.response.fields.droppedCount == 0
      else { return }
      check(exchange, facts, status, &findings)
    }
  }

  /// A rule over an HTTP/1 connection.
  ///
  /// - Parameter exchange: The same over what an SCGI or uwsgi server answers, whose connection has one response.
  static func httpConnection(
    _ requirement: RequirementID, _ subject: Rule.Subject, summary: String, explanation: String,
    exchange: Rule.ExchangeCheck? = nil,
    connection check:
      @escaping @Sendable (ConnectionSummary, HTTP1ConnectionFacts, inout Findings) -> Void
  ) -> Rule {
    Rule(
      requirement, subject, summary: summary, explanation: explanation, exchange: exchange,
      connection: { summary, findings in
        guard let facts = summary.http1 else { return }
        check(summary, facts, &findings)
      })
  }

  /// A rule that reports the first anomaly of each of these kinds, in what its side sent.
  static func httpAnomaly(
    _ requirement: RequirementID, _ subject: Rule.Subject, _ kinds: [(AnomalyKind, String)],
    summary: String,
    explanation: String
  ) -> Rule {
    let direction = subject.direction
    return httpMessage(requirement, subject, summary: summary, explanation: explanation) {
      exchange, _, findings in
      guard !exchange.anomalies.isEmpty else { return }
      for (kind, message) in kinds {
        guard let anomaly = exchange.anomalies.first(kind, direction) else { continue }
        findings.report(message, direction, at: anomaly.range.lowerBound)
      }
    }
  }

  /// The same rule for what either side sends.
  static func httpAnomalies(
    _ requirement: RequirementID, _ kinds: [(AnomalyKind, String)], summary: String,
    explanation: String
  ) -> [Rule] {
    [Rule.Subject.server, .client].map {
      httpAnomaly(requirement, $0, kinds, summary: summary, explanation: explanation)
    }
  }
}

extension Rule.Subject {
  /// The direction of what this side sends.
  var direction: Direction { self == .server ? .response : .request }
}

extension HTTP1VersionFacts {
  /// Whether it is a version before HTTP/1.1.
  var isOld: Bool { (major, minor) < (1, 1) }
}
