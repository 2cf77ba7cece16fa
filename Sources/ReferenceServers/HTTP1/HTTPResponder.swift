// The reference HTTP/1.1 server's side of one connection: the probe behind HTTP, without a socket.
//
// Reads requests by the codec; what it makes of their oddities, and how it frames its answers, is here. Time does not pass
// in it: the pauses that a request asks for are left out.

internal import CGIWire
import HTTP1Wire
import WireBytes

/// A connection to the reference HTTP server.
///
/// Strict in what is dangerous (RFC 9112 sections 3.2, 5.1, 6.1 to 6.3 and 7.1): such a request is answered with a status
/// of 400 or above, and the connection closed. Persistent otherwise.
package struct HTTPResponder: Responder {
  /// A request as far as it has come.
  private struct Received {
    var method: [UInt8] = []
    var target: [UInt8] = []
    var isOld = false
    var fields: [ProbeVariable] = []
    var body: [UInt8] = []
    var hasWholeHead = false
    var isChunked = false
    /// It said both how long its body is and that it comes in chunks.
    var hasTwoFramings = false
    /// The status that refuses it.
    var refusal: Int?
    /// It ought to be refused, and is not.
    var isOverlooked = false
    var isAnswered = false
  }

  private let policy: HTTPPolicy
  private let process: HTTPProcess
  private var decoder = HTTP1Decoder(role: .requests)
  private var request = Received()
  private var requestCount = 0
  private var hasReceived = false
  private var isClosed = false
  /// It has taken what it ought to refuse: what it reads from then on means nothing.
  private var isOutOfStep = false

  package init(_ policy: HTTPPolicy = HTTPPolicy(), process: HTTPProcess = HTTPProcess()) {
    self.policy = policy
    self.process = process
  }

  // MARK: Events

  package mutating func admits(_ address: String?) -> Bool { process.isAlive }

  /// Takes the next bytes from the client.
  package mutating func receive(_ bytes: RawSpan) -> [ResponderAction] {
    var actions: [ResponderAction] = []
    guard !isClosed, bytes.byteCount > 0 else { return actions }
    hasReceived = true
    // Taken out while it calls back.
    var decoder = HTTP1Decoder(role: .requests)
    swap(&decoder, &self.decoder)
    decoder.receive(bytes) { event, content in
      if !isClosed { take(event, content, &actions) }
    }
    swap(&decoder, &self.decoder)
    if policy.needsWholeHeads, !self.decoder.isIdle, !request.hasWholeHead { close(&actions) }
    return actions
  }

  /// Takes note that the client sends no more.
  package mutating func receiveEnd() -> [ResponderAction] {
    var actions: [ResponderAction] = []
    if !isClosed { close(&actions) }
    return actions
  }

  /// The time is over in which requests after `Connection: close` were served.
  package mutating func timerFired(_ timer: ResponderTimer) -> [ResponderAction] { receiveEnd() }

  /// Takes note that the client closed the connection, or reset it.
  package mutating func connectionLost(byReset: Bool) {
    if policy.diesOfEmptyConnections, !hasReceived { process.die() }
  }

  private mutating func close(_ actions: inout [ResponderAction]) {
    actions.append(.close)
    isClosed = true
  }

  // MARK: Requests

  private mutating func take(_ event: HTTP1Event, _ bytes: RawSpan, _ actions: inout [ResponderAction]) {
    switch event {
    case .requestLine(let line):
      request = Received()
      request.method = bytes.extracting(line.method).copied()
      request.target = bytes.extracting(line.target).copied()
      request.isOld = line.version.map { $0 < .http11 } ?? false
    case .fieldLine(let line):
      request.fields.append(
        ProbeVariable(name: bytes.extracting(line.name).copied(), value: bytes.extracting(line.value).copied()))
    case .headersEnd(let end):
      request.hasWholeHead = true
      request.isChunked = end.framing == .chunked
      if let status = request.refusal ?? refusal { return refuse(status, &actions) }
      if request.isChunked, policy.closesOnChunks { return close(&actions) }
      // Where such a body ends nobody knows; what refuses it may still follow.
      if end.framing == .undeterminable, request.isOverlooked { answer(&actions) }
    case .content: request.body += bytes.copied()
    case .messageEnd(let end):
      if !request.isAnswered, end.completion == .complete { answer(&actions) }
      request = Received()
    case .anomaly(let anomaly): take(anomaly, &actions)
    case .foldedLine: request.refusal = 400
    case .statusLine, .chunkHeader, .chunkEnd, .trailerLine, .upgraded, .unparsedLine: break
    }
  }

  /// The statuses that answer oddities.
  private static let refusals: [AnomalyKind: Int] = [
    .irregularStartLineSpace: 400, .invalidMethod: 400, .missingTarget: 400, .spaceInTarget: 400,
    .invalidTargetByte: 400, .missingVersion: 400, .malformedVersion: 400, .unsupportedVersion: 505,
    .spaceBeforeColon: 400, .missingColon: 400, .emptyFieldName: 400, .invalidFieldName: 400,
    .spaceBeforeFirstField: 400, .invalidContentLength: 400, .contentLengthTooLarge: 413, .differingContentLength: 400,
    .transferEncodingNotChunked: 501, .invalidTransferEncoding: 400, .chunkedNotLastOrTwice: 400,
    .invalidChunkSize: 400, .chunkSizeTooLarge: 400, .missingChunkEnd: 400, .lostSynchronisation: 400,
  ]

  private mutating func take(_ anomaly: Anomaly, _ actions: inout [ResponderAction]) {
    if anomaly.kind == .emptyLineBeforeStartLine, policy.refusesEmptyLine { return refuse(400, &actions) }
    if anomaly.kind == .contentLengthWithTransferEncoding { request.hasTwoFramings = true }
    guard let status = Self.refusals[anomaly.kind], !request.isAnswered, !isOutOfStep else { return }
    let isBehindHead = request.hasWholeHead || anomaly.kind == .lostSynchronisation
    if policy.overlooks.contains(anomaly.kind) {
      request.isOverlooked = true
      guard request.hasWholeHead else { return }
      isOutOfStep = true
      answer(&actions)
    } else if isBehindHead {
      refuse(status, &actions)
    } else {
      request.refusal = request.refusal ?? status
    }
  }

  /// The status that refuses the request for what its head says as a whole.
  private var refusal: Int? {
    let hosts = request.fields.count { $0.name.lowercasedASCII.elementsEqual("host".utf8) }
    if hosts == 0, request.isOld ? policy.needsHostAlways : !policy.needsNoHost { return 400 }
    if hosts > 1, !policy.takesSeveralHosts { return 400 }
    if policy.refusesAbsoluteForm, request.target.first != 0x2F { return 400 }
    return nil
  }

  /// Whether the client asks for the end of the connection.
  private var asksForClose: Bool {
    let options = request.fields.filter { $0.name.lowercasedASCII.elementsEqual("connection".utf8) }
      .flatMap { $0.value.split(separator: 0x2C) }
      .map { String(decoding: $0.filter { $0 != 0x20 && $0 != 0x09 }, as: UTF8.self).lowercased() }
    if options.contains("close") { return !policy.ignoresClose }
    return request.isOld && !options.contains("keep-alive") && !policy.keepsOldClients
  }

  /// The query of the target, without its mark.
  private var query: [UInt8] {
    guard let mark = request.target.firstIndex(of: 0x3F) else { return [] }
    return Array(request.target[(mark + 1)...].prefix { $0 != 0x23 })
  }

  private static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"]

  // MARK: Answers

  private mutating func refuse(_ status: Int, _ actions: inout [ResponderAction]) {
    send(ProbeApplication.page("refused\n", status, "Refused"), closes: true, &actions)
  }

  private mutating func answer(_ actions: inout [ResponderAction]) {
    requestCount += 1
    if policy.losesThirdRequest, requestCount == 3 { return }
    let hadBody = !request.body.isEmpty
    let closes = asksForClose || request.hasTwoFramings && !policy.keepsAfterTwoFramings
    send(steps, closes: closes, &actions)
    if policy.takesBodiesForRequests, hadBody, !isClosed { refuse(400, &actions) }
  }

  /// What the application answers: the probe where it is asked for, otherwise a page for the methods of HTTP.
  private var steps: [ProbeStep] {
    let probe = ProbeQuery(query)["probe"]
    var method = String(decoding: request.method, as: UTF8.self)
    if policy.ignoresMethodCase { method = method.uppercased() }
    if probe == nil, !Self.methods.contains(method) {
      switch policy.unknownMethod {
      case .notImplemented: return ProbeApplication.page("the method is not known\n", 501, "Not Implemented")
      case .badRequest: return ProbeApplication.page("the method is not known\n", 400, "Bad Request")
      case .notAllowedWithoutAllow: return ProbeApplication.page("not that one\n", 405, "Method Not Allowed")
      case .served: break
      }
    }
    guard probe != nil else { return ProbeApplication.page("a page\n", 200, "OK") }
    guard policy.isGateway else { return ProbeApplication().answer(asked) }
    let variables = variables
    var steps = ProbeApplication().answer(withBody(ProbeRequest(interface: .cgi, metaVariables: variables)))
    policy.answers(variables, &steps)
    return steps
  }

  /// What an application of HTTP is asked.
  private var asked: ProbeRequest {
    // Names have no case; the report has them in lower case.
    let fields = request.fields.map { ProbeVariable(name: $0.name.lowercasedASCII, value: $0.value) }
    var asked = ProbeRequest(interface: .http, variables: fields, query: ProbeQuery(query))
    asked.contentType = fields.value(of: "content-type")
    return withBody(asked)
  }

  private func withBody(_ asked: ProbeRequest) -> ProbeRequest {
    var asked = asked
    asked.bodyByteCount = UInt64(request.body.count)
    asked.body = request.body
    // What is sent of the answer to HEAD, the server sees to.
    asked.isHead = false
    return asked
  }

  /// The meta-variables that a gateway makes of the request.
  private var variables: [ProbeVariable] {
    let lines = request.fields.map { CGIMetaVariables.Variable(name: $0.name, value: $0.value) }
    var list = CGIMetaVariables.fieldVariables(lines).variables.map { ProbeVariable(name: $0.name, value: $0.value) }
    func append(_ name: String, _ value: [UInt8]) {
      list.append(ProbeVariable(name: Array(name.utf8), value: value))
    }
    append("REQUEST_METHOD", request.method)
    append("QUERY_STRING", query)
    for (name, field) in [("CONTENT_TYPE", "content-type"), ("CONTENT_LENGTH", "content-length")] {
      let line = request.fields.last { $0.name.lowercasedASCII.elementsEqual(field.utf8) }
      if let line { append(name, line.value) }
    }
    policy.receives(&list)
    return list
  }

  private mutating func send(_ steps: [ProbeStep], closes: Bool, _ actions: inout [ResponderAction]) {
    request.isAnswered = true
    var head: ProbeHead?
    for case .head(let given) in steps { head = given }
    let (body, hasCrashed) = Self.body(of: steps)
    var closes = closes || policy.endsBodiesByClosing
    if let head { actions.append(.send(render(head, body, closes: closes))) }
    closes = closes || hasCrashed || policy.closesInSilence
    guard closes else { return }
    if policy.servesAfterClose, !hasCrashed {
      actions.append(.startTimer(milliseconds: 100, ResponderTimer(number: 1)))
    } else {
      close(&actions)
    }
  }

  /// The output of an answer's steps, and whether the application came to its end there.
  private static func body(of steps: [ProbeStep]) -> (bytes: [UInt8], hasCrashed: Bool) {
    var script = ProbeScript(steps) { _ in [] }
    var bytes: [UInt8] = []
    var piece: [UInt8] = []
    while true {
      piece.removeAll(keepingCapacity: true)
      switch script.next(limit: 65_536, into: &piece) {
      case .output: bytes += piece
      case .error, .pause: break
      case .crashed: return (bytes, true)
      case .ended: return (bytes, false)
      }
    }
  }

  /// A whole response.
  private func render(_ head: ProbeHead, _ body: [UInt8], closes: Bool) -> [UInt8] {
    let code = head.code ?? 200
    let isHEAD = request.method.elementsEqual("HEAD".utf8)
    let mayHaveBody = code >= 200 && code != 204 && code != 304
    let isChunked = request.isOld && policy.sendsChunksToOldClients
    var head = head
    if isChunked {
      head.append("Transfer-Encoding", "chunked")
    } else if mayHaveBody, !policy.endsBodiesByClosing, !head.fields.contains(where: { $0.name == "Content-Length" }) {
      head.append("Content-Length", "\(isHEAD ? policy.headLength ?? body.count : body.count)")
    }
    if isHEAD, let type = policy.headType { head.change("Content-Type") { _ in Array(type.utf8) } }
    if closes, !policy.closesUnsaid { head.append("Connection", "close") }
    var bytes = head.cgiBytes(statusLine: "HTTP/1.1 \(code) \(head.reason)")
    guard mayHaveBody, !isHEAD || policy.answersHeadWithBody else { return bytes }
    if isChunked {
      bytes += Array("\(String(body.count, radix: 16))\r\n".utf8) + body + Array("\r\n0\r\n\r\n".utf8)
    } else {
      bytes += body
    }
    return bytes
  }
}
