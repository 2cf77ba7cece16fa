// The first law: what the tester saw while it played a case, and what the inspector reads from the capture of it, are
// the same exchanges and the same findings of rules.

import Conformance
import Drivers
import Exchanges
import Fixtures
import Foundation
import Inspection
import LiveCapture
import ReferenceServers
import Rehearsal
import Testing
import WireBytes

/// What both paths must agree on.
private struct Seen: Equatable, InspectionSink {
  var exchanges: [Exchange] = []
  var connections: [ConnectionSummary] = []
  var findings: [Finding] = []

  mutating func take(_ exchange: inout Exchange, _ findings: [Finding]) {
    exchanges.append(exchange)
    self.findings += findings
  }

  mutating func take(_ connection: ConnectionSummary, _ findings: [Finding]) {
    connections.append(connection)
    self.findings += findings
  }

  /// Legitimate differences, and only these: the tester numbers connections as its case does and the inspector as they
  /// are opened; the tester has no packets.
  mutating func normalise(order: [UInt64]) {
    func info(_ info: ConnectionInfo) -> ConnectionInfo {
      var info = info
      info.id = order.firstIndex(of: info.id).map { UInt64($0 + 1) } ?? 0
      return info
    }
    func unnumbered(_ events: [WireEvent]) -> [WireEvent] {
      events.map { event in
        WireEvent(direction: event.direction, offset: event.offset, origin: Origin(time: event.time), text: event.text)
      }
    }
    for index in exchanges.indices {
      exchanges[index].connection = info(exchanges[index].connection)
      exchanges[index].packets = 0...0
      exchanges[index].wireEvents = unnumbered(exchanges[index].wireEvents)
    }
    for index in connections.indices {
      connections[index].connection = info(connections[index].connection)
      connections[index].packets = 0...0
      connections[index].wireEvents = unnumbered(connections[index].wireEvents)
    }
    // Which connection ends first is the order of both lists; the tester hands over all of them at its end.
    exchanges.sort { ($0.connection.id, $0.index) < ($1.connection.id, $1.index) }
    connections.sort { $0.connection.id < $1.connection.id }
    findings.sort { ($0.requirement, $0.message, $0.offset ?? 0) < ($1.requirement, $1.message, $1.offset ?? 0) }
  }

  /// The first difference, for people.
  func difference(_ other: Seen) -> String {
    func first<Value: Equatable>(_ kind: String, _ left: [Value], _ right: [Value]) -> String? {
      if left.count != right.count { return "\(left.count) \(kind) against \(right.count)" }
      return zip(left, right).first { $0 != $1 }.map { one, two in
        let (ones, twos) = (Mirror(reflecting: one).children, Mirror(reflecting: two).children)
        let members = zip(ones, twos).filter { "\($0.value)" != "\($1.value)" }
        return kind + members.map { " \($0.label ?? ""): \($0.value) against \($1.value)" }.joined(separator: ";")
      }
    }
    return first("exchanges", exchanges, other.exchanges) ?? first("connections", connections, other.connections)
      ?? first("findings", findings, other.findings) ?? "none"
  }
}

@Suite struct DualPathTests {
  /// What the tester saw.
  private static func active(_ played: PlayedCase) -> Seen {
    var seen = Seen()
    // Each judgement on its own, as the inspector's: what is kept of one is bounded.
    func findings(_ judge: (inout Findings) -> Void) {
      var findings = Findings { _ in .must }
      judge(&findings)
      seen.findings += findings.list
    }
    for (_, connection) in played.connections.sorted(by: { $0.key < $1.key }) {
      seen.exchanges += connection.exchanges
      for exchange in connection.exchanges {
        findings { RuleCatalog.judge(exchange, [.server, .client], diagnosing: true, into: &$0) }
      }
      guard let summary = connection.summary else { continue }
      seen.connections.append(summary)
      findings { RuleCatalog.judge(summary, [.server, .client], diagnosing: true, into: &$0) }
    }
    seen.normalise(order: played.transcript.order)
    return seen
  }

