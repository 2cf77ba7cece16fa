// What a responder does with the records of requests: begin, inputs, abort.
//
// When a request is answered is decided here; how, by the application and FastCGIResponder+Output.

internal import FastCGIWire
internal import WireBytes

extension FastCGIResponder {
  /// The application status of a request that was aborted.
  static let abortedStatus: UInt32 = 1

  // MARK: Begin

  /// Spec: FastCGI 1.0 sections 5.1 and 5.5.
  mutating func beginRequest(_ id: UInt16, _ body: FastCGIBeginRequestBody) {
    if let index = requests.firstIndex(where: { $0.id == id }) {
      return end(index, status: Self.abortedStatus)
    }
    var request = ResponderRequest(
      id: id, role: FastCGIRole(rawValue: body.role.rawValue & policy.roleMask),
      keepsConnection: policy.keepsByExactFlags
        ? body.flags == FastCGIFlag.keepConnection : body.flags & policy.keepMask != 0)
    if policy.memoryScope == .twins { request.isTwin = process.begin(id, on: number) }
    if policy.lastOneCloses, !requests.isEmpty, !request.keepsConnection { return close() }
    if !requests.isEmpty, !options.runsInTurn, !options.multiplexes || policy.refusesMultiplexing {
      react(policy.secondRequest, to: request, .cannotMultiplex)
    } else if requests.count >= options.maxRequests
      || process.activeCount(besides: number) + requests.count >= options.processRequests
    {
      react(policy.overload, to: request, .overloaded)
    } else if !request.role.isDefined, !policy.servesRole(request.role) {
      if policy.rejectsAtEndOfBody {
        waitingRejections.insert(id)
      } else {
        react(policy.unknownRole, to: request, .unknownRole)
      }
    } else if let status = policy.otherRolesStatus, request.role != .responder {
      reject(request, status)
    } else {
      requests.append(request)
      hadTwo = hadTwo || requests.count > 1
      guard policy.lastFlagsCount else { return }
      for index in requests.indices { requests[index].keepsConnection = request.keepsConnection }
    }
  }

  private mutating func react(
    _ reaction: ResponderPolicy.Reaction, to request: ResponderRequest, _ status: FastCGIProtocolStatus
  ) {
    if reaction == .proper || reaction == .answerAndClose { reject(request, status) }
    if reaction == .close || reaction == .answerAndClose { close() }
  }

  // MARK: Inputs

  /// Takes content of an input stream of the request at `index`.
  mutating func receive(_ content: RawSpan, _ type: FastCGIRecordType, for index: Int) {
    switch type {
    case .params: receiveParams(content, for: index)
    case .stdin: receiveBody(content, for: index)
    case .data:
      guard requests[index].role == .filter, !requests[index].data.isEnded else { return }
      guard requests[index].dataRecordCount < policy.mostDataRecords else { return }
      requests[index].data.byteCount &+= UInt64(content.byteCount)
    default: break
    }
  }

  private mutating func receiveParams(_ content: RawSpan, for index: Int) {
    guard !requests[index].paramsEnded, requests[index].paramsRecordCount < policy.mostParamsRecords else { return }
    guard requests[index].recordStart + Int(header.contentLength) <= policy.mostParamsBytes else { return }
    guard requests[index].params.count + content.byteCount <= options.paramsLimit else {
      return reject(requests.remove(at: index), .overloaded)
    }
    requests[index].params.append(contentsOf: content)
    if policy.outputsEarly, !requests[index].hasOutput {
      write(Array("X-Early: yes\r\n".utf8), for: index)
    }
  }

  private mutating func receiveBody(_ content: RawSpan, for index: Int) {
    if policy.inputWhileRunningCloses, !requests[index].isReceiving { return close() }
    guard requests[index].isReceiving, !requests[index].stdin.isEnded else { return rememberStray(content, .stdin) }
    if policy.runsOnPartialParams, !requests[index].paramsEnded { endParams(index) }
    requests[index].stdin.byteCount &+= UInt64(content.byteCount)
    guard requests[index].bodyUse == .kept, !requests[index].bodyIsTooLarge else { return }
    guard content.byteCount <= options.bodyLimit - keptByteCount else {
      dropBody(index)
      requests[index].bodyIsTooLarge = true
      return
    }
    requests[index].stdin.bytes.append(contentsOf: content)
    keptByteCount += content.byteCount
  }

