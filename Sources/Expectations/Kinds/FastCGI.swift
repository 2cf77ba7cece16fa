// Conditions on what only FastCGI has: FCGI_END_REQUEST of a request, management records of a connection.

import Exchanges
package import FastCGIWire
import WireBytes

extension ExchangeConditions {
  static let fastCGI: [any ConditionEntry<ObservedExchange>] = [protocolStatus, appStatus]

  package static let protocolStatus = ExchangeKind(
    "protocol-status",
    takes: "`request-complete`, `cant-mpx-conn`, `overloaded`, `unknown-role`, 0 to 255, or a list; `any`",
    holdsWhen: "FCGI_END_REQUEST came with one of these", ProtocolStatusList(),
    words: { accepted, _ in
      if accepted.count == 256 { return "FCGI_END_REQUEST comes, whatever it says" }
      return "FCGI_END_REQUEST says \(Expected.either(accepted.map(\.name)))"
    },
    judgement: { accepted, seen in
      guard let status = seen.exchange.fastCGI?.end?.protocolStatus else {
        return .differs("no FCGI_END_REQUEST came: \(seen.ending)")
      }
      return accepted.contains(status)
        ? .holds : .differs("protocol status was \(status.name), expected \(Seen.list(accepted.map(\.name)))")
    })

  package static let appStatus = ExchangeKind(
    "app-status", takes: "0 to 4,294,967,295", holdsWhen: "it carried this", Number(0...Int(UInt32.max)),
    words: { status, _ in "the application status is \(status)" },
    judgement: { expected, seen in
      guard let status = seen.exchange.fastCGI?.end?.appStatus else {
        return .differs("no FCGI_END_REQUEST came")
      }
      return status == expected ? .holds : .differs("application status was \(status), expected \(expected)")
    })
}

extension ConnectionConditions {
  static let management: [any ConditionEntry<ObservedConnection>] = [
    results, resultNames, resultNamesWithin, resultMatches, answersAgree, unknownTypes, protocolStatuses,
  ]

  package static let results = ConnectionKind(
    "results", in: "connection", takes: "number", holdsWhen: "so many FCGI_GET_VALUES_RESULT records came",
    Number(0...1000),
    words: { count, _ in "\(count) FCGI_GET_VALUES_RESULT \(count == 1 ? "record comes" : "records come")" },
    judgement: { count, seen in
      let results = seen.facts?.results.count ?? 0
      return results == count ? .holds : .differs("\(results) FCGI_GET_VALUES_RESULT records, expected \(count)")
    })

  package static let resultNames = ConnectionKind(
    "result-names", in: "connection", takes: "list of names", holdsWhen: "they name exactly these variables",
    NameList(),
    words: { names, _ in
      names.isEmpty
        ? "the result names nothing" : "the result names exactly \(Expected.list(names.map(Expected.name)))"
    },
    judgement: { names, seen in
      let named = seen.resultNames
      return Set(named) == Set(names) && named.count == names.count
        ? .holds : .differs("the result names \(Seen.quoted(named)), expected \(Seen.quoted(names))")
    })

  package static let resultNamesWithin = ConnectionKind(
    "result-names-within", in: "connection", takes: "list of names", holdsWhen: "they name no other variable",
    NameList(),
    words: { names, _ in "the result names nothing but \(Expected.list(names.map(Expected.name)))" },
    judgement: { names, seen in
      if let offset = seen.facts?.resultTruncatedPair {
        return .differs("the result of the record at \(offset) ends inside a pair")
      }
      let odd = seen.resultNames.filter { !names.contains($0) }
      guard let first = odd.first else { return .holds }
      guard !seen.questions.contains(where: { $0.contains(first) }) else {
        return .differs("the result names \(Seen.quoted(odd)), though a name that is not known is to be left out")
      }
      return .differs("the result names \(Seen.quoted(odd)), which \(odd.count == 1 ? "was" : "were") not asked for")
    })

  package static let resultMatches = ConnectionKind(
    "result-matches", in: "connection", takes: "map: name to `digits` or `boolean`",
    holdsWhen: "the variable, where it is named, looks like this", PatternMap(),
    words: { expected, _ in
      let pattern =
        switch expected.pattern {
        case .digits: "a decimal number"
        case .boolean: "0 or 1"
        }
      return "\(Expected.name(expected.name)), where named, is \(pattern)"
    },
    judgement: { expected, seen in
      guard let pair = seen.facts?.resultPairs.pairs.first(where: { $0.name == expected.name }) else { return .holds }
      return expected.pattern.matches(pair.value)
        ? .holds
        : .differs(
          "\(Seen.text(expected.name)) is \(Seen.quoted([pair.value])), expected \(expected.pattern.rawValue)")
    })

  package static let answersAgree = ConnectionKind(
    "answers-agree", in: "connection", takes: "`true`",
    holdsWhen: """
      a variable that one answer names is in the answer to every question for it, and FCGI_MPXS_CONNS always the same
      """,
    OnlyTrue(),
    words: { _, _ in "a variable that is answered once is answered to every question for it, alike" },
    judgement: { _, seen in seen.disagreement.map { .differs($0) } ?? .holds })

