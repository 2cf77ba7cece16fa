// No false alarms, and the same verdict every time: targets that die, stall, close after their share of requests, or
// serve one connection at a time.

import Conformance
import Drivers
import Exchanges
import Fixtures
import ReferenceServers
import Rehearsal
import Synchronization
import Testing
import Transports

@Suite struct ReplayTests {
  private static let killer = "fastcgi/records/begin-body-short"
  private static let topics = ["fastcgi/responder/", "fastcgi/records/", "fastcgi/connection/", "neutral/paths/"]
  private static let some = Rehearsals.fastCGI.filter { testCase in
    topics.contains { testCase.id.hasPrefix($0) } && !testCase.tags.contains(Case.hostileTag)
  }
  /// One case, and what it depends on before it.
  private static let two = ["fastcgi/responder/baseline", "fastcgi/responder/app-status"].compactMap { id in
    some.first { $0.id == id }
  }
  /// The connection that is held open beside a case.
  private static let watch = 17
  private static let cutWatch: StagedPlayer.Change = { $0.connections[watch]?.closedByServer = true }

  private static func player(_ peer: @escaping @Sendable () -> any Responder) throws -> MemoryPlayer {
    MemoryPlayer(profile: try Rehearsals.profile(.fastCGI), peer: peer)
  }

  private static func run(
    _ cases: [Case], _ player: any CasePlayer, lag: MachineLag? = nil
  ) async throws -> CheckReport {
    try await CheckRunner(
      profile: try Rehearsals.profile(.fastCGI), options: CheckOptions(), registry: Rehearsals.registry,
      player: player, lag: lag
    ).run(cases) { _ in }
  }

  /// IDs of the cases that neither passed nor were skipped.
  private static func alarms(_ report: CheckReport) -> [String] {
    report.results.filter { $0.verdict != .pass && $0.verdict != .skip }.map(\.testCase.id)
  }

  // MARK: Deaths

  @Test func aDeathFailsTheCaseThatCausedItAndNoOther() async throws {
    let (sound, closing) = (try Self.player { FastCGIResponder() }, try Self.player { ClosingPeer() })
    let player = StagedPlayer { testCase, moment in
      if testCase.id == Self.killer { return (sound, Self.cutWatch) }
      return moment.companions.contains(Self.killer) ? (closing, Self.cutWatch) : (sound, nil)
    }
    let report = try await Self.run(Self.some, player)
    #expect(Self.alarms(report) == [Self.killer])
    let result = try #require(report.results.first { $0.testCase.id == Self.killer })
    #expect(result.verdict == .fail)
    #expect(result.findings.map(\.requirement) == ["FCGI-7-4"])
    #expect(result.reason == "another connection, held open beside it, was cut off: the process ended")
    // The case's own connections, and then the one that it cut off.
    #expect(result.evidence.count > 1)
    #expect(result.evidence.dropLast().allSatisfy { $0.number < Self.watch })
    #expect(result.evidence.last?.number == Self.watch)
  }

