// How a run goes when the target does not behave: it stays bounded, and says why nothing more was asked.

import Conformance
import Drivers
import Exchanges
import Fixtures
import ReferenceServers
import Rehearsal
import Synchronization
import Testing
import Transports

/// Counts connections.
private final class Counter: Sendable {
  private let value = Mutex(0)
  var count: Int { value.withLock { $0 } }
  func next() -> Int {
    value.withLock {
      $0 += 1
      return $0
    }
  }
}

/// Plays what another plays; watches how much is played at once, or fails.
private final class WatchingPlayer: CasePlayer {
  private struct State {
    var plays = 0
    var running: [Case] = []
    var most = 0
    var disturbed: [String] = []
  }

  private let inner: MemoryPlayer
  private let state = Mutex(State())
  /// The plays that do not reach the target.
  private let failing: ClosedRange<Int>?

  init(_ inner: MemoryPlayer, failing: ClosedRange<Int>? = nil) {
    self.inner = inner
    self.failing = failing
  }

  var plays: Int { state.withLock { $0.plays } }
  /// The most connections at once, as far as cases say how many they open.
  var most: Int { state.withLock { $0.most } }
  /// Hostile cases that were not alone.
  var disturbed: [String] { state.withLock { $0.disturbed } }

  func play(_ testCase: Case, _ pace: CasePace) async throws(TransportError) -> PlayedCase {
    let number = state.withLock { state in
      state.plays += 1
      state.running.append(testCase)
      if testCase.id != "capability" {
        state.most = max(state.most, state.running.reduce(0) { $0 + $1.connectionCount })
      }
      let hostile = state.running.filter { $0.tags.contains(Case.hostileTag) }
      if !hostile.isEmpty, state.running.count > 1 { state.disturbed += hostile.map(\.id) }
      return state.plays
    }
    for _ in 0..<3 { await Task.yield() }
    defer { state.withLock { state in state.running.removeAll { $0.id == testCase.id } } }
    if let failing, failing.contains(number) {
      throw TransportError(.refused, "nothing listens on 127.0.0.1:9000", context: "127.0.0.1:9000")
    }
    return try await inner.play(testCase, pace)
  }
}

/// Ends while some cases are played: the connections of these are cut off, and nobody can connect any more.
private final class EndingPlayer: CasePlayer {
  private let sound: MemoryPlayer
  private let cutting: MemoryPlayer
  private let cut: Set<String>
  private let last: String
  private let isGone = Mutex(false)

  init(cutting ids: [String], before last: String) throws {
    let profile = try Rehearsals.profile(.fastCGI)
    sound = MemoryPlayer(profile: profile) { FastCGIResponder() }
    cutting = MemoryPlayer(profile: profile) { ClosingPeer() }
    cut = Set(ids)
    self.last = last
  }

  func play(_ testCase: Case, _ pace: CasePace) async throws(TransportError) -> PlayedCase {
    if cut.contains(testCase.id) {
      while !isGone.withLock({ $0 }) { await Task.yield() }
      // Later than what could not connect.
      for _ in 0..<50 { await Task.yield() }
      return try await cutting.play(testCase, pace)
    }
    if testCase.id == last { isGone.withLock { $0 = true } }
    if isGone.withLock({ $0 }) {
      throw TransportError(.refused, "nothing listens on 127.0.0.1:9000", context: "127.0.0.1:9000")
    }
    return try await sound.play(testCase, pace)
  }
}

@Suite struct RunnerTests {
  private static let some = Rehearsals.fastCGI.filter { $0.id.hasPrefix("fastcgi/responder/") }

  private static func run(_ player: WatchingPlayer, _ cases: [Case], jobs: Int) async throws -> CheckReport {
    var options = CheckOptions()
    options.jobs = jobs
    return try await CheckRunner(
      profile: try Rehearsals.profile(.fastCGI), options: options, registry: Rehearsals.registry, player: player
    ).run(cases) { _ in }
  }

  private static func sound() throws -> MemoryPlayer {
    MemoryPlayer(profile: try Rehearsals.profile(.fastCGI)) { FastCGIResponder() }
  }