  /// Forgets the bytes of a body that is not, or no longer, needed.
  mutating func dropBody(_ index: Int) {
    keptByteCount -= requests[index].stdin.bytes.count
    requests[index].stdin.bytes = []
  }

  /// Takes note that a record of an input stream is whole; an empty one ends the stream.
  ///
  /// - Parameter endsStream: Whether it ends the stream whatever its content.
  mutating func endInputRecord(_ header: FastCGIRecordHeader, for index: Int, endsStream: Bool) {
    let endsStream = endsStream || header.contentLength == 0 && !paddingCounts
    switch header.type {
    case .params:
      guard !requests[index].paramsEnded else { return }
      requests[index].paramsRecordCount += 1
      if endsStream { endParams(index) } else { endParamsRecord(index) }
    case .stdin where endsStream:
      if policy.runsOnPartialParams, !requests[index].paramsEnded { endParams(index) }
      if policy.countsEmptyBody, requests[index].stdin.byteCount == 0 { requests[index].stdin.byteCount = 1 }
      requests[index].stdin.isEnded = true
    case .stdin where policy.bodyIsOneRecord: requests[index].stdin.isEnded = true
    case .stdin:
      requests[index].stdinRecordCount += 1
      return
    case .data where endsStream:
      requests[index].data.isEnded = requests[index].data.byteCount > 0 || !policy.emptyDataIsIgnored
    case .data:
      requests[index].dataRecordCount += 1
      return
    default: return
    }
    runIfReady(index)
  }

  private mutating func endParamsRecord(_ index: Int) {
    guard !policy.pairsMayStraddle else { return }
    let record = Array(requests[index].params[requests[index].recordStart...])
    if PairReader(record).isCut { requests[index].isMalformed = true }
  }

  /// Reads the variables of a request whose PARAMS are complete.
  ///
  /// Spec: FastCGI 1.0 sections 3.4 and 5.2.
  private mutating func endParams(_ index: Int) {
    let reader = PairReader(requests[index].params)
    var variables = reader.pairs
    if reader.isCut {
      if policy.usesCutPairs, let pair = reader.cutPair {
        variables.append(pair)
      } else {
        requests[index].isMalformed = true
      }
    }
    if policy.longFormNeedsLength, PairReader.hasNeedlessLongForm(requests[index].params) {
      requests[index].isMalformed = true
    }
    if policy.length127IsLong, variables.contains(where: { $0.name.count == 127 || $0.value.count == 127 }) {
      requests[index].isMalformed = true
    }
    meet(.parameters(requests[index].params, variables))
    if isClosed { return }
    requests[index].params = []
    requests[index].paramsEnded = true
    requests[index].variables = interpreted(variables, for: requests[index])
    requests[index].bodyUse = application.bodyUse(of: query(of: requests[index]))
    if requests[index].bodyUse != .kept { dropBody(index) }
  }

  /// The variables as the policy has them read.
  private func interpreted(_ variables: [ProbeVariable], for request: ResponderRequest) -> [ProbeVariable] {
    var variables = Array(variables.prefix(policy.mostPairs))
    for index in variables.indices {
      variables[index].value = altered(variables[index])
      func cut(_ bytes: [UInt8]) -> [UInt8] { Array(bytes.prefix(Int(UInt32(bytes.count) & policy.lengthMask))) }
      variables[index].name = cut(variables[index].name)
      variables[index].value = cut(variables[index].value)
      if policy.valuesEndAtZeroByte { variables[index].value = Array(variables[index].value.prefix { $0 != 0 }) }
    }
    if policy.queryMustComeFirst {
      let isQuery = { (variable: ProbeVariable) in variable.name.elementsEqual("QUERY_STRING".utf8) }
      if let first = variables.first, !isQuery(first) { variables.removeAll(where: isQuery) }
    }
    if let memory = memory(for: request) { policy.recalls(memory, &variables) }
    policy.receives(request.role, &variables)
    return variables
  }

