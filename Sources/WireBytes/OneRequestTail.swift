// What follows the head of a request that has a connection for itself: its body, surplus, the end of the stream.
//
// SCGI and uwsgi differ in their heads only: in both, a variable named CONTENT_LENGTH says how long the body is.

/// The events that decoders of such requests have in common.
public protocol OneRequestEvent {
  /// Bytes of the body.
  static func content(_ offset: StreamOffset) -> Self
  /// Bytes after the request.
  static func surplus(_ offset: StreamOffset) -> Self
  /// Bytes of which it is not known what they are.
  static func undecoded(_ offset: StreamOffset) -> Self
  /// The request is over.
  static func requestEnd(_ end: OneRequestEnd) -> Self
  /// Something is odd.
  static func anomaly(_ anomaly: Anomaly) -> Self
  /// What bytes after the request are called.
  static var surplusKind: AnomalyKind { get }
}

extension OneRequestEvent {
  /// Reports an anomaly to a sink of these events.
  @inlinable
  public static func report(_ anomaly: Anomaly, _ sink: (Self, RawSpan) -> Void) { sink(.anomaly(anomaly), RawSpan()) }
}

/// The end of a request.
public struct OneRequestEnd: Hashable, Sendable {
  /// Where the byte after the request stands in the stream.
  public var offset: StreamOffset
  /// Bytes of the body that were in the stream.
  public var contentByteCount: UInt64
  /// Bytes of the body that the capture lost.
  public var missingByteCount: UInt64
  /// Whether head and body came to their end.
  public var isComplete: Bool

  /// The end as a log has it.
  public var text: EventText {
    EventText(
      at: offset,
      "request-end content=\(contentByteCount)" + (missingByteCount > 0 ? " missing=\(missingByteCount)" : "")
        + (isComplete ? "" : " truncated"))
  }
}

/// Bytes that a capture lost, of which more and more are accounted for.
public struct Hole: Hashable, Sendable {
  /// Where the bytes begin that are not accounted for.
  public private(set) var offset: StreamOffset
  /// How many they are.
  public private(set) var byteCount: UInt64

  /// Accounts for bytes of the hole.
  ///
  /// - Parameter limit: The most that can lie there.
  /// - Returns: How many do.
  public mutating func take(_ limit: UInt64) -> UInt64 {
    let taken = min(byteCount, limit)
    byteCount &-= taken
    offset = min(offset &+ taken, OneRequestTail.maximumOffset)
    return taken
  }

  fileprivate init(at offset: StreamOffset, byteCount: UInt64) {
    self.offset = offset
    self.byteCount = byteCount
  }
}

/// Reads what follows the head, and keeps count of the stream.
///
///     head ──► content ──► surplus ──► ended
///       └───────► lost ──────────────────┘
///
/// While it is in the head the decoder reads; after that the tail does.
public struct OneRequestTail: Sendable {
  /// What the next byte belongs to.
  public enum State: UInt8, Hashable, Sendable {
    /// The head, which the decoder reads.
    case head
    /// The body.
    case content
    /// Nothing: the request is over.
    case surplus
    /// Nobody knows: framing was lost for good.
    case lost
    /// The stream is over.
    case ended
  }

  /// Offsets stop growing here, so that adding a length never overflows.
  static let maximumOffset: StreamOffset = 1 << 62

  /// What the next byte belongs to.
  public private(set) var state = State.head
  /// Where the request begins.
  public let start: StreamOffset
  /// The stream offset of the next byte.
  public private(set) var offset: StreamOffset
  private var contentLeft: UInt64 = 0
  private var contentByteCount: UInt64 = 0
  private var missingByteCount: UInt64 = 0
  private var hasSurplus = false

  /// The tail of a request that begins at `offset`.
  public init(at offset: StreamOffset) {
    start = min(offset, Self.maximumOffset)
    self.offset = start
  }

  /// Whether the request was read to its end.
  public var isComplete: Bool { state == .surplus }

  /// Takes note that the bytes of a chunk were read.
  public mutating func advance(by byteCount: Int) { offset = min(offset &+ UInt64(byteCount), Self.maximumOffset) }

