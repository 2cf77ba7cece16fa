// One turn of one variant, as a loop is told to run it. Values only.

package import Benching
internal import Synchronization

/// What to send, to whom, how and for how long.
package struct LoadOrder: Sendable {
  package var source: any CarrierSource
  package var dialect: any BenchDialect
  package var mode: BenchMode
  package var load: BenchLoad
  /// The bytes of a request in each slot of a connection.
  package var requests: [[UInt8]]
  /// What every answer is held against.
  package var expectation: AnswerExpectation?
  /// In nanoseconds.
  package var warmUp: Int64
  /// In nanoseconds.
  package var duration: Int64
  /// The most requests that count.
  package var limit: Int?
  /// The most that one request may take, in nanoseconds.
  package var timeout: Int64

  package init(
    source: any CarrierSource, dialect: any BenchDialect, mode: BenchMode, load: BenchLoad, request: BenchRequest,
    expectation: AnswerExpectation?, warmUp: Int64, duration: Int64, limit: Int? = nil, timeout: Int64 = 10_000_000_000
  ) {
    self.source = source
    self.dialect = dialect
    self.mode = mode
    self.load = load
    // Only what is multiplexed has more than one request on a connection at a time.
    let slots = mode == .multiplex ? load.places : 1
    requests = (0..<slots).map { dialect.encoded(request, mode, slot: $0) }
    self.expectation = expectation
    self.warmUp = warmUp
    self.duration = duration
    self.limit = limit
    self.timeout = timeout
  }

  /// How many connections there are.
  var connectionCount: Int { mode == .multiplex ? 1 : load.places }
  /// Whether a carrier serves one request only.
  var isUsedOnce: Bool { mode == .process || mode == .close }
}

/// Whether a run is to stop before its time.
package final class StopSign: Sendable {
  private let raised = Atomic(false)

  package init() {}

  package var isRaised: Bool { raised.load(ordering: .relaxed) }
  package func raise() { raised.store(true, ordering: .relaxed) }
}
