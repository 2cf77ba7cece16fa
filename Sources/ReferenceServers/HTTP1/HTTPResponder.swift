// The reference HTTP/1.1 server's side of one connection: an origin server and the probe behind it, without a socket.
//
// What a request says is HTTPRequestReader's, what it gets HTTPResource's; how an answer is framed, and what becomes of
// the connection, is here. Time does not pass in it: the pauses that a request asks for are left out.

internal import WireBytes

/// A connection to the reference HTTP server.
///
/// Strict: a request that breaks the grammar, or that two readers might read in two ways, is answered with a status of
/// 400 or above, and the connection closed. Persistent otherwise.
///
/// Spec: RFC 9110; RFC 9112.
package struct HTTPResponder: Responder {
  private let policy: HTTPPolicy
  private let process: HTTPProcess
  private var reader: HTTPRequestReader
  private var hasReceived = false
  private var hasContinued = false
  private var isClosed = false
  /// Nothing more is read; that others have to wait for it.
  private var isDeaf = false
  private var holdsOthers = false

  package init(_ policy: HTTPPolicy = HTTPPolicy(), process: HTTPProcess = HTTPProcess()) {
    self.policy = policy
    self.process = process
    reader = HTTPRequestReader(policy)
  }

  // MARK: Events

  package mutating func admits(_ address: String?) -> Bool { process.isAlive }

  /// Takes the next bytes from the client.
  package mutating func receive(_ bytes: RawSpan) -> [ResponderAction] {
    var actions: [ResponderAction] = []
    guard !isClosed, !isDeaf, bytes.byteCount > 0, holdsOthers || !process.isHeld else { return actions }
    hasReceived = true
    reader.append(bytes)
    while !isClosed, !isDeaf, let event = reader.next() { take(event, &actions) }
    if !policy.keeps(.wholeHeads), !isClosed, let event = reader.endHeadEarly() {
      take(event, &actions)
      while !isClosed, !isDeaf, let event = reader.next() { take(event, &actions) }
    }
    if !policy.keeps(.splitHeads), reader.isInsideRequest, reader.state == .fields || reader.state == .requestLine {
      close(&actions)
    }
    return actions
  }

  /// Takes note that the client sends no more.
  package mutating func receiveEnd() -> [ResponderAction] {
    var actions: [ResponderAction] = []
    guard !isClosed else { return actions }
    if let event = reader.end() {
      take(event, &actions)
    } else if reader.isInsideBody, !policy.keeps(.closingOfCutBodies) {
      return actions
    } else if reader.isInsideRequest {
      send(.refusal(400), closes: true, &actions)
    }
    if !isClosed { close(&actions) }
    return actions
  }

  /// The time is over in which requests after `Connection: close` were served.
  package mutating func timerFired(_ timer: ResponderTimer) -> [ResponderAction] { receiveEnd() }

  /// Takes note that the client closed the connection, or reset it.
  package mutating func connectionLost(byReset: Bool) {
    if policy.diesOfEmptyConnections, !hasReceived { process.die() }
    if holdsOthers { process.hold(false) }
    holdsOthers = false
  }

  private mutating func close(_ actions: inout [ResponderAction]) {
    actions.append(.close)
    isClosed = true
  }

  // MARK: Requests

  private mutating func take(_ event: HTTPRequestReader.Event, _ actions: inout [ResponderAction]) {
    switch event {
    case .refused(let oddity): refuse(oddity, &actions)
    case .head: takeHead(&actions)
    case .request:
      reader.request.number = process.countRequest()
      if policy.memory == .fieldsForAll { reader.request.remember(process.firstFields(or: reader.request.fields)) }
      policy.changesRequest(&reader.request)
      guard let status = reader.request.refusal else { return answer(&actions) }
      send(.refusal(status), closes: asksForClose(reader.request), &actions)
    }
  }

  private mutating func takeHead(_ actions: inout [ResponderAction]) {
    let request = reader.request
    if policy.dropsHead(request) { return close(&actions) }
    if let status = policy.refusesHead(request) { return send(.refusal(status), closes: true, &actions) }
    hasContinued = false
    if request.framing == .none, !policy.keeps(.bytesBehindHeadsAreBodies) { reader.takeBytesBehindHead() }
    guard request.framing != .none, request.framing != .length(0) else { return }
    if case .length(100_000_000...) = request.framing, !policy.keeps(.serviceDuringLargeBodies), !holdsOthers {
      holdsOthers = true
      process.hold(true)
    }
    if leavesBody(of: request) { return take(reader.leaveBody(), &actions) }
    askForBody(request, &actions)
  }

  private func leavesBody(of request: ServedRequest) -> Bool {
    if !policy.keeps(.bodiesAreRequests) { return true }
    if !policy.keeps(.bodiesOfGETAreRequests), request.hasMethod("GET") { return true }
    guard !policy.keeps(.bodiesOfErrorsAreRequests) else { return false }
    if request.refusal != nil { return true }
    return HTTPResource(request: request, policy: policy, now: process.now).answer.code >= 400
  }

  /// Asks for a body that the client holds back until it is asked.
  private mutating func askForBody(_ request: ServedRequest, _ actions: inout [ResponderAction]) {
    let hasCase = !policy.keeps(.expectationCase)
    let isAsked =
      hasCase
      ? request.values("expect").contains { $0.elementsEqual("100-continue".utf8) }
      : request.list("expect").contains("100-continue")
    guard isAsked, reader.waitingByteCount == 0, policy.keeps(.continuation),
      !request.isOld || !policy.keeps(.oldClientsOfContinuation)
    else { return }
    hasContinued = true
    guard policy.keeps(.continuationInTime) else { return }
    actions.append(.send(policy.continuation))
  }

  private mutating func refuse(_ oddity: HTTPOddity, _ actions: inout [ResponderAction]) {
    if !policy.keeps(.answersBeforeRefusals) { actions = [] }
    if reader.request.wasRefusedInTrailers, !policy.keeps(.statusOfOddTrailers) {
      return send(.refusal(500), closes: true, &actions)
    }
    switch policy.refusals[oddity] {
    case nil: send(.refusal(oddity.status), closes: policy.keeps(.closingAfterRefusal), &actions)
    case .status(let status): send(.refusal(status), closes: policy.keeps(.closingAfterRefusal), &actions)
    case .silence: close(&actions)
    case .deafness: break
    }
  }

  private mutating func answer(_ actions: inout [ResponderAction]) {
    let request = reader.request
    if hasContinued {
      if !policy.keeps(.continuationInTime) { actions.append(.send(policy.continuation)) }
      if !policy.keeps(.finalResponse) { return close(&actions) }
    }
    hasContinued = false
    let isDoubtful = request.hasDoubtfulFraming && policy.keeps(.closingAfterDoubt)
    let asks = policy.keeps(.close) && asksForClose(request)
    let answer = HTTPResource(request: request, policy: policy, now: process.now).answer
    send(answer, closes: asks || isDoubtful, &actions)
  }

  private func asksForClose(_ request: ServedRequest) -> Bool {
    if request.isOld { return policy.keeps(.closingForOldClients) && request.asksForClose }
    if !policy.keeps(.connectionCase) {
      return request.values("connection").contains { $0.elementsEqual("close".utf8) }
    }
    if !policy.keeps(.connectionLists) {
      return request.values("connection").contains { $0.equalsIgnoringCase("close".utf8) }
    }
    if !policy.keeps(.connectionLines) {
      return request.values("connection").first.map { $0.equalsIgnoringCase("close".utf8) } ?? false
    }
    return request.asksForClose
  }

  // MARK: Answers

  /// Frames an answer, adds what is the server's, and sends it.
  private mutating func send(_ answer: HTTPAnswer, closes: Bool, _ actions: inout [ResponderAction]) {
    let request = reader.request
    var answer = answer
    answer.closes = closes || policy.closesAlways
    if request.isHEAD { answer.sendsBody = false }
    if policy.sendsChunks, !request.isOld, !answer.isCut { answer.framing = .chunked }
    policy.decides(request, &answer)
    finish(&answer)
    policy.changesAnswer(request, &answer)
    var head = answer.headBytes
    var body = answer.bodyBytes
    policy.writesHead(request, answer, &head)
    policy.writesBody(request, answer, &body)
    if answer.hasHead { write(head + body, &actions) }
    isDeaf = policy.deafens(request, answer)
    guard answer.closes && policy.keeps(.closeDone) || answer.closesUnsaid || answer.isCut else { return }
    if !policy.keeps(.closeAtOnce), !answer.isCut {
      actions.append(.startTimer(milliseconds: 100, ResponderTimer(number: 1)))
    } else {
      close(&actions)
    }
  }

  private func finish(_ answer: inout HTTPAnswer) {
    if answer.code >= 200 { answer.head.append("Date", HTTPDate.text(process.now)) }
    answer.head.append("Server", "gatespec")
    if answer.mayHaveBody, !answer.has("Content-Length"), !answer.has("Transfer-Encoding") {
      switch answer.framing {
      case .length: answer.head.append("Content-Length", "\(answer.body.count)")
      case .chunked: answer.head.append("Transfer-Encoding", "chunked")
      case .untilClose: answer.closes = true
      case .unsaid: break
      }
    }
    if answer.closes {
      if policy.keeps(.closeSaid) { answer.head.append("Connection", "close") }
    } else if reader.request.isOld {
      answer.head.append("Connection", "keep-alive")
    }
  }

  private mutating func write(_ bytes: [UInt8], _ actions: inout [ResponderAction]) {
    actions += bytes.prefix(policy.singleByteCount).map { .send([$0]) }
    let rest = bytes.dropFirst(policy.singleByteCount)
    if !rest.isEmpty { actions.append(.send(Array(rest))) }
  }
}
