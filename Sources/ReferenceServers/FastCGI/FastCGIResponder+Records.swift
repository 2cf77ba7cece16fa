// What a responder does about a record that came: which request it begins, feeds or aborts, and what belongs to none.
//
// A policy has had its say by then (FastCGIResponder); what the input of a request does is in FastCGIResponder+Requests.

internal import FastCGIWire

extension FastCGIResponder {
  /// The application status of a request that was aborted.
  static let abortedStatus: UInt32 = 1

  /// Takes a record, as it is to be reacted to.
  mutating func take(_ input: RecordInput, _ reaction: ResponderPolicy.Reaction = .proper) {
    guard !isClosed else { return }
    if !connection.sends.isEmpty {
      let sends = connection.sends
      connection.sends = []
      emit(.own, sends)
    }
    switch reaction {
    case .ignore: break
    case .close: close()
    case .reject(let status): reject(ResponderRequest(rejectedBy: input), status)
    case .whenIdle where !connection.requests.isEmpty:
      if waiting.count < options.maxRequests { waiting.append(input) }
    case .proper, .whenIdle: dispatch(input)
    case .answerAndClose, .answerAndReset:
      dispatch(input)
      close(byReset: reaction == .answerAndReset)
    }
  }

  private mutating func dispatch(_ input: RecordInput) {
    let header = input.header
    let index = connection.index(of: header.requestID)
    switch (header.type, index) {
    case (.getValues, _) where header.requestID == 0: answerQuery(input.content)
    case (let type, _) where header.requestID == 0: if !type.isDefined { answerUnknownType(type) }
    case (.beginRequest, let index?):
      end(index, status: Self.abortedStatus)
    case (.beginRequest, nil): begin(ResponderRequest(begunBy: input))
    case (.abortRequest, let index?): abort(index)
    case (.params, let index?), (.stdin, let index?), (.data, let index?): receive(input, for: index)
    case (_, nil): rememberStray(input.content, header.type)
    default: break
    }
  }

  // MARK: Begin

  /// Spec: FastCGI 1.0 sections 5.1 and 5.5.
  private mutating func begin(_ request: ResponderRequest) {
    var request = request
    if policy.memoryScope == .twins { request.isTwin = process.begin(request.id, on: number) }
    if let status = rejection(of: request) {
      reject(request, status)
    } else {
      connection.requests.append(request)
    }
  }

  /// Why a request is not served.
  private func rejection(of request: ResponderRequest) -> FastCGIProtocolStatus? {
    let count = connection.requests.count
    if count > 0, !options.runsInTurn, !options.multiplexes { return .cannotMultiplex }
    if count >= options.maxRequests || process.activeCount(besides: number) + count >= options.processRequests {
      return .overloaded
    }
    return request.role.isDefined ? nil : .unknownRole
  }

  // MARK: Abort

  /// Spec: FastCGI 1.0 section 5.4.
  private mutating func abort(_ index: Int) {
    if policy.remembers == .aborted {
      remember(connection.requests[index], variables: connection.requests[index].variables)
    }
    if options.finishesAborted, !connection.requests[index].isReceiving { return }
    end(index, status: Self.abortedStatus, isAborted: true)
  }
}

extension ResponderRequest {
  /// The request that such a record begins.
  init(begunBy input: RecordInput) {
    let body = unsafe FastCGIBeginRequestBody(input.content.span.bytes)
    self.init(
      id: input.header.requestID, role: body?.role ?? FastCGIRole(rawValue: 0),
      keepsConnection: body?.keepsConnection ?? false)
  }

  /// The request that is rejected at such a record: the one that it begins, or one that nobody began.
  fileprivate init(rejectedBy input: RecordInput) {
    if input.header.type == .beginRequest {
      self.init(begunBy: input)
    } else {
      self.init(id: input.header.requestID, role: .responder, keepsConnection: true)
    }
  }
}
