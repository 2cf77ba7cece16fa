// Law 5: for every rule, and every diagnosis, a connection that it reports and one that no rule reports.
//
// The connections stand in a table for each protocol. Rules about both sides of a gateway have their pairs in
// GatewayPairTests.

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
  /// What sets it apart from another case of the same rule.
  var variant: String
  var ruleID: Rule.ID { Rule.ID(requirement: requirement, subject: subject) }
  var testDescription: String { "\(requirement) \(subject.rawValue)" + (variant.isEmpty ? "" : " " + variant) }

  init(
    _ requirement: RequirementID, _ subject: Rule.Subject, _ bad: Script, _ good: Script, variant: String = ""
  ) {
    self.variant = variant
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
func findings(
  in script: Script, _ subjects: Set<Rule.Subject> = [.server, .client], diagnosing: Bool = true,
  by rules: RuleList = .all
) -> [Finding] {
  let outcome = script.play()
  var found = Findings { _ in .must }
  for exchange in outcome.exchanges {
    RuleCatalog.judge(exchange, subjects, diagnosing: diagnosing, by: rules, into: &found)
  }
  if let summary = outcome.summary {
    RuleCatalog.judge(summary, subjects, diagnosing: diagnosing, by: rules, into: &found)
  }
  return found.list
}

@Suite struct RuleTests {
  static let cases =
    FastCGIRuleCases.all + CGIRuleCases.all + CGIRuleCases.unanswered + CGIRuleCases.messages + HTTPRuleCases.all
    + HTTPFieldRuleCases.all + GatewayRuleCases.all + WSGIRuleCases.all + DiagnosisCases.all

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
    let covered = Set(Self.cases.map(\.ruleID) + GatewayPairTests.rows.map(\.ruleID))
    #expect(RuleCatalog.all.map(\.id).filter { !covered.contains($0) } == [])
    let rules = Set(RuleCatalog.all.map(\.id))
    #expect(covered.filter { !rules.contains($0) } == [], "cases of rules that do not exist")
  }

  @Test func everyRuleIsThereOnce() {
    let ids = RuleCatalog.all.map(\.id)
    #expect(Set(ids).count == ids.count)
  }

  @Test func diagnosesAreTheInspectorsOnly() {
    for row in DiagnosisCases.all {
      let found = findings(in: row.bad, diagnosing: false)
      #expect(!found.contains { $0.requirement.rawValue.hasPrefix("DIAG-") })
    }
  }

  /// The client chooses what it sends: many harmless oddities hide none that another reader of the bytes trips over.
  @Test func manyOddLinesHideNoSecondLength() {
    let lines = String(repeating: "X-A: b\n", count: 40)
    let lengths = "Content-Length: 1\r\nContent-Length: 2\r\n"
    let found = findings(
      in: Script(.http1, [.client("POST / HTTP/1.1\r\nHost: a\r\n\(lines)\(lengths)\r\na"), .clientEnd, .serverEnd]),
      [.client])
    #expect(found.map(\.requirement) == ["H1-9112-2.1-1", "H1-9112-6.3-10"])
  }

  /// Whatever the capture loses of a connection on which all is right, nobody is blamed for it: neither by the exchange
  /// that lost bytes, nor by those before and after it, nor by the connection.
  @Test("what a capture loses is nobody's fault", arguments: cases)
  func lost(_ row: RuleCase) {
    for script in row.good.withHoles() {
      let found = findings(in: script.script)
      #expect(found.isEmpty, "\(script.hole): \(found.map { "\($0.requirement) \($0.message)" })")
    }
  }

  /// The exchange that lost bytes is not judged even where what is left of it is wrong, nor is its connection.
  @Test("what is wrong where bytes are lost is not judged", arguments: cases)
  func lostAndWrong(_ row: RuleCase) {
    var script = row.bad
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
    #expect(found.list.isEmpty)
  }
}

extension Script {
  /// The connection with a hole in the bytes of one step, for holes of several sizes at several places of each.
  fileprivate func withHoles() -> [(script: Script, hole: String)] {
    var list: [(script: Script, hole: String)] = []
    for (index, step) in steps.enumerated() {
      let (bytes, direction): ([UInt8], Direction)
      switch step {
      case .client(let sent): (bytes, direction) = (sent, .request)
      case .server(let sent): (bytes, direction) = (sent, .response)
      default: continue
      }
      for length in [1, 7, 40] {
        for start in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 12)) {
          let end = min(start + length, bytes.count)
          func part(_ range: Range<Int>) -> ScriptStep {
            direction == .request ? .client(Array(bytes[range])) : .server(Array(bytes[range]))
          }
          var script = self
          script.steps.replaceSubrange(
            index...index, with: [part(0..<start), .lost(direction, UInt64(end - start)), part(end..<bytes.count)])
          list.append((script, "\(end - start) bytes lost at \(start) of step \(index)"))
        }
      }
    }
    return list
  }
}
