// Links exchanges between clients and a gateway to those that the gateway had with backends because of them.
//
// Stands behind the inspector, before what is shown. Everything passes at once, with one exception: an exchange with a
// client whose backend was not seen to end yet waits for it, a moment after its own end and no longer. Links are told
// with the client's exchange; the backend's, which usually ends just before, has passed by then.

package import Conformance
package import Exchanges
package import WireBytes

/// What exchanges pass on to once their links are known.
///
/// A protocol and no closure, so that an exchange, which is large, is lent and not copied.
package protocol LinkedOutput: ~Copyable {
  /// - Parameter link: The exchange with a backend that it caused.
  mutating func show(_ exchange: Exchange, _ findings: [Finding], _ link: LinkOutcome)
  mutating func show(_ connection: ConnectionSummary, _ findings: [Finding])
}

/// Finds for each exchange with a client the one with a backend that it caused.
///
/// Memory is bounded: ``BackendTable`` keeps the latest exchanges, at most ``waitingLimit`` wait, and both take no more
/// than their share. An exchange with a
/// backend is linked to one with a client at most; where two fit equally well none is linked, and that is said.
package struct ExchangeLinker: Sendable {
  /// Time of the traffic that an exchange waits for a backend that is about to end.
  package static let patience: Int64 = 200_000_000
  /// The same where the client left, or the gateway answered by itself: its backend may go on for long.
  package static let longPatience: Int64 = 3_000_000_000
  /// How many wait at most; beyond, the first is settled with what is known.
  package static let waitingLimit = 256

  /// What has not passed yet: an exchange, or a connection that must not overtake its exchanges.
  private struct Waiting: Sendable {
    let held: Held
    var connection: UInt64
    /// Nil for a connection, as what follows.
    var key: LinkKey?
    var deadline: Timestamp?
    /// When the exchange began and ended.
    var lifetime: ClosedRange<Timestamp>?
  }

  /// An exchange that waits, with what was found in it.
  ///
  /// Large, and so apart: who waits is looked through again and again, and is lent where it lies.
  private final class WaitingExchange: Sendable {
    let exchange: Exchange
    let findings: [Finding]
    /// The memory that it takes.
    let byteCount: Int

    init(_ exchange: Exchange, _ findings: [Finding]) {
      self.exchange = exchange
      self.findings = findings
      byteCount = MemoryLayout<Exchange>.stride + exchange.heldByteCount
    }
  }

  /// A connection that waits, with what was found in it.
  private final class WaitingConnection: Sendable {
    let summary: ConnectionSummary
    let findings: [Finding]

    init(_ summary: ConnectionSummary, _ findings: [Finding]) {
      self.summary = summary
      self.findings = findings
    }
  }

  private enum Held: Sendable {
    case exchange(WaitingExchange)
    case connection(WaitingConnection)
  }

  private let options: InspectorOptions
  private var backs: BackendTable
  private var refused = RefusedConnections()
  /// Findings about gateways so far.
  package private(set) var findingCount: UInt64 = 0
  private var waiting: [Waiting] = []
  /// What the exchanges among them take, in bytes.
  private var waitingByteCount = 0
  private var now = Timestamp(nanoseconds: .min)
  /// The first moment at which somebody has waited long enough.
  private var nextDeadline = Timestamp(nanoseconds: .max)
  /// Traffic with a backend was seen at all: without, nobody waits for it.
  private var hasSeenBackends = false

  /// - Parameter options: Whether pairs that were linked are judged, and how severely.
  package init(options: InspectorOptions = .init()) {
    self.options = options
    backs = BackendTable(byteLimit: options.memory.ofLinks)
  }

  /// Takes an exchange that is over; passes on everything that need not wait.
  package mutating func take<Output: LinkedOutput & ~Copyable>(
    _ exchange: inout Exchange, _ findings: [Finding], to output: inout Output
  ) {
    advance(to: exchange.timeline.end ?? now, to: &output)
    let key = LinkKey.of(exchange)
    if exchange.wireProtocol.traits.isBehindGateways {
      hasSeenBackends = true
      output.show(exchange, findings, .none)
    } else if let outcome = outcome(for: exchange, key, isLast: false) {
      output.show(exchange, findings + judge(exchange, outcome), outcome)
    } else {
      wait(exchange, findings, key, to: &output)
    }
    // Nobody else has a use for it now. One with a client may itself be what another one waits for: of a gateway before
    // this one.
    guard let asked = exchange.timeline.requestStart else { return }
    backs.insert(&exchange, asked: asked, key: key)
    settle(key, asked: asked, to: &output)
  }

  /// Takes a connection that is over; passes it on unless exchanges of it still wait.
  package mutating func take<Output: LinkedOutput & ~Copyable>(
    _ summary: ConnectionSummary, _ findings: [Finding], to output: inout Output
  ) {
    refused.take(summary)
    let isAhead = waiting.contains { $0.connection == summary.connection.id }
    guard isAhead else { return output.show(summary, findings) }
    waiting.append(
      Waiting(
        held: .connection(WaitingConnection(summary, findings)), connection: summary.connection.id, key: nil,
        deadline: nil, lifetime: nil))
  }

  /// Takes note of the time: who has waited long enough passes.
  package mutating func advance<Output: LinkedOutput & ~Copyable>(to time: Timestamp, to output: inout Output) {
    now = max(now, time)
    guard now >= nextDeadline else { return }
    let overdue = waiting.indices.filter { index in waiting[index].deadline.map { $0 <= now } ?? false }
    release(overdue, to: &output)
  }

  /// Takes note that nothing comes any more: everything passes.
  package mutating func finish<Output: LinkedOutput & ~Copyable>(to output: inout Output) {
    release(Array(waiting.indices), to: &output)
  }

  // MARK: Waiting

  private mutating func wait<Output: LinkedOutput & ~Copyable>(
    _ exchange: Exchange, _ findings: [Finding], _ key: LinkKey, to output: inout Output
  ) {
    while waiting.count >= Self.waitingLimit || waitingByteCount > options.memory.ofLinks,
      let oldest = waiting.firstIndex(where: { $0.deadline != nil })
    {
      release([oldest], to: &output)
    }
    let patience = exchange.mayLeaveBackendBehind ? Self.longPatience : Self.patience
    let deadline = Timestamp(nanoseconds: now.nanoseconds &+ patience)
    nextDeadline = min(nextDeadline, deadline)
    var lifetime: ClosedRange<Timestamp>?
    if let begun = exchange.timeline.requestStart, let ended = exchange.timeline.end, begun <= ended {
      lifetime = begun...ended
    }
    let held = WaitingExchange(exchange, findings)
    waitingByteCount += held.byteCount
    waiting.append(
      Waiting(
        held: .exchange(held), connection: exchange.connection.id, key: key, deadline: deadline, lifetime: lifetime))
  }

  /// Looks whether what arrived last is what somebody waits for.
  ///
  /// Who waits has found nothing convincing in what arrived before: only the latest is compared, so that an outage, where
  /// all wait, costs as much for each exchange as one that waits for it.
  private mutating func settle<Output: LinkedOutput & ~Copyable>(
    _ key: LinkKey, asked: Timestamp, to output: inout Output
  ) {
    var outcomes: [Int: LinkOutcome] = [:]
    for (index, entry) in waiting.enumerated() {
      guard let front = entry.key, front.target == key.target, entry.lifetime?.contains(asked) == true,
        front.mayCause(key), case .exchange(let held) = entry.held,
        backs.latestEvidence(behind: held.exchange, front)?.isConvincing == true
      else { continue }
      outcomes[index] = outcome(for: held.exchange, front, isLast: false)
    }
    if !outcomes.isEmpty { pass(outcomes, to: &output) }
  }

  /// Settles whoever is chosen with what is known by now.
  private mutating func release<Output: LinkedOutput & ~Copyable>(_ chosen: [Int], to output: inout Output) {
    var outcomes: [Int: LinkOutcome] = [:]
    for index in chosen {
      if let key = waiting[index].key, case .exchange(let held) = waiting[index].held {
        outcomes[index] = outcome(for: held.exchange, key, isLast: true) ?? LinkOutcome.none
      }
    }
    pass(outcomes, to: &output)
  }

  /// Lets everybody pass who has an outcome, and connections of which no exchange is left before them.
  private mutating func pass<Output: LinkedOutput & ~Copyable>(
    _ outcomes: [Int: LinkOutcome], to output: inout Output
  ) {
    var left: [Waiting] = []
    nextDeadline = Timestamp(nanoseconds: .max)
    for (index, entry) in waiting.enumerated() {
      if let outcome = outcomes[index], case .exchange(let held) = entry.held {
        waitingByteCount -= held.byteCount
        output.show(held.exchange, held.findings + judge(held.exchange, outcome), outcome)
      } else if let deadline = entry.deadline {
        nextDeadline = min(nextDeadline, deadline)
        left.append(entry)
      } else if left.contains(where: { $0.connection == entry.connection }) {
        left.append(entry)
      } else if case .connection(let held) = entry.held {
        output.show(held.summary, held.findings)
      }
    }
    waiting = left
  }

  /// What the gateway did wrong between the two exchanges; nothing where none is to be judged.
  private mutating func judge(_ front: Exchange, _ outcome: LinkOutcome) -> [Finding] {
    guard options.judges, let link = outcome.link else { return [] }
    var findings = Findings(severity: options.severity)
    RuleCatalog.judge(ExchangePair(front: front, back: link.back), into: &findings)
    findingCount &+= UInt64(findings.list.count)
    return findings.list
  }

  // MARK: Deciding

  /// What is known of the exchange that `front` caused; nil where it is better to wait.
  ///
  /// - Parameter isLast: Waiting is over.
  private mutating func outcome(for front: Exchange, _ key: LinkKey, isLast: Bool) -> LinkOutcome? {
    var best: (place: Int, evidence: LinkEvidence)?
    var candidates = 0
    var equals = 0
    backs.forEach(behind: front, key) { place, evidence in
      candidates += 1
      if let known = best?.evidence, evidence <= known {
        equals += evidence == known ? 1 : 0
      } else {
        best = (place, evidence)
        equals = 1
      }
    }
    guard let best else {
      let servers = refused.servers(behind: front)
      if !servers.isEmpty { return .refused(by: servers) }
      let isWorthIt = hasSeenBackends || front.mayLeaveBackendBehind
      return isLast || !isWorthIt || front.startedInTheMiddle ? LinkOutcome.none : nil
    }
    guard isLast || best.evidence.isConvincing else { return nil }
    let tries = equals == 1 ? [best.place] : tries(for: front, key, best.evidence)
    guard let last = tries.last else { return .ambiguous(candidates: equals) }
    hasSeenBackends = true
    for earlier in tries.dropLast() { _ = backs.take(earlier) }
    return .linked(
      ExchangeLink(
        from: front, to: backs.take(last), evidence: best.evidence, rivals: candidates - tries.count,
        earlierTries: tries.count - 1))
  }

  /// The places of the exchanges that fit equally well, where a gateway asked again and again after a server had closed
  /// without an answer; nothing where they are not each other's repetition.
  private func tries(for front: Exchange, _ key: LinkKey, _ evidence: LinkEvidence) -> [Int] {
    var places: [Int] = []
    backs.forEach(behind: front, key) { place, found in
      if found == evidence { places.append(place) }
    }
    // The first to arrive was tried first.
    places.reverse()
    let isSequence = zip(places.dropFirst(), places).allSatisfy { backs.isTry($0, after: $1) }
    return isSequence ? places : []
  }
}

extension Exchange {
  /// Whether its end says nothing about the backend's: the client left, or the gateway gave up waiting.
  fileprivate var mayLeaveBackendBehind: Bool {
    guard let status = response.status else { return true }
    return status >= 502 && status <= 504 || ending == .clientClosed
  }
}
