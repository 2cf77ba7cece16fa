// The vocabulary of a byte stream: where, which way, when.
//
// Values only. What a stream carries is the codecs' matter; how it was observed is the producers'.

/// A position in one direction of one connection: bytes since its first byte.
public typealias StreamOffset = UInt64

/// One of the two byte streams of a connection.
public enum Direction: UInt8, Hashable, Sendable, CaseIterable {
  /// From the client, who asks, to the server, who answers. Written `>`.
  case request
  /// From the server to the client. Written `<`.
  case response

  /// The other direction.
  @inlinable public var opposite: Direction { self == .request ? .response : .request }
  /// The mark of the text forms: `>` or `<`.
  public var mark: String { self == .request ? ">" : "<" }
}

/// A moment: nanoseconds since 1970-01-01T00:00:00Z.
///
/// Captured or read from a clock, never guessed.
public struct Timestamp: Hashable, Comparable, Sendable {
  /// Nanoseconds since the epoch.
  public var nanoseconds: Int64
  /// A moment from its nanoseconds.
  @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// The moment zero, for producers without a clock.
  public static let zero = Timestamp(nanoseconds: 0)

  /// Whether one moment is before another.
  @inlinable public static func < (left: Timestamp, right: Timestamp) -> Bool { left.nanoseconds < right.nanoseconds }

  /// Nanoseconds from `earlier` to this moment; negative when the clock stepped back.
  @inlinable public func nanoseconds(since earlier: Timestamp) -> Int64 { nanoseconds &- earlier.nanoseconds }
}

/// Where an event came from: when it was seen, and in which packet.
public struct Origin: Hashable, Sendable {
  /// When it was seen.
  public var time: Timestamp
  /// The number of the packet in its capture, from 1; 0 where there are no packets.
  public var packet: UInt64

  /// An origin from its time and packet.
  @inlinable public init(time: Timestamp, packet: UInt64 = 0) {
    self.time = time
    self.packet = packet
  }
}