  /// What the inspector reads from the file.
  private static func passive(_ path: String, _ wireProtocol: WireProtocol) throws -> Seen {
    var options = InspectorOptions()
    options.ports = [9000: wireProtocol]
    options.retention = .tester
    options.judges = true
    var source = try CaptureSource.openFile(path)
    var inspector = Inspector(linkType: source.linkType, options: options)
    var seen = Seen()
    _ = try source.forEachPacket { packet, frame in
      inspector.receive(frame, originalByteCount: packet.originalByteCount, origin: packet.origin, to: &seen)
      return .goOn
    }
    inspector.finish(to: &seen)
    seen.normalise(order: Set(seen.connections.map(\.connection.id)).sorted())
    return seen
  }

  /// Plays the cases and compares.
  private static func compare(
    _ cases: [Case], _ wireProtocol: WireProtocol, _ peer: @escaping @Sendable () -> any Responder
  ) async throws {
    let player = MemoryPlayer(profile: try Rehearsals.profile(wireProtocol), peer: peer)
    let file = FileManager.default.temporaryDirectory.appending(path: "gatespec-\(UUID().uuidString).pcap")
    defer { try? FileManager.default.removeItem(at: file) }
    for testCase in cases {
      let played = try await player.play(testCase, CasePace())
      #expect(!played.transcript.entries.isEmpty)
      try Data(played.transcript.capture()).write(to: file)
      let (active, passive) = (Self.active(played), try Self.passive(file.path, wireProtocol))
      #expect(!active.connections.isEmpty)
      if active != passive { Issue.record("\(testCase.id): \(active.difference(passive))") }
    }
  }

  @Test("FastCGI cases against the sound responder") func sound() async throws {
    try await Self.compare(Rehearsals.fastCGI, .fastCGI) { FastCGIResponder() }
  }

  /// Faults that touch what conversations keep: records, streams, ends, and how connections close.
  private static let faults = [
    "wrong-version", "wrong-request-id", "stderr-id-zero", "end-before-streams", "stdout-after-end",
    "swapped-end-body-length", "no-close-without-keep-conn", "plain-text-farewell", "last-record-cut", "abort-closes",
    "unknown-type-closes", "get-values-nonzero-id",
  ]

  @Test("FastCGI cases against faults", arguments: faults)
  func faulty(name: String) async throws {
    let fault = try #require(ResponderFault.named(name))
    // Large bodies tell nothing that the sound responder's did not.
    let cases = Rehearsals.fastCGI.filter { !$0.id.contains("1048576") && !$0.id.hasPrefix("fastcgi/bodies/unread") }
    try await Self.compare(cases, .fastCGI) { fault.responder() }
  }

  @Test("SCGI and uwsgi cases against the sound styles", arguments: References.blocks)
  func blocks(name: String) async throws {
    let style = try #require(References.all.lazy.flatMap(\.styles).first { $0.name == name })
    guard case .connections(let start) = style.service else { preconditionFailure("\(name) accepts no connections") }
    let wireProtocol = type(of: style).wireProtocol
    let cases = try Corpus.load(protocols: [wireProtocol]).cases.filter { !$0.id.contains("1048576") }
    #expect(cases.count > 200)
    let process = start(ServerStart())
    try await Self.compare(cases, wireProtocol) { process.connect() }
  }

  @Test("HTTP cases against answers by heart", arguments: CannedHTTP.all.keys.sorted())
  func http(name: String) async throws {
    let server = try #require(CannedHTTP.all[name])
    // Each server meets its share of the cases, so that every case meets one.
    let names = CannedHTTP.all.keys.sorted()
    let place = try #require(names.firstIndex(of: name))
    let cases = Rehearsals.http.enumerated().filter { $0.offset % names.count == place }.map(\.element)
    #expect(!cases.isEmpty)
    try await Self.compare(cases, .http1) { server }
  }
}

extension References {
  /// Styles of SCGI's and uwsgi's references whose answers differ in form.
  fileprivate static let blocks = ["scgi-standard", "scgi-minimal", "uwsgi-standard", "uwsgi-with-length"]
}

extension CaseTranscript {
  /// The case's connections in the order in which they were opened.
  fileprivate var order: [UInt64] {
    entries.compactMap { $0.event.kind == .opened ? UInt64($0.connection) : nil }
  }
}
