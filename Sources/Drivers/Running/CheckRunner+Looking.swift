// One look at a case: it is played, judged, and asked whether the target is still there.
//
// Whether what was seen counts is decided in CheckRunner+Replay.

import Conformance
import Exchanges
import Fixtures
import Transports
import WireBytes

extension CheckRunner {
  /// What one case gave, before rules' findings are attributed.
  struct Judged: Sendable {
    var result: CaseResult
    var ruleFindings: [Finding] = []

    /// The verdict with the findings of rules that are this case's own: dependants need not wait for attribution.
    var verdict: Verdict {
      let own = ruleFindings.filter { result.testCase.rules.contains($0.requirement) }
      return max(result.verdict, own.map(\.verdict).max() ?? .pass)
    }

    /// Whether anything was found.
    var hasFindings: Bool { !result.findings.isEmpty || !ruleFindings.isEmpty }
  }

  /// What one play of a case gave, and what that says about the target.
  struct Look: Sendable {
    var judged: Judged
    /// Why nothing more can be asked of the target.
    var deadBecause: String?
    /// Whether the time of a phase was up while steps or answers were awaited.
    var waitedInVain = false
    /// The longest time that was up, in milliseconds.
    var waitedMilliseconds: Int64?
    /// The longest stall of the machine meanwhile, in milliseconds.
    var lagMilliseconds: Int64 = 0
    /// What an answer took, in nanoseconds, where that is so long that the case's quiet periods say nothing.
    var slowAnswerNanoseconds: Int64?
    var isCutOff = false
    var isClosedBetweenRequests = false
    var servedBeforeClose = 0
    /// Whether a connection held open beside it was cut off.
    var isWatchCut = false
    /// That connection, where it was the case's own.
    var cutWatch: PlayedConnection?
  }

  /// Plays a case and judges what came.
  ///
  /// - Parameter watch: What shows whether it harms others.
  func look(at testCase: Case, _ setting: Setting, _ watch: TargetWatch.Means = .none) async -> Look {
    var look = Look(judged: Judged(result: emptyResult(testCase)))
    let pace = unhurried(setting.pace)
    let begun = TransportClock.now
    var played: PlayedCase
    do throws(TransportError) {
      if case .own = watch {
        played = try await playPatiently(TargetWatch.over(testCase, profile), pace)
      } else {
        played = try await playPatiently(testCase, pace)
      }
    } catch {
      look.judged.result.verdict = .error
      look.judged.result.cause = .trouble(error.message)
      look.deadBecause = "the target could not be reached any more for \(testCase.id)"
      return look
    }
    look.lagMilliseconds = stall(since: begun)
    look.cutWatch = TargetWatch.remove(from: &played)
    look.isWatchCut = look.cutWatch != nil
    if case .shared(let held) = watch {
      look.isWatchCut = await held.isCut(by: played.othersAwaited(for: pace.quietNanoseconds))
    }
    look.judged.result.durationMilliseconds = Double(TransportClock.now.nanoseconds(since: begun)) / 1e6
    look.judged.result.responses = ResponseDigest.all(of: played)
    judge(played, setting.capabilities, into: &look.judged)
    look.waitedInVain = played.timeout != nil
    look.waitedMilliseconds = played.waitedMilliseconds
    // What may do harm is not played again for this.
    if !testCase.isHostile, testCase.steps.contains(where: \.verb.endsInSilence) {
      look.slowAnswerNanoseconds = played.slowestAnswerNanoseconds.flatMap {
        $0 > pace.quietNanoseconds ? min($0, Self.mostQuietingAnswer) : nil
      }
    }
    look.isCutOff = played.isCutOff
    look.isClosedBetweenRequests = played.isClosedBetweenRequests
    look.servedBeforeClose = played.servedBeforeClose
    let cameNothing = played.connections.values.allSatisfy { $0.firstBytes.isEmpty && !$0.closedByServer }
    if testCase.isHostile, look.judged.result.verdict != .skip {
      guard let failure = await cleanRequestFailure(setting.capabilities, pace) else { return look }
      look.judged.fail(failure, .fail)
      look.deadBecause = "the target no longer serves after \(testCase.id)"
    } else if look.waitedInVain, cameNothing, let silence = await silence(pace) {
      look.deadBecause = "the target no longer answers after \(testCase.id): \(silence)"
    }
    return look
  }

