// A whole run: every variant has its turn in every round, so that what changes on the machine meanwhile meets all.
//
// In the first, the middle and the last round the same is run against a sink as well, which says how much of a result
// may be gatespec's own. The best of these turns counts: what disturbs one is no limit.

package import Benching
internal import Glibc
internal import Transports

/// Runs a plan.
package struct BenchRunner: Sendable {
  /// How far a run has come.
  package struct Progress: Sendable {
    /// From 1.
    package var round: Int
    package var variant: BenchVariant
    /// Whether it is the sink's turn.
    package var isSink: Bool
    /// What the variant did in its last turn, in requests a second; nil where it had none.
    package var rate: Double?
  }

  private struct Entry: Sendable {
    var subject: BenchSubject
    var way: BenchSubject.Way
    var load: BenchLoad
    var variant: BenchVariant
  }

  private let plan: BenchPlan
  private let entries: [Entry]
  /// A folder for sockets and files of the sinks.
  private let folder: String

  package init(_ subjects: [BenchSubject], loads: [BenchLoad], plan: BenchPlan, folder: String) {
    self.plan = plan
    self.folder = folder
    entries = subjects.flatMap { subject in
      subject.ways.flatMap { way in
        // With one request at a time nothing is multiplexed.
        loads.filter { way.mode != .multiplex || $0.places > 1 }.map { load in
          Entry(
            subject: subject, way: way, load: load,
            variant: BenchVariant(
              target: subject.name, wireProtocol: subject.dialect.wireProtocol, mode: way.mode, load: load))
        }
      }
    }
  }

  /// How many turns there are.
  package var turnCount: Int { entries.count * (plan.rounds + sinkRounds.count) }

  /// The rounds in which the sink has its turns.
  private var sinkRounds: Set<Int> {
    plan.measuresCeiling ? [1, (plan.rounds + 1) / 2, plan.rounds] : []
  }

  /// Runs it to its end, or until it is told to stop; on the caller's thread.
  package func run(stop: StopSign, _ progress: (Progress) -> Void) -> [VariantResult] {
    var results = entries.map { VariantResult($0.variant) }
    for round in 1...max(plan.rounds, 1) {
      // There and back, so that no variant always follows the same other one.
      let order = round.isMultiple(of: 2) ? Array(entries.indices.reversed()) : Array(entries.indices)
      for index in order where !stop.isRaised {
        let entry = entries[index]
        if sinkRounds.contains(round) {
          progress(Progress(round: round, variant: entry.variant, isSink: true))
          results[index].takeCeiling(ceiling(of: entry, stop))
        }
        guard !stop.isRaised || results[index].rounds.isEmpty else { continue }
        let rate = results[index].rounds.last?.rate
        progress(Progress(round: round, variant: entry.variant, isSink: false, rate: rate))
        let outcome = LoadLoop(self.order(entry, entry.subject.source, entry.load), stop: stop).run()
        // A turn that was cut short is no round.
        if stop.isRaised, outcome.measured < plan.slice / 2, !results[index].rounds.isEmpty { continue }
        results[index].take(outcome)
      }
    }
    return results
  }

  private func order(
    _ entry: Entry, _ source: any CarrierSource, _ load: BenchLoad, isSink: Bool = false
  ) -> LoadOrder {
    // Half a turn is enough for a sink, which has nothing to get used to.
    LoadOrder(
      source: source, dialect: entry.subject.dialect, mode: entry.way.mode, load: load, request: entry.subject.request,
      expectation: entry.way.expectation, warmUp: isSink ? min(plan.warmUp, 50_000_000) : plan.warmUp,
      duration: isSink ? plan.slice / 2 : plan.slice, limit: plan.sliceLimit, timeout: plan.timeout)
  }

  /// What the same comes to against a sink; nil where there is none.
  private func ceiling(of entry: Entry, _ stop: StopSign) -> TurnOutcome? {
    // As fast as it goes, whatever the rate of the run.
    let load = BenchLoad.closed(users: entry.load.places)
    let outcome: TurnOutcome
    if entry.way.mode == .process {
      guard let source = smallestProcess(entry.way.recorded) else { return nil }
      outcome = LoadLoop(order(entry, source, load, isSink: true), stop: stop).run()
    } else {
      let order = order(entry, entry.subject.source, load)
      let place = entry.subject.isLocal ? folder : nil
      guard let sink = try? SinkServer(for: order, answer: entry.way.recorded, folder: place) else { return nil }
      defer { sink.end() }
      guard let source = try? SocketSource(sink.address) else { return nil }
      outcome = LoadLoop(self.order(entry, source, load, isSink: true), stop: stop).run()
    }
    return outcome.failed == 0 ? outcome : nil
  }

  /// The smallest program that gives an answer: `cat` of a file that holds it.
  private func smallestProcess(_ answer: [UInt8]) -> ProcessSource? {
    let program = "/bin/cat"
    guard unsafe access(program, X_OK) == 0 else { return nil }
    let path = "\(folder)/answer"
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    guard unsafe write(descriptor, answer, answer.count) == answer.count else { return nil }
    return ProcessSource(path: program, arguments: [Array(path.utf8)], environment: [])
  }
}
