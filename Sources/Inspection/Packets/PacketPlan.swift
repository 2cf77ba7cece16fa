// `--format pcap`: which packets belong to the exchanges that passed.
//
// A first reading notes the ranges of packets of exchanges and of their connections' openings and closings; a second
// one asks for each frame. Memory: one range for each run of chosen exchanges.

package import Exchanges
package import Packets
internal import WireBytes

/// The two ends of a flow, the same for both directions.
struct FlowEnds: Hashable, Sendable {
  var lower: IPEndpoint
  var upper: IPEndpoint

  init(_ one: IPEndpoint, _ other: IPEndpoint) {
    let isInOrder =
      (one.address.high, one.address.low, one.port) <= (other.address.high, other.address.low, other.port)
    lower = isInOrder ? one : other
    upper = isInOrder ? other : one
  }

  /// Those of a connection; nil where its ends are no addresses.
  init?(_ connection: Exchanges.ConnectionInfo) {
    guard case .ip(let client) = connection.client, case .ip(let server) = connection.server else { return nil }
    self.init(client, server)
  }
}

/// Notes, in a first reading, which packets are wanted.
package struct PacketPlanner: Sendable {
  private struct Open {
    /// The first and the last packet of any exchange of the connection.
    var first: UInt64
    var last: UInt64
    var chosen: [ClosedRange<UInt64>] = []
    /// The number of the exchange that was chosen last.
    var chosenIndex = 0
  }

  private var open: [UInt64: Open] = [:]
  private var flows: [FlowEnds: [PacketPlan.Span]] = [:]

  package init() {}

  /// Takes note of an exchange.
  package mutating func take(_ exchange: Exchange, isChosen: Bool) {
    guard exchange.packets.lowerBound > 0 else { return }
    let packets = exchange.packets
    var entry = open[exchange.connection.id] ?? Open(first: packets.lowerBound, last: packets.upperBound)
    entry.first = min(entry.first, packets.lowerBound)
    entry.last = max(entry.last, packets.upperBound)
    if isChosen {
      // Between two that follow each other nothing is left out, acknowledgements neither.
      if let last = entry.chosen.last, exchange.index > 1,
        packets.lowerBound <= last.upperBound || exchange.index == entry.chosenIndex + 1
      {
        entry.chosen[entry.chosen.count - 1] =
          min(last.lowerBound, packets.lowerBound)...max(last.upperBound, packets.upperBound)
      } else {
        entry.chosen.append(packets)
      }
      entry.chosenIndex = exchange.index
    }
    open[exchange.connection.id] = entry
  }

  /// Takes note of a connection that is over: its opening and closing belong to its exchanges.
  package mutating func take(_ summary: ConnectionSummary) {
    guard let entry = open.removeValue(forKey: summary.connection.id), !entry.chosen.isEmpty else { return }
    guard let ends = FlowEnds(summary.connection) else { return }
    var spans = entry.chosen.map { PacketPlan.Span($0.lowerBound, $0.upperBound) }
    if summary.packets.lowerBound > 0, summary.packets.lowerBound < entry.first {
      spans.append(PacketPlan.Span(summary.packets.lowerBound, entry.first &- 1))
    }
    let end = max(summary.packets.upperBound, entry.last)
    spans.append(PacketPlan.Span(entry.last, end, isClosing: true))
    flows[ends, default: []] += PacketPlan.merged(spans)
  }

  /// What the second reading goes by.
  ///
  /// - Parameter fragmented: The segments that came in fragments; of those that are wanted all fragments are.
  package consuming func plan(_ fragmented: FragmentedPackets = FragmentedPackets()) -> PacketPlan {
    let flows = flows.mapValues { PacketPlan.merged($0) }
    var fragments: Set<UInt64> = []
    for segment in fragmented.segments {
      let isWanted = flows[segment.ends]?.contains { $0.first <= segment.last && segment.last <= $0.last } ?? false
      if isWanted { fragments.formUnion(segment.packets) }
    }
    return PacketPlan(flows: flows, fragments: fragments)
  }
}

/// Says, in a second reading, which packets are wanted.
package struct PacketPlan: Sendable {
  /// Packets that are wanted, by their numbers.
  fileprivate struct Span: Sendable {
    var first: UInt64
    var last: UInt64
    /// Acknowledgements that follow it are wanted too.
    var isClosing: Bool

    init(_ first: UInt64, _ last: UInt64, isClosing: Bool = false) {
      self.first = first
      self.last = last
      self.isClosing = isClosing
    }
  }

  /// Of each flow, in order; and how many of them lie behind us.
  private var flows: [FlowEnds: (spans: [Span], passed: Int)]
  /// How many packets were wanted.
  package private(set) var count: UInt64 = 0

  /// Fragments that are wanted, by their numbers.
  private let fragments: Set<UInt64>

  fileprivate init(flows: [FlowEnds: [Span]], fragments: Set<UInt64>) {
    self.flows = flows.mapValues { ($0, 0) }
    self.fragments = fragments
  }

  /// Whether a packet is wanted; to be asked in the order of the first reading.
  ///
  /// - Parameter number: The packet's, as in the first reading.
  package mutating func takes(
    _ number: UInt64, _ frame: RawSpan, originalByteCount: Int, _ decoder: FrameDecoder
  ) -> Bool {
    if fragments.contains(number) {
      count &+= 1
      return true
    }
    guard case .segment(let segment) = decoder.decode(frame, originalByteCount: originalByteCount) else { return false }
    let ends = FlowEnds(segment.header.source, segment.header.destination)
    guard let index = flows.index(forKey: ends) else { return false }
    while flows.values[index].passed < flows.values[index].spans.count,
      flows.values[index].spans[flows.values[index].passed].last < number
    {
      flows.values[index].passed += 1
    }
    let (spans, passed) = flows.values[index]
    var isWanted = passed < spans.count && spans[passed].first <= number
    if !isWanted, passed > 0, spans[passed - 1].isClosing, segment.wireByteCount == 0 {
      // The last acknowledgements of a connection; what opens the next one is not among them.
      isWanted = !segment.header.flags.contains(.syn)
    }
    if isWanted { count &+= 1 }
    return isWanted
  }

  /// Spans in order, those that touch made one.
  fileprivate static func merged(_ spans: [Span]) -> [Span] {
    var list: [Span] = []
    for span in spans.sorted(by: { $0.first < $1.first }) {
      if let last = list.last, span.first <= last.last + 1, !last.isClosing || span.first <= last.last {
        list[list.count - 1].last = max(last.last, span.last)
        list[list.count - 1].isClosing = last.isClosing || span.isClosing
      } else {
        list.append(span)
      }
    }
    return list
  }
}