  /// Takes the rest of a chunk, after the head.
  ///
  /// - Parameters:
  ///   - bytes: The next bytes of the stream.
  ///   - position: Where its first byte stands in the stream.
  ///   - sink: Called for every event with its bytes, valid for the call.
  public mutating func receive<Event: OneRequestEvent>(
    _ bytes: RawSpan, at position: StreamOffset, _ sink: (Event, RawSpan) -> Void
  ) {
    var position = position
    var rest = bytes
    if state == .content {
      let count = Int(min(contentLeft, UInt64(rest.byteCount)))
      sink(.content(position), rest.extracting(first: count))
      rest = rest.extracting(droppingFirst: count)
      position &+= UInt64(count)
      contentByteCount &+= UInt64(count)
      contentLeft &-= UInt64(count)
      if contentLeft == 0 { endRequest(at: position, isComplete: true, sink) }
    }
    guard rest.byteCount > 0 else { return }
    switch state {
    case .surplus:
      if !hasSurplus { Event.report(Anomaly(Event.surplusKind, at: position), sink) }
      hasSurplus = true
      sink(.surplus(position), rest)
    case .lost: sink(.undecoded(position), rest)
    case .head, .content, .ended: break
    }
  }

  /// The head is whole, and the body begins.
  ///
  /// - Parameters:
  ///   - contentLength: How long it is.
  ///   - position: Where it begins in the stream.
  ///   - sink: Called for every event with its bytes, valid for the call.
  public mutating func beginContent<Event: OneRequestEvent>(
    _ contentLength: UInt64, at position: StreamOffset, _ sink: (Event, RawSpan) -> Void
  ) {
    contentLeft = contentLength
    state = .content
    if contentLeft == 0 { endRequest(at: position, isComplete: true, sink) }
  }

  /// The request is over.
  public mutating func endRequest<Event: OneRequestEvent>(
    at end: StreamOffset, isComplete: Bool, _ sink: (Event, RawSpan) -> Void
  ) {
    state = .surplus
    let facts = OneRequestEnd(
      offset: end, contentByteCount: contentByteCount, missingByteCount: missingByteCount, isComplete: isComplete)
    sink(.requestEnd(facts), RawSpan())
  }

  /// Framing is lost, and is not found again: the connection carries one request.
  public mutating func lose<Event: OneRequestEvent>(at position: StreamOffset, _ sink: (Event, RawSpan) -> Void) {
    Event.report(Anomaly(.lostSynchronisation, at: position, byteCount: 0), sink)
    state = .lost
  }

  /// Takes the end of the stream: a request that is not whole gives `truncated`, from its beginning.
  ///
  /// - Parameters:
  ///   - hasBytes: Whether anything of the request has come.
  ///   - hasBegun: Whether so much has come that the request was reported to begin.
  ///   - sink: Called for every event with its bytes, valid for the call.
  public mutating func end<Event: OneRequestEvent>(
    hasBytes: Bool, hasBegun: Bool, _ sink: (Event, RawSpan) -> Void
  ) {
    if state == .content || state == .head && hasBytes {
      Event.report(Anomaly(.truncated, at: start, byteCount: offset &- start, value: contentLeft), sink)
      if hasBegun { endRequest(at: offset, isComplete: false, sink) }
    }
    state = .ended
  }

  // MARK: Lost bytes

  /// Reports that bytes were lost, and moves past them.
  ///
  /// - Returns: The hole, nothing of which is accounted for; nil where the stream is over, or nothing was lost.
  public mutating func beginHole<Event: OneRequestEvent>(
    _ byteCount: UInt64, _ sink: (Event, RawSpan) -> Void
  ) -> Hole? {
    guard byteCount > 0, state != .ended else { return nil }
    Event.report(Anomaly(.gap, at: offset, byteCount: byteCount, value: byteCount), sink)
    let hole = Hole(at: offset, byteCount: byteCount)
    let sum = offset.addingReportingOverflow(byteCount)
    offset = min(sum.overflow ? .max : sum.partialValue, Self.maximumOffset)
    return hole
  }

  /// Accounts for what of the hole lies in the body.
  public mutating func skip<Event: OneRequestEvent>(_ hole: Hole, _ sink: (Event, RawSpan) -> Void) {
    guard state == .content, hole.byteCount > 0 else { return }
    var hole = hole
    let lost = hole.take(contentLeft)
    missingByteCount &+= lost
    contentLeft &-= lost
    if contentLeft == 0 { endRequest(at: hole.offset, isComplete: true, sink) }
  }
}
