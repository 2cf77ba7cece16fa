// What a responder has to do with its process, where a policy makes anything of it: who is admitted, what is fatal,
// what is remembered, and for how long is waited.
//
// A sound responder does nothing here but admit whom the list of web servers allows.

internal import FastCGIWire

extension FastCGIResponder {
  // MARK: The connection

  package mutating func admits(_ address: String?) -> Bool {
    let isLost = process.takeLoss()
    return policy.admits(process.admission(of: number, from: address)) && !isLost
  }

  package mutating func connectionLost(byReset: Bool) {
    if !isClosed, !inputEnded { noteEnd(byReset: byReset) }
    process.leave(number, abandoning: connection.requests.count)
  }

  /// Takes note that the client sends no more.
  mutating func noteEnd(byReset: Bool) {
    meet(.lost(place: place, connection.requests.map(\.progress), byReset: byReset))
    guard policy.remembers == .cut, let request = connection.requests.first else { return }
    // What came of a record that is cut counts too.
    let rest = header.type == .params && place == .content ? gathered : []
    remember(request, variables: request.paramsEnded ? request.variables : PairReader(request.params + rest).pairs)
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
    meet(.rest(place))
    guard !isClosed, let losesPatience = policy.losesPatience, waits.contains(where: losesPatience) else { return }
    patienceTimer = startTimer(milliseconds: policy.patience)
  }

  /// What is waited for.
  private var waits: [ResponderWait] {
    if place == .padding { return [.padding] }
    guard place == .boundary else { return [] }
    return connection.requests.compactMap { request in
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
  func rememberStray(_ content: [UInt8], _ type: FastCGIRecordType) {
    let wanted: ResponderMemory.Kind = type == .stdin ? .late : .rejected
    guard policy.remembers == wanted, type == .stdin || type == .params else { return }
    var memory = process.recall(.connection, on: number) ?? ResponderMemory()
    if type == .stdin { memory.body += content } else { memory.variables += PairReader(content).pairs }
    process.remember(memory, of: number)
  }
}
