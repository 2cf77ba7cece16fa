// Runs cases against a target: what it can do is asked once, then the cases in their order, then one judgement.
//
// Playing is a CasePlayer's, comparing ExpectationJudge's. Here: needs, dependencies, who a rule's finding belongs to.

package import Conformance
import Exchanges
package import Fixtures
package import Transports
import WireBytes

/// How a check is run.
package struct CheckOptions: Sendable {
  package enum ProbeMode: String, Sendable { case auto, on, off }
  package var timeouts = PhaseTimeouts()
  package var probe = ProbeMode.auto

  package init() {}
}

/// Runs the cases of one check.
package struct CheckRunner: Sendable {
  private let profile: TargetProfile
  private let player: any CasePlayer
  private let options: CheckOptions
  private let registry: RequirementRegistry

  /// - Parameter player: What carries the cases; sockets where none is named.
  package init(
    profile: TargetProfile, options: CheckOptions, registry: RequirementRegistry, player: (any CasePlayer)? = nil
  ) {
    self.profile = profile
    self.options = options
    self.registry = registry
    self.player = player ?? profile.player(options.timeouts)
  }

  private func severity(_ id: RequirementID) -> Severity { registry[id]?.severity ?? .must }

  /// What rules found in one case.
  private struct Judged {
    var result: CaseResult
    var ruleFindings: [Finding] = []
  }

  /// Runs the cases in order.
  ///
  /// - Parameter progress: Called with the ID of each case that has ended.
  /// - Throws: Where the target cannot be reached or does not speak the protocol.
  package func run(
    _ cases: [Case], progress: @Sendable (String) -> Void
  ) async throws(TransportError) -> CheckReport {
    let started = TransportClock.now
    var report = CheckReport(target: profile.target.description, started: started)
    report.capabilities = try await CapabilityQuestions(player: player, options: options).ask(profile)
    let offered = report.capabilities.offered
    var judged: [Judged] = []
    var verdicts: [String: Verdict] = [:]
    var deadBecause: String?
    for testCase in cases {
      if Task.isCancelled {
        report.interrupted = true
        break
      }
      var result = await run(testCase, report.capabilities, offered, verdicts, deadBecause)
      if testCase.tags.contains(Case.hostileTag), result.result.verdict != .skip {
        if let failure = await cleanRequestFailure(report.capabilities) {
          result.result.findings.append(
            Finding(requirement: testCase.requirements.first ?? "", verdict: .fail, message: failure))
          result.result.verdict = .fail
          result.result.reason = failure
          deadBecause = "the target no longer serves after \(testCase.id)"
        }
      }
      verdicts[testCase.id] = result.result.verdict
      judged.append(result)
      progress(testCase.id)
    }
    report.results = attribute(judged)
    report.durationMilliseconds = Double(TransportClock.now.nanoseconds(since: started)) / 1e6
    return report
  }

  private func run(
    _ testCase: Case, _ capabilities: Capabilities, _ offered: Set<Need>, _ verdicts: [String: Verdict],
    _ deadBecause: String?
  ) async -> Judged {
    var result = CaseResult(testCase: testCase, verdict: .pass)
    result.rerun = "gatespec check \(profile.target) --only \(testCase.id)"
    if let deadBecause {
      result.verdict = .inconclusive
      result.reason = deadBecause
      return Judged(result: result)
    }
    if let missing = testCase.needs.subtracting(offered).sorted(by: { $0.rawValue < $1.rawValue }).first {
      result.verdict = .skip
      result.reason =
        missing == .probe
        ? "needs the probe: \(capabilities.probeReason)" : "the target does not offer \(missing.rawValue)"
      return Judged(result: result)
    }
    if let cause = testCase.dependsOn.first(where: {
      verdicts[$0] == .fail || verdicts[$0] == .inconclusive || verdicts[$0] == .error
    }) {
      result.verdict = .inconclusive
      result.reason = "\(cause) did not pass"
      return Judged(result: result)
    }
    let begun = TransportClock.now
    let played: PlayedCase
    do {
      played = try await player.play(testCase, latencyNanoseconds: capabilities.latencyNanoseconds)
    } catch {
      result.verdict = .error
      result.reason = error.message
      return Judged(result: result)
    }
    result.durationMilliseconds = Double(TransportClock.now.nanoseconds(since: begun)) / 1e6
    result.responses = ResponseDigest.all(of: played)
    let judge = ExpectationJudge(testCase: testCase, played: played, severity: severity, offered: offered)
    let (findings, skip) = judge.judge()
    if let skip {
      result.verdict = .skip
      result.reason = skip
      return Judged(result: result)
    }
    result.findings = findings
    result.verdict = findings.map(\.verdict).max() ?? .pass
    result.reason = findings.first?.message ?? ""
    result.evidence = played.connections.sorted { $0.key < $1.key }.map { number, connection in
      ConnectionEvidence(
        number: number, events: connection.summary?.wireEvents ?? [], closing: connection.closing)
    }
    return Judged(result: result, ruleFindings: ruleFindings(played))
  }

  private func ruleFindings(_ played: PlayedCase) -> [Finding] {
    var findings = Findings(severity: severity)
    for (_, connection) in played.connections.sorted(by: { $0.key < $1.key }) {
      for exchange in connection.exchanges { RuleCatalog.judge(exchange, [.server], into: &findings) }
      if let summary = connection.summary { RuleCatalog.judge(summary, [.server], into: &findings) }
    }
    return findings.list
  }

  /// Gives every rule's finding to the cases that test its requirement; where none does, to the first case that saw it.
  ///
  /// One cause is one failure, and nothing is lost.
  private func attribute(_ judged: [Judged]) -> [CaseResult] {
    var results = judged.map(\.result)
    let ids = Set(judged.flatMap { $0.ruleFindings.map(\.requirement) })
    for id in ids.sorted() {
      let seen = judged.indices.filter { index in judged[index].ruleFindings.contains { $0.requirement == id } }
      let claiming = seen.filter { results[$0].testCase.rules.contains(id) }
      let owners = claiming.isEmpty ? Array(seen.prefix(1)) : claiming
      for index in owners {
        guard let finding = judged[index].ruleFindings.first(where: { $0.requirement == id }) else { continue }
        results[index].findings.append(finding)
        let more = seen.count - owners.count
        if finding.verdict > results[index].verdict || results[index].reason.isEmpty {
          results[index].reason = finding.message + (more > 0 ? "; also seen in \(more) other cases" : "")
        }
        results[index].verdict = max(results[index].verdict, finding.verdict)
      }
    }
    for index in results.indices where results[index].verdict == .pass { results[index].evidence = [] }
    return results
  }

  private func cleanRequestFailure(_ capabilities: Capabilities) async -> String? {
    let request = CapabilityQuestions.plainRequest(profile.target.wireProtocol)
    guard let played = try? await player.play(request, latencyNanoseconds: capabilities.latencyNanoseconds) else {
      return "a clean request after it could not connect"
    }
    let isServed = played.connections[1]?.exchanges.first?.ending == .complete
    return isServed ? nil : "a clean request after it was not served"
  }
}
