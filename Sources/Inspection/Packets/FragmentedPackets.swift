// Which captured packets brought the segments that came in fragments.
//
// Noted in a first reading, so that a second one knows what a fragment belongs to before the last of them has come.

internal import Packets

/// The fragments of segments, by their packets' numbers; bounded.
package struct FragmentedPackets: Sendable {
  struct Segment: Sendable {
    var ends: FlowEnds
    /// The packet that completed it: in its place the segment was taken.
    var last: UInt64
    var packets: [UInt64]
  }

  private(set) var segments: [Segment] = []
  private var count = 0
  /// Whether there were more than are remembered.
  package private(set) var isCut = false
  /// Captured packets that are remembered.
  package static let limit = 1 << 20

  package init() {}

  mutating func note(_ header: TCPHeader, at last: UInt64, _ packets: [UInt64]) {
    guard count + packets.count <= Self.limit else {
      isCut = true
      return
    }
    count += packets.count
    segments.append(Segment(ends: FlowEnds(header.source, header.destination), last: last, packets: packets))
  }
}
