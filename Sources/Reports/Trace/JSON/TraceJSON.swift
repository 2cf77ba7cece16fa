// `gatespec trace --format json`: one JSON object a line, its member names a contract.
//
// docs/json.md describes the members. Written for speed: no String for a field, one buffer for all exchanges.

package import Conformance
package import Exchanges
package import Inspection
internal import WireBytes

/// Renders exchanges, and the summary of a run, as JSON lines.
package struct TraceJSON: Sendable {
  var json = JSONWriter()
  private var endpoints = EndpointTexts()
  private let registry: RequirementRegistry
  /// Bytes of each body that are shown.
  private let bodyByteCount: Int

  /// - Parameters:
  ///   - registry: Says the level of each finding's requirement.
  ///   - bodyByteCount: Bytes of each body that are shown, decoded.
  package init(registry: RequirementRegistry = RequirementRegistry([]), bodyByteCount: Int = 0) {
    self.registry = registry
    self.bodyByteCount = bodyByteCount
  }

  /// How many bytes wait to be taken away.
  package var pendingByteCount: Int { json.output.count }

  /// Lines written and not yet taken away.
  package var output: TextBuffer {
    get { json.output }
    _modify { yield &json.output }
  }

  /// Appends one exchange.
  ///
  /// - Parameter link: The exchange with a backend that it caused, where that was looked for.
  package mutating func render(_ exchange: Exchange, _ findings: [Finding], link: LinkOutcome = .none) {
    json.beginObject()
    json.key("type")
    json.word("exchange")
    json.key("protocol")
    json.string(exchange.wireProtocol.rawValue)
    json.key("connection")
    json.number(exchange.connection.id)
    json.key("index")
    json.number(exchange.index)
    endpoints.lend(exchange.connection) { client, server in
      json.key("client")
      json.string(client)
      json.key("server")
      json.string(server)
    }
    json.key("start")
    json.seconds(exchange.start)
    json.key("duration_ms")
    json.milliseconds(exchange.durationNanoseconds)
    write(exchange.phases)
    write(request: exchange)
    write(response: exchange)
    write(fastCGI: exchange)
    json.key("link")
    write(link)
    json.key("ending")
    json.string(exchange.ending.rawValue)
    write(flags: findings.isEmpty ? exchange.flags : exchange.flags.union(.finding))
    json.key("packets")
    if exchange.packets.lowerBound == 0 {
      json.null()
    } else {
      json.beginArray()
      json.number(exchange.packets.lowerBound)
      json.number(exchange.packets.upperBound)
      json.endArray()
    }
    json.key("findings")
    json.write(findings, registry)
    json.endObject()
    json.endLine()
  }

  private mutating func write(_ phases: Phases) {
    json.key("phases")
    json.beginObject()
    json.key("connect_ms")
    json.milliseconds(phases.connect)
    json.key("send_ms")
    json.milliseconds(phases.send)
    json.key("wait_ms")
    json.milliseconds(phases.wait)
    json.key("stream_ms")
    json.milliseconds(phases.stream)
    json.key("tail_ms")
    json.milliseconds(phases.tail)
    json.endObject()
  }

  private mutating func write(request exchange: Exchange) {
    json.key("method")
    json.wire(exchange.request.method)
    json.key("uri")
    json.wire(exchange.request.target)
    json.key("host")
    json.wire(exchange.request.host)
    json.key("status")
    if let status = exchange.response.status { json.number(UInt64(status)) } else { json.null() }
    json.key("reason")
    json.wire(exchange.response.reason)
    json.key("request")
    json.beginObject()
    switch exchange.wireProtocol.traits.requestNames {
    case .headerFields: write(exchange.request.fields, as: "fields")
    case .metaVariables: write(exchange.request.fields, as: "params")
    }
    json.key("body_bytes")
    json.number(exchange.request.body.byteCount)
    if bodyByteCount > 0 { write(exchange.requestBody(limit: bodyByteCount)) }
    json.endObject()
  }

  private mutating func write(_ fields: FieldList, as key: StaticString) {
    json.key(key)
    json.write(fields)
    guard fields.droppedCount > 0 else { return }
    json.key("not_kept")
    json.number(fields.droppedCount)
  }

  private mutating func write(response exchange: Exchange) {
    json.key("response")
    json.beginObject()
    write(exchange.response.fields, as: "fields")
    json.key("body_bytes")
    json.number(exchange.response.body.byteCount)
    if bodyByteCount > 0 { write(exchange.responseBody(limit: bodyByteCount)) }
    json.endObject()
    json.key("stderr")
    json.wire(exchange.errorStream.retained)
    json.key("stderr_bytes")
    json.number(exchange.errorStream.byteCount)
  }

  /// The body's first bytes, and the coding that was undone; only where there are any.
  private mutating func write(_ body: DecodedBody) {
    guard !body.bytes.isEmpty else { return }
    json.key("body")
    json.wire(body.bytes)
    guard let coding = body.coding else { return }
    json.key("body_coding")
    json.string(coding)
  }

  private mutating func write(_ outcome: LinkOutcome) {
    if case .none = outcome { return json.null() }
    json.beginObject()
    json.key("to")
    if case .linked(let link) = outcome { write(to: link) } else { json.null() }
    json.key("reason")
    if case .linked(let link) = outcome { json.string(link.reason) } else { json.string(outcome.reasonForNone ?? "") }
    let gateway = outcome.gateway
    json.key("gateway_ms")
    json.milliseconds(gateway?.total)
    json.key("before_ms")
    json.milliseconds(gateway?.before)
    json.key("after_ms")
    json.milliseconds(gateway?.after)
    json.endObject()
  }

  private mutating func write(to link: ExchangeLink) {
    json.beginObject()
    json.key("connection")
    json.number(link.back.connection.id)
    json.key("index")
    json.number(link.back.index)
    json.endObject()
  }

  private mutating func write(flags: ExchangeFlags) {
    json.key("flags")
    json.beginArray()
    for (flag, letter) in ExchangeFlags.letters where flags.contains(flag) { json.letter(letter) }
    json.endArray()
  }

  /// Appends findings that belong to a connection and to no single exchange, and what an unreadable connection speaks;
  /// nothing where there is neither.
  package mutating func render(_ summary: ConnectionSummary, _ findings: [Finding]) {
    guard !findings.isEmpty || summary.foreign != nil else { return }
    json.beginObject()
    json.key("type")
    json.word("connection")
    json.key("protocol")
    if let wireProtocol = summary.wireProtocol { json.string(wireProtocol.rawValue) } else { json.null() }
    json.key("connection")
    json.number(summary.connection.id)
    json.key("client")
    json.string(summary.connection.client)
    json.key("server")
    json.string(summary.connection.server)
    json.key("start")
    json.seconds(summary.opened)
    if let foreign = summary.foreign {
      json.key("recognized")
      json.string(foreign.rawValue)
      json.key("advice")
      json.string(foreign.advice)
    }
    json.key("findings")
    json.write(findings, registry)
    json.endObject()
    json.endLine()
  }

  /// Appends the last line: what was seen and what was lost.
  ///
  /// - Parameter statistics: What `--summary` asked for; nil without it.
  package mutating func render(_ counters: InspectionCounters, _ statistics: TraceStatistics? = nil) {
    json.beginObject()
    json.key("type")
    json.word("summary")
    let members: [(StaticString, UInt64)] = [
      ("packets", counters.packets), ("bytes", counters.bytes), ("exchanges", counters.exchanges),
      ("connections", counters.connections), ("kernel_drops", counters.kernelDrops), ("gap_bytes", counters.gapBytes),
      ("truncated_packets", counters.truncatedPackets), ("incomplete", counters.incomplete),
      ("unknown_connections", counters.unknownConnections), ("undecoded_packets", counters.undecoded.all),
      ("findings", counters.findings), ("not_ip", counters.undecoded.notIP), ("not_tcp", counters.undecoded.notTCP),
      ("headers_cut", counters.undecoded.cutShort), ("malformed", counters.undecoded.malformed),
      ("fragments", counters.fragments), ("fragments_incomplete", counters.incompleteFragments),
      ("conflicts", counters.conflicts), ("unfollowed_requests", counters.unfollowedRequests),
      ("let_go_connections", counters.letGoConnections), ("let_go_exchanges", counters.letGoExchanges),
      ("left_connections", counters.leftConnections),
    ]
    for (key, value) in members {
      json.key(key)
      json.number(value)
    }
    if let selected = counters.selected {
      json.key("selected")
      json.number(selected)
    }
    if let statistics { json.write(statistics) }
    json.endObject()
    json.endLine()
  }
}

extension JSONWriter {
  /// A list of names with their values.
  fileprivate mutating func write(_ fields: FieldList) {
    beginArray()
    fields.forEach { name, value in
      beginArray()
      wire(name)
      wire(value)
      endArray()
    }
    endArray()
  }
}
