// Every rule of HTTP, SCGI and uwsgi, and every diagnosis: a connection that it reports and one that it does not.

import Conformance
import ConversationTesting
import Exchanges
import FastCGIWire
import Testing
import WireBytes

/// A connection with something wrong, and the same set right.
struct RuleCase: Sendable, CustomTestStringConvertible {
  var requirement: RequirementID
  var subject: Rule.Subject
  var bad: Script
  var good: Script
  var id: String { "\(requirement) \(subject.rawValue)" }
  var testDescription: String { id }

  init(_ requirement: RequirementID, _ subject: Rule.Subject, _ bad: Script, _ good: Script) {
    self.requirement = requirement
    self.subject = subject
    self.bad = bad
    self.good = good
  }

  /// A request that is answered by a sound 200.
  static func request(_ requirement: RequirementID, _ bad: String, _ good: String) -> RuleCase {
    RuleCase(requirement, .client, asked(bad), asked(good))
  }

  private static func asked(_ text: String) -> Script {
    Script(
      .http1,
      [
        .client(text), .server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), .clientEnd,
        .serverEnd,
      ])
  }

  /// A response to a GET, or to the request given.
  static func response(
    _ requirement: RequirementID, to request: String = "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    _ bad: String,
    _ good: String
  ) -> RuleCase {
    func script(_ text: String) -> Script {
      Script(.http1, [.client(request), .server(text), .serverEnd, .clientEnd])
    }
    return RuleCase(requirement, .server, script(bad), script(good))
  }

  /// A field line that is odd, in a request and in a response.
  static func field(_ requirement: RequirementID, _ bad: String, _ good: String) -> [RuleCase] {
    [
      request(
        requirement, "GET / HTTP/1.1\r\nHost: a\r\n\(bad)\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\(good)\r\n"),
      response(
        requirement, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\(bad)\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\(good)\r\n"),
    ]
  }

  /// A body and what frames it, in a request and in a response.
  static func body(_ requirement: RequirementID, _ bad: String, _ good: String) -> [RuleCase] {
    [
      request(
        requirement, "POST / HTTP/1.1\r\nHost: a\r\n\(bad)", "POST / HTTP/1.1\r\nHost: a\r\n\(good)"
      ),
      response(requirement, "HTTP/1.1 200 OK\r\n\(bad)", "HTTP/1.1 200 OK\r\n\(good)"),
    ]
  }
}

/// What rules for one side, or both, find in a connection.
func findings(in script: Script, _ subjects: Set<Rule.Subject> = [.server, .client]) -> [Finding] {
  let outcome = script.play()
  var found = Findings { _ in .must }
  for exchange in outcome.exchanges {
    RuleCatalog.judge(exchange, subjects, diagnosing: true, into: &found)
  }
  if let summary = outcome.summary {
    RuleCatalog.judge(summary, subjects, diagnosing: true, into: &found)
  }
  return found.list
}

@Suite struct RuleTests {
  static let cases = HTTPRuleCases.all + GatewayRuleCases.all + DiagnosisCases.all

  @Test("what is wrong is found", arguments: cases) func found(_ row: RuleCase) {
    let found = findings(in: row.bad, [row.subject])
    #expect(
      found.contains { $0.requirement == row.requirement }, "found \(found.map(\.requirement))")
  }

  @Test("what is right is passed", arguments: cases) func passed(_ row: RuleCase) {
    let found = findings(in: row.good)
    #expect(found.isEmpty, "found \(found.map { "\($0.requirement) \($0.message)" })")
  }

  @Test func everyRuleHasACase() {
    let covered = Set(Self.cases.map(\.id))
    let prefixes = ["H1-", "H-", "SCGI-", "UWSGI-", "DIAG-"]
    let missing = RuleCatalog.all.filter { $0.checkPair == nil }.map(\.id).filter { id in
      prefixes.contains { id.requirement.rawValue.hasPrefix($0) }
        && !covered.contains("\(id.requirement) \(id.subject.rawValue)")
    }
    #expect(missing.isEmpty, "\(missing)")
  }

  @Test func everyRuleIsThereOnce() {
    let ids = RuleCatalog.all.map(\.id)
    #expect(Set(ids).count == ids.count)
  }

  @Test func diagnosesAreTheInspectorsOnly() {
    for row in DiagnosisCases.all {
      let outcome = row.bad.play()
      var found = Findings { _ in .must }
      for exchange in outcome.exchanges {
        RuleCatalog.judge(exchange, [.server, .client], into: &found)
      }
      if let summary = outcome.summary {
        RuleCatalog.judge(summary, [.server, .client], into: &found)
      }
      #expect(!found.list.contains { $0.requirement.rawValue.hasPrefix("DIAG-") })
    }
  }

  @Test func nothingIsHeldAgainstALossyConnection() {
    for row in Self.cases {
      var script = row.bad
      script.joinedInTheMiddle = false
      script.steps.insert(.lost(.request, 1), at: min(1, script.steps.count))
      script.steps.insert(.lost(.response, 1), at: min(2, script.steps.count))
      let outcome = script.play()
      var found = Findings { _ in .must }
      if let summary = outcome.summary {
        RuleCatalog.judge(summary, [.server, .client], diagnosing: true, into: &found)
      }
      for exchange in outcome.exchanges where exchange.gapByteCount > 0 {
        RuleCatalog.judge(exchange, [.server, .client], diagnosing: true, into: &found)
      }
      #expect(found.list.isEmpty, "\(row.testDescription)")
    }
  }
}
