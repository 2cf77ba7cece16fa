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
  /// Judge every exchange and connection by the rules.
  package var judges = false
  /// The severity of a requirement, by the registry or a profile.
  package var severity: @Sendable (RequirementID) -> Severity = { _ in .must }

  package init() {}
}

/// What an inspector yields.
package enum InspectionOutput: Sendable {
  case exchange(Exchange, findings: [Finding])
  /// A connection is over. Findings that belong to no single exchange.
  case connection(ConnectionSummary, findings: [Finding])
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
  package var gapBytes: UInt64 = 0
  package var truncatedPackets: UInt64 = 0
  /// Packets that were no TCP segment: other protocols, fragments, headers cut short.
  package var undecodedPackets: UInt64 = 0
  package var fragments: UInt64 = 0
  package var findings: UInt64 = 0
  /// What the kernel dropped before gatespec saw it; from the capture source.
  package var kernelDrops: UInt64 = 0
  /// Exchanges that a filter let pass; nil where there is none.
  package var selected: UInt64?

  package init() {}
}

/// Turns frames into exchanges.
///
/// Memory is a function of open connections. In-order data goes from the frame to the codecs without a copy.
package struct Inspector: ~Copyable {
  private let decoder: FrameDecoder
  private var reassembler: TCPReassembler
  private var table: ConversationTable
  private var packetNumber: UInt64 = 0

  /// - Parameter linkType: What the frames begin with; one that ``LinkType/isSupported``.
  package init(linkType: LinkType, options: InspectorOptions = .init()) {
    decoder = FrameDecoder(linkType: linkType)
    reassembler = TCPReassembler(serverPorts: Set(options.ports.keys))
    table = ConversationTable(options: options)
  }

  /// What was seen so far.
  package var counters: InspectionCounters {
    var counters = table.tally.counters
    counters.gapBytes = reassembler.counters.gapBytes
    counters.truncatedPackets = reassembler.counters.truncatedSegments
    counters.packets = packetNumber
    return counters
  }

  /// Takes the next frame.
  ///
  /// - Parameters:
  ///   - frame: As captured; valid for the call.
  ///   - originalByteCount: Its length on the wire.
  ///   - output: Called for every exchange and connection that the frame completes.
  package mutating func receive(
    _ frame: RawSpan, originalByteCount: Int, time: Timestamp, _ output: (consuming InspectionOutput) -> Void
  ) {
    packetNumber &+= 1
    table.tally.counters.bytes &+= UInt64(max(originalByteCount, 0))
    let origin = Origin(time: time, packet: packetNumber)
    switch decoder.decode(frame, originalByteCount: originalByteCount) {
    case .segment(let segment):
      reassembler.receive(segment, frame: frame, origin: origin) { table.receive($0, output) }
    case .undecoded(let reason):
      table.tally.counters.undecodedPackets &+= 1
      if case .fragment = reason { table.tally.counters.fragments &+= 1 }
    }
  }

  /// Takes note that no more frames come: whatever is open is handed over as it is.
  package mutating func finish(_ output: (consuming InspectionOutput) -> Void) {
    reassembler.finish { table.receive($0, output) }
  }
}
