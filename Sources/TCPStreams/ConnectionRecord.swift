// What is remembered of a connection and of each of its directions.
//
// Plain fixed-size values in two arrays; whatever needs storage of its own (data out of order) is in HeldSegments.swift.

import Packets
import WireBytes

/// The state of one direction.
struct DirectionRecord: Sendable {
  /// What is so about a direction.
  ///
  /// The plain case, which takes the short way, is `.known` alone.
  struct State: OptionSet, Sendable {
    var rawValue: UInt8
    /// `next` is set.
    static let known = State(rawValue: 1)
    /// A FIN was reached, or the connection was reset.
    static let closed = State(rawValue: 2)
    /// `fin` is set: a FIN was seen, perhaps before the data that it follows.
    static let finSeen = State(rawValue: 4)
    /// `held` is set: data or a FIN waits for an earlier segment.
    static let holding = State(rawValue: 8)
    /// `acknowledged` is set: the receiver acknowledged bytes that were never seen.
    static let unseen = State(rawValue: 16)
    /// `next` was taken from a segment without data, which may have been a keep-alive probe.
    static let provisional = State(rawValue: 32)
  }

  var state: State = []
  /// Consecutive segments that made no sense here but followed on one another.
  var strays: UInt8 = 0
  /// The sequence number of the next byte.
  var next: UInt32 = 0
  /// The sequence number before the first byte: that of the SYN, seen or not.
  var initial: UInt32 = 0
  /// The sequence number of the FIN.
  var fin: UInt32 = 0
  /// The highest acknowledgement past `next`.
  var acknowledged: UInt32 = 0
  /// The highest one before that.
  var acknowledgedBefore: UInt32 = 0
  /// Where the last stray segment ended.
  var strayEnd: UInt32 = 0
  /// The index of what is held.
  var held: Int32 = -1
  /// When `acknowledged` first went past `next`.
  var unseenSince: Timestamp = .zero
  /// Bytes and gaps passed on.
  var offset: StreamOffset = 0

  /// How far `sequence` is ahead of the next byte; negative for what was passed on.
  @inline(__always)
  func distance(_ sequence: UInt32) -> Int { Int(Int32(bitPattern: sequence &- next)) }

  /// Lets the stream begin after `sequence`.
  mutating func begin(after sequence: UInt32) {
    initial = sequence
    next = sequence &+ 1
    state.insert(.known)
  }
}

/// The state of one connection.
struct ConnectionRecord: Sendable {
  /// What is so about a connection.
  struct State: OptionSet, Sendable {
    var rawValue: UInt8
    /// The slot is taken.
    static let used = State(rawValue: 1)
    /// The connection is finished and only remembered.
    static let closed = State(rawValue: 2)
    /// It was closed by a reset.
    static let reset = State(rawValue: 4)
    /// The handshake is complete, or was not seen.
    static let established = State(rawValue: 8)
    /// `syn` is set.
    static let hasSYN = State(rawValue: 16)
    /// `synAck` is set.
    static let hasSYNAck = State(rawValue: 32)
    /// The key's first endpoint is the client.
    static let firstIsClient = State(rawValue: 64)
  }

  var key: FlowKey
  var hash: UInt32
  var state: State
  var id: ConnectionID
  /// The last packet's time; for a closed connection, when it closed.
  var lastTime: Timestamp
  var syn: Timestamp = .zero
  var synAck: Timestamp = .zero
}