  @Test func aTargetThatNeverAnswersEndsTheRun() async throws {
    await #expect { try await Rehearsals.run(Self.some) { SilentPeer() } } throws: { error in
      (error as? TransportError)?.code == .silent
    }
  }

  @Test func aTargetThatServesOneConnectionAndIsGoneIsToldApartFromOneThatNeverRan() async throws {
    await #expect {
      try await Self.run(WatchingPlayer(try Self.sound(), failing: 2...100), Self.some, jobs: 1)
    } throws: { error in
      let message = (error as? TransportError)?.message ?? ""
      return message.hasPrefix("the target answered its first request and is gone since: ")
        && message.contains("nothing listens on 127.0.0.1:9000")
    }
  }

  @Test("a target that stops answering is asked little more", arguments: [1, 3, 30])
  func stopsAnswering(after answers: Int) async throws {
    let counter = Counter()
    let report = try await Rehearsals.run(Self.some) {
      counter.next() <= answers ? FastCGIResponder() as any Responder : SilentPeer()
    }
    #expect(report.results.count == Self.some.count)
    let last = try #require(report.results.last)
    #expect(last.verdict == .inconclusive)
    #expect(last.reason.hasPrefix("the target "))
    #expect(last.reason.contains("no answer in 5000 ms"))
    // Questions, the cases that were under way side by side, and a plain request for each.
    #expect(counter.count <= answers + 40)
  }

  @Test func aTargetThatGoesAwayIsNotTriedForEveryCase() async throws {
    let player = WatchingPlayer(try Self.sound(), failing: 12...(.max))
    let report = try await Self.run(player, Self.some, jobs: 1)
    #expect(report.count(.error) == 1)
    let error = try #require(report.results.first { $0.verdict == .error })
    #expect(error.reason == "nothing listens on 127.0.0.1:9000")
    #expect(report.results.last?.verdict == .inconclusive)
    #expect(report.results.last?.reason == "the target could not be reached any more for \(error.testCase.id)")
    #expect(player.plays <= 14)
  }

  @Test func whatWasUnderWayWhenTheTargetEndedIsNotAccused() async throws {
    let cases = Self.some.filter { $0.dependsOn.isEmpty || $0.dependsOn == [Self.some[0].id] }
    let cut = cases[5...7].map(\.id)
    let player = try EndingPlayer(cutting: cut, before: cases[8].id)
    let report = try await CheckRunner(
      profile: try Rehearsals.profile(.fastCGI), options: CheckOptions(), registry: Rehearsals.registry, player: player
    ).run(cases) { _ in }
    #expect(report.count(.fail) == 0)
    for id in cut {
      let result = try #require(report.results.first { $0.testCase.id == id })
      #expect(result.verdict == .inconclusive)
      #expect(result.reason.hasPrefix("the target "))
    }
    #expect(report.count(.error) >= 1)
  }

  @Test func aCaseThatCouldNotConnectIsPlayedAgainWhenTheTargetIsBack() async throws {
    let player = WatchingPlayer(try Self.sound(), failing: 12...12)
    let report = try await Self.run(player, Self.some, jobs: 1)
    #expect(report.alarms(ResponderStyle.all[0]).isEmpty)
  }

  @Test("no more connections than allowed, hostile cases alone, results in order", arguments: [1, 2, 5])
  func sideBySide(jobs: Int) async throws {
    let cases = Rehearsals.fastCGI.filter { !$0.id.hasPrefix("fastcgi/bodies") }
    let player = WatchingPlayer(try Self.sound())
    let report = try await Self.run(player, cases, jobs: jobs)
    #expect(report.results.map(\.testCase.id) == cases.map(\.id))
    // A case that itself opens more than that runs alone.
    let widest = cases.map(\.connectionCount).max() ?? 1
    #expect(player.most <= max(jobs, widest))
    #expect(player.disturbed.isEmpty)
    #expect(report.alarms(ResponderStyle.all[0]).isEmpty)
  }

  @Test func whatIsInterruptedIsMarkedAndKeepsWhatWasDone() async throws {
    let cases = Rehearsals.fastCGI
    let done = Counter()
    let player = WatchingPlayer(try Self.sound())
    let running = Task {
      try await CheckRunner(
        profile: try Rehearsals.profile(.fastCGI), options: CheckOptions(), registry: Rehearsals.registry,
        player: player
      ).run(cases) { _ in
        if done.next() == 5 { unsafe withUnsafeCurrentTask { unsafe $0?.cancel() } }
      }
    }
    let report = try await running.value
    #expect(report.interrupted)
    #expect(report.results.count >= 5)
    #expect(report.results.count < cases.count)
    #expect(report.alarms(ResponderStyle.all[0]).isEmpty, "what was interrupted is not judged")
  }
}
