// From packets to judged exchanges: the inspector's pipeline, without its I/O.
//
// Frames come in with their times, exchanges go out. Where frames come from (a file, an interface) and how exchanges
// are shown is decided elsewhere; so is what a rule says.

package import Conformance
package import Exchanges
package import Packets
internal import TCPStreams
package import WireBytes

/// How an inspector is set up.
package struct InspectorOptions: Sendable {
  /// Protocols settled by server port; every other port is recognised by content.
  package var ports: [UInt16: WireProtocol] = [:]
  package var retention = Retention.inspector
  /// Bytes of each connection that are kept as they came, for its summary; 0 keeps none.
  package var wireByteCount = 0
  /// The memory that traffic may take.
  package var memory = MemoryBound()
  /// Judge every exchange and connection by the rules.
  package var judges = false
  /// Remember which captured packets the fragmented ones came in.
  package var notesFragments = false
  /// The severity of a requirement, by the registry or a profile; nil where it is not to be judged.
  package var severity: @Sendable (RequirementID) -> Severity? = { _ in .must }

  package init() {}

  /// Requests that are followed at once on one connection.
  package static var openRequestLimits: (fastCGI: Int, http: Int) {
    (FastCGIConversation.openRequestLimit, HTTP1Conversation.openRequestLimit)
  }
}

/// What an inspector lends its results to.
package protocol InspectionSink: ~Copyable {
  /// An exchange is over. It is large: who wants to keep it copies it or takes it out.
  mutating func take(_ exchange: inout Exchange, _ findings: [Finding])
  /// A connection is over; the findings are those that belong to no single exchange.
  mutating func take(_ connection: ConnectionSummary, _ findings: [Finding])
}

/// What was seen and what was lost.
package struct InspectionCounters: Hashable, Sendable {
  package var packets: UInt64 = 0
  /// Bytes on the wire, those cut by the snapshot length included.
  package var bytes: UInt64 = 0
  package var exchanges: UInt64 = 0
  package var connections: UInt64 = 0
  /// Exchanges that did not come to their end, or whose beginning was not seen.
  package var incomplete: UInt64 = 0
  /// Connections with data whose protocol was not recognised.
  package var unknownConnections: UInt64 = 0
  /// Connections whose conversation was let go of because all together took too much memory, and the exchanges that were
  /// open then.
  package var letGoConnections: UInt64 = 0
  package var letGoExchanges: UInt64 = 0
  /// Requests that began while so many were open on their connection that they were not followed.
  package var unfollowedRequests: UInt64 = 0
  /// Connections that were open at the end and not looked at any more, as the end was asked for.
  package var leftConnections: UInt64 = 0
  /// Bytes of TCP streams that the capture does not hold.
  package var gapBytes: UInt64 = 0
  /// Packets of which the snapshot kept less than the wire carried, so that payload or a header is missing.
  package var truncatedPackets: UInt64 = 0
  /// Packets that gave no TCP segment, by reason.
  ///
  /// Fragments are none of them: they are parts of packets.
  package var undecoded = UndecodedCounters()
  /// Fragments of IP packets, and packets of which some fragments never came.
  package var fragments: UInt64 = 0
  package var incompleteFragments: UInt64 = 0
  /// Retransmissions and fragments that bring other bytes than those that came first, which count.
  package var conflicts: UInt64 = 0
  package var findings: UInt64 = 0
  /// What the kernel dropped before gatespec saw it; from the capture source.
  package var kernelDrops: UInt64 = 0
  /// Exchanges that a filter let pass; nil where there is none.
  package var selected: UInt64?

  package init() {}
}

/// Packets that gave no TCP segment.
package struct UndecodedCounters: Hashable, Sendable {
  /// Carried something else than IP, such as ARP.
  package var notIP: UInt64 = 0
  /// IP with another protocol, such as UDP or ICMP.
  package var notTCP: UInt64 = 0
  /// Ended within a header.
  package var cutShort: UInt64 = 0
  /// With a header or a fragment that contradicts itself.
  package var malformed: UInt64 = 0

  package init() {}

  package var all: UInt64 { notIP &+ notTCP &+ cutShort &+ malformed }
}

