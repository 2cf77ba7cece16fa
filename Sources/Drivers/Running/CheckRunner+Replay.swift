// What is looked at again before it is reported: a case is judged by its own stimulus, on a machine that runs.
//
// What was cut off while others ran may be their doing, a time that was up a stall of the machine, a close between two
// requests a process that has served its share, and a short silence says nothing of a slow target. The second look is
// taken alone, and counts.

import Conformance
import Exchanges
import Fixtures
import Transports

extension CheckRunner.Look {
  /// Whether what was found may be somebody else's doing.
  func isDoubtful(besideOthers: Bool) -> Bool {
    guard deadBecause == nil else { return false }
    if isWatchCut || slowAnswerNanoseconds != nil { return true }
    guard judged.hasFindings else { return false }
    return waitedMilliseconds != nil || isClosedBetweenRequests || (besideOthers && isCutOff)
  }

  /// Whether all that is doubtful is that a time was up, on a machine that ran.
  var onlyWaited: Bool {
    waitedMilliseconds != nil && !isWatchCut && slowAnswerNanoseconds == nil && !isClosedBetweenRequests
      && !isCutOff && !isStalled
  }

  /// Whether a time was up for which the machine may be to blame.
  fileprivate var isStalled: Bool {
    guard judged.hasFindings, let waitedMilliseconds else { return false }
    return CheckRunner.isStall(lagMilliseconds, inWaitOf: waitedMilliseconds)
  }
}

extension CheckRunner {
  /// How often something is looked at that the machine's stalls may have caused.
  static let lookLimit = 3

  /// Whether a stall is so large that a wait says nothing about the target.
  static func isStall(_ lag: Int64, inWaitOf milliseconds: Int64) -> Bool { lag > milliseconds / 4 }

  /// Looks again at a case that nothing else runs beside.
  ///
  /// - Returns: What counts, and what was learned about kept connections.
  func lookAgain(
    at testCase: Case, after first: Look, _ setting: Setting
  ) async -> (look: Look, keptRequests: KeptRequests?) {
    var setting = setting
    if first.waitedMilliseconds != nil { setting.pace = hastened(setting.pace) }
    if let slow = first.slowAnswerNanoseconds {
      // A quiet period is ten times the latency: three times as long as the answer took.
      setting.pace.latencyNanoseconds = max(setting.pace.latencyNanoseconds, slow * 3 / 10)
    }
    var look = await look(at: testCase, setting, first.isWatchCut ? .own : .none)
    if let watch = look.cutWatch {
      await noteHarm(in: &look, watch, setting)
      return (look, nil)
    }
    // Whatever else is wrong must not be the watch's doing.
    if first.isWatchCut, look.judged.hasFindings {
      look = await self.look(at: testCase, setting)
    }
    await outlastStalls(&look, setting)
    guard first.isClosedBetweenRequests || look.isClosedBetweenRequests else { return (look, nil) }
    var kept = setting.keptRequests
    if kept == nil {
      kept = await KeptRequests.ask(
        profile.dialect, player, setting.pace, processes: setting.capabilities.concurrentConnections)
    }
    if case .limited(let count) = kept { await avoidLimit(count, &look, setting) }
    return (look, kept)
  }

  /// The connection beside the case was cut off twice: its doing, unless the target closes such connections anyway.
  private func noteHarm(in look: inout Look, _ watch: PlayedConnection, _ setting: Setting) async {
    let idle = TargetWatch.alone(
      profile, milliseconds: look.judged.result.durationMilliseconds,
      quietMilliseconds: Double(setting.pace.quietNanoseconds) / 1e6)
    guard var played = try? await player.play(idle, setting.pace), TargetWatch.remove(from: &played) == nil else {
      return
    }
    let id = look.judged.result.testCase.requirements.first ?? ""
    look.judged.fail(
      "another connection, held open beside it, was cut off: the process ended", Verdict(violationOf: severity(id)))
    look.judged.result.evidence.append(ConnectionEvidence(TargetWatch.connection, watch))
  }

  /// Looks again as long as the machine stalls; what cannot be told then is inconclusive.
  private func outlastStalls(_ look: inout Look, _ setting: Setting) async {
    let testCase = look.judged.result.testCase
    var left = Self.lookLimit - 1
    while look.isStalled, left > 0 {
      look = await self.look(at: testCase, setting)
      left -= 1
    }
    guard look.isStalled else { return }
    look.judged.makeInconclusive(
      "the machine stalled for \(look.lagMilliseconds) ms while \(look.waitedMilliseconds ?? 0) ms were waited for an "
        + "answer")
  }

  /// Looks again until no process reaches its limit of `count` requests in the middle of the case.
  private func avoidLimit(_ count: Int, _ look: inout Look, _ setting: Setting) async {
    let testCase = look.judged.result.testCase
    // Each process may have to reach its limit once, and a few more may come in between.
    var left = 2 * setting.capabilities.concurrentConnections + 2
    var most = look.servedBeforeClose
    while look.isClosedBetweenRequests, look.judged.hasFindingsBesideLimit, left > 0 {
      look = await self.look(at: testCase, setting)
      most = max(most, look.servedBeforeClose)
      left -= 1
    }
    guard look.isClosedBetweenRequests else { return }
    if look.judged.hasFindingsBesideLimit, most >= count {
      look.judged.makeInconclusive("it takes more than the \(count) requests that the target serves on a connection")
    }
    look.judged.ruleFindings.removeAll { $0.requirement == Self.keepingRequirement }
  }

  /// That a kept connection is left open: of a limit one case tells, and not each that met it.
  static let keepingRequirement: RequirementID = "FCGI-5.1-5"
}

extension CheckRunner.Judged {
  /// Whether more was found than that a kept connection was closed.
  fileprivate var hasFindingsBesideLimit: Bool {
    !result.findings.isEmpty || ruleFindings.contains { $0.requirement != CheckRunner.keepingRequirement }
  }

  /// Takes back what was found: it cannot be told.
  mutating func makeInconclusive(_ reason: String) {
    result.verdict = .inconclusive
    result.cause = .unclear(reason)
    result.findings = []
    result.evidence = []
    result.capture = nil
    ruleFindings = []
  }
}
