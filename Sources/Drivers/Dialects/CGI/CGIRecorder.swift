// The events of one run of a program, made an exchange and the evidence of a connection.
//
// Pure: events with their times go in. What the output means is CGIWire's matter, what it is worth the rules'.

import CGIWire
import Exchanges
import Transports
import WireBytes

/// Records one run.
struct CGIRecorder: Sendable {
  private var exchange: Exchange
  private var collector: CGIResponseCollector
  private let retention: Retention
  private var outputOffset: StreamOffset = 0
  private var outputHasEnded = false
  private var events: [WireEvent] = []

  init(
    _ variables: CGIMetaVariables, _ invocation: ProgramInvocation, connection: Int, index: Int, retention: Retention
  ) {
    let info = ConnectionInfo(
      id: UInt64(connection), client: .named("gatespec"), server: .program(path: invocation.path))
    exchange = Exchange(.cgi, connection: info, index: index)
    collector = CGIResponseCollector(retention: retention)
    self.retention = retention
    for variable in variables.variables {
      exchange.request.fields.append(name: variable.name, value: variable.value)
    }
    exchange.request.describeByMetaVariables()
    unsafe exchange.request.body.append(invocation.input.span.bytes, limit: retention.bodyByteCount)
    exchange.request.range = 0..<UInt64(invocation.input.count)
    for variable in variables.variables {
      log(.request, 0, "variable \(Self.quoted(variable.name))=\(Self.quoted(variable.value))")
    }
    for argument in invocation.arguments { log(.request, 0, "argument \(Self.quoted(argument))") }
    if !invocation.input.isEmpty {
      log(.request, 0, "stdin bytes=\(invocation.input.count) \(Self.quoted(invocation.input))")
    }
  }

  private static func quoted(_ bytes: [UInt8]) -> String { "\"\(WireText.escape(bytes, limit: 64))\"" }

  private mutating func log(
    _ direction: Direction, _ offset: StreamOffset, _ text: @autoclosure () -> String, at time: Timestamp = .zero
  ) {
    guard events.count < retention.wireEventLimit else { return }
    events.append(WireEvent(direction: direction, offset: offset, origin: Origin(time: time), text: text()))
  }

  // MARK: While it runs

  /// Takes the next event of the run.
  mutating func receive(_ event: ProgramEvent, at time: Timestamp) {
    switch event {
    case .started:
      exchange.timeline.requestStart = time
      exchange.timeline.requestEnd = time
    case .inputWritten:
      exchange.timeline.requestEnd = time
    case .output(let bytes):
      if exchange.timeline.responseStart == nil { exchange.timeline.responseStart = time }
      exchange.timeline.bodyEnd = time
      bytes.withSpan { decode($0, at: time) }
    case .errorOutput(let bytes):
      let offset = outputOffset
      bytes.withSpan { content in
        log(
          .response, offset, "stderr bytes=\(content.byteCount) \"\(WireText.escape(content, limit: 64))\"", at: time)
        exchange.errorStream.append(content, limit: retention.errorStreamByteCount)
      }
    case .outputEnded:
      outputHasEnded = true
    }
  }

  private mutating func decode(_ content: RawSpan, at time: Timestamp) {
    var decoded: [WireEvent] = []
    let room = retention.wireEventLimit - events.count
    collector.receive(content, at: outputOffset, &exchange) { event, bytes in
      if decoded.count < room, let event = WireEvent(event, bytes, .response, Origin(time: time)) {
        decoded.append(event)
      }
    }
    events += decoded
    outputOffset &+= UInt64(content.byteCount)
  }

  // MARK: The end

  /// The run is over: what was recorded becomes one more exchange of `connection`.
  mutating func finish(_ result: ProgramResult, _ ending: ProgramEnding, into connection: inout PlayedConnection) {
    var decoded: [WireEvent] = []
    collector.end(&exchange) { event, bytes in
      if let event = WireEvent(event, bytes, .response, Origin(time: result.ended)) { decoded.append(event) }
    }
    let body = exchange.response.body
    if body.byteCount > 0 {
      log(
        .response, outputOffset - body.byteCount, "body bytes=\(body.byteCount) \(Self.quoted(body.retained))",
        at: result.ended)
    }
    for event in decoded { log(.response, event.offset, event.text, at: event.time) }
    exchange.response.range = 0..<outputOffset
    exchange.ending = ending.exchangeEnding(outputHasEnded: outputHasEnded)
    exchange.timeline.end = result.ended
    collector.finish(&exchange, endIsKnown: exchange.ending == .complete)
    var facts = ProcessFacts()
    facts.exitCode = result.killed == nil ? result.exitCode : nil
    facts.signal = result.killed == nil ? result.signal : nil
    facts.killed = result.killed != nil
    facts.inputByteCount = result.inputByteCount
    exchange.process = facts
    exchange.wireEvents = events
    var summary = connection.summary ?? ConnectionSummary(connection: exchange.connection, wireProtocol: .cgi)
    summary.exchangeCount += 1
    summary.requestByteCount &+= exchange.request.body.byteCount
    summary.responseByteCount &+= outputOffset
    summary.opened = summary.opened ?? result.started
    summary.ended = result.ended
    summary.wireEvents += events.prefix(max(0, retention.wireEventLimit - summary.wireEvents.count))
    connection.summary = summary
    connection.exchanges.append(exchange)
    connection.closedByServer = result.killed == nil
    connection.programEnding = ending.description
  }
}