  /// The value of a variable as the policy has it.
  private func altered(_ variable: ProbeVariable) -> [UInt8] {
    var value = Array(variable.value.prefix(policy.valueByteLimit))
    if policy.valuesAreASCII { value = value.map { $0 > 0x7F ? 0x3F : $0 } }
    if policy.trimsValues {
      value = Array(value.drop { $0 == 0x20 })
      while value.last == 0x20 { value.removeLast() }
    }
    let isHead = variable.name.elementsEqual("REQUEST_METHOD".utf8) && value.elementsEqual("HEAD".utf8)
    return policy.headIsGet && isHead ? Array("GET".utf8) : value
  }

  func query(of request: ResponderRequest) -> ProbeQuery {
    ProbeQuery(request.variables.value(of: "QUERY_STRING") ?? [])
  }

  // MARK: Running

  mutating func runIfReady(_ index: Int) {
    if options.runsInTurn, index > 0 { return }
    guard requests[index].isReady(filterWaitsForInput: policy.filterWaitsForInput) else { return }
    if policy.authorizerWaitsForInput, requests[index].role == .authorizer, !requests[index].stdin.isEnded { return }
    if policy.awaitsMore(requests[index].variables, requests[index].stdin.byteCount) { return }
    let steps = answer(to: requests[index])
    for case .head(let head) in steps { requests[index].code = head.code }
    requests[index].stage = .running(ProbeScript(steps, renderHead: render))
    dropBody(index)
    requestTurn()
  }

  private func answer(to request: ResponderRequest) -> [ProbeStep] {
    if request.isMalformed {
      return ProbeApplication.failure(400, "Bad Request", "PARAMS end inside a name-value pair")
    }
    if request.bodyIsTooLarge {
      return ProbeApplication.failure(413, "Content Too Large", "the body is larger than this server keeps")
    }
    var probe = ProbeRequest(interface: .fastcgi, metaVariables: request.variables)
    probe.role = request.role.name
    probe.bodyByteCount = request.stdin.byteCount
    if request.role == .filter { probe.dataByteCount = request.data.byteCount }
    let memory = memory(for: request)
    if policy.recallsData, let memory { probe.dataByteCount = probe.dataByteCount.map { $0 + memory.dataByteCount } }
    // An authorizer is not sent a body, nor its length.
    if request.role == .authorizer { probe.declaredLength = nil }
    if request.bodyUse == .kept {
      probe.body = Array(request.stdin.bytes.prefix(policy.bodyByteLimit))
      if policy.bodyByteMask != .max { probe.body = probe.body.map { $0 & policy.bodyByteMask } }
      if policy.recallsBody, let memory { probe.body = memory.body + probe.body }
    }
    policy.gives(&probe)
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

  // MARK: Abort, and what belongs to no active request

  /// Spec: FastCGI 1.0 section 5.4.
  mutating func abort(_ index: Int) {
    if policy.remembers == .aborted { remember(requests[index], variables: requests[index].variables) }
    if policy.abortAnswers, requests[index].isReceiving, requests[index].paramsEnded {
      requests[index].stdin.isEnded = true
      return runIfReady(index)
    }
    if policy.abortDrops(requests[index].progress) {
      dropBody(index)
      requests.remove(at: index)
      return
    }
    if policy.abortNeedsParams, !requests[index].paramsEnded { return }
    if options.finishesAborted, !requests[index].isReceiving { return }
    if policy.abortKeeps { requests[index].keepsConnection = true }
    switch policy.abort {
    case .proper, .answerAndClose:
      end(
        index, status: Self.abortedStatus, policy.abortedStatus(requests[index].progress),
        count: policy.endsAbortedTwice ? 2 : nil)
      if policy.abort == .answerAndClose { close() }
    case .ignore: break
    case .close: close()
    }
  }

  /// Takes a record for an ID that is not active.
  ///
  /// Spec: FastCGI 1.0 section 3.3.
  mutating func receiveStray(_ header: FastCGIRecordHeader) {
    let wasActive = endedIDs.contains(header.requestID)
    if (wasActive ? policy.lateRecord : policy.unknownID) == .close { return close() }
    if header.type == .stdin, waitingRejections.remove(header.requestID) != nil, header.contentLength == 0 {
      reject(ResponderRequest(id: header.requestID, role: .responder, keepsConnection: false), .unknownRole)
    }
    if policy.abortsAnother, header.type == .abortRequest, !requests.isEmpty { return abort(0) }
    if policy.endsUnknownIDs, !wasActive {
      reject(ResponderRequest(id: header.requestID, role: .responder, keepsConnection: true), .requestComplete)
    }
  }
}
