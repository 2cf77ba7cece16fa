// All rules, and the judge that runs them.
//
// The lists themselves stand in Rules/, one file per section. Which exchanges may be judged at all is decided here,
// once: nothing is held against a side when the capture lost bytes.

package import Exchanges
import HTTP1Wire
import WireBytes

/// Every rule there is, in the order of the specifications' sections.
package enum RuleCatalog {
  /// All rules, for both sides.
  package static let all: [Rule] =
    joined([
      fastCGISection3, fastCGISection4, fastCGISection5, fastCGISection6, fastCGIClient, cgiSection6, http1Messages,
      http1Framing, httpSemantics, httpFields, httpStatuses, scgi, uwsgi, wsgiApplications,
      wsgiMiddleware, diagnoses, gatewayPairRequest,
      gatewayPairResponse,
    ])

  /// The rule for a requirement, judging the given side.
  package static func rule(_ requirement: RequirementID, _ subject: Rule.Subject) -> Rule? {
    all.first { $0.requirement == requirement && $0.subject == subject }
  }

  private static let diagnosed = Set(diagnoses.map(\.requirement))

  /// Judges an exchange by every rule for the given sides.
  ///
  /// An exchange that lost bytes, or whose beginning was not seen, is not judged: what is missing may be the capture's
  /// loss.
  ///
  /// - Parameter diagnosing: Run the diagnoses as well; not in a check, which provokes what they look for.
  package static func judge(
    _ exchange: Exchange, _ subjects: Set<Rule.Subject>, diagnosing: Bool = false, by rules: RuleList = .all,
    into findings: inout Findings
  ) {
    guard exchange.gapByteCount == 0, !exchange.startedInTheMiddle else { return }
    // A request line without a version is one of HTTP/0.9: its answer is a document without a head, as no rule has it.
    // Who asks by mistake so is told all the same (diagnoses).
    let isVersionless =
      exchange.anomalies.first(.missingVersion, .request) != nil
      || exchange.anomalies.first(.missingTarget, .request) != nil
    for rule in rules.exchange(of: exchange.wireProtocol) where subjects.contains(rule.subject) {
      if isVersionless, rule.subject == .server, !diagnosed.contains(rule.requirement) { continue }
      guard diagnosing || !diagnosed.contains(rule.requirement) else { continue }
      findings.requirement = rule.requirement
      rule.checkExchange?(exchange, &findings)
    }
  }

  /// Judges a connection by every rule for the given sides; not one that lost bytes or was joined in the middle.
  package static func judge(
    _ connection: ConnectionSummary, _ subjects: Set<Rule.Subject>, diagnosing: Bool = false, by rules: RuleList = .all,
    into findings: inout Findings
  ) {
    guard connection.gapByteCount == 0, !connection.connection.joinedInTheMiddle else { return }
    for rule in rules.connection where subjects.contains(rule.subject) {
      guard diagnosing || !diagnosed.contains(rule.requirement) else { continue }
      findings.requirement = rule.requirement
      rule.checkConnection?(connection, &findings)
    }
  }

  /// Judges a gateway by what it made of a client's exchange, and of the backend's.
  ///
  /// Not where bytes were lost, nor where the backend speaks HTTP and has no meta-variables.
  package static func judge(_ pair: ExchangePair, by rules: RuleList = .all, into findings: inout Findings) {
    guard pair.isWhole, pair.back.wireProtocol.traits.requestNames == .metaVariables else { return }
    for rule in rules.pair {
      findings.requirement = rule.requirement
      rule.checkPair?(pair, &findings)
    }
  }

  /// A rule over the FastCGI facts of an exchange.
  static func fastCGI(
    _ requirement: RequirementID, _ subject: Rule.Subject = .server, summary: String, explanation: String,
    exchange check: @escaping @Sendable (Exchange, FastCGIFacts, inout Findings) -> Void
  ) -> Rule {
    Rule(
      requirement, subject, summary: summary, explanation: explanation, of: [.fastCGI], exchange: onFacts(check))
  }

  /// A rule over the FastCGI facts of a connection.
  static func fastCGI(
    _ requirement: RequirementID, _ subject: Rule.Subject = .server, summary: String, explanation: String,
    connection check: @escaping @Sendable (ConnectionSummary, FastCGIConnectionFacts, inout Findings) -> Void
  ) -> Rule {
    Rule(requirement, subject, summary: summary, explanation: explanation, connection: onFacts(check))
  }

  static func onFacts(
    _ check: @escaping @Sendable (Exchange, FastCGIFacts, inout Findings) -> Void
  ) -> Rule.ExchangeCheck {
    { exchange, findings in
      if let facts = exchange.fastCGI { check(exchange, facts, &findings) }
    }
  }

  static func onFacts(
    _ check: @escaping @Sendable (ConnectionSummary, FastCGIConnectionFacts, inout Findings) -> Void
  ) -> Rule.ConnectionCheck {
    { summary, findings in
      if let facts = summary.fastCGI { check(summary, facts, &findings) }
    }
  }
}
