// What FastCGI targets differ in: the variables of FCGI_GET_VALUES, and the roles that they offer.

import Exchanges
import Expectations
import FastCGIWire
import Fixtures
import Transports
import WireBytes

extension FastCGIDialect {
  func ask(
    _ profile: TargetProfile, _ questions: inout CapabilityQuestions, _ capabilities: inout Capabilities
  ) async throws(TransportError) {
    try await askVariables(&questions, &capabilities)
    capabilities.authorizer = try await offers(.authorizer, &questions)
    capabilities.filter = try await offers(.filter, &questions)
  }

  private func askVariables(
    _ questions: inout CapabilityQuestions, _ capabilities: inout Capabilities
  ) async throws(TransportError) {
    let names = [FastCGIVariable.maxConnections, FastCGIVariable.maxRequests, FastCGIVariable.multiplexes]
    let pairs = names.map { Pair(name: .bytes(bytes($0)), value: .bytes([])) }
    let played = try await questions.play([Step(.getValues(pairs, framing: RecordFraming()))], wireProtocol)
    guard let facts = played.connections[1]?.summary?.fastCGI, facts.results.count > 0 else { return }
    let variables = facts.resultPairs.pairs.map { (WireText.escape($0.name), WireText.escape($0.value, limit: 64)) }
    capabilities.variables = variables.map { (name: $0.0, value: $0.1) }
    func value(of name: String) -> String? { variables.first { $0.0 == name }?.1 }
    let multiplexes = value(of: FastCGIVariable.multiplexes)
    capabilities.multiplexing = multiplexes == "1" ? true : multiplexes == "0" ? false : nil
    questions.promisedConnections = value(of: FastCGIVariable.maxConnections).flatMap { Int($0) }
  }

  private func offers(
    _ role: FastCGIRole, _ questions: inout CapabilityQuestions
  ) async throws(TransportError) -> Bool? {
    let played = try await questions.play([Step(.fastCGIRequest(plainRequest(role: role)))], wireProtocol)
    let end = played.connections[1]?.exchanges.first?.fastCGI?.end
    // No answer in time says nothing about the role.
    if end == nil, played.timeout != nil { return nil }
    return end?.protocolStatus == .requestComplete
  }
}
