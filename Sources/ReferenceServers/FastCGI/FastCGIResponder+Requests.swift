// What a responder makes of the input of requests: PARAMS, STDIN and DATA.
//
// When a request is answered is decided here; how, by the application and FastCGIResponder+Output.

internal import FastCGIWire

extension FastCGIResponder {
  // MARK: Inputs

  /// Takes a record of an input stream of the request at `index`; one that ends its stream may complete the request.
  mutating func receive(_ input: RecordInput, for index: Int) {
    let count = connection.requests.count
    if connection.requests[index].paramsEnded { readParams(index) }
    guard !isClosed else { return }
    switch input.header.type {
    case .params: receiveParams(input, for: index)
    case .stdin: receiveBody(input, for: index)
    default: receiveData(input, for: index)
    }
    guard !isClosed, connection.requests.count == count else { return }
    if connection.requests[index].paramsEnded { readParams(index) }
    if input.endsStream, !isClosed { runIfReady(index) }
  }

  private mutating func receiveParams(_ input: RecordInput, for index: Int) {
    guard !connection.requests[index].paramsEnded else { return }
    guard connection.requests[index].params.count + input.content.count <= options.paramsLimit else {
      return reject(connection.requests.remove(at: index), .overloaded)
    }
    connection.requests[index].params += input.content
    connection.requests[index].paramsRecordCount += 1
    if input.endsStream { connection.requests[index].paramsEnded = true }
  }

  private mutating func receiveBody(_ input: RecordInput, for index: Int) {
    guard connection.requests[index].isReceiving, !connection.requests[index].stdin.isEnded else {
      return rememberStray(input.content, .stdin)
    }
    keepBody(input.content, for: index)
    if input.endsStream {
      connection.requests[index].stdin.isEnded = true
    } else {
      connection.requests[index].stdinRecordCount += 1
    }
  }

  private mutating func keepBody(_ content: [UInt8], for index: Int) {
    connection.requests[index].stdin.byteCount &+= UInt64(content.count)
    guard connection.requests[index].bodyUse == .kept, !connection.requests[index].bodyIsTooLarge else { return }
    if content.count <= options.bodyLimit - connection.keptByteCount {
      connection.requests[index].stdin.bytes += content
    } else {
      connection.requests[index].stdin.bytes = []
      connection.requests[index].bodyIsTooLarge = true
    }
  }

  private mutating func receiveData(_ input: RecordInput, for index: Int) {
    if connection.requests[index].role == .filter, !connection.requests[index].data.isEnded {
      connection.requests[index].data.byteCount &+= UInt64(input.content.count)
    }
    if input.endsStream {
      connection.requests[index].data.isEnded = true
    } else {
      connection.requests[index].dataRecordCount += 1
    }
  }

  /// Reads the variables of a request whose PARAMS are complete; once.
  ///
  /// Spec: FastCGI 1.0 sections 3.4 and 5.2.
  private mutating func readParams(_ index: Int) {
    guard !connection.requests[index].paramsAreRead else { return }
    let request = connection.requests[index]
    let reader = PairReader(request.params)
    meet(.parameters(request.params, reader.pairs))
    if isClosed { return }
    var parameters = ReceivedParameters(
      role: request.role, content: request.params, cutPair: reader.cutPair, variables: reader.pairs,
      isMalformed: request.isMalformed || reader.isCut)
    if let memory = memory(for: request) { policy.recalls(memory, &parameters.variables) }
    policy.receives(&parameters)
    connection.requests[index].params = []
    connection.requests[index].paramsAreRead = true
    connection.requests[index].isMalformed = parameters.isMalformed
    connection.requests[index].variables = parameters.variables
    let bodyUse = application.bodyUse(of: connection.requests[index].query)
    connection.requests[index].bodyUse = bodyUse
    if bodyUse != .kept { connection.requests[index].stdin.bytes = [] }
  }

  // MARK: Running

  mutating func runIfReady(_ index: Int) {
    if options.runsInTurn, index > 0 { return }
    guard connection.requests[index].isReady, !policy.awaitsMore(connection.requests[index]) else { return }
    let steps = answer(to: connection.requests[index])
    for case .head(let head) in steps { connection.requests[index].code = head.code }
    connection.requests[index].stage = .running(ProbeScript(steps, renderHead: render))
    connection.requests[index].stdin.bytes = []
    requestTurn()
  }

  private func answer(to request: ResponderRequest) -> [ProbeStep] {
    if request.isMalformed {
      return ProbeApplication.failure(400, "Bad Request", "PARAMS end inside a name-value pair")
    }
    if request.bodyIsTooLarge {
      return ProbeApplication.failure(413, "Content Too Large", "the body is larger than this server keeps")
    }
    let memory = memory(for: request)
    let probe = given(request, memory)
    var steps = application.answer(probe)
    if request.role == .authorizer { steps = steps.map(authorized) }
    let ownSteps = steps
    policy.answers(probe, &steps)
    if let memory { policy.blends(memory, &steps) }
    if options.notesErrors { steps = Self.annotated(steps) }
    if policy.remembers == .answered {
      remember(request, variables: request.variables, steps: ownSteps)
    }
    return steps
  }

  /// What the application is given.
  private func given(_ request: ResponderRequest, _ memory: ResponderMemory?) -> ProbeRequest {
    var probe = ProbeRequest(interface: .fastcgi, metaVariables: request.variables)
    probe.role = request.role.name
    probe.bodyByteCount = request.stdin.byteCount
    if request.role == .filter { probe.dataByteCount = request.data.byteCount }
    // An authorizer is not sent a body, nor its length.
    if request.role == .authorizer { probe.declaredLength = nil }
    if request.bodyUse == .kept { probe.body = request.stdin.bytes }
    if let memory { policy.recallsInput(memory, &probe) }
    policy.gives(&probe)
    return probe
  }

  /// The steps with error text before the first, behind the head, and after the last.
  private static func annotated(_ steps: [ProbeStep]) -> [ProbeStep] {
    let note = ProbeStep.error(.bytes(Array("notice: something was noticed\n".utf8)))
    var annotated = [note]
    for step in steps {
      if case .end = step { annotated.append(note) }
      annotated.append(step)
      if case .head = step { annotated.append(note) }
    }
    if case .end? = steps.last { return annotated }
    return annotated + [note]
  }

  /// The step of an authorizer: an answer that allows access passes a variable on.
  ///
  /// Spec: FastCGI 1.0 section 6.3.
  private func authorized(_ step: ProbeStep) -> ProbeStep {
    guard case .head(var head) = step, head.code == 200 else { return step }
    head.append("Variable-PROBE", "authorizer")
    return .head(head)
  }
}
