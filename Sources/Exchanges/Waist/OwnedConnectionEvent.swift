// The events of a connection for those who keep them or send them elsewhere: what ConnectionEvent lends, owned.
//
// A driver is given these, a transcript keeps them, and a relay's queue carries them from thread to thread.

package import WireBytes

/// Bytes that are owned, and lent where they lie.
package protocol OwnedBytes: Sendable {
  /// Lends the bytes to `body`.
  func withSpan<Result>(_ body: (RawSpan) -> Result) -> Result
}

extension [UInt8]: OwnedBytes {
  package func withSpan<Result>(_ body: (RawSpan) -> Result) -> Result { unsafe body(span.bytes) }
}

/// What happened on a connection; owned.
package struct OwnedConnectionEvent<Bytes: OwnedBytes>: Sendable {
  package enum Kind: Sendable {
    /// The connection was opened.
    case opened
    /// The server's side answered.
    case established
    /// The next bytes of one direction, in order.
    case bytes(Direction, Bytes)
    /// Bytes of one direction that passed and were not kept.
    case gap(Direction, byteCount: UInt64)
    /// One direction ended. A reset ends both.
    case closed(Direction, Closing)
    /// Nothing more is known of the connection.
    case finished
  }

  package var kind: Kind
  package var time: Timestamp

  package init(_ kind: Kind, at time: Timestamp) {
    self.kind = kind
    self.time = time
  }

  /// Lends the event to `body`, as a conversation takes it.
  package func lend(to body: (borrowing ConnectionEvent) -> Void) {
    let origin = Origin(time: time)
    switch kind {
    case .opened: body(.opened(origin))
    case .established: body(.established(origin))
    case .bytes(let direction, let bytes): bytes.withSpan { body(.bytes(direction, $0, origin)) }
    case .gap(let direction, let byteCount): body(.gap(direction, byteCount: byteCount, origin))
    case .closed(let direction, let closing): body(.closed(direction, closing, origin))
    case .finished: body(.finished(origin))
    }
  }
}

extension OwnedConnectionEvent: Equatable where Bytes: Equatable {}
extension OwnedConnectionEvent.Kind: Equatable where Bytes: Equatable {}
extension OwnedConnectionEvent: Hashable where Bytes: Hashable {}
extension OwnedConnectionEvent.Kind: Hashable where Bytes: Hashable {}
