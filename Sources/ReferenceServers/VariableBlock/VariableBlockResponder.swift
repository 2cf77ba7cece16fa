// The reference server's side of one connection of SCGI or uwsgi: the probe behind it, without a socket.
//
// A connection carries one request, whose answer the end of the connection ends. How a head is read and written is the
// form's.

internal import WireBytes

/// A connection to a reference server of SCGI or uwsgi.
///
/// Bytes that are no request close the connection without a word; so does a request that is too large, and one that the
/// client cuts. What follows a request is passed over.
///
/// Spec: SCGI, 23 June 2008, sections 2 to 4; the uwsgi protocol.
struct VariableBlockResponder<Form: VariableBlockReader>: Responder {
  /// The most bytes of a body that are kept.
  private static var bodyLimit: Int { 64 << 20 }
  /// The most content of one write.
  private static var pieceByteCount: Int { 16_384 }
  /// About how many bytes are sent before the responder lets its peer catch up.
  private static var turnByteCount: Int { 256 << 10 }

  private let policy: VariableBlockPolicy
  private let process: VariableBlockProcess
  private let number: Int
  private var input: [UInt8] = []
  private var readCount = 0
  /// The variables of the request; nil until its head is whole.
  private var variables: [ProbeVariable]?
  private var bodyByteCount = 0
  /// The answer; nil until the request is complete.
  private var script: ProbeScript?
  /// The timer after which the answer goes on; nil while none is due.
  private var timer: ResponderTimer?
  private var lastTimer: UInt64 = 0
  private var sentByteCount = 0
  private var inputHasEnded = false
  /// The answer was given, and the connection left open.
  private var isLeftOpen = false
  /// An answer was given, and another request may follow.
  private var awaitsNext = false
  private var isClosed = false

  init(_ policy: VariableBlockPolicy, _ process: VariableBlockProcess) {
    self.policy = policy
    self.process = process
    number = process.remember { $0.connect() }
    note(.emptyConnection)
  }

  /// Lets other connections know what this one is in; nil where it is in nothing that concerns them.
  private func note(_ state: VariableBlockPolicy.Trial?) { process.remember { [number] in $0.states[number] = state } }

  // MARK: Events

  mutating func admits(_ address: String?) -> Bool { process.isAlive }

  mutating func receive(_ bytes: RawSpan) -> [ResponderAction] {
    guard !isClosed, !isLeftOpen, script == nil || policy.servesNextRequest else { return [] }
    awaitsNext = false
    var read = bytes.copied()
    policy.alters(readCount, &read)
    readCount += 1
    input += read
    if variables == nil { note(.cutHead) }
    return script == nil ? advance() : []
  }

  mutating func receiveEnd() -> [ResponderAction] {
    guard !isClosed, !inputHasEnded else { return [] }
    inputHasEnded = true
    if isLeftOpen || policy.endsWithInput { return close() }
    guard script == nil else { return [] }
    if let variables, policy.awaitsEnd(variables) { return advance() }
    if readCount == 0 { return close() }
    let isInBody = variables != nil
    leave()
    if policy.diesOf.contains(isInBody ? .cutBody : .cutHead) { process.die() }
    return react(policy.cut)
  }

  mutating func timerFired(_ timer: ResponderTimer) -> [ResponderAction] {
    guard !isClosed, timer == self.timer else { return [] }
    self.timer = nil
    return awaitsNext ? close() : proceed()
  }

  mutating func connectionLost(byReset: Bool) {
    guard !isClosed else { return }
    let trial: VariableBlockPolicy.Trial =
      readCount == 0 ? .emptyConnection : script != nil ? .desertion : variables == nil ? .cutHead : .cutBody
    if policy.diesOf.contains(trial) { process.die() }
    if trial == .cutBody { leave() }
    forget()
  }

  /// A request is given up in its body.
  private func leave() {
    guard let variables else { return }
    let (leaks, input) = (policy.leaks, input)
    process.remember { memory in
      if leaks.contains(.variablesOfCutRequests) { memory.variables = variables }
      if leaks.contains(.bodyOfCutRequests) { memory.cutBody = input }
    }
  }

  /// The connection is over.
  private mutating func forget() {
    isClosed = true
    note(nil)
    process.remember { [number] in $0.bodies[number] = nil }
  }

  // MARK: The request

  /// Goes on with the request as far as it has come.
  private mutating func advance() -> [ResponderAction] {
    if variables == nil {
      switch Form.read(input, policy) {
      case .incomplete: return policy.needsWholeHead ? close() : []
      case .malformed:
        if policy.diesOf.contains(.malformed) { process.die() }
        return react(policy.malformed)
      case .packet(let answer): return (answer.isEmpty ? [] : [.send(answer)]) + close()
      case .head(var read, let byteCount):
        policy.collects(&read)
        variables = read
        input.removeFirst(byteCount)
        var length: Int? = Self.length(of: read)
        policy.measures(read, &length)
        guard let length, length <= Self.bodyLimit else {
          if policy.diesOf.contains(.malformedLength) { process.die() }
          return react(policy.malformed)
        }
        bodyByteCount = policy.bodyIsOneRead ? min(length, input.count) : length
      }
    }
    note(.cutBody)
    guard let variables, input.count >= bodyByteCount, inputHasEnded || !policy.awaitsEnd(variables) else { return [] }
    return answer(variables)
  }

