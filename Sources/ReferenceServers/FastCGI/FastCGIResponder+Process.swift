// What a responder has to do with its process, where a policy makes anything of it: who is admitted, what is fatal,
// what is remembered, and for how long is waited.
//
// A sound responder does nothing here but admit whom the list of web servers allows.

internal import FastCGIWire
internal import WireBytes

extension FastCGIResponder {
  // MARK: The connection

  /// Whether the connection is served; asked once, before anything else.
  ///
  /// - Parameter address: The peer's, or nil over a Unix socket.
  package mutating func admits(_ address: String?) -> Bool {
    let isLost = process.takeLoss()
    return policy.admits(process.admission(of: number, from: address)) && !isLost
  }

  /// Takes note that the client is gone: it closed the connection, or reset it.
  package mutating func connectionLost(byReset: Bool) {
    if !isClosed, !inputEnded { noteEnd(byReset: byReset) }
    process.leave(number, abandoning: requests.count)
  }

  /// Takes note that the client sends no more.
  mutating func noteEnd(byReset: Bool) {
    meet(.lost(place: place, requests.map(\.progress), byReset: byReset))
    guard policy.remembers == .cut, let request = requests.first else { return }
    remember(request, variables: request.paramsEnded ? request.variables : PairReader(request.params).pairs)
  }

  /// Lets the policy say whether that was too much, for the process or for the connection.
  mutating func meet(_ moment: ResponderMoment) {
    if policy.isFatal(moment) { process.loseNext() }
    if policy.isRefused(moment) { close() }
  }

  /// Takes note of where the client stands, and begins to wait for it.
  mutating func noteWaiting() {
    process.note(place, of: number)
    patienceTimer = nil
    if policy.closesInside.contains(place) { close() }
    guard !isClosed, let losesPatience = policy.losesPatience, waits.contains(where: losesPatience) else { return }
    patienceTimer = startTimer(milliseconds: policy.patience)
  }

  /// What is waited for.
  private var waits: [ResponderWait] {
    if place == .padding { return [.padding] }
    guard place == .boundary else { return [] }
    return requests.compactMap { request in
      switch request.progress {
      case .begun: .params
      case .params: .paramsEnd
      case .body where !request.stdin.isEnded: .bodyEnd
      case .paramsEnded, .body: request.stdin.isEnded && request.role == .filter ? .data : nil
      default: nil
      }
    }
  }

  // MARK: Memory

  func remember(_ request: ResponderRequest, variables: [ProbeVariable], steps: [ProbeStep] = []) {
    let memory = ResponderMemory(
      variables: variables, body: request.stdin.bytes, dataByteCount: request.data.byteCount, steps: steps)
    process.remember(memory, of: number)
  }

  /// What the request finds of an earlier one.
  func memory(for request: ResponderRequest) -> ResponderMemory? {
    guard policy.remembers != nil, policy.memoryScope != .twins || request.isTwin else { return nil }
    return process.recall(policy.memoryScope, on: number)
  }

  /// Remembers content that came for a request that is not, or no longer, active.
  func rememberStray(_ content: RawSpan, _ type: FastCGIRecordType) {
    let wanted: ResponderMemory.Kind = type == .stdin ? .late : .rejected
    guard policy.remembers == wanted, type == .stdin || type == .params else { return }
    var memory = process.recall(.connection, on: number) ?? ResponderMemory()
    var bytes: [UInt8] = []
    bytes.append(contentsOf: content)
    if type == .stdin { memory.body += bytes } else { memory.variables += PairReader(bytes).pairs }
    process.remember(memory, of: number)
  }
}

extension ResponderRequest {
  var progress: RequestProgress {
    switch stage {
    case .running: .output
    case .paused: .paused(hasOutput: hasOutput)
    case .receiving where !paramsEnded: params.isEmpty ? .begun : .params
    case .receiving: stdin.byteCount == 0 && !stdin.isEnded ? .paramsEnded : .body
    }
  }
}
