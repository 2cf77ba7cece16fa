// What a responder sends: output in turns, the ends of streams and requests, and how the connection closes.
//
// Every record leaves through `emit`; nothing here reads input.

internal import FastCGIWire

extension FastCGIResponder {
  /// The application status of an application that ended abnormally: that of a process killed by SIGABRT.
  static let crashedStatus: UInt32 = 134

  // MARK: Turns

  /// Lets every running request output one record, round after round, until nobody has more or enough is written.
  mutating func takeTurns() {
    var content: [UInt8] = []
    while output.count < options.turnByteCount, connection.requests.contains(where: \.isRunning) {
      var index = 0
      while index < connection.requests.count {
        let count = connection.requests.count
        takeTurn(index, &content)
        if isClosed { return }
        if connection.requests.count == count { index += 1 }
      }
    }
    if connection.requests.contains(where: \.isRunning) { requestTurn() }
  }

  /// Lets the request at `index` go on by one event.
  private mutating func takeTurn(_ index: Int, _ content: inout [UInt8]) {
    guard case .running(var script) = connection.requests[index].stage else { return }
    // The script is used in place: a copy in the stage would cost its storage.
    connection.requests[index].stage = .receiving
    content.removeAll(keepingCapacity: true)
    let event = script.next(limit: nextRecordByteCount(), into: &content)
    switch event {
    case .pause(let milliseconds):
      connection.requests[index].pauseCount += 1
      connection.requests[index].stage = .paused(script, until: startTimer(milliseconds: milliseconds))
    default:
      connection.requests[index].stage = .running(script)
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

  /// Lets records go out together.
  ///
  /// - Parameter request: What they are of; nil for management records.
  mutating func emit(_ kind: Emission.Kind, _ records: [SentRecord], of request: ResponderRequest? = nil) {
    var records = records
    if let emits = policy.emits {
      var emission = Emission(
        kind: kind, records: records, request: request, connection: connection,
        hasClosedOutput: process.start.hasClosedOutput)
      emits(&emission)
      records = emission.records
    }
    for record in records {
      var encoder = options.encoder
      if options.variesRecords { encoder.padding = .bytes(UInt8(chance(below: 256))) }
      if record.isHeld {
        record.append(by: encoder, to: &held)
      } else {
        record.append(by: encoder, to: &output)
      }
    }
  }

  /// The most content that the next record of output may have.
  private mutating func nextRecordByteCount() -> Int {
    options.variesRecords ? 1 + Int(chance(below: UInt32(options.recordByteCount))) : options.recordByteCount
  }

  /// Writes output of the request at `index`: one record.
  private mutating func write(_ content: [UInt8], for index: Int) {
    guard !content.isEmpty else { return }
    let request = connection.requests[index]
    emit(.output, [SentRecord(.stdout, id: request.id, content)], of: request)
    connection.requests[index].hasOutput = true
    connection.requests[index].outputByteCount += content.count
  }

  /// Writes error text of the request at `index`: one record.
  private mutating func writeError(_ content: [UInt8], for index: Int) {
    guard !content.isEmpty else { return }
    let request = connection.requests[index]
    emit(.error, [SentRecord(.stderr, id: request.id, content)], of: request)
    connection.requests[index].errorByteCount += content.count
  }

  /// The head of an answer as it goes out.
  func render(_ head: ProbeHead) -> [UInt8] {
    if options.lineFeedsAlone { return head.cgiBytes.replacing([0x0D, 0x0A], with: [0x0A]) }
    return head.cgiBytes(statusLine: head.code.map { policy.statusLine($0, head.reason) })
  }

  // MARK: Ends

  /// Ends the request at `index`: its streams, FCGI_END_REQUEST, and the connection where that is due.
  ///
  /// Spec: FastCGI 1.0 sections 3.3, 5.5 and 6.1.
  mutating func end(_ index: Int, status: UInt32, isAborted: Bool = false) {
    let request = connection.requests[index]
    meet(.ended(status: status))
    connection.greatestStatus = max(connection.greatestStatus, status)
    var records = [SentRecord(.stdout, id: request.id, [])]
    if request.errorByteCount > 0 || options.alwaysEndsErrorStream {
      records.insert(SentRecord(.stderr, id: request.id, []), at: options.endsErrorStreamFirst ? 0 : 1)
    }
    let body = FastCGIEndRequestBody(appStatus: status, protocolStatus: .requestComplete)
    records.append(SentRecord(.endRequest, id: request.id, Array(body.bytes)))
    emit(isAborted ? .abortedEnd : .end, records, of: request)
    connection.requests.remove(at: index)
    finish(request)
  }

  /// Rejects a request that is not, or no longer, active.
  ///
  /// Spec: FastCGI 1.0 section 5.5.
  mutating func reject(_ request: ResponderRequest, _ status: FastCGIProtocolStatus) {
    meet(.rejected)
    let body = FastCGIEndRequestBody(appStatus: 0, protocolStatus: status)
    emit(.rejection, [SentRecord(.endRequest, id: request.id, Array(body.bytes))], of: request)
    finish(request)
  }

  /// Takes note that a request is over.
  private mutating func finish(_ request: ResponderRequest) {
    connection.endedIDs.insert(request.id)
    connection.endedCount += 1
    let isProcessLast = process.finish() % options.requestsPerProcess == 0
    if !request.keepsConnection || isProcessLast { closesWhenIdle = true }
    if connection.requests.isEmpty {
      let records = waiting
      waiting = []
      for record in records { take(record) }
    }
    if options.runsInTurn, !connection.requests.isEmpty { runIfReady(0) }
    closeIfDone()
  }

  /// Closes the connection when no request is active and the last one, or the peer's end, asked for it.
  ///
  /// Spec: FastCGI 1.0 sections 3.5 and 5.1.
  mutating func closeIfDone() {
    guard closesWhenIdle, connection.requests.isEmpty else { return }
    guard options.closeMilliseconds > 0, !inputEnded else { return close() }
    closeTimer = closeTimer ?? startTimer(milliseconds: options.closeMilliseconds)
  }
}

extension [UInt8] {
  /// The bytes in pieces of at most `count`.
  func pieces(of count: Int) -> [[UInt8]] {
    stride(from: 0, to: self.count, by: count).map { Array(self[$0..<Swift.min($0 + count, self.count)]) }
  }
}