  package static let unknownTypes = ConnectionKind(
    "unknown-types", in: "connection", takes: "list of 0 to 255",
    holdsWhen: "FCGI_UNKNOWN_TYPE answers named these types, in order", OneOrMore("a record type", Number(0...255)),
    words: { types, _ in
      types.isEmpty
        ? "no FCGI_UNKNOWN_TYPE comes" : "FCGI_UNKNOWN_TYPE names \(Expected.list(types.map { "type \($0)" }))"
    },
    judgement: { types, seen in
      let answered = (seen.facts?.unknownTypesAnswered ?? []).map { Int($0) }
      return answered == types
        ? .holds : .differs("FCGI_UNKNOWN_TYPE answered the types \(Seen.list(answered)), expected \(Seen.list(types))")
    })

  package static let protocolStatuses = ConnectionKind(
    "protocol-statuses", in: "connection", takes: "list", holdsWhen: "every exchange's protocol status, sorted",
    ProtocolStatusList(),
    words: { statuses, _ in "the requests end with \(Expected.list(statuses.map(\.name)))" },
    judgement: { expected, seen in
      let statuses = seen.exchanges.compactMap { $0.fastCGI?.end?.protocolStatus.rawValue }.sorted()
      let expected = expected.map(\.rawValue)
      return statuses == expected.sorted()
        ? .holds
        : .differs("the protocol statuses were \(Seen.list(statuses)), expected \(Seen.list(expected))")
    })
}

/// What the value of a variable must look like.
package enum ValuePattern: String, Sendable, CaseIterable {
  /// One or more decimal digits.
  case digits
  /// `0` or `1`.
  case boolean

  fileprivate func matches(_ value: [UInt8]) -> Bool {
    switch self {
    case .digits: !value.isEmpty && value.allSatisfy(ASCII.isDigit)
    case .boolean: value == [0x30] || value == [0x31]
    }
  }
}

/// Protocol statuses by name or number, one or a list; `any` for all there can be.
package struct ProtocolStatusList: ArgumentForm {
  package typealias Argument = [FastCGIProtocolStatus]
  private static let named = (UInt8(0)...3).map { FastCGIProtocolStatus(rawValue: $0) }

  package func arguments<Reader: ArgumentReader>(
    _ node: Reader.Node, what: String, by reader: inout Reader
  ) -> [Argument] {
    if reader.plain(node) == "any" { return [(UInt8.min ... .max).map { FastCGIProtocolStatus(rawValue: $0) }] }
    guard let nodes = reader.oneOrMore(node, what: "a list of protocol statuses") else { return [] }
    return [
      nodes.compactMap { node in
        if let first = reader.plain(node)?.utf8.first, ASCII.isDigit(first) {
          return reader.int(node, what: "a protocol status", 0...255).map { FastCGIProtocolStatus(rawValue: UInt8($0)) }
        }
        return reader.word(node, what: "a protocol status", Self.named.map { (name: $0.name, value: $0) })
      }
    ]
  }
}

/// A map of names, each with a pattern.
package struct PatternMap: ArgumentForm {
  package typealias Argument = (name: [UInt8], pattern: ValuePattern)

  package func arguments<Reader: ArgumentReader>(
    _ node: Reader.Node, what: String, by reader: inout Reader
  ) -> [Argument] {
    guard let entries = reader.entries(node, what: "\(what) is a map of names to patterns") else { return [] }
    let patterns = ValuePattern.allCases.map { (name: $0.rawValue, value: $0) }
    return entries.compactMap { key, node in
      guard
        let name = reader.bytes(key, what: "a name", atMost: Blob.writtenLimit),
        let pattern = reader.word(node, what: "a pattern", patterns)
      else { return nil }
      return (name, pattern)
    }
  }
}

extension ObservedConnection {
  fileprivate var facts: FastCGIConnectionFacts? { summary?.fastCGI }

  /// The names in the answers to FCGI_GET_VALUES, in order.
  fileprivate var resultNames: [[UInt8]] { facts?.resultPairs.pairs.map(\.name) ?? [] }

  /// How the answers to several questions for one variable differ; nil where they agree.
  fileprivate var disagreement: String? {
    guard let pairs = facts?.resultPairs.pairs else { return nil }
    for name in Set(pairs.map(\.name)).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      let answers = pairs.filter { $0.name == name }
      let asked = questions.count { $0.contains(name) }
      if answers.count < asked {
        return "\(Seen.text(name)) was answered to \(answers.count) of \(asked) questions for it"
      }
      let values = Set(answers.map(\.value))
      if values.count > 1, name.elementsEqual(FastCGIVariable.multiplexes.utf8) {
        return "\(Seen.text(name)) was \(Seen.quoted(answers.map(\.value)))"
      }
    }
    return nil
  }
}
