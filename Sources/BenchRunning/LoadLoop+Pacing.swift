// When an open loop sends: at a rate, whatever becomes of the requests.
//
// A request's time runs from when it was due, not from when there was a connection for it. So a target that stalls is
// seen by every request that it made wait, and not only by those that were on their way (coordinated omission).

internal import Benching

/// The schedule of an open loop.
struct LoadPacing {
  /// What its clock is known by in the poller.
  static let key = UInt64.max

  private let start: Int64
  private let interval: Double
  private let wakeUp: WakeUp
  private var count = 0
  /// Places without a request; the last one to have had one goes first, so that no more connections are used than needed.
  var free: [(connection: Int, slot: Int)] = []
  /// When requests were due for which there was no place.
  private(set) var waiting: ArraySlice<Int64> = []
  /// How many may wait: a second's worth.
  private let waitingLimit: Int

  init(rate: Double, start: Int64, poller: Poller) {
    self.start = start
    interval = 1e9 / rate
    waitingLimit = max(Int(rate), 16)
    wakeUp = WakeUp(poller, key: Self.key)
    wakeUp.set(start)
  }

  /// When the next request is due.
  var nextDue: Int64 { start &+ Int64(Double(count) * interval) }

  /// Counts the next request as sent, or as given up.
  mutating func advance() { count &+= 1 }

  /// Wakes the poller for the next one.
  func wake() { wakeUp.set(nextDue) }

  /// Lets a request wait for a place.
  ///
  /// - Returns: Whether there was room.
  mutating func wait(_ due: Int64) -> Bool {
    guard waiting.count < waitingLimit else { return false }
    waiting.append(due)
    return true
  }

  /// When the request was due that has waited the longest.
  mutating func nextWaiting() -> Int64? { waiting.popFirst() }

  /// Whether nothing is left to wait for.
  func isIdle(_ openCount: Int) -> Bool { openCount == 0 && waiting.isEmpty }
}

extension LoadLoop {
  /// Sends what is due.
  func sendDue(_ now: Int64) {
    guard pacing != nil else { return }
    while let due = pacing?.nextDue, due <= now, due < measureEnd {
      pacing?.advance()
      if isMeasured(due) { outcome.latestSend = max(outcome.latestSend, now - due) }
      if let place = pacing?.free.popLast() {
        begin(connections[place.connection], place.slot, due: due, at: LoopClock.now)
      } else if pacing?.wait(due) == false, isMeasured(due) {
        outcome.skipped += 1
      }
    }
    pacing?.wake()
  }
}