  /// What CONTENT_LENGTH says: 0 where it is missing or empty, nil where it is no number.
  private static func length(of variables: [ProbeVariable]) -> Int? {
    let text = variables.value(of: "CONTENT_LENGTH") ?? []
    return text.isEmpty ? 0 : DecimalNumber.value(of: text).flatMap { Int(exactly: $0) }
  }

  private mutating func react(_ reaction: VariableBlockPolicy.Reaction) -> [ResponderAction] {
    switch reaction {
    case .closes: return close()
    case .resets:
      forget()
      return [.reset]
    case .hangs:
      isLeftOpen = true
      return []
    case .serves:
      input += [UInt8](repeating: 0, count: max(0, bodyByteCount - input.count))
      return answer(variables ?? [])
    case .answers:
      variables = variables ?? []
      script = ProbeScript(ProbeApplication.page("no request\n", 400, "Bad Request"), renderHead: Form.render)
      return proceed()
    }
  }

  // MARK: The answer

  private mutating func answer(_ given: [ProbeVariable]) -> [ResponderAction] {
    var variables = given
    var body = Array(policy.takesSurplus ? input[...] : input.prefix(bodyByteCount))
    input.removeFirst(min(body.count, input.count))
    policy.takes(&body)
    note(nil)
    let (leaks, number) = (policy.leaks, number)
    let left = process.remember { memory in
      let left = memory
      memory.variables = given
      memory.body = body
      memory.cutBody = []
      memory.answerCount += 1
      memory.bodies[number] = body
      return left
    }
    if left.hasOther(than: number, in: policy.waitsFor) { return react(.hangs) }
    if left.answerCount >= policy.answerLimit { return close() }
    if leaks.contains(.bodyOfCutRequests) { body = Array((left.cutBody + body).prefix(body.count)) }
    if leaks.contains(.bodyOfOthers), let other = left.bodies.values.first { body = other }
    if leaks.contains(.tails) { variables.keepTails(of: left.variables) }
    if leaks.contains(.variables) || leaks.contains(.variablesOfCutRequests) { variables.adopt(left.variables) }
    if leaks.contains(.body) { body += left.body.dropFirst(body.count) }
    if leaks == [.variablesOfCutRequests] { process.remember { $0.variables = [] } }
    policy.receives(&variables)
    var request = ProbeRequest(interface: Form.interface, metaVariables: variables)
    // What is missing or too much is the server's to see, not the application's.
    request.declaredLength = nil
    request.bodyByteCount = UInt64(body.count)
    request.body = body
    var steps = ProbeApplication().answer(request)
    policy.answers(variables, &steps)
    let policy = policy
    steps.changeHead { head in
      policy.heads(variables, &head)
      let cookies = head.fields.filter { $0.name == "Set-Cookie" }
      if leaks.contains(.status), let code = left.code, head.code == 200 { head.code = code }
      if leaks.contains(.cookies), cookies.isEmpty { head.fields += left.cookies }
      let code = head.code
      process.remember { $0.code = code == 200 ? nil : code }
      process.remember { $0.cookies = cookies }
    }
    if policy.pauseMilliseconds > 0 { steps.insert(.pause(milliseconds: policy.pauseMilliseconds), at: 0) }
    self.variables = variables
    script = ProbeScript(steps) { head in
      var bytes = Form.render(head)
      policy.writes(variables, &bytes)
      return bytes
    }
    return proceed()
  }

  /// Goes on with the answer until it rests, ends, or has filled its turn.
  private mutating func proceed() -> [ResponderAction] {
    var (actions, sent) = ([ResponderAction](), 0)
    while sent < Self.turnByteCount {
      var piece: [UInt8] = []
      let limit = sentByteCount < policy.singleByteCount ? 1 : Self.pieceByteCount
      switch script?.next(limit: limit, into: &piece) {
      case .output:
        policy.emits(&piece)
        piece = Array(piece.prefix(policy.outputByteLimit - sentByteCount))
        sent += piece.count
        sentByteCount += piece.count
        if !piece.isEmpty { actions.append(.send(piece)) }
        if sentByteCount < policy.singleByteCount { return actions + [startTimer(0)] }
      // Neither interface has an error stream.
      case .error: break
      case .pause(let milliseconds): return actions + [startTimer(milliseconds)]
      case .crashed: return actions + close()
      case .ended, nil: return actions + end()
      }
    }
    return actions + [startTimer(0)]
  }

  /// The answer is whole.
  private mutating func end() -> [ResponderAction] {
    let variables = variables ?? []
    if policy.servesNextRequest {
      self.variables = nil
      script = nil
      sentByteCount = 0
      awaitsNext = input.isEmpty
      return awaitsNext ? [startTimer(50)] : advance()
    }
    return react(policy.ending(variables))
  }

  private mutating func startTimer(_ milliseconds: UInt64) -> ResponderAction {
    lastTimer += 1
    let timer = ResponderTimer(number: lastTimer)
    self.timer = timer
    return .startTimer(milliseconds: milliseconds, timer)
  }

  private mutating func close() -> [ResponderAction] {
    forget()
    return [.close]
  }
}

extension [ProbeVariable] {
  /// Appends to the values of fields what longer ones of the same name had behind as many bytes.
  fileprivate mutating func keepTails(of others: [ProbeVariable]) {
    for index in indices where self[index].name.starts(with: "HTTP_".utf8) {
      let other = others.first { $0.name == self[index].name }
      self[index].value += other?.value.dropFirst(self[index].value.count) ?? []
    }
  }
}
