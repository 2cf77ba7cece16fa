// What SCGI and uwsgi have in common as a client speaks them: a connection for each request, which is a block of variables
// and a body, and an answer that the server's close ends.
//
// How the block is written is each one's own.

import Exchanges
import Expectations
import Fixtures
import Transports
import WireBytes

/// An interface whose requests are a block of variables and a body.
protocol VariableBlockDialect: ClientDialect {
  /// Names that come before all others unless a case says otherwise, with the values that they have where a case gives
  /// none.
  ///
  /// - Parameter contentLength: What the case says; nil where there is no body.
  func leadingVariables(contentLength: Int?) -> [(name: String, value: String)]
  /// The bytes of a request with this block.
  func request(_ request: VariableBlockRequest, _ variables: [Pair]) -> [UInt8]
}

extension VariableBlockDialect {
  /// Whatever an answer is, a close ends it.
  var answered: Milestone { .close }

  func plainRequest(query: [UInt8]?) -> Step.Verb {
    .variableBlockRequest(VariableBlockRequest(variables: RequestVariables(query: query)))
  }

  func request(_ neutral: NeutralRequest, _ profile: TargetProfile) -> Step.Verb {
    let variables = RequestVariables(
      method: neutral.method, query: neutral.query, contentLength: neutral.body?.count,
      pairs: neutral.addressVariables(profile) + neutral.pathVariables(profile) + neutral.fieldVariables)
    return .variableBlockRequest(VariableBlockRequest(variables: variables, body: neutral.body ?? .bytes([])))
  }

  func makeDebts() -> any ConnectionDebts { VariableBlockDebts() }

  func encoded(_ verb: Step.Verb, for profile: TargetProfile) -> [UInt8]? {
    guard case .variableBlockRequest(let request) = verb else { return nil }
    return self.request(request, pairs(request.variables, profile))
  }

  /// The variables in the order in which they are sent: the base with what the case changes of it, and what it adds.
  private func pairs(_ variables: RequestVariables, _ profile: TargetProfile) -> [Pair] {
    var pairs: [Pair] = []
    if variables.base {
      let leading = leadingVariables(contentLength: variables.contentLength).map { (bytes($0.name), bytes($0.value)) }
      let names = leading.map(\.0)
      let others = profile.variables(
        method: variables.method, query: variables.query, contentLength: variables.contentLength)
      let base = leading + others.map { ($0.name, $0.value) }.filter { !names.contains($0.0) }
      pairs = base.filter { !variables.without.contains($0.0) }.map { Pair(name: .bytes($0.0), value: .bytes($0.1)) }
    }
    // A name of the base is replaced in its place, once: what stands twice in a case is meant to.
    let isBase = Set(pairs.map(\.name.bytes))
    var replaced: Set<[UInt8]> = []
    for pair in variables.pairs {
      let name = pair.name.bytes
      if isBase.contains(name), replaced.insert(name).inserted,
        let index = pairs.firstIndex(where: { $0.name.bytes == name })
      {
        pairs[index] = pair
      } else {
        pairs.append(pair)
      }
    }
    if variables.reversed { pairs.reverse() }
    let first = variables.order.flatMap { name in pairs.filter { $0.name.bytes == name } }
    return first + pairs.filter { !variables.order.contains($0.name.bytes) }
  }

  // MARK: Other protocols

  /// An answer may be an HTTP message.
  ///
  /// An HTTP server answers so as well, by an error: `ask` tells the two apart.
  func isBegun(by answer: [UInt8]) -> Bool { answer.starts(with: bytes("HTTP/")) }

  /// Asks what calls every request bad for a request of HTTP.
  func ask(
    _ profile: TargetProfile, _ questions: inout CapabilityQuestions, _ capabilities: inout Capabilities
  ) async throws(TransportError) {
    let plain = try await questions.play([Step(plainRequest(query: nil))], wireProtocol)
    guard plain.connections[1]?.exchanges.first?.response.status == 400 else { return }
    let steps = [Step(.wire(bytes("GET / HTTP/1.0\r\n\r\n"))), Step(.waitFor(.close))]
    let played = try await questions.play(steps, wireProtocol)
    guard let answer = played.connections[1]?.firstBytes, isBegun(by: answer) else { return }
    let address = "\(profile.target.address)"
    throw TransportError(
      .wrongProtocol,
      "\(address) answers requests of HTTP and calls those of \(name) bad: that is HTTP on \(portName); use "
        + "http://\(address)", context: address)
  }

  /// Whether the answer begins with a byte that neither a field's name nor a status line begins with: TLS, say.
  func isForeign(_ connection: PlayedConnection) -> Bool {
    guard let first = connection.firstBytes.first else { return false }
    return !ASCII.isTokenByte(first) && first != ASCII.cr && first != ASCII.lf
      || connection.firstBytes.starts(with: bytes("SSH-"))
  }
}

/// What is owed on one connection of SCGI or uwsgi: an answer, where a request was sent.
struct VariableBlockDebts: ConnectionDebts {
  private(set) var isOwed = false

  mutating func noteSent(_ verb: Step.Verb, at now: Timestamp) {
    if case .variableBlockRequest = verb { isOwed = true }
  }

  mutating func noteResponse() { isOwed = false }
  mutating func noteClosed() { isOwed = false }
}
