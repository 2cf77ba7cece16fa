// Players and peers for targets that do not behave the same each time: who dies, stalls, or serves so many requests.

import Drivers
import FastCGIWire
import Fixtures
import ReferenceServers
import Rehearsal
import Synchronization
import Transports

/// Plays each case against the target that a test chooses for that moment.
final class StagedPlayer: CasePlayer {
  /// When a case is played.
  struct Moment: Sendable {
    /// How often it was played, from 1.
    var number: Int
    /// The cases that were played at the same time.
    var companions: Set<String>
  }

  typealias Change = @Sendable (inout PlayedCase) -> Void
  typealias Stage = @Sendable (Case, Moment) -> (player: MemoryPlayer, change: Change?)

  private struct State {
    var counts: [String: Int] = [:]
    var running: [String: Set<String>] = [:]
    var held: [HeldConnection] = []
    var released = 0
  }

  private let stage: Stage
  private let state = Mutex(State())
  /// Whether a connection can be held open beside the cases.
  let canHold: Bool

  init(canHold: Bool = false, _ stage: @escaping Stage) {
    self.canHold = canHold
    self.stage = stage
  }

  /// How many connections were held open, and how many of them were closed.
  var holds: (opened: Int, closed: Int) { state.withLock { ($0.held.count, $0.released) } }

  /// Cuts off what is held open.
  func cutHeld() { state.withLock { $0.held.last }?.noteCut() }

  func hold(_ bytes: [UInt8], _ pace: CasePace) async -> HeldConnection? {
    guard canHold else { return nil }
    let held = HeldConnection { [self] in state.withLock { $0.released += 1 } }
    state.withLock { $0.held.append(held) }
    return held
  }

  /// How often a case was played.
  func count(_ id: String) -> Int { state.withLock { $0.counts[id, default: 0] } }

  func play(_ testCase: Case, _ pace: CasePace) async throws(TransportError) -> PlayedCase {
    let number = state.withLock { state in
      state.counts[testCase.id, default: 0] += 1
      for other in state.running.keys { state.running[other]?.insert(testCase.id) }
      state.running[testCase.id] = Set(state.running.keys)
      return state.counts[testCase.id, default: 0]
    }
    // Long enough that whatever may run beside it has begun.
    for _ in 0..<20 { await Task.yield() }
    let companions = state.withLock { $0.running.removeValue(forKey: testCase.id) ?? [] }
    let (player, change) = stage(testCase, Moment(number: number, companions: companions))
    var played = try await player.play(testCase, pace)
    change?(&played)
    return played
  }
}

/// Closes as soon as anything comes.
struct ClosingPeer: Responder {
  mutating func receive(_ bytes: RawSpan) -> [ResponderAction] { [.close] }
  mutating func receiveEnd() -> [ResponderAction] { [.close] }
  mutating func timerFired(_ timer: ResponderTimer) -> [ResponderAction] { [] }
}

/// Takes everything and says nothing.
struct SilentPeer: Responder {
  mutating func receive(_ bytes: RawSpan) -> [ResponderAction] { [] }
  mutating func receiveEnd() -> [ResponderAction] { [] }
  mutating func timerFired(_ timer: ResponderTimer) -> [ResponderAction] { [] }
}

/// A process that ends after a number of requests, and is started anew.
struct LimitedPeer: Responder {
  /// How many requests the process that runs has served.
  final class Process: Sendable {
    private let limit: Int
    private let served: Mutex<Int>

    init(limit: Int, served: Int) {
      self.limit = limit
      self.served = Mutex(served)
    }

    /// - Returns: Whether that was its last.
    func serve() -> Bool {
      served.withLock { served in
        served = (served + 1) % limit
        return served == 0
      }
    }
  }

  private var inner = FastCGIResponder()
  private let process: Process

  init(_ process: Process) { self.process = process }

  mutating func receive(_ bytes: RawSpan) -> [ResponderAction] { limited(inner.receive(bytes)) }
  mutating func receiveEnd() -> [ResponderAction] { limited(inner.receiveEnd()) }
  mutating func timerFired(_ timer: ResponderTimer) -> [ResponderAction] { limited(inner.timerFired(timer)) }

  private func limited(_ actions: [ResponderAction]) -> [ResponderAction] {
    var output: [ResponderAction] = []
    for action in actions {
      output.append(action)
      guard case .send(let bytes) = action else { continue }
      var isLast = false
      var decoder = FastCGIRecordDecoder()
      unsafe decoder.receive(bytes.span.bytes) { event, _ in
        if case .ended(let header, _) = event, header.type == .endRequest, process.serve() { isLast = true }
      }
      if isLast { return output + [.close] }
    }
    return output
  }
}
