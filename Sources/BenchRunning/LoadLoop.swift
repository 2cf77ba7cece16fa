// A turn of a variant: sends requests, reads answers, notes when what happened. One thread, no allocation for a request.
//
//     start ──► warm-up ──► measuring ──► over                 closed: what ends while it measures counts
//                                   └──► draining ──► over     open: what is due while it measures counts
//
// Here: the clock of the turn and its accounts. Carriers are LoadLoop+Carriers', requests LoadLoop+Requests', and when
// an open loop sends is LoadLoop+Pacing's.

package import Benching
internal import CLinux
internal import Glibc

/// Runs one order.
package final class LoadLoop {
  enum Phase {
    case warmUp, measuring, draining, over
  }

  let order: LoadOrder
  private let stop: StopSign
  let poller = Poller()
  var connections: [LoadConnection] = []
  var outcome = TurnOutcome()
  private(set) var phase = Phase.warmUp
  /// What the system's buffers are read into.
  var buffer = [UInt8](repeating: 0, count: 65_536)
  /// What the last bytes said; reused.
  var events: [AnswerEvent] = []
  /// Processes that are over, or are to be, and have not been waited for.
  var ending: [pid_t] = []
  /// Places of a closed loop that rest after a failure: without a rest, refusals would be all that it does.
  var resting: [(connection: Int, slot: Int)] = []
  var pacing: LoadPacing?

  /// When measuring began and ends; in a closed loop the end moves up where the limit of requests is reached.
  private(set) var measureStart: Int64 = 0
  private(set) var measureEnd: Int64 = 0
  private var workAtStart: Int64 = 0
  private var usageAtStart = ProcessUsage()
  private var lastTick: Int64 = 0
  /// Requests that are under way, since when.
  private var openCount = 0
  private var openSince: Int64 = 0
  /// Requests that counted, whatever became of them.
  private var counted = 0
  /// How many processes' memory was looked at, and the largest.
  private var looks = 0
  private var largestProcess = 0

  /// How often timeouts and what rests are looked at, in nanoseconds.
  private static let tick: Int64 = 10_000_000
  /// How long an open loop waits for its last answers, in nanoseconds.
  private static let drainLimit: Int64 = 1_000_000_000

  package init(_ order: LoadOrder, stop: StopSign) {
    self.order = order
    self.stop = stop
  }

  /// Runs the turn to its end, on this thread.
  package func run() -> TurnOutcome {
    for index in 0..<order.connectionCount {
      let slots = order.requests.count
      let reader = order.dialect.makeReader(order.mode, slots: slots, order.expectation)
      connections.append(LoadConnection(index: index, slots: slots, reader: reader))
    }
    let start = LoopClock.now
    (measureStart, measureEnd, openSince) = (start + order.warmUp, start + order.warmUp + order.duration, start)
    if let rate = order.load.rate {
      pacing = LoadPacing(rate: rate, start: start, poller: poller)
      for connection in connections.reversed() {
        for slot in connection.slots.indices.reversed() { pacing?.free.append((connection.index, slot)) }
      }
    } else {
      for connection in connections { beginAll(on: connection, at: start) }
    }
    while phase != .over { turn() }
    endAll()
    return outcome
  }

  private func turn() {
    // Processes that are ending announce nothing.
    let count = poller.wait(milliseconds: ending.isEmpty ? 10 : 1)
    for index in 0..<count {
      let event = poller.event(index)
      if event.key != LoadPacing.key { handle(event) }
    }
    let now = LoopClock.now
    // Before the phase may change: what is due counts, however late the loop comes to it.
    if phase == .warmUp || phase == .measuring { sendDue(now) }
    advance(now)
    if !ending.isEmpty { reap() }
    guard now - lastTick >= Self.tick else { return }
    lastTick = now
    expire(now)
    lookAround()
    if phase != .draining { wakeResting(now) }
  }

  private func advance(_ now: Int64) {
    if phase == .warmUp, now >= measureStart { beginMeasuring() }
    if stop.isRaised, phase != .over { return finish(min(now, measureEnd)) }
    switch phase {
    case .measuring where now >= measureEnd || isLimitReached:
      if pacing == nil { return finish(now) }
      account(now)
      noteWork()
      phase = .draining
    case .draining where pacing?.isIdle(openCount) != false || now >= measureEnd + min(order.timeout, Self.drainLimit):
      phase = .over
    default: break
    }
  }

  private var isLimitReached: Bool { order.limit.map { counted >= $0 } ?? false }

  private func beginMeasuring() {
    if let group = order.source.group { usageAtStart = ProcessUsage.ofGroup(group) }
    if pacing == nil {
      measureStart = LoopClock.now
      measureEnd = measureStart + order.duration
    }
    openSince = LoopClock.now
    workAtStart = LoopClock.work
    phase = .measuring
  }

  /// Ends a turn whose answers count when they come.
  private func finish(_ now: Int64) {
    if phase == .measuring {
      account(now)
      noteWork()
      measureEnd = now
    }
    phase = .over
  }

  private func noteWork() {
    outcome.ownWork = LoopClock.work - workAtStart
    if let group = order.source.group {
      let usage = ProcessUsage.ofGroup(group)
      outcome.targetWork = max(usage.work - usageAtStart.work, 0)
      outcome.targetMemory = usage.memory
    } else if order.mode == .process {
      outcome.targetMemory = largestProcess * order.load.places
    }
  }

  private func endAll() {
    outcome.measured = workAtStart > 0 ? max(measureEnd - measureStart, 0) : 0
    if pacing != nil { countUnanswered() }
    for connection in connections { closeCarrier(connection) }
    for process in ending { waitpid(process, nil, 0) }
    ending = []
  }

  // MARK: Accounts

  /// Adds up what was under way until now.
  private func account(_ now: Int64) {
    if phase == .measuring { outcome.openTime += Double(openCount) * Double(max(now &- openSince, 0)) }
    openSince = now
  }

  /// A request is under way from now on, or is not any more.
  func changeOpen(by change: Int, at now: Int64) {
    account(now)
    openCount &+= change
  }

  /// Whether a request counts that ends now.
  private func counts(_ moments: RequestMoments) -> Bool {
    guard pacing != nil else { return phase == .measuring && !isLimitReached }
    return moments.due >= measureStart && moments.due < measureEnd && phase != .over
  }

  /// A request has ended, well or not.
  func note(_ moments: RequestMoments, _ failure: FailureKind?) {
    if phase == .measuring { outcome.serviceTime += Double(max(moments.service, 0)) }
    guard counts(moments) else { return }
    counted &+= 1
    guard let failure else { return outcome.times.record(moments) }
    outcome.failures[failure, default: 0] += 1
  }

  /// What an open loop never sent, or nobody answered.
  private func countUnanswered() {
    for connection in connections {
      for slot in connection.slots where slot.isActive && isMeasured(slot.moments.due) {
        outcome.failures[.unanswered, default: 0] += 1
      }
    }
    outcome.skipped += pacing?.waiting.count { isMeasured($0) } ?? 0
  }

  /// Whether an open loop was to send something at a moment that counts.
  func isMeasured(_ due: Int64) -> Bool { due >= measureStart && due < measureEnd }

  // MARK: Processes

  /// Looks at the memory of a process that has begun to answer: at the first hundred that are still there.
  ///
  /// Beside starting a process, looking at one costs nothing.
  func look(at process: pid_t) {
    guard looks < 100 else { return }
    let memory = ProcessUsage.peakMemory(of: process)
    if memory > 0 { looks += 1 }
    largestProcess = max(largestProcess, memory)
  }

  /// Looks at one of the processes that run now: where there are many, those that have begun to answer are gone before
  /// anybody can look.
  private func lookAround() {
    guard order.mode == .process, let connection = connections.randomElement(), connection.process > 0 else { return }
    look(at: connection.process)
  }

  /// Waits for processes that are over, without waiting for any that is not.
  private func reap() {
    ending.removeAll { process in
      var usage = rusage()
      guard unsafe wait4(process, nil, WNOHANG, &usage) == process else { return false }
      if phase == .measuring {
        let work = [usage.ru_utime, usage.ru_stime].reduce(Int64(0)) {
          $0 + Int64($1.tv_sec) * 1_000_000_000 + Int64($1.tv_usec) * 1000
        }
        outcome.targetWork = (outcome.targetWork ?? 0) + work
      }
      return true
    }
  }
}
