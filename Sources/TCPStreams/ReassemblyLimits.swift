// The bounds of reassembly, and the account of what it met.
//
// Numbers only. Every bound has a default that suits a busy web server; every packet that is not passed on is in one
// of the counters.

/// The bounds that keep memory a function of open connections.
package struct ReassemblyLimits: Hashable, Sendable {
  /// Connections in the table, those lately closed included.
  package var connections = 100_000
  /// Connections lately closed that are remembered so that late packets do not look like new connections.
  package var closedConnections = 16_384
  /// How long a closed connection is remembered, in seconds of packet time.
  package var closedSeconds: Int64 = 60
  /// How long a connection may be silent before it is finished, in seconds of packet time.
  package var idleSeconds: Int64 = 3_600
  /// Bytes held for one direction while an earlier segment is missing.
  package var heldBytesPerDirection = 1 << 20
  /// Bytes held for all connections together.
  package var heldBytes = 64 << 20
  /// How long data waits for an earlier segment before that is declared lost, in seconds of packet time.
  package var holeSeconds: Int64 = 60
  /// How long bytes that were acknowledged but never seen may still turn up, in milliseconds of packet time.
  package var unseenMilliseconds: Int64 = 20

  package init() {}
}

/// What a reassembler met so far.
package struct ReassemblyCounters: Hashable, Sendable {
  /// TCP segments received.
  package var segments: UInt64 = 0
  /// Connections opened, and those of them that were joined in the middle.
  package var connections: UInt64 = 0
  package var joinedConnections: UInt64 = 0
  /// Connections finished because of the table's bound, or of idleness.
  package var evictedConnections: UInt64 = 0
  /// Connections ended by a new one on the same addresses and ports.
  package var supersededConnections: UInt64 = 0
  /// Payload bytes passed on.
  package var bytes: UInt64 = 0
  /// Holes declared lost, and their bytes; payload that the snapshot length cut off included.
  package var gaps: UInt64 = 0
  package var gapBytes: UInt64 = 0
  /// Segments whose payload was not captured whole.
  package var truncatedSegments: UInt64 = 0
  /// Segments that repeat, in whole or in part, what was seen before.
  package var retransmittedSegments: UInt64 = 0
  /// Segments that came before an earlier one.
  package var outOfOrderSegments: UInt64 = 0
  /// Overlaps with other bytes than the first copy.
  package var conflicts: UInt64 = 0
  /// Keep-alive probes.
  package var keepAlives: UInt64 = 0
  /// Segments of connections already closed, and data after the end of its direction.
  package var lateSegments: UInt64 = 0
  /// Segments without data that belong to no known connection.
  package var unattachedSegments: UInt64 = 0
  /// Segments with sequence numbers that this connection cannot have.
  package var implausibleSegments: UInt64 = 0
  /// Resets with sequence numbers that this connection cannot have.
  package var ignoredResets: UInt64 = 0

  package init() {}
}
