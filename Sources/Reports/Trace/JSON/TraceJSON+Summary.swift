// What `--summary` adds to the last line of `--format json`.
//
// docs/json.md describes the members.

internal import Exchanges
internal import Inspection

extension JSONWriter {
  /// Writes the members that a summary adds to the object that is open.
  mutating func write(_ statistics: TraceStatistics) {
    key("servers")
    beginArray()
    for server in statistics.rankedServers { write(server) }
    endArray()
    key("routes")
    beginArray()
    for route in statistics.rankedRoutes { write(route) }
    endArray()
    key("slowest")
    beginArray()
    for slow in statistics.slowest { write(slow) }
    endArray()
    key("tail_stalls")
    write(statistics.tailStalls)
    key("stream_stalls")
    write(statistics.streamStalls)
  }

  private mutating func write(_ tally: StallTally) {
    beginObject()
    key("exchanges")
    number(tally.count)
    key("delayed_acknowledgement")
    number(tally.acknowledgements)
    key("lost_ms")
    milliseconds(Int64(clamping: tally.nanoseconds))
    endObject()
  }

  private mutating func write(_ server: TraceStatistics.Server) {
    beginObject()
    key("server")
    if server.name.isEmpty { word("(other)") } else { string(server.name) }
    key("exchanges")
    number(server.exchanges)
    key("reused")
    number(server.reused)
    key("connections")
    number(server.connections)
    key("most_exchanges")
    number(server.mostExchanges)
    endObject()
  }

  private mutating func write(_ route: TraceStatistics.Route) {
    beginObject()
    key("server")
    if route.isOther { null() } else { string(route.server) }
    key("method")
    if route.isOther { null() } else { wire(route.method) }
    key("path")
    if route.isOther { word("(other)") } else { wire(route.path) }
    key("exchanges")
    number(route.exchanges)
    key("failures")
    number(route.failures)
    key("request_bytes")
    number(route.requestBytes)
    key("response_bytes")
    number(route.responseBytes)
    key("tail_stalls")
    number(route.stalls)
    for phase in [Phase.total, .connect, .send, .wait, .stream, .tail, .gateway] {
      switch phase {
      case .total: key("total_ms")
      case .connect: key("connect_ms")
      case .send: key("send_ms")
      case .wait: key("wait_ms")
      case .stream: key("stream_ms")
      case .tail: key("tail_ms")
      case .gateway: key("gateway_ms")
      }
      write(route.times.percentiles(phase))
    }
    endObject()
  }

  private mutating func write(_ times: Percentiles?) {
    guard let times else { return null() }
    beginObject()
    key("p50")
    milliseconds(times.p50)
    key("p90")
    milliseconds(times.p90)
    key("p99")
    milliseconds(times.p99)
    key("max")
    milliseconds(times.max)
    endObject()
  }

  private mutating func write(_ slow: TraceStatistics.Slow) {
    beginObject()
    key("server")
    string(slow.server)
    key("method")
    wire(slow.method)
    key("uri")
    wire(slow.target)
    key("status")
    if let status = slow.status { number(UInt64(status)) } else { null() }
    key("start")
    seconds(slow.start)
    key("duration_ms")
    milliseconds(slow.nanoseconds)
    key("connection")
    number(slow.connection)
    key("index")
    number(slow.index)
    endObject()
  }
}
