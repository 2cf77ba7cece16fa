// Runs cases against a target: what it can do is asked once, then the cases, as many at once as it serves.
//
// Playing is a CasePlayer's, comparing ExpectationJudge's, the order CaseSchedule's. Here: needs, dependencies, and the
// state of a run. One look at a case is in CheckRunner+Looking, what is looked at again in CheckRunner+Replay, who a
// rule's finding belongs to in CheckRunner+Attribution.

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
  let profile: TargetProfile
  let player: any CasePlayer
  let options: CheckOptions
  let lag: MachineLag?
  private let registry: RequirementRegistry

  /// - Parameters:
  ///   - player: What carries the cases; sockets where none is named.
  ///   - lag: What measures how far the machine can be relied on; nil where time is simulated.
  package init(
    profile: TargetProfile, options: CheckOptions, registry: RequirementRegistry, player: (any CasePlayer)? = nil,
    lag: MachineLag? = nil
  ) {
    self.profile = profile
    self.options = options
    self.registry = registry
    self.player = player ?? profile.player
    self.lag = lag
  }

  func severity(_ id: RequirementID) -> Severity { registry[id]?.severity ?? .must }

  /// What a case is played with.
  struct Setting: Sendable {
    var capabilities: Capabilities
    var pace: CasePace
    /// How far kept connections go; nil as long as nobody had to ask.
    var keptRequests: KeptRequests?
  }

  /// A case that was looked at.
  private struct Outcome: Sendable {
    var position: Int
    var look: Look
    /// What was learned on the way.
    var keptRequests: KeptRequests?
  }

  /// What is known in the middle of a run.
  private struct Progress {
    var judged: [Int: Judged] = [:]
    var verdicts: [String: Verdict] = [:]
    /// First looks that may show somebody else's doing.
    var doubtful: [Int: Look] = [:]
    var deadBecause: String?
    var setting: Setting
    /// What is held open beside the cases that break the protocol.
    var watch: HeldConnection?
    var vainWaits = 0
    /// When a case last ended without having waited in vain.
    var lastEnd = TransportClock.now
    /// Waits that were in vain twice, the second time alone.
    var confirmedWaits = 0
    /// Whether a second look ever showed that a wait was not the target's fault.
    var hasRefutedWait = false

    /// Whether a time that was up needs no second look any more.
    var believesWaits: Bool { confirmedWaits >= CheckRunner.confirmedWaitLimit && !hasRefutedWait }

    /// Takes what counts of a case.
    mutating func conclude(_ position: Int, _ judged: Judged) {
      self.judged[position] = judged
      verdicts[judged.result.testCase.id] = judged.verdict
    }
  }

  /// How many vain waits it takes until waits for bytes become shorter.
  private static let vainWaitLimit = 3
  /// How many vain waits must be confirmed, and none refuted, until the others are believed: a target that leaves
  /// everything unanswered must not take minutes to say so.
  private static let confirmedWaitLimit = 20

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
    let watching = lag.map { lag in Task { await lag.watch() } }
    defer { watching?.cancel() }
    var questions = CapabilityQuestions(player: player, options: options, lag: lag)
    do {
      report.capabilities = try await questions.ask(profile)
    } catch {
      guard Task.isCancelled else { throw error }
    }
    if !Task.isCancelled {
      var pace = questions.pace
      // What never ended in the time of a question is not given more for a case.
      if report.capabilities.servesPlainRequests { pace.timeouts = options.timeouts }
      let setting = Setting(capabilities: report.capabilities, pace: pace)
      let deadBecause = questions.metSilence ? await silence(setting.pace) : nil
      report.results = await run(
        cases, setting,
        deadBecause: deadBecause.map { "the target stopped answering while it was asked what it can do: \($0)" },
        progress)
    }
    report.interrupted = Task.isCancelled
    report.finalLatencyNanoseconds = await finalLatency(report, questions)
    report.largestLagMilliseconds = lag.map { $0.largestNanoseconds / 1_000_000 }
    report.durationMilliseconds = Double(TransportClock.now.nanoseconds(since: started)) / 1e6
    return report.hiding(profile.secrets)
  }

  private func run(
    _ cases: [Case], _ setting: Setting, deadBecause: String?, _ progress: @Sendable (String) -> Void
  ) async -> [CaseResult] {
    var state = Progress(deadBecause: deadBecause, setting: setting)
    let served = setting.capabilities.concurrentConnections
    var schedule = CaseSchedule(cases, limit: min(options.jobs, served), sharesWatch: player.canHold) { testCase in
      TargetWatch.isWanted(for: testCase, served: served)
    }
    await withTaskGroup(of: Outcome.self) { group in
      while true {
        while !Task.isCancelled, let position = schedule.start() {
          let testCase = cases[position]
          let first = state.doubtful[position]
          let believed = first.flatMap { $0.onlyWaited && state.believesWaits ? $0.judged : nil }
          if let judged = notRun(testCase, state).map({ Judged(result: $0) }) ?? believed {
            state.conclude(position, judged)
            schedule.end(position)
            progress(testCase.id)
            continue
          }
          let setting = state.setting
          let watch = await watch(over: testCase, isFirst: first == nil, &schedule, &state)
          group.addTask {
            guard let first else {
              return Outcome(position: position, look: await look(at: testCase, setting, watch))
            }
            let (look, kept) = await lookAgain(at: testCase, after: first, setting)
            return Outcome(position: position, look: look, keptRequests: kept)
          }
        }
        guard let outcome = await group.next() else { break }
        // What was interrupted says nothing about the target.
        guard !Task.isCancelled else { continue }
        let position = outcome.position
        let testCase = cases[position]
        state.deadBecause = state.deadBecause ?? outcome.look.deadBecause
        state.setting.keptRequests = outcome.keptRequests ?? state.setting.keptRequests
        if outcome.look.waitedInVain { state.vainWaits += 1 } else { state.lastEnd = TransportClock.now }
        await lookForEnds(&state)
        if state.vainWaits == Self.vainWaitLimit { state.setting.pace = hastened(setting.pace) }
        if let first = state.doubtful[position], first.waitedMilliseconds != nil {
          let isConfirmed = outcome.look.judged.hasFindings && outcome.look.waitedMilliseconds != nil
          if isConfirmed { state.confirmedWaits += 1 } else { state.hasRefutedWait = true }
        }
        let isAccompanied = schedule.wasAccompanied(position)
        var judged = outcome.look.judged
        if state.doubtful[position] == nil, outcome.look.isDoubtful(besideOthers: isAccompanied) {
          guard state.deadBecause != nil else {
            state.doubtful[position] = outcome.look
            schedule.playAgain(position)
            continue
          }
          if isAccompanied, outcome.look.isCutOff {
            judged.makeInconclusive("the target ended while this and others were played: any of them may have ended it")
          }
        }
        state.conclude(position, judged)
        schedule.end(position)
        progress(testCase.id)
      }
    }
    state.watch?.close()
    return await attribute(
      cases.indices.compactMap { state.judged[$0] }, state.setting, isThere: state.deadBecause == nil)
  }

  /// What shows whether a case harms others.
  ///
  /// A connection that is held open for several cases is opened before the first of them, and closed before anything
  /// that runs alone. Once one was cut off each case has its own, so that no case is doubted for another.
  private func watch(
    over testCase: Case, isFirst: Bool, _ schedule: inout CaseSchedule, _ state: inout Progress
  ) async -> TargetWatch.Means {
    let served = state.setting.capabilities.concurrentConnections
    let isWanted = isFirst && TargetWatch.isWanted(for: testCase, served: served)
    if state.watch?.isCut == true { schedule.sharesWatch = false }
    if !isWanted || !schedule.sharesWatch {
      state.watch?.close()
      state.watch = nil
      return isWanted ? .own : .none
    }
    if state.watch == nil {
      state.watch = await player.hold(TargetWatch.beginning(profile), state.setting.pace)
    }
    return state.watch.map(TargetWatch.Means.shared) ?? .own
  }

  /// Asks a target that has brought no case to its end for long whether it brings a plain request to one; otherwise
  /// nothing more is asked of it.
  private func lookForEnds(_ state: inout Progress) async {
    let seconds = TransportClock.now.nanoseconds(since: state.lastEnd) / 1_000_000_000
    guard state.deadBecause == nil, seconds >= Self.endlessSeconds, state.vainWaits > 1 else { return }
    var pace = hastened(state.setting.pace)
    pace.timeouts.total = min(pace.timeouts.total, 2 * pace.timeouts.firstByte)
    if await endsPlainRequest(pace) {
      state.lastEnd = TransportClock.now
    } else {
      state.deadBecause = "the target has brought no answer to an end for \(seconds) s, nor that to a plain request"
    }
  }

  /// How long a target may bring nothing to an end, in seconds.
  private static let endlessSeconds: Int64 = 15

  /// What a plain request takes after all cases, in nanoseconds; nil where there is nothing to compare it with.
  private func finalLatency(_ report: CheckReport, _ questions: CapabilityQuestions) async -> Int64? {
    // What never ended is nothing to compare with.
    guard !report.interrupted, report.capabilities.servesPlainRequests, report.capabilities.latencyNanoseconds > 0
    else {
      return nil
    }
    var report = report
    for _ in 0..<2 {
      guard let time = try? await questions.latency(profile.target.wireProtocol, nil) else { return nil }
      report.finalLatencyNanoseconds = min(report.finalLatencyNanoseconds ?? time, time)
      if !report.targetSlowedDown { break }
      // It may still be at work on what the last cases left behind.
      try? await Task.sleep(nanoseconds: 300_000_000)
    }
    return report.finalLatencyNanoseconds
  }

  /// The pace for a target that was seen not to answer again and again, and for a second look: a run must not take the
  /// full time for each case.
  func hastened(_ pace: CasePace) -> CasePace {
    var pace = pace
    pace.timeouts = pace.timeouts.waiting(atMost: max(1_500, 50 * pace.latencyNanoseconds / 1_000_000))
    return pace
  }

  func emptyResult(_ testCase: Case) -> CaseResult {
    CaseResult(
      testCase: testCase, verdict: .pass, rerun: "gatespec check \(profile.target) --only \(testCase.id)")
  }

  /// The result of a case that is not played; nil for one that is to be.
  private func notRun(_ testCase: Case, _ state: Progress) -> CaseResult? {
    var result = emptyResult(testCase)
    let capabilities = state.setting.capabilities
    let missing = testCase.needed.subtracting(capabilities.offered).min { $0.rawValue < $1.rawValue }
    let cause = testCase.dependsOn.first { id in
      [.fail, .inconclusive, .error].contains(state.verdicts[id])
    }
    if let deadBecause = state.deadBecause {
      result.verdict = .inconclusive
      result.cause = .dead(deadBecause)
    } else if let missing {
      result.verdict = .skip
      result.cause = missing == .probe ? .noProbe(capabilities.probeReason) : .need(missing)
    } else if let cause {
      result.verdict = .inconclusive
      result.cause = .dependency(cause)
    } else {
      return nil
    }
    return result
  }
}

extension Case {
  /// What the target must offer: what the case says, and what it takes to play its steps.
  fileprivate var needed: Set<Need> { connectionCount > 1 ? needs.union([.twoConnections]) : needs }
}
