// Pauses of the server in the middle of its answer: inside the body, and between its last byte and the end; and what
// makes them.
//
// The threshold is the flags', `S` and `T`; the words for people are the reports'.

package import Exchanges
internal import FastCGIWire

/// A pause of the server after it had begun to answer.
package struct Stall: Hashable, Sendable {
  /// What such a pause is usually made by.
  package enum Cause: Hashable, Sendable {
    /// The last small segment waited for the acknowledgement of the one before, which the receiver delays by 40 ms on
    /// Linux, and by 200 ms elsewhere.
    case delayedAcknowledgement
    /// The application was at work, or, inside a body, the client was slow to take it.
    case application
  }

  package var nanoseconds: Int64
  package var cause: Cause

  init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
    let milliseconds = nanoseconds / 1_000_000
    let isDelayed = (38..<60).contains(milliseconds) || (190..<260).contains(milliseconds)
    cause = isDelayed ? .delayedAcknowledgement : .application
  }
}

/// How many stalls of one kind a trace holds, and the time they took.
package struct StallTally: Hashable, Sendable {
  package private(set) var count: UInt64 = 0
  /// Those that look like delayed acknowledgements.
  package private(set) var acknowledgements: UInt64 = 0
  package private(set) var nanoseconds: UInt64 = 0

  mutating func take(_ stall: Stall) {
    count &+= 1
    nanoseconds &+= UInt64(stall.nanoseconds)
    if stall.cause == .delayedAcknowledgement { acknowledgements &+= 1 }
  }
}

extension Exchange {
  /// The stall at the end of the exchange; nil where there is none.
  package var tailStall: Stall? { stalledTail.map { Stall(nanoseconds: $0) } }

  /// The longest stall inside the body of the response; nil where there is none.
  package var streamStall: Stall? { timeline.longestPause.map { Stall(nanoseconds: $0.nanoseconds) } }

  /// Whether the server failed: it answered 500 or more, refused the request by its protocol's means, or closed the
  /// connection before the response was whole.
  package var isFailure: Bool {
    if let status = response.status, status >= 500 { return true }
    if let end = fastCGI?.end, end.protocolStatus != .requestComplete { return true }
    return ending == .serverClosed
  }
}
