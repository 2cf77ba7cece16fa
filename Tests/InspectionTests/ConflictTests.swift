// Data that comes again with other bytes: the connection's summary tells of it, and the judge.

import Conformance
import Exchanges
import Inspection
import Packets
import Testing
import WireBytes

private struct Seen: InspectionSink {
  var summaries: [(summary: ConnectionSummary, findings: [Finding])] = []
  mutating func take(_ exchange: inout Exchange, _ findings: [Finding]) {}
  mutating func take(_ connection: ConnectionSummary, _ findings: [Finding]) {
    summaries.append((connection, findings))
  }
}

@Suite struct ConflictTests {
  private static let client = IPEndpoint(IPAddress(v4: 0x0A00_0001), port: 1000)
  private static let server = IPEndpoint(IPAddress(v4: 0x0A00_0002), port: 80)

  /// A request whose second half comes twice before its first, and the connection's end.
  private static func inspect(_ copies: [String]) -> [(summary: ConnectionSummary, findings: [Finding])] {
    let encoder = PacketEncoder(linkType: .ethernet)
    var options = InspectorOptions()
    options.judges = true
    options.severity = { _ in .info }
    var inspector = Inspector(linkType: .ethernet, options: options), seen = Seen()
    var number: UInt64 = 0
    func send(_ header: TCPHeader, _ text: String) {
      number += 1
      let frame = encoder.frame(header, payload: Array(text.utf8))
      unsafe inspector.receive(
        frame.span.bytes, originalByteCount: frame.count, origin: Origin(time: .zero, packet: number), to: &seen)
    }
    send(TCPHeader(from: client, to: server, sequence: 99, flags: .syn), "")
    send(TCPHeader(from: server, to: client, sequence: 499, acknowledgement: 100, flags: [.syn, .ack]), "")
    for copy in copies { send(TCPHeader(from: client, to: server, sequence: 106), copy) }
    send(TCPHeader(from: client, to: server, sequence: 100), "GET /a")
    inspector.finish(to: &seen)
    #expect(inspector.counters.packets == number)
    return seen.summaries
  }

  @Test func aCopyThatDiffersReachesTheJudge() throws {
    let seen = try #require(Self.inspect(["bc HTTP/1.1\r\n", "bX HTTP/1.1\r\n", "bY HTTP/1.1\r\n"]).first)
    #expect(seen.summary.requestConflicts?.count == 2)
    #expect(seen.summary.requestConflicts?.offset == 6)
    #expect(seen.summary.responseConflicts == nil)
    let finding = try #require(seen.findings.first { $0.requirement == "DIAG-CONFLICTING-COPIES" })
    #expect(finding.message == "13 bytes came again, and differed, the first of 2 places")
  }

  @Test func anEqualCopySaysNothing() throws {
    let seen = try #require(Self.inspect(["bc HTTP/1.1\r\n", "bc HTTP/1.1\r\n"]).first)
    #expect(seen.summary.requestConflicts == nil)
    #expect(!seen.findings.contains { $0.requirement == "DIAG-CONFLICTING-COPIES" })
  }
}