/// Turns frames into exchanges.
///
/// Memory is a function of open connections, within the bound of the options. In-order data goes from the frame to the codecs without a copy.
package struct Inspector: ~Copyable {
  private var decoder: FrameDecoder
  private var fragments = FragmentTable()
  private var reassembler: TCPReassembler
  private var table: ConversationTable
  private var undecoded = UndecodedCounters()
  private var cutHeaders: UInt64 = 0
  private var byteCount: UInt64 = 0
  /// The number of the latest frame, which is how many came.
  private var packetCount: UInt64 = 0
  private var leftConnections: UInt64 = 0

  private let notesFragments: Bool
  /// The packets that came in fragments, where they are noted.
  package private(set) var fragmented = FragmentedPackets()

  /// A fragmented packet may be a tunnel whose content is fragmented too.
  private static let nestingLimit = 4

  /// - Parameter linkType: What the frames begin with; one that ``LinkType/isSupported``.
  package init(linkType: LinkType, options: InspectorOptions = .init()) {
    decoder = FrameDecoder(linkType: linkType)
    var limits = ReassemblyLimits()
    limits.heldBytes = options.memory.ofSegments
    reassembler = TCPReassembler(limits: limits, serverPorts: Set(options.ports.keys))
    table = ConversationTable(options: options)
    notesFragments = options.notesFragments
  }

  /// What the next frames begin with: captures of several interfaces may differ, their connections are the same.
  package var linkType: LinkType {
    get { decoder.linkType }
    set { if newValue != decoder.linkType { decoder = FrameDecoder(linkType: newValue) } }
  }

  /// Bytes held while earlier ones are missing, of fragments and of streams.
  package var heldByteCount: Int { fragments.heldByteCount + reassembler.heldByteCount }

  /// What the conversations of open connections take, in bytes.
  package var conversationByteCount: Int { table.heldByteCount }

  /// How many connections are open.
  package var openConnections: Int { table.openCount }

  /// What was seen so far.
  package var counters: InspectionCounters {
    var counters = table.counters
    counters.gapBytes = reassembler.counters.gapBytes
    counters.truncatedPackets = reassembler.counters.truncatedSegments &+ cutHeaders
    counters.packets = packetCount
    counters.bytes = byteCount
    counters.undecoded = undecoded
    counters.undecoded.malformed &+= fragments.counters.malformed
    counters.leftConnections = leftConnections
    counters.fragments = fragments.counters.fragments
    counters.incompleteFragments = fragments.counters.incomplete
    counters.conflicts = reassembler.counters.conflicts &+ fragments.counters.conflicts
    return counters
  }

  /// Takes the next frame.
  ///
  /// - Parameters:
  ///   - frame: As captured; valid for the call.
  ///   - originalByteCount: Its length on the wire.
  ///   - origin: When it was seen, and its number in the capture, from 1 on.
  ///   - sink: Is lent every exchange and connection that the frame completes.
  package mutating func receive<Sink: InspectionSink & ~Copyable>(
    _ frame: RawSpan, originalByteCount: Int, origin: Origin, to sink: inout Sink
  ) {
    packetCount = origin.packet
    byteCount &+= UInt64(max(originalByteCount, 0))
    switch decoder.decode(frame, originalByteCount: originalByteCount) {
    case .segment(let segment):
      reassembler.receive(segment, frame: frame, origin: origin) { table.receive($0, to: &sink) }
    case .fragment(let fragment):
      receive(fragment, frame, origin, packets: notesFragments ? [origin.packet] : [], nesting: 0, to: &sink)
    case .undecoded(let reason):
      note(reason)
    }
  }

  /// Takes a fragment, and the packet that it completes.
  private mutating func receive<Sink: InspectionSink & ~Copyable>(
    _ fragment: IPFragment, _ frame: RawSpan, _ origin: Origin, packets: [UInt64], nesting: Int, to sink: inout Sink
  ) {
    guard let packet = fragments.receive(fragment, frame: frame, at: origin.time, packets: packets) else { return }
    let bytes = unsafe packet.bytes.span.bytes
    switch FrameDecoder(linkType: .rawIP).decode(bytes, originalByteCount: packet.originalByteCount) {
    case .segment(let segment):
      if notesFragments { fragmented.note(segment.header, at: origin.packet, packet.packets) }
      reassembler.receive(segment, frame: bytes, origin: origin) { table.receive($0, to: &sink) }
    case .fragment(let inner) where nesting < Self.nestingLimit:
      receive(inner, bytes, origin, packets: packet.packets, nesting: nesting + 1, to: &sink)
    case .fragment:
      undecoded.malformed &+= 1
    case .undecoded(let reason):
      note(reason)
    }
  }

  private mutating func note(_ reason: Undecoded) {
    switch reason {
    case .unknownLinkType, .notIP: undecoded.notIP &+= 1
    case .notTCP: undecoded.notTCP &+= 1
    case .truncated(let truncation):
      undecoded.cutShort &+= 1
      if truncation.claimedBy == .snapshot { cutHeaders &+= 1 }
    case .malformed: undecoded.malformed &+= 1
    }
  }

  /// Takes note that no more frames come: whatever is open is handed over as it is.
  ///
  /// - Parameter goesOn: Asked before each connection; what is left when it says no is counted, and not handed over.
  package mutating func finish<Sink: InspectionSink & ~Copyable>(
    to sink: inout Sink, while goesOn: () -> Bool = { true }
  ) {
    fragments.finish()
    reassembler.finish(while: goesOn) { table.receive($0, to: &sink) }
    leftConnections = UInt64(table.openCount)
  }
}