  @Test func anOrdinaryCaseThatKillsFailsAloneToo() async throws {
    let id = "fastcgi/responder/status-field"
    let (sound, closing) = (try Self.player { FastCGIResponder() }, try Self.player { ClosingPeer() })
    let player = StagedPlayer { testCase, moment in
      (testCase.id == id || moment.companions.contains(id) ? closing : sound, nil)
    }
    let report = try await Self.run(Self.some, player)
    #expect(report.results.filter { $0.verdict == .fail }.map(\.testCase.id) == [id])
    // What depends on it cannot be judged; nothing else is touched.
    #expect(
      Self.alarms(report).allSatisfy { alarm in
        alarm == id || Self.some.first { $0.id == alarm }?.dependsOn.contains(id) == true
      })
  }

  @Test func aTargetThatClosesHeldConnectionsAnywayDidNoHarm() async throws {
    let sound = try Self.player { FastCGIResponder() }
    let player = StagedPlayer { _, _ in (sound, Self.cutWatch) }
    let report = try await Self.run(Self.some, player)
    #expect(Self.alarms(report).isEmpty)
  }

  @Test func aDeathBesideAConnectionThatAllShareFailsTheCaseThatCausedItAndNoOther() async throws {
    let sound = try Self.player { FastCGIResponder() }
    let cut = Mutex<StagedPlayer?>(nil)
    let player = StagedPlayer(canHold: true) { testCase, moment in
      guard testCase.id == Self.killer else { return (sound, nil) }
      if moment.number == 1 { cut.withLock { $0 }?.cutHeld() }
      // Alone, it has a connection of its own beside it.
      return (sound, moment.number == 1 ? nil : Self.cutWatch)
    }
    cut.withLock { $0 = player }
    let report = try await Self.run(Self.some, player)
    #expect(Self.alarms(report) == [Self.killer])
    #expect(player.count(Self.killer) == 2)
    #expect(player.holds == (1, 1))
  }

  @Test func aTargetThatClosesTheSharedConnectionForReasonsOfItsOwnIsNotDoubtedAgainAndAgain() async throws {
    let sound = try Self.player { FastCGIResponder() }
    let cut = Mutex<StagedPlayer?>(nil)
    let player = StagedPlayer(canHold: true) { testCase, moment in
      if testCase.tags.contains(Case.robustnessTag), moment.number == 1 { cut.withLock { $0 }?.cutHeld() }
      return (sound, nil)
    }
    cut.withLock { $0 = player }
    let report = try await Self.run(Self.some, player)
    #expect(Self.alarms(report).isEmpty)
    // After those that ran beside the first one, each case has a connection of its own.
    #expect(player.holds == (1, 1))
    #expect(Self.some.count { player.count($0.id) > 1 } <= 8)
  }

  // MARK: Stalls

  @Test("a silence counts when it is seen again", arguments: [false, true])
  func silence(isSeenAgain: Bool) async throws {
    let id = "fastcgi/responder/app-status"
    let (sound, silent) = (try Self.player { FastCGIResponder() }, try Self.player { SilentPeer() })
    let player = StagedPlayer { testCase, moment in
      (testCase.id == id && (isSeenAgain || moment.number == 1) ? silent : sound, nil)
    }
    let report = try await Self.run(Self.some, player)
    let failures = report.results.filter { $0.verdict == .fail }.map(\.testCase.id)
    #expect(failures == (isSeenAgain ? [id] : []))
    #expect(player.count(id) == 2)
  }

  @Test func aTargetThatAnswersNearlyNothingIsNotAskedAllOfItTwice() async throws {
    let baseline = "fastcgi/responder/baseline"
    let cases = Rehearsals.fastCGI.filter { testCase in
      testCase.dependsOn.allSatisfy { $0 == baseline } && testCase.tags.isEmpty && testCase.process == nil
    }
    let (sound, silent) = (try Self.player { FastCGIResponder() }, try Self.player { SilentPeer() })
    let player = StagedPlayer { testCase, _ in
      (testCase.id == baseline || testCase.id == "capability" ? sound : silent, nil)
    }
    let report = try await Self.run(cases, player)
    #expect(report.results.count { $0.verdict == .fail } > 60)
    let again = cases.count { player.count($0.id) > 1 }
    #expect(again >= 20 && again < 30)
  }

  @Test func aSilenceInWhichTheMachineStalledEachTimeIsInconclusive() async throws {
    let id = Self.two[1].id
    let lag = MachineLag(isMeasuring: false)
    let (sound, silent) = (try Self.player { FastCGIResponder() }, try Self.player { SilentPeer() })
    let player = StagedPlayer { testCase, _ in
      guard testCase.id == id else { return (sound, nil) }
      lag.note(3_000_000_000, at: TransportClock.now)
      return (silent, nil)
    }
    let report = try await Self.run(Self.two, player, lag: lag)
    let result = try #require(report.results.last)
    #expect(result.verdict == .inconclusive)
    #expect(result.reason.hasPrefix("the machine stalled for 3000 ms while "))
    #expect(result.findings.isEmpty && result.leadingFinding == nil)
    #expect(player.count(id) == 4)
    #expect(report.machineStalled)
  }

  @Test func aSilenceOnAMachineThatNoLongerStallsFails() async throws {
    let id = Self.two[1].id
    let lag = MachineLag(isMeasuring: false)
    let (sound, silent) = (try Self.player { FastCGIResponder() }, try Self.player { SilentPeer() })
    let player = StagedPlayer { testCase, moment in
      guard testCase.id == id else { return (sound, nil) }
      if moment.number < 3 { lag.note(3_000_000_000, at: TransportClock.now) }
      return (silent, nil)
    }
    let report = try await Self.run(Self.two, player, lag: lag)
    #expect(report.results.last?.verdict == .fail)
    #expect(player.count(id) == 3)
  }

  // MARK: Processes that end, and those that serve one at a time

  @Test("processes that end after three requests are one finding", arguments: [0, 1, 2])
  func requestLimit(served: Int) async throws {
    let process = LimitedPeer.Process(limit: 3, served: served)
    let inner = try Self.player { LimitedPeer(process) }
    let cases = Rehearsals.fastCGI.filter { !$0.id.hasPrefix("neutral/") && $0.process == nil }
    let report = try await Self.run(cases, StagedPlayer { _, _ in (inner, nil) })
    let failures = report.results.filter { $0.verdict == .fail }
    #expect(failures.map(\.testCase.id) == ["fastcgi/connection/keep-open"], "\(failures.map(\.reason))")
    #expect(failures.first?.findings.map(\.requirement) == ["FCGI-5.1-5"])
    #expect(failures.first?.reason.contains("after at most 3 requests") == true)
    #expect(report.count(.warn) == 0 && report.count(.error) == 0)
    // Those that need more than three requests on a connection, and those that depend on them.
    let needy = report.results.filter { $0.reason.contains("the 3 requests that the target serves on a connection") }
    for result in report.results where result.verdict == .inconclusive && result.dependency == nil {
      #expect(needy.contains { $0.testCase.id == result.testCase.id }, "\(result.testCase.id): \(result.reason)")
    }
    #expect(!needy.isEmpty)
    #expect(report.count(.inconclusive) < 15)
  }

  @Test func oneConnectionAtATime() async throws {
    let (_, player) = try #require(ResponderStyle.named("one-connection")).stage()
    let report = try await Self.run(Rehearsals.fastCGI.filter { $0.process == nil }, player)
    #expect(report.capabilities.concurrentConnections == 1)
    #expect(Self.alarms(report).isEmpty)
    let twoAtOnce = try #require(report.results.first { $0.testCase.id == "neutral/bodies/two-at-once" })
    #expect(twoAtOnce.verdict == .skip)
    #expect(twoAtOnce.reason == "the target does not offer two-connections")
  }

  // MARK: Owners

  private static func missingEnd(
    _ sees: @escaping @Sendable (String, Int) -> Bool
  ) throws -> StagedPlayer {
    let sound = try player { FastCGIResponder() }
    let fault = try #require(ResponderFault.all.first { $0.name == "no-stdout-end" })
    let faulty = try player { fault.responder() }
    return StagedPlayer { testCase, moment in (sees(testCase.id, moment.number) ? faulty : sound, nil) }
  }

  @Test func aFindingBelongsToTheFirstCaseThatSeesItAgain() async throws {
    let names = ["app-status", "baseline", "head", "status-field"].map { "fastcgi/responder/\($0)" }
    let cases = Rehearsals.fastCGI.filter { names.contains($0.id) }
    let player = try Self.missingEnd { id, number in
      id == "fastcgi/responder/app-status" && number == 1 || id == "fastcgi/responder/status-field"
    }
    let report = try await Self.run(cases, player)
    #expect(Self.alarms(report) == ["fastcgi/responder/status-field"])
    let owner = report.results.first { $0.testCase.id == "fastcgi/responder/status-field" }
    #expect(owner?.reason.hasSuffix("; also seen in 1 other case") == true)
  }

  @Test func whatIsSeenOnceBelongsToTheCaseThatIsAboutIt() async throws {
    let names = ["app-status", "baseline", "example-1", "status-field"].map { "fastcgi/responder/\($0)" }
    let cases = Rehearsals.fastCGI.filter { names.contains($0.id) }
    for seer in ["fastcgi/responder/app-status", "fastcgi/responder/status-field"] {
      let player = try Self.missingEnd { id, number in id == seer && number == 1 }
      let report = try await Self.run(cases, player)
      // What a second look does not show is held against nobody.
      #expect(report.results.allSatisfy { $0.verdict <= .info })
      let result = try #require(report.results.first { $0.testCase.id == "fastcgi/responder/example-1" })
      #expect(result.verdict == .info)
      #expect(result.reason.hasSuffix("; seen in \(seer), and not when that was played again"))
      #expect(!result.evidence.isEmpty)
    }
  }
}
