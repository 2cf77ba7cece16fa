// What a target can do, asked once before its cases run.
//
// Each question is a small case of its own, played like any other.

import Exchanges
import FastCGIWire
import Fixtures
import Transports
import WireBytes

struct CapabilityQuestions {
  let player: any CasePlayer
  let options: CheckOptions

  /// A request that any target of that protocol answers.
  static func plainRequest(_ wireProtocol: WireProtocol, query: String? = nil, role: Role = .responder) -> Case {
    let step: Step.Verb
    if wireProtocol == .http1 {
      step = .httpRequest(HTTPRequest(query: query.map { bytes($0) }))
    } else if wireProtocol == .cgi {
      step = .cgiRequest(CGIRequest(query: query.map { bytes($0) }))
    } else {
      var request = FastCGIRequest(role: role, params: FastCGIParams(query: query.map { bytes($0) }))
      if role == .authorizer { request.body = nil }
      if role == .filter {
        request.data = .bytes([])
        request.params.pairs = [
          Pair(name: .bytes(bytes("FCGI_DATA_LAST_MOD")), value: .bytes(bytes("0"))),
          Pair(name: .bytes(bytes("FCGI_DATA_LENGTH")), value: .bytes(bytes("0"))),
        ]
      }
      step = .fastCGIRequest(request)
    }
    return question(wireProtocol, [Step(step)])
  }

  private static func question(_ wireProtocol: WireProtocol, _ steps: [Step]) -> Case {
    Case(id: "capability", wireProtocol: wireProtocol, summary: "", requirements: [], steps: steps, expectations: [])
  }

  func ask(_ profile: TargetProfile) async throws(TransportError) -> Capabilities {
    var capabilities = Capabilities()
    let wireProtocol = profile.target.wireProtocol
    let begun = TransportClock.now
    let query = options.probe == .off ? nil : "probe=echo"
    let first = try await player.play(Self.plainRequest(wireProtocol, query: query), latencyNanoseconds: 0)
    let exchange = first.connections[1]?.exchanges.first
    // The close after the answer is not part of what a request takes.
    let answered = exchange?.timeline.end ?? TransportClock.now
    capabilities.latencyNanoseconds = answered.nanoseconds(since: begun)
    if let mismatch = first.mismatch(profile.target, options.timeouts) { throw mismatch }
    readProbe(exchange, &capabilities)
    guard wireProtocol == .fastCGI else { return capabilities }
    try await askVariables(&capabilities)
    capabilities.authorizer = try await offers(.authorizer)
    capabilities.filter = try await offers(.filter)
    if try await servesTwoConnections() { capabilities.concurrentConnections = 2 }
    return capabilities
  }

  private func readProbe(_ exchange: Exchange?, _ capabilities: inout Capabilities) {
    let report = (exchange?.response.body.retained).flatMap { EchoReport($0) }
    switch options.probe {
    case .off: capabilities.probeReason = "--probe off"
    case .on: capabilities.hasProbe = true
    case .auto:
      capabilities.hasProbe = report != nil
      let status = exchange?.response.status.map { "status \($0)" } ?? "no status"
      capabilities.probeReason =
        report != nil ? "it answered" : "the answer to probe=echo is no echo report (\(status)); see `gatespec probe`"
    }
  }

  private func askVariables(_ capabilities: inout Capabilities) async throws(TransportError) {
    let names = [FastCGILimits.maxConnections, FastCGILimits.maxRequests, FastCGILimits.multiplexes]
    let pairs = names.map { Pair(name: .bytes(bytes($0)), value: .bytes([])) }
    let played = try await player.play(
      Self.question(.fastCGI, [Step(.getValues(pairs, framing: RecordFraming()))]), latencyNanoseconds: 0)
    guard let facts = played.connections[1]?.summary?.fastCGI, facts.results.count > 0 else { return }
    let variables = facts.resultPairs.pairs.map { (WireText.escape($0.name), WireText.escape($0.value, limit: 64)) }
    capabilities.variables = variables.map { (name: $0.0, value: $0.1) }
    let value = variables.first { $0.0 == FastCGILimits.multiplexes }?.1
    capabilities.multiplexing = value == "1" ? true : value == "0" ? false : nil
  }

  private func offers(_ role: Role) async throws(TransportError) -> Bool {
    let played = try await player.play(Self.plainRequest(.fastCGI, role: role), latencyNanoseconds: 0)
    let end = played.connections[1]?.exchanges.first?.fastCGI?.end
    return end?.protocolStatus == .requestComplete
  }

  /// Whether a second connection is served while the first one holds an unfinished request.
  private func servesTwoConnections() async throws(TransportError) -> Bool {
    let unfinished = Step(
      .beginRequest(id: 1, role: .responder, flags: 0, reserved: 0, framing: RecordFraming()), connection: 1)
    let whole = Step(.fastCGIRequest(FastCGIRequest()), connection: 2)
    let wait = Step(.waitFor(.endRequest(id: 1)), connection: 2)
    let played = try await player.play(
      Self.question(.fastCGI, [unfinished, whole, wait, Step(.close, connection: 1)]), latencyNanoseconds: 0)
    return played.connections[2]?.exchanges.first?.ending == .complete
  }
}

extension Capabilities {
  /// What cases may need and this target has.
  var offered: Set<Need> {
    var needs: Set<Need> = []
    if hasProbe { needs.insert(.probe) }
    if authorizer == true { needs.insert(.authorizer) }
    if authorizer == false { needs.insert(.noAuthorizer) }
    if filter == true { needs.insert(.filter) }
    if filter == false { needs.insert(.noFilter) }
    if multiplexing == true { needs.insert(.multiplexing) }
    if multiplexing == false { needs.insert(.noMultiplexing) }
    if concurrentConnections > 1 { needs.insert(.twoConnections) }
    return needs
  }
}