  /// The pace on the machine as it runs now.
  private func unhurried(_ pace: CasePace) -> CasePace {
    guard let lag else { return pace }
    var pace = pace
    let recently = Timestamp(nanoseconds: TransportClock.now.nanoseconds &- Self.recentNanoseconds)
    pace.lagNanoseconds = min(lag.largestNanoseconds(since: recently), Self.mostQuietingLag)
    return pace
  }

  /// For how long a delay of the machine makes quiet periods longer, and how large a delay they scale to.
  private static let recentNanoseconds: Int64 = 2_000_000_000
  private static let mostQuietingLag: Int64 = 100_000_000
  /// How long an answer quiet periods scale to in a second look.
  private static let mostQuietingAnswer: Int64 = 300_000_000

  /// The longest stall of the machine since a moment, in milliseconds; 0 where time is simulated.
  func stall(since moment: Timestamp) -> Int64 { (lag?.largestNanoseconds(since: moment) ?? 0) / 1_000_000 }

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
    let expected = judge.judge()
    let findings = expected.findings
    if let skip = expected.skip {
      judged.result.verdict = .skip
      judged.result.cause = .untold(skip)
      return
    }
    judged.result.findings = findings
    judged.result.tier = expected.tier
    judged.result.reading = expected.reading
    judged.result.verdict = findings.map(\.verdict).max() ?? .pass
    // The first of the gravest: what decides the verdict is its reason.
    if let leading = findings.firstIndex(where: { $0.verdict == judged.result.verdict }) {
      judged.result.cause = .finding(leading)
    }
    judged.ruleFindings = ruleFindings(played)
    // The probe may have been asked for that status; anything else is turned away unread.
    if judged.hasFindings, played.isLimited, !judged.result.testCase.needs.contains(.probe) {
      judged.makeInconclusive(
        "the target answered 429: it limits how often it is asked; --jobs 1 asks for one thing at a time, or raise its "
          + "limit")
      return
    }
    // Of a case that breaks the protocol it may show later that it did harm.
    let isProvocation = judged.result.testCase.isHostile || judged.result.testCase.isRobustness
    guard judged.hasFindings || isProvocation else { return }
    if !findings.isEmpty { judged.result.targetSays = played.targetWords(judged.result.testCase) }
    judged.result.evidence = played.connections.sorted { $0.key < $1.key }.map(ConnectionEvidence.init)
    if options.keepsCaptures { judged.result.capture = played.transcript.capture() }
  }

  // MARK: Is the target still there

  /// Why the target counts as silent; nil where a plain request gets any answer at all.
  ///
  /// A silence in which the machine stalled is asked about again.
  func silence(_ pace: CasePace) async -> String? {
    let request = CapabilityQuestions.plainRequest(profile.target.wireProtocol)
    let limit = pace.timeouts.firstByte
    for _ in 0..<Self.lookLimit {
      let begun = TransportClock.now
      do {
        let connection = try await player.play(request, pace).connections[1]
        guard let connection, connection.firstBytes.isEmpty, !connection.closedByServer else { return nil }
      } catch {
        return error.message
      }
      guard Self.isStall(stall(since: begun), inWaitOf: limit) else { break }
    }
    return "a plain request got no answer in \(limit) ms"
  }

  /// Whether a plain request gets an answer that ends, or is turned away.
  func endsPlainRequest(_ pace: CasePace) async -> Bool {
    let request = CapabilityQuestions.plainRequest(profile.target.wireProtocol)
    guard let played = try? await player.play(request, pace) else { return false }
    return played.timeout == nil
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

extension CheckRunner.Judged {
  /// Adds that the case did harm, by its first requirement.
  mutating func fail(_ message: String, _ verdict: Verdict) {
    result.findings.append(
      Finding(requirement: result.testCase.requirements.first ?? "", verdict: verdict, message: message))
    if verdict > result.verdict || result.cause == nil { result.cause = .finding(result.findings.count - 1) }
    result.verdict = max(result.verdict, verdict)
  }
}
