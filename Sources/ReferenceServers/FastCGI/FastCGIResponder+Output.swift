// What a responder sends: output in turns, the ends of streams and requests, and how the connection closes.
//
// Every record leaves through `append`; nothing here reads input.

internal import FastCGIWire

extension ResponderRequest {
  func isPaused(until timer: ResponderTimer) -> Bool {
    if case .paused(_, timer) = stage { true } else { false }
  }

  /// Goes on after a pause.
  mutating func resume() {
    if case .paused(let script, _) = stage { stage = .running(script) }
  }
}

extension FastCGIResponder {
  /// The application status of an application that ended abnormally: that of a process killed by SIGABRT.
  static let crashedStatus: UInt32 = 134

  // MARK: Turns

  /// Lets every running request output one record, round after round, until nobody has more or enough is written.
  mutating func takeTurns() {
    var content: [UInt8] = []
    while output.count < options.turnByteCount, requests.contains(where: \.isRunning) {
      var index = 0
      while index < requests.count {
        let count = requests.count
        takeTurn(index, &content)
        if isClosed { return }
        if requests.count == count { index += 1 }
      }
    }
    if requests.contains(where: \.isRunning) { requestTurn() }
  }

  /// Lets the request at `index` go on by one event.
  private mutating func takeTurn(_ index: Int, _ content: inout [UInt8]) {
    guard case .running(var script) = requests[index].stage else { return }
    // The script is used in place: a copy in the stage would cost its storage.
    requests[index].stage = .receiving
    content.removeAll(keepingCapacity: true)
    let event = script.next(limit: nextRecordByteCount(), into: &content)
    switch event {
    case .pause(let milliseconds):
      requests[index].pauseCount += 1
      requests[index].stage = .paused(script, until: startTimer(milliseconds: milliseconds))
    default:
      requests[index].stage = .running(script)
    }
    switch event {
    case .output: write(content, for: index)
    case .error: writeError(content, for: index)
    case .pause: break
    case .crashed:
      for piece in Array("the application ended abnormally\n".utf8).pieces(of: options.recordByteCount) {
        writeError(piece, for: index)
      }
      end(index, status: Self.crashedStatus)
    case .ended(let status): end(index, status: status)
    }
  }

  // MARK: Records

  /// Appends a record.
  mutating func append(_ type: FastCGIRecordType, id: UInt16, _ content: [UInt8]) {
    var encoder = options.encoder
    if let version = policy.version { encoder.version = version }
    if policy.isUnpadded { encoder.padding = .none }
    if options.variesRecords { encoder.padding = .bytes(UInt8(chance(below: 256))) }
    encoder.appendRecord(type, requestID: id, content: content, to: &output)
  }

  /// The most content that the next record of output may have.
  private mutating func nextRecordByteCount() -> Int {
    options.variesRecords ? 1 + Int(chance(below: UInt32(options.recordByteCount))) : options.recordByteCount
  }

  private mutating func append(_ type: FastCGIRecordType, for request: ResponderRequest, _ content: [UInt8]) {
    append(type, id: request.id &+ policy.requestIDOffset, content)
  }

  /// Writes output of the request at `index`: one record.
  mutating func write(_ content: [UInt8], for index: Int) {
    guard requests[index].pauseCount < policy.mostPauses,
      requests[index].errorByteCount <= policy.errorBytesBeforeLoss
    else { return }
    let hasUnusedInput = requests[index].bodyUse != .kept && requests[index].stdin.byteCount > 0
    let limit = hasUnusedInput && !requests[index].keepsConnection ? policy.lastOutputByteLimit : .max
    let content = Self.cut(content, to: min(policy.outputByteLimit, limit), &requests[index].outputByteCount)
    guard !content.isEmpty else { return }
    if policy.endsStdoutEarly, !requests[index].hasOutput {
      append(.stdout, for: requests[index], [])
    }
    if policy.printsToClosedOutput, process.hasClosedOutput, !requests[index].hasOutput {
      output += Array("notice: served\n".utf8)
    }
    requests[index].hasOutput = true
    append(policy.stdoutType, for: requests[index], content)
  }

