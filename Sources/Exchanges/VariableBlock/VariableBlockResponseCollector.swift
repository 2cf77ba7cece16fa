// The response of an SCGI or uwsgi server: CGI's or an HTTP message, whichever its first bytes say.
//
// Decoding is CGIWire's and HTTP1Wire's; where the bytes come from is the caller's matter.

import HTTP1Wire
import WireBytes

/// Collects one response.
struct VariableBlockResponseCollector: Sendable {
  private let retention: Retention
  /// The first bytes, until they tell; at most five.
  private var prefix: [UInt8] = []
  private var isDecided = false
  private var http: HTTP1Decoder?
  private var facts = HTTP1Facts()
  private var cgi: CGIResponseCollector
  private var method = HTTP1MethodKind.ordinary
  private var isInterim = false
  /// How many bytes came.
  private var byteCount: UInt64 = 0
  /// Where the response ended; nil while it has not.
  private var messageEnd: StreamOffset?

  init(retention: Retention) {
    self.retention = retention
    cgi = CGIResponseCollector(retention: retention)
  }

  /// The memory that the collector takes besides itself, in bytes.
  var heldByteCount: Int { prefix.capacity &+ cgi.heldByteCount &+ (http?.heldByteCount ?? 0) }

  /// What is not an HTTP message is no response of CGI either, but a packet.
  var isPacket = false

  /// Whether the response is an HTTP message.
  var isHTTP: Bool { http != nil }

  /// The request is known: a response to HEAD has no body.
  mutating func expect(_ method: HTTP1MethodKind) { self.method = method }

  /// Takes the next bytes of the response.
  mutating func receive(_ content: RawSpan, _ exchange: inout Exchange) {
    guard !isDecided else { return pass(content, &exchange) }
    let taken = min(content.byteCount, Self.opening.utf8CodeUnitCount &- prefix.count)
    prefix.append(contentsOf: content.extracting(first: taken))
    let isHTTP = Self.isOpening(prefix)
    guard !isHTTP || prefix.count == Self.opening.utf8CodeUnitCount else { return }
    isDecided = true
    if isHTTP {
      http = HTTP1Decoder(role: .responses)
      http?.expectResponse(to: method)
    }
    let first = prefix
    unsafe pass(first.span.bytes, &exchange)
    pass(content.extracting(droppingFirst: taken), &exchange)
  }

  private static let opening: StaticString = "HTTP/"

  /// Whether the bytes are those that an HTTP message begins with, as far as they go; in any case.
  private static func isOpening(_ bytes: [UInt8]) -> Bool {
    bytes.indices.allSatisfy { index in
      unsafe ASCII.lowercased(bytes[index]) == ASCII.lowercased(opening.utf8Start[index])
    }
  }

  private mutating func pass(_ content: RawSpan, _ exchange: inout Exchange) {
    let offset = byteCount
    byteCount &+= UInt64(content.byteCount)
    if http == nil {
      if !isPacket { cgi.receive(content, at: offset, &exchange) }
      return
    }
    decode(&exchange) { decoder, sink in decoder.receive(content, sink) }
  }

  /// Has the HTTP decoder go on.
  ///
  /// What follows the response belongs to none.
  private mutating func decode(
    _ exchange: inout Exchange,
    _ step: (inout HTTP1Decoder, (HTTP1Event, RawSpan) -> Void) -> Void
  ) {
    guard var decoder = http.take() else { return }
    step(&decoder) { event, bytes in
      if let messageEnd {
        if Self.isSurplus(event), facts.responseSurplus == nil { facts.responseSurplus = messageEnd }
        return
      }
      Self.take(event, bytes, &facts, &isInterim, &exchange, retention)
      if case .messageEnd(let end) = event, !end.isInterim, end.completion == .complete { messageEnd = end.offset }
    }
    http = decoder
  }

  /// Whether an event after the response says that there is something more than an empty line.
  private static func isSurplus(_ event: HTTP1Event) -> Bool {
    switch event {
    case .statusLine, .unparsedLine: true
    case .anomaly(let anomaly): anomaly.kind == .lostSynchronisation || anomaly.kind == .truncated
    default: false
    }
  }

  /// Takes note of output that the capture lost.
  mutating func skip(_ byteCount: UInt64, _ exchange: inout Exchange) {
    settle(&exchange)
    if http == nil {
      if !isPacket { cgi.skip(byteCount, &exchange) }
      return
    }
    self.byteCount &+= byteCount
    decode(&exchange) { decoder, sink in decoder.skip(byteCount: byteCount, sink) }
  }

  /// No more bytes tell what it is: what came is CGI's.
  private mutating func settle(_ exchange: inout Exchange) {
    guard !isDecided else { return }
    isDecided = true
    let held = prefix
    if !held.isEmpty { unsafe pass(held.span.bytes, &exchange) }
  }

  /// The response is over.
  ///
  /// - Parameter endIsKnown: The server ended it in order.
  mutating func finish(_ exchange: inout Exchange, endIsKnown: Bool) {
    settle(&exchange)
    guard http != nil else {
      if !isPacket { cgi.finish(&exchange, endIsKnown: endIsKnown) }
      return
    }
    decode(&exchange) { decoder, sink in decoder.end(sink) }
    if facts.responseFraming == .untilClose, !endIsKnown { exchange.response.isComplete = false }
    exchange.http1 = facts
  }

  private static func take(
    _ event: HTTP1Event, _ bytes: RawSpan, _ facts: inout HTTP1Facts, _ isInterim: inout Bool,
    _ exchange: inout Exchange, _ retention: Retention
  ) {
    switch event {
    case .statusLine(let line):
      isInterim = line.status / 100 == 1 && line.status != 101
      guard !isInterim, !exchange.response.hasHead else { return }
      exchange.response.status = line.status
      exchange.response.reason = bytes.extracting(line.reason).copied()
      facts.responseVersion = line.version.map { HTTP1VersionFacts(major: $0.major, minor: $0.minor) }
    case .fieldLine(let line):
      guard !isInterim, !exchange.response.hasHead else { return }
      exchange.response.fields.append(name: bytes.extracting(line.name), value: bytes.extracting(line.value))
    case .headersEnd(let end):
      if end.isInterim { facts.interimResponses += 1 }
      guard !end.isInterim, !exchange.response.hasHead else { return }
      exchange.response.hasHead = true
      facts.responseFraming = HTTP1BodyFramingFacts(end.framing)
      facts.responseHeadByteCount = end.offset &+ UInt64(end.end.byteCount)
      facts.upgraded = end.framing == .upgrade
    case .content:
      retention.take(bytes, of: &exchange.response, version: facts.responseVersion)
    case .messageEnd(let end):
      guard !end.isInterim else { return }
      if end.missingByteCount > 0 { exchange.response.body.skip(end.missingByteCount) }
      if end.completion == .complete || end.completion == .streamEnd { exchange.response.isComplete = true }
    case .anomaly(let anomaly):
      exchange.anomalies.append(anomaly, .response)
    case .requestLine, .foldedLine, .unparsedLine, .chunkHeader, .chunkEnd, .trailerLine, .upgraded:
      break
    }
  }
}
