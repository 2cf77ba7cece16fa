// Runs cases against a target: what it can do is asked once, then the cases, as many at once as it serves.
//
// Playing is a CasePlayer's, comparing ExpectationJudge's, the order CaseSchedule's. Here: needs, dependencies, and
// whether the target is still there. Who a rule's finding belongs to is in CheckRunner+Attribution.

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
  /// How many connections may be open at once; never more than the target is seen to serve.
  package var jobs = 8
  /// The target can be started again for a case that needs a process of its own.
  package var spawns = false
  /// Make captures of the cases that do not pass.
  package var keepsCaptures = false

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
    self.player = player ?? profile.player
  }

  func severity(_ id: RequirementID) -> Severity { registry[id]?.severity ?? .must }

  /// What one case gave, before rules' findings are attributed.
  struct Judged: Sendable {
    var result: CaseResult
    var ruleFindings: [Finding] = []

    /// The verdict with the findings of rules that are this case's own: dependants need not wait for attribution.
    var verdict: Verdict {
      let own = ruleFindings.filter { result.testCase.rules.contains($0.requirement) }
      return max(result.verdict, own.map(\.verdict).max() ?? .pass)
    }
  }

  /// What one case gave, and what that says about the target.
  private struct Outcome: Sendable {
    var position: Int
    var judged: Judged
    /// Why nothing more can be asked of the target.
    var deadBecause: String?
    /// Whether the time of a phase was up.
    var waitedInVain = false
  }

  /// What is known in the middle of a run.
  private struct Progress {
    var judged: [Int: Judged] = [:]
    var verdicts: [String: Verdict] = [:]
    var deadBecause: String?
    var pace: CasePace
    var vainWaits = 0
  }

  /// How many vain waits it takes until waits for bytes become shorter.
  private static let vainWaitLimit = 3

  /// Runs the cases; results come in their order, whatever ran when.
  ///
  /// When its task is cancelled, it returns at once what it has, marked as interrupted.
  ///
  /// - Parameter progress: Called with the ID of each case that has ended.
  /// - Throws: Where the target cannot be reached or does not speak the protocol.
  package func run(
    _ cases: [Case], progress: @Sendable (String) -> Void
  ) async throws(TransportError) -> CheckReport {
    let started = TransportClock.now
    var report = CheckReport(target: profile.target.description, started: started)
    var questions = CapabilityQuestions(player: player, options: options)
    do {
      report.capabilities = try await questions.ask(profile)
    } catch {
      guard Task.isCancelled else { throw error }
    }
    if !Task.isCancelled {
      let deadBecause = questions.metSilence ? await silence(report.capabilities, questions.pace) : nil
      report.results = await run(
        cases, report.capabilities, questions.pace,
        deadBecause: deadBecause.map { "the target stopped answering while it was asked what it can do: \($0)" },
        progress)
    }
    report.interrupted = Task.isCancelled
    report.durationMilliseconds = Double(TransportClock.now.nanoseconds(since: started)) / 1e6
    return report
  }

  private func run(
    _ cases: [Case], _ capabilities: Capabilities, _ pace: CasePace, deadBecause: String?,
    _ progress: @Sendable (String) -> Void
  ) async -> [CaseResult] {
    var state = Progress(deadBecause: deadBecause, pace: pace)
    var schedule = CaseSchedule(cases, limit: min(options.jobs, capabilities.concurrentConnections))
    await withTaskGroup(of: Outcome.self) { group in
      while true {
        while !Task.isCancelled, let position = schedule.start() {
          let testCase = cases[position]
          if let result = notRun(testCase, capabilities, state) {
            state.judged[position] = Judged(result: result)
            state.verdicts[testCase.id] = result.verdict
            schedule.end(position)
            progress(testCase.id)
            continue
          }
          let pace = state.pace
          group.addTask { await play(testCase, position, capabilities, pace) }
        }
        guard let outcome = await group.next() else { break }
        // What was interrupted says nothing about the target.
        guard !Task.isCancelled else { continue }
        let testCase = cases[outcome.position]
        state.judged[outcome.position] = outcome.judged
        state.verdicts[testCase.id] = outcome.judged.verdict
        state.deadBecause = state.deadBecause ?? outcome.deadBecause
        if outcome.waitedInVain { state.vainWaits += 1 }
        if state.vainWaits == Self.vainWaitLimit { state.pace = hastened(pace) }
        schedule.end(outcome.position)
        progress(testCase.id)
      }
    }
    return attribute(cases.indices.compactMap { state.judged[$0] })
  }

  /// The pace for a target that was seen not to answer again and again: a run must not take the full time for each
  /// case.
  private func hastened(_ pace: CasePace) -> CasePace {
    var pace = pace
    pace.timeouts = pace.timeouts.waiting(atMost: max(1_500, 50 * pace.latencyNanoseconds / 1_000_000))
    return pace
  }

  private func emptyResult(_ testCase: Case) -> CaseResult {
    CaseResult(
      testCase: testCase, verdict: .pass, rerun: "gatespec check \(profile.target) --only \(testCase.id)")
  }

  /// The result of a case that is not played; nil for one that is to be.
  private func notRun(_ testCase: Case, _ capabilities: Capabilities, _ state: Progress) -> CaseResult? {
    var result = emptyResult(testCase)
    let missing = testCase.needs.subtracting(capabilities.offered).min { $0.rawValue < $1.rawValue }
    let cause = testCase.dependsOn.first { id in
      [.fail, .inconclusive, .error].contains(state.verdicts[id])
    }
    if let deadBecause = state.deadBecause {
      result.verdict = .inconclusive
      result.reason = deadBecause
    } else if let missing {
      result.verdict = .skip
      result.reason =
        missing == .probe
        ? "needs the probe: \(capabilities.probeReason)" : "the target does not offer \(missing.rawValue)"
    } else if let cause {
      result.verdict = .inconclusive
      result.reason = "\(cause) did not pass"
    } else {
      return nil
    }
    return result
  }

  // MARK: One case

  private func play(
    _ testCase: Case, _ position: Int, _ capabilities: Capabilities, _ pace: CasePace
  ) async -> Outcome {
    var outcome = Outcome(position: position, judged: Judged(result: emptyResult(testCase)))
    let begun = TransportClock.now
    let played: PlayedCase
    do throws(TransportError) {
      played = try await playPatiently(testCase, pace)
    } catch {
      outcome.judged.result.verdict = .error
      outcome.judged.result.reason = error.message
      outcome.deadBecause = "the target could not be reached any more for \(testCase.id)"
      return outcome
    }
    outcome.judged.result.durationMilliseconds = Double(TransportClock.now.nanoseconds(since: begun)) / 1e6
    outcome.judged.result.responses = ResponseDigest.all(of: played)
    judge(played, capabilities, into: &outcome.judged)
    outcome.waitedInVain = played.timeout != nil
    let cameNothing = played.connections.values.allSatisfy { $0.firstBytes.isEmpty && !$0.closedByServer }
    if testCase.isHostile, outcome.judged.result.verdict != .skip {
      guard let failure = await cleanRequestFailure(capabilities, pace) else { return outcome }
      outcome.judged.result.findings.append(
        Finding(requirement: testCase.requirements.first ?? "", verdict: .fail, message: failure))
      outcome.judged.result.verdict = .fail
      outcome.judged.result.reason = failure
      outcome.deadBecause = "the target no longer serves after \(testCase.id)"
    } else if outcome.waitedInVain, cameNothing, let silence = await silence(capabilities, pace) {
      outcome.deadBecause = "the target no longer answers after \(testCase.id): \(silence)"
    }
    return outcome
  }

  /// Plays a case; once more where it could not connect and a clean request can.
  private func playPatiently(_ testCase: Case, _ pace: CasePace) async throws(TransportError) -> PlayedCase {
    do {
      return try await player.play(testCase, pace)
    } catch {
      let request = CapabilityQuestions.plainRequest(profile.target.wireProtocol)
      guard !Task.isCancelled, (try? await player.play(request, pace)) != nil else { throw error }
      return try await player.play(testCase, pace)
    }
  }

  private func judge(_ played: PlayedCase, _ capabilities: Capabilities, into judged: inout Judged) {
    let judge = ExpectationJudge(
      testCase: judged.result.testCase, played: played, severity: severity, offered: capabilities.offered)
    let (findings, skip) = judge.judge()
    if let skip {
      judged.result.verdict = .skip
      judged.result.reason = skip
      return
    }
    judged.result.findings = findings
    judged.result.verdict = findings.map(\.verdict).max() ?? .pass
    judged.result.reason = findings.first?.message ?? ""
    judged.ruleFindings = ruleFindings(played)
    guard !findings.isEmpty || !judged.ruleFindings.isEmpty || judged.result.testCase.isHostile else { return }
    judged.result.evidence = played.connections.sorted { $0.key < $1.key }.map { number, connection in
      ConnectionEvidence(
        number: number, events: connection.summary?.wireEvents ?? [], closing: connection.closing)
    }
    if options.keepsCaptures { judged.result.capture = played.transcript.capture() }
  }

  // MARK: Is the target still there

  /// Why the target counts as silent; nil where a plain request gets any answer at all.
  private func silence(_ capabilities: Capabilities, _ pace: CasePace) async -> String? {
    let request = CapabilityQuestions.plainRequest(profile.target.wireProtocol)
    do {
      let connection = try await player.play(request, pace).connections[1]
      guard let connection, connection.firstBytes.isEmpty, !connection.closedByServer else { return nil }
      return "a plain request got no answer in \(pace.timeouts.firstByte) ms"
    } catch {
      return error.message
    }
  }

  private func cleanRequestFailure(_ capabilities: Capabilities, _ pace: CasePace) async -> String? {
    let request = CapabilityQuestions.plainRequest(profile.target.wireProtocol)
    guard let played = try? await player.play(request, pace) else {
      return "a clean request after it could not connect"
    }
    let exchange = played.connections[1]?.exchanges.first
    // A target that never served a plain request in full shows by a beginning that it is still there.
    let isServed = exchange?.ending == .complete || (!capabilities.servesPlainRequests && exchange?.response != nil)
    return isServed ? nil : "a clean request after it was not served"
  }
}