  /// Writes error text of the request at `index`: one record.
  private mutating func writeError(_ content: [UInt8], for index: Int) {
    guard !policy.losesErrorText else { return }
    let content = Self.cut(content, to: policy.errorByteLimit, &requests[index].errorByteCount)
    guard !content.isEmpty else { return }
    if policy.stderrType == .stdout {
      return write(content, for: index)
    }
    requests[index].hasErrorText = true
    let other = policy.straysErrorText ? requests.first { $0.id != requests[index].id }?.id : nil
    append(policy.stderrType, id: other ?? policy.stderrID ?? requests[index].id &+ policy.requestIDOffset, content)
  }

  /// What is left of `content` below a limit, of which `count` bytes are used.
  private static func cut(_ content: [UInt8], to limit: Int, _ count: inout Int) -> [UInt8] {
    let cut = limit == .max ? content : Array(content.prefix(limit - count))
    count += cut.count
    return cut
  }

  /// The head of an answer as it goes out.
  func render(_ head: ProbeHead) -> [UInt8] {
    var head = head
    head.fields.removeAll { policy.droppedFields.contains($0.name) }
    if policy.repeatsContentType { head.fields += head.fields.filter { $0.name == "Content-Type" } }
    if policy.breaksFieldLine { head.append("X Broken", "yes") }
    if policy.dropsRepeatedFields {
      var seen: Set<String> = []
      head.fields.removeAll { !seen.insert($0.name).inserted }
    }
    if options.lineFeedsAlone { return head.cgiBytes.replacing([0x0D, 0x0A], with: [0x0A]) }
    guard let code = head.code else { return head.cgiBytes }
    if policy.isNonParsed { return head.cgiBytes(statusLine: "HTTP/1.1 \(code) \(head.reason)") }
    if policy.swapsStatus, head.reason == "Probe" { return head.cgiBytes(statusLine: "Status: \(head.reason) \(code)") }
    return head.cgiBytes
  }

  // MARK: Ends

  /// Ends the request at `index`: its streams, FCGI_END_REQUEST, and the connection where that is due.
  ///
  /// - Parameters:
  ///   - protocolStatus: Its protocol status; nil for the policy's.
  ///   - count: How many FCGI_END_REQUEST records; nil for the policy's.
  mutating func end(_ index: Int, status: UInt32, _ protocolStatus: FastCGIProtocolStatus? = nil, count: Int? = nil) {
    let request = requests[index]
    meet(.ended(status: status))
    if policy.sendsUndefinedType { append(FastCGIRecordType(rawValue: 12), for: request, []) }
    if policy.endsBeforeStreams {
      appendEnds(of: request, status, protocolStatus, count)
      endStreams(of: request)
    } else {
      endStreams(of: request)
      if policy.writesAfterStdoutEnd { append(.stdout, for: request, Array("late\n".utf8)) }
      let start = output.count
      appendEnds(of: request, status, protocolStatus, count)
      if policy.holdsEnd(request.keepsConnection, request.outputByteCount) {
        heldEnd = Array(output[start...])
        output.removeLast(heldEnd.count)
      }
    }
    if policy.endsStderrLate, request.hasErrorText { append(.stderr, for: request, []) }
    if policy.outputsAfterEnd { append(.stdout, for: request, Array("late\n".utf8)) }
    dropBody(index)
    requests.remove(at: index)
    finish(request)
  }

  /// Rejects a request that is not, or no longer, active.
  ///
  /// Spec: FastCGI 1.0 section 5.5.
  mutating func reject(_ request: ResponderRequest, _ status: FastCGIProtocolStatus) {
    keptByteCount -= request.stdin.bytes.count
    rejectedIDs.insert(request.id)
    meet(.rejected)
    if policy.rejectsWithOutput {
      append(.stdout, for: request, Array("Status: 503 Service Unavailable\r\n\r\n".utf8))
      append(.stdout, for: request, [])
    }
    if policy.rejectionClearsParams { for index in requests.indices { requests[index].params = [] } }
    let ended = policy.rejectionID.map { ResponderRequest(id: $0, role: request.role, keepsConnection: true) }
    appendEnd(of: ended ?? request, FastCGIEndRequestBody(appStatus: 0, protocolStatus: status))
    finish(request)
  }

