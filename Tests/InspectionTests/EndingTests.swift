// The end of an inspection that nobody waits for: what is left is counted.

import Conformance
import Exchanges
import Inspection
import Packets
import Testing
import WireBytes

@Suite struct EndingTests {
  private struct Seen: InspectionSink {
    var connections: [UInt64] = []
    mutating func take(_ exchange: inout Exchange, _ findings: [Finding]) {}
    mutating func take(_ connection: ConnectionSummary, _ findings: [Finding]) {
      connections.append(connection.connection.id)
    }
  }

  @Test func whatIsLeftIsCounted() {
    let encoder = PacketEncoder(linkType: .ethernet)
    let server = IPEndpoint(IPAddress(v4: 0x0A00_0002), port: 80)
    var inspector = Inspector(linkType: .ethernet), seen = Seen()
    for port in 1...5 as ClosedRange<UInt16> {
      let client = IPEndpoint(IPAddress(v4: 0x0A00_0001), port: 1000 + port)
      // In the middle of a connection.
      let frame = encoder.frame(TCPHeader(from: client, to: server, sequence: 1), payload: [0x41])
      let origin = Origin(time: .zero, packet: UInt64(port))
      unsafe inspector.receive(frame.span.bytes, originalByteCount: frame.count, origin: origin, to: &seen)
    }
    var questions = 0
    inspector.finish(
      to: &seen,
      while: {
        questions += 1
        return questions <= 2
      })
    #expect(seen.connections == [1, 2])
    let (left, open) = (inspector.counters.leftConnections, inspector.openConnections)
    #expect(left == 3 && open == 3)
  }
}
