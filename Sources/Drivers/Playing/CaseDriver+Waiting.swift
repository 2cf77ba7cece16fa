// What a case waits for, and how long: the next byte, answers that are owed, a close, a process that ends.

import Conformance
import Exchanges
import Expectations
import Fixtures
import WireBytes

extension CaseDriver {
  /// Waits for `milliseconds` since a moment; when they are over, the phase's time is up.
  mutating func waitFor(
    _ phase: ElapsedPhase.Phase, _ milliseconds: Int64, since moment: Timestamp, _ now: Timestamp
  ) {
    if elapsed(since: moment, now) >= milliseconds {
      timeout = ElapsedPhase(phase, milliseconds)
    } else {
      wait(until: after(milliseconds, moment))
    }
  }

  /// Waits for the next byte; the phase is that of the first byte, or of idleness.
  mutating func waitForBytes(_ connection: DrivenConnection, _ now: Timestamp) {
    if connection.hasReceived {
      waitFor(.idle, timeouts.idle, since: connection.lastActivity, now)
    } else {
      waitFor(.firstByte, timeouts.firstByte, since: connection.lastActivity, now)
    }
  }

  /// Whether an answer that need not come has come, or is not awaited any longer; it is waited for otherwise.
  mutating func isSettled(_ connection: DrivenConnection, _ now: Timestamp) -> Bool {
    let begun = settling ?? (now, connection.responses)
    settling = begun
    let isAnswered = connection.responses > begun.responses
    let patience = isAnswered ? quietNanoseconds : max(quietNanoseconds, timeouts.close &* 1_000_000)
    let until = Timestamp(nanoseconds: max(begun.since, connection.lastActivity).nanoseconds &+ patience)
    guard connection.isOpen, until > now else {
      settling = nil
      return true
    }
    wait(until: until)
    return false
  }

  private var openConnections: [(number: Int, connection: DrivenConnection)] {
    connections.keys.sorted().compactMap { number in
      connections[number].flatMap { $0.isOpen ? (number, $0) : nil }
    }
  }

  mutating func isAwaitingAnswers(_ now: Timestamp) -> Bool {
    guard let (_, connection) = openConnections.first(where: { $0.connection.isOwed }) else { return false }
    waitForBytes(connection, now)
    return timeout == nil
  }

  mutating func isAwaitingClose(_ now: Timestamp) -> Bool {
    for (number, connection) in openConnections {
      guard let since = connection.mustClose ?? (isCloseExpected(number) ? connection.lastActivity : nil) else {
        continue
      }
      guard elapsed(since: since, now) < timeouts.close else {
        let elapsed = ElapsedPhase(.close, timeouts.close)
        connections[number]?.played.closeTimeout = elapsed
        continue
      }
      wait(until: after(timeouts.close, since))
      return true
    }
    return false
  }

  /// Whether a target that left one connection under a request may be leaving others too, as a process does that
  /// ends: which of its closes comes first is chance.
  mutating func isAwaitingOthers(_ now: Timestamp) -> Bool {
    let left = connections.values.lazy.filter(\.isOwed).compactMap(\.played.serverClosed).max()
    guard let left, !openConnections.isEmpty else { return false }
    let until = Timestamp(nanoseconds: left.nanoseconds &+ quietNanoseconds)
    guard until > now else { return false }
    wait(until: until)
    return true
  }

  /// Whether it depends on a close of this connection which outcome is met.
  private func isCloseExpected(_ number: Int) -> Bool {
    testCase.expectations.contains { expectation in
      for outcome in expectation.outcomes {
        if isClose(of: number, askedBy: outcome) { return true }
        // The first outcome that holds decides; what is after it is not asked.
        if isSettled(outcome) { return false }
      }
      return false
    }
  }

  /// Whether an outcome is that the server closes this connection, and what came does not rule it out.
  private func isClose(of number: Int, askedBy outcome: Outcome) -> Bool {
    let stated = outcome.conditions.compactMap { condition -> ConnectionCondition? in
      if case .connection(number, let stated) = condition { stated } else { nil }
    }
    return stated.contains { ConnectionConditions.closedByServer.argument(of: $0) == true }
      && !stated.contains { isRefuted($0, on: number) }
  }

  /// Whether an outcome holds and will: it asks for nothing but answers that are whole.
  private func isSettled(_ outcome: Outcome) -> Bool {
    let asksForAnswers = outcome.conditions.allSatisfy { condition in
      guard case .exchange(let selector, _) = condition else { return false }
      let exchanges = connections[selector.connection]?.played.exchanges ?? []
      return exchanges.contains { $0.index == selector.index && $0.response.isComplete }
    }
    return asksForAnswers
      && ExpectationJudge(testCase: testCase, played: played, severity: { _ in .must }, offered: []).holds(outcome)
  }

  /// Whether a condition cannot hold any more: silence where bytes came, no answer where one is whole.
  private func isRefuted(_ condition: ConnectionCondition, on number: Int) -> Bool {
    guard let connection = connections[number] else { return false }
    if ConnectionConditions.silent.argument(of: condition) != nil { return connection.hasReceived }
    return ConnectionConditions.completedExchanges.argument(of: condition) == 0
      && connection.isReached(.response(count: 1))
  }
}