  /// Spec: FastCGI 1.0 sections 3.3 and 6.1.
  private mutating func endStreams(of request: ResponderRequest) {
    if options.endsErrorStreamFirst { endErrorStream(of: request) }
    let isEnded = request.hasOutput ? policy.endsStdout : policy.endsEmptyStdout
    if isEnded, request.code == nil || request.code != policy.endlessCode { append(.stdout, for: request, []) }
    if !options.endsErrorStreamFirst { endErrorStream(of: request) }
  }

  private mutating func endErrorStream(of request: ResponderRequest) {
    if policy.endsStderrLate || policy.losesErrorEnd(request.keepsConnection, request.stdin.byteCount) { return }
    guard request.hasErrorText || options.alwaysEndsErrorStream || policy.stderrEnds > 1 else { return }
    for _ in 0..<policy.stderrEnds { append(.stderr, for: request, []) }
  }

  private mutating func appendEnds(
    of request: ResponderRequest, _ status: UInt32, _ protocolStatus: FastCGIProtocolStatus?, _ count: Int?
  ) {
    if policy.appStatusSticks { greatestStatus = max(greatestStatus, status) }
    let ended = max(status, greatestStatus) & policy.appStatusMask
    let protocolStatus =
      policy.statusOfAnswer(request.variables, request.code)
      ?? (policy.servedStatus != .requestComplete ? policy.servedStatus : protocolStatus ?? .requestComplete)
    let isFinishedEarly = query(of: request).probe.elementsEqual("finish".utf8)
    let ends =
      (status == 1 ? policy.endsOfFailure : isFinishedEarly ? policy.endsOfFinished : nil) ?? policy.ends
    let status = policy.appStatusIsZero ? 0 : policy.swapsAppStatus ? ended.byteSwapped : ended
    for _ in 0..<(count ?? ends) {
      appendEnd(of: request, FastCGIEndRequestBody(appStatus: status, protocolStatus: protocolStatus))
    }
  }

  private mutating func appendEnd(of request: ResponderRequest, _ body: FastCGIEndRequestBody) {
    let start = output.count
    append(.endRequest, for: request, Array(body.bytes.prefix(policy.endByteCount)))
    if policy.swapsEndLength { output.swapAt(start + 4, start + 5) }
  }

  /// Takes note that a request is over.
  private mutating func finish(_ request: ResponderRequest) {
    endedIDs.insert(request.id)
    endedCount += 1
    hasKept = hasKept || request.keepsConnection
    let isLast = !request.keepsConnection && !(policy.keepSticks && hasKept)
    let isProcessLast = process.finish() % options.requestsPerProcess == 0
    let isClosing = policy.closesKept || request.role == policy.closedRole
    if isLast || isProcessLast || isClosing || endedCount >= policy.requestsPerConnection {
      closesWhenIdle = true
    }
    if requests.isEmpty {
      let queries = waitingQueries
      waitingQueries = []
      for query in queries { answerQuery(query) }
    }
    if options.runsInTurn, !requests.isEmpty { runIfReady(0) }
    closeIfDone()
  }

  /// Closes the connection when no request is active and the last one, or the peer's end, asked for it.
  ///
  /// Spec: FastCGI 1.0 sections 3.5 and 5.1.
  mutating func closeIfDone() {
    let leavesOpen = policy.leavesOpen || policy.leavesOpenAfterTwo && hadTwo
    guard closesWhenIdle, requests.isEmpty, !leavesOpen || inputEnded else { return }
    guard options.closeMilliseconds > 0, !inputEnded else { return close() }
    closeTimer = closeTimer ?? startTimer(milliseconds: options.closeMilliseconds)
  }

  /// What the policy does to the last bytes before a close.
  mutating func finishOutput() {
    if policy.cutsLastRecord { output.removeLast(min(4, output.count)) }
    output.append(contentsOf: policy.farewell)
  }
}

extension [UInt8] {
  /// The bytes in pieces of at most `count`.
  func pieces(of count: Int) -> [[UInt8]] {
    stride(from: 0, to: self.count, by: count).map { Array(self[$0..<Swift.min($0 + count, self.count)]) }
  }
}
