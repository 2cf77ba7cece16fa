// A pause between the last byte of a body and the end of its exchange, and what makes it.
//
// The threshold is the flag's, `T`; the words for people are the reports'.

package import Exchanges
internal import FastCGIWire

/// A pause at the end of an exchange, when everything worth waiting for had been sent.
package struct TailStall: Hashable, Sendable {
  /// What such a pause is usually made by.
  package enum Cause: Hashable, Sendable {
    /// The last small segment waited for the acknowledgement of the one before, which the receiver delays by 40 ms on
    /// Linux, and by 200 ms elsewhere.
    case delayedAcknowledgement
    /// The application went on working after its last output.
    case application
  }

  package var nanoseconds: Int64
  package var cause: Cause
}

extension Exchange {
  /// The stall at the end of the exchange; nil where there is none.
  package var tailStall: TailStall? {
    guard let tail = stalledTail else { return nil }
    let milliseconds = tail / 1_000_000
    let isDelayed = (38..<60).contains(milliseconds) || (190..<260).contains(milliseconds)
    return TailStall(nanoseconds: tail, cause: isDelayed ? .delayedAcknowledgement : .application)
  }

  /// Whether the server failed: it answered 500 or more, refused the request by its protocol's means, or closed the
  /// connection before the response was whole.
  package var isFailure: Bool {
    if let status = response.status, status >= 500 { return true }
    if let end = fastCGI?.end, end.protocolStatus != .requestComplete { return true }
    return ending == .serverClosed
  }
}
