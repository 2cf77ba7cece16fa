// Where an exchange's time went, and what is remarkable about it, in one letter each.
//
// Derived from the exchange alone; nothing here is decoded, judged or rendered.

package import WireBytes

/// The parts of an exchange's time, in nanoseconds.
///
/// Nil where a moment was not seen; never negative. Parts may overlap: a server may answer before the request has ended.
package struct Phases: Hashable, Sendable {
  /// The handshake; only for a connection's first exchange.
  package var connect: Int64?
  /// First to last byte of the request.
  package var send: Int64?
  /// Last byte of the request to the first of the response; to the end where none came.
  package var wait: Int64?
  /// First byte of the response to the last of its body.
  package var stream: Int64?
  /// Last byte of the body to the end of the exchange.
  package var tail: Int64?
}

/// What is remarkable about an exchange.
package struct ExchangeFlags: OptionSet, Hashable, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// `K`: not the first exchange of its connection.
  package static let keptConnection = ExchangeFlags(rawValue: 1)
  /// `E`: something came on the error stream.
  package static let errorStream = ExchangeFlags(rawValue: 2)
  /// `G`: the capture lost bytes of it.
  package static let gap = ExchangeFlags(rawValue: 4)
  /// `M`: its beginning was not seen.
  package static let middle = ExchangeFlags(rawValue: 8)
  /// `A`: aborted by the protocol's means, or the client closed before the end.
  package static let aborted = ExchangeFlags(rawValue: 16)
  /// `T`: a long pause between the last byte of the body and the end.
  package static let tailStall = ExchangeFlags(rawValue: 32)
  /// `!`: a rule has something to say about it.
  package static let finding = ExchangeFlags(rawValue: 64)
  /// `S`: a long pause inside the body of the response.
  package static let streamStall = ExchangeFlags(rawValue: 128)

  /// The letters, in the order they are shown.
  package static let letters: [(flag: ExchangeFlags, letter: UInt8)] = [
    (.keptConnection, 0x4B), (.errorStream, 0x45), (.gap, 0x47), (.middle, 0x4D), (.aborted, 0x41),
    (.streamStall, 0x53),
    (.tailStall, 0x54), (.finding, 0x21),
  ]
}

extension Exchange {
  /// A pause of so many nanoseconds is a stall: 30 ms, just below the kernel's delayed acknowledgement of 40 ms.
  package static let stallNanoseconds: Int64 = 30_000_000

  /// Where the time went.
  package var phases: Phases {
    Phases(
      connect: Self.span(timeline.connectStart, timeline.connected),
      send: Self.span(timeline.requestStart, timeline.requestEnd),
      wait: Self.span(timeline.requestEnd, timeline.responseStart ?? unansweredEnd),
      stream: Self.span(timeline.responseStart, timeline.bodyEnd),
      tail: Self.span(timeline.bodyEnd, timeline.end))
  }

  /// Whether the client closed because it had waited long enough.
  ///
  /// A client that only shuts down its sending side, and still reads, does so with its request.
  package var clientGaveUp: Bool {
    guard let waited = Self.span(timeline.requestEnd, timeline.clientLeft) else { return false }
    return waited >= Self.patience && (ending == .clientClosed || bytesAfterClientClose > 0)
  }

  /// Whether the client gave it up by its own doing: it aborted it, or left before its request was whole.
  ///
  /// Nobody owes it a whole response then. A client that shuts down its sending side after a whole request waits for one.
  package var isAbandoned: Bool {
    if ending == .aborted || ending == .clientClosed { return true }
    guard let fastCGI else { return false }
    return fastCGI.abortOffset != nil || timeline.clientLeft != nil && !fastCGI.inputIsWhole
  }

  /// A client that closes so many nanoseconds after its request has waited.
  private static let patience: Int64 = 100_000_000

  /// The end of the wait for a response that never came; nil where one came, or where the capture ended first.
  private var unansweredEnd: Timestamp? {
    ending == .unfinished || ending == .lost || gapByteCount > 0 ? nil : timeline.end
  }

  /// Nanoseconds from the first byte of the request to the end; the handshake is not part of it.
  package var durationNanoseconds: Int64? { Self.span(start, timeline.end) }

  /// The first moment of the exchange itself that was seen.
  package var start: Timestamp? { timeline.requestStart ?? timeline.responseStart ?? timeline.end }

  /// What is remarkable about it, findings apart.
  package var flags: ExchangeFlags {
    var flags: ExchangeFlags = []
    if index > 1 { flags.insert(.keptConnection) }
    if errorStream.byteCount > 0 { flags.insert(.errorStream) }
    if gapByteCount > 0 { flags.insert(.gap) }
    if startedInTheMiddle { flags.insert(.middle) }
    if ending == .aborted || ending == .clientClosed || clientGaveUp { flags.insert(.aborted) }
    if stalledTail != nil { flags.insert(.tailStall) }
    if timeline.longestPause != nil { flags.insert(.streamStall) }
    return flags
  }

  /// The time between the last byte of the body and the end, where it is long enough for a stall.
  ///
  /// Nil where a side closed the connection before the end: what came last was not the last of the body.
  package var stalledTail: Int64? {
    guard let tail = Self.span(timeline.bodyEnd, timeline.end), tail >= Self.stallNanoseconds,
      ending != .serverClosed, ending != .clientClosed
    else { return nil }
    return tail
  }

  private static func span(_ from: Timestamp?, _ to: Timestamp?) -> Int64? {
    guard let from, let to else { return nil }
    return max(to.nanoseconds(since: from), 0)
  }
}
