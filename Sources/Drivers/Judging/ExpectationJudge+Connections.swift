// What the conditions on a connection ask: how it ended, and what came on it outside of requests.

import Exchanges
import FastCGIWire
import Fixtures
import WireBytes

extension ExpectationJudge {
  /// What differs from a condition on a connection, in words; nil when it holds.
  func difference(_ played: PlayedConnection, _ condition: Condition.ConnectionCondition) -> String? {
    let facts = played.summary?.fastCGI
    switch condition {
    case .completedExchanges(let count):
      let seen = played.exchanges.count { $0.ending == .complete || $0.ending == .aborted }
      return seen == count ? nil : "\(seen) exchanges were completed, expected \(count)"
    case .closedByServer(let expected):
      if played.closedByServer == expected { return nil }
      guard expected else { return "the server closed the connection" }
      return "the server left the connection open" + (played.closeTimeout.map { "; \($0)" } ?? "")
    case .results(let count):
      let seen = facts?.results.count ?? 0
      return seen == UInt64(count) ? nil : "\(seen) FCGI_GET_VALUES_RESULT records, expected \(count)"
    case .resultNames(let names):
      let seen = resultNames(facts)
      return Set(seen) == Set(names) && seen.count == names.count
        ? nil : "the result names \(quoted(seen)), expected \(quoted(names))"
    case .resultNamesWithin(let names):
      if let offset = facts?.resultTruncatedPair { return "the result of the record at \(offset) ends inside a pair" }
      let odd = resultNames(facts).filter { !names.contains($0) }
      guard let first = odd.first else { return nil }
      guard !asked(first) else {
        return "the result names \(quoted(odd)), though a name that is not known is to be left out"
      }
      return "the result names \(quoted(odd)), which \(odd.count == 1 ? "was" : "were") not asked for"
    case .resultMatches(let name, let pattern):
      guard let pair = facts?.resultPairs.pairs.first(where: { $0.name == name }) else { return nil }
      let value = pair.value
      let isNumber = !value.isEmpty && value.allSatisfy(ASCII.isDigit)
      let holds = pattern == .boolean ? value == [0x30] || value == [0x31] : isNumber
      return holds ? nil : "\(text(name)) is \(quoted([value])), expected \(pattern.rawValue)"
    case .answersAgree: return disagreement(facts)
    case .unknownTypes(let types):
      let seen = facts?.unknownTypesAnswered ?? []
      return seen == types ? nil : "FCGI_UNKNOWN_TYPE answered the types \(list(seen)), expected \(list(types))"
    case .silent:
      let count = played.summary?.responseByteCount ?? 0
      return count == 0 ? nil : "\(count) bytes came, expected none"
    case .protocolStatuses(let expected):
      let seen = played.exchanges.compactMap { $0.fastCGI?.end?.protocolStatus.rawValue }.sorted()
      return seen == expected.map(\.rawValue).sorted()
        ? nil : "the protocol statuses were \(list(seen)), expected \(list(expected.map(\.rawValue)))"
    }
  }

  /// How the answers to several questions for one variable differ.
  private func disagreement(_ facts: FastCGIConnectionFacts?) -> String? {
    guard let pairs = facts?.resultPairs.pairs else { return nil }
    let questions = testCase.steps.compactMap { step -> Set<[UInt8]>? in
      if case .getValues(let pairs, _) = step.verb { Set(pairs.map(\.name.bytes)) } else { nil }
    }
    for name in Set(pairs.map(\.name)).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      let answers = pairs.filter { $0.name == name }
      let asked = questions.count { $0.contains(name) }
      if answers.count < asked { return "\(text(name)) was answered to \(answers.count) of \(asked) questions for it" }
      let values = Set(answers.map(\.value))
      if values.count > 1, name.elementsEqual(FastCGIVariable.multiplexes.utf8) {
        return "\(text(name)) was \(quoted(answers.map(\.value)))"
      }
    }
    return nil
  }

  /// Whether the case asks for a variable of that name.
  private func asked(_ name: [UInt8]) -> Bool {
    testCase.steps.contains { step in
      if case .getValues(let pairs, _) = step.verb { pairs.contains { $0.name.bytes == name } } else { false }
    }
  }

  private func resultNames(_ facts: FastCGIConnectionFacts?) -> [[UInt8]] {
    guard let facts else { return [] }
    return facts.resultPairs.indices.map { Array(facts.resultPairs.name($0)) }
  }
}
