// Expectations: outcomes, their verdicts, and the facts that they ask for.
//
// docs/fixture-format.md, section Expectations.

internal import Conformance
internal import Exchanges
internal import FastCGIWire
internal import YAMLTree

/// The facts about an exchange that an outcome may ask for.
///
/// Keys are cases, not words in a list, so that the compiler asks for the reader of each.
enum ExchangeKey: String, CaseIterable {
  case response
  case noResponse = "no-response"
  case status, ending, framing
  case protocolStatus = "protocol-status"
  case appStatus = "app-status"
  case body
  case bodyBytes = "body-bytes"
  case bodyContains = "body-contains"
  case noBody = "no-body"
  case field
  case hasField = "has-field"
  case noField = "no-field"
  case sameFields = "same-fields"
  case stderr
  case stderrContains = "stderr-contains"
  case stderrBytes = "stderr-bytes"
  case stderrWithout = "stderr-without"
  case noStderrUnless = "no-stderr-unless"
  case cgiForm = "cgi-form"
  case exitCode = "exit-code"
  case signal, echo

  /// Those that an exchange has whatever its interface.
  static let neutral: [ExchangeKey] = [
    .response, .status, .ending, .body, .bodyBytes, .bodyContains, .noBody, .field, .hasField, .noField, .sameFields,
    .echo,
  ]
}

/// What an echo report may be asked for, in a case of one protocol.
private enum EchoKey: String, CaseIterable {
  case params, numbered, without, body, data, role, arguments, fields
}

/// The facts about a connection that an outcome may ask for.
private enum ConnectionKey: String, CaseIterable {
  case completed
  case closedByServer = "closed-by-server"
  case silent, results
  case resultNames = "result-names"
  case resultNamesWithin = "result-names-within"
  case resultMatches = "result-matches"
  case answersAgree = "answers-agree"
  case unknownTypes = "unknown-types"
  case protocolStatuses = "protocol-statuses"
}

extension FixtureReader {
  private static let allOutcomeKeys = ["requirement", "verdict", "because", "on", "exchange", "connection"]

  private var exchangeKeys: [String] {
    (interface == nil ? ExchangeKey.allCases : ExchangeKey.neutral).map(\.rawValue)
  }
  private var outcomeKeys: [String] {
    (interface == nil ? Self.allOutcomeKeys : ["verdict", "because", "on"]) + exchangeKeys
  }
  private var expectationKeys: [String] { ["needs", "any-of"] + outcomeKeys }

  mutating func expectations(_ node: Node) -> [Expectation]? {
    guard let elements = oneOrMore(node, what: "`expect`") else { return nil }
    if elements.isEmpty { report(.noExpectation, "`expect` is empty", at: node) }
    return elements.compactMap { expectation($0) }
  }

  private mutating func expectation(_ node: Node) -> Expectation? {
    guard let map = map(node, what: "an expectation", keys: expectationKeys) else { return nil }
    let needs = map["needs"].flatMap { self.needs($0) } ?? []
    let selector = selector(map, default: ExchangeSelector())
    var requirement: RequirementID?
    var outcomes: [Outcome] = []
    if let alternatives = map["any-of"] {
      requirement = map["requirement"].flatMap { requirementID($0) }
      for name in exchangeKeys + ["verdict", "because", "connection"] {
        guard let key = map.key(name) else { continue }
        report(
          .conflictingKeys, "`\(name)` and `any-of` exclude each other", at: key, remedy: "move it into an outcome")
      }
      for element in list(alternatives, what: "`any-of`") ?? [] {
        guard let alternative = self.map(element, what: "an outcome", keys: outcomeKeys) else { continue }
        if let outcome = outcome(alternative, default: selector) { outcomes.append(outcome) }
      }
      if outcomes.isEmpty { report(.noExpectation, "`any-of` names no outcome", at: alternatives) }
    } else if let outcome = outcome(map, default: selector) {
      outcomes = [outcome]
      requirement = outcome.requirement
    }
    return Expectation(requirement: requirement, needs: needs, outcomes: outcomes, location: location(node))
  }

  private mutating func outcome(_ map: Map, default selector: ExchangeSelector) -> Outcome? {
    let before = errors.count
    let selector = self.selector(map, default: selector)
    let requirement = map["requirement"].flatMap { requirementID($0) }
    let verdicts: [Verdict] = [.pass, .info, .warn, .fail, .skip]
    let verdict = map["verdict"].flatMap { word($0, what: "a verdict", verdicts.map { ($0.rawValue, $0) }) } ?? .pass
    let because = map["because"].flatMap { text($0, what: "`because`") }
    if verdict != .pass, because == nil, let key = map.key("verdict") {
      report(.missingKey, "a verdict other than pass needs `because`", at: key)
    }
    var conditions: [Condition] = []
    for entry in map.entries {
      guard let key = ExchangeKey(rawValue: entry.name) else { continue }
      conditions += exchangeConditions(key, entry.value).map { .exchange(selector, $0) }
    }
    if let value = map["connection"] {
      conditions += connectionConditions(value).map { .connection(selector.connection, $0) }
    }
    if conditions.isEmpty, errors.count == before, map.isWhole {
      report(.noExpectation, "an outcome without a condition holds always", at: map.node)
    }
    return Outcome(verdict: verdict, requirement: requirement, because: because, conditions: conditions)
  }

  private mutating func selector(_ map: Map, default selector: ExchangeSelector) -> ExchangeSelector {
    var selector = selector
    if let value = map["on"] { selector.connection = int(value, what: "`on`", 1...16) ?? 1 }
    if let value = map["exchange"] { selector.index = int(value, what: "`exchange`", 1...1000) ?? 1 }
    return selector
  }

  // MARK: Conditions about an exchange

  private mutating func exchangeConditions(_ key: ExchangeKey, _ node: Node) -> [Condition.ExchangeCondition] {
    switch key {
    case .field: return fieldConditions(node)
    case .hasField: return (names(node, what: "`has-field`") ?? []).map { .hasField(name: $0) }
    case .noField: return (names(node, what: "`no-field`") ?? []).map { .noField(name: $0) }
    case .echo:
      if let interface { return neutralEcho(node, interface) }
      return echoConditions(node)
    case .response: return one(word(node, what: "`response`", [("any", .responseHead)]))
    case .noResponse: return isTrue(node, what: "`no-response`") ? [.noOutput] : []
    case .noBody: return isTrue(node, what: "`no-body`") ? [.noBody] : []
    case .status: return one(statuses(node).map { .status($0) })
    case .ending:
      let endings: [Ending] = [.complete, .aborted, .clientClosed, .serverClosed, .unfinished]
      return one(choices(node, what: "an ending", endings.map { ($0.rawValue, $0) }).map { .ending($0) })
    case .framing:
      let framings: [HTTP1BodyFramingFacts] = [.none, .length, .chunked, .untilClose]
      return one(choices(node, what: "a framing", framings.map { ($0.rawValue, $0) }).map { .responseFraming($0) })
    case .cgiForm:
      let forms: [CGIForm] = [.document, .localRedirect, .clientRedirect, .clientRedirectWithDocument, .invalid]
      return one(choices(node, what: "a response form", forms.map { ($0.rawValue, $0.rawValue) }).map { .cgiForm($0) })
    case .protocolStatus: return one(protocolStatuses(node).map { .protocolStatus($0) })
    case .appStatus: return one(int(node, what: "`app-status`", 0...Int(UInt32.max)).map { .appStatus(UInt32($0)) })
    case .exitCode:
      let codes = oneOrMore(node, what: "`exit-code`")?.compactMap { int($0, what: "an exit code", -255...255) }
      return one(codes.map { .exitCode($0.map { Int32($0) }) })
    case .signal:
      let signals = oneOrMore(node, what: "`signal`")?.compactMap { int($0, what: "a signal", 1...64) }
      return one(signals.map { .signal($0.map { Int32($0) }) })
    case .body: return one(blob(node, what: "`body`").map { .body($0) })
    case .bodyBytes: return one(count(node, what: "`body-bytes`").map { .bodyByteCount($0) })
    case .bodyContains: return one(bytes(node, what: "`body-contains`", atMost: 65_536).map { .bodyContains($0) })
    case .stderr: return one(blob(node, what: "`stderr`").map { .errorStream($0) })
    case .stderrBytes: return one(count(node, what: "`stderr-bytes`").map { .errorStreamByteCount($0) })
    case .stderrContains:
      return one(bytes(node, what: "`stderr-contains`", atMost: 262_144).map { .errorStreamContains($0) })
    case .stderrWithout:
      return one(bytes(node, what: "`stderr-without`", atMost: 65_536).map { .errorStreamWithout($0) })
    case .noStderrUnless:
      let map = map(node, what: "`no-stderr-unless`", keys: ["exchange", "on"])
      return one(map.map { .noErrorStream(unless: selector($0, default: ExchangeSelector())) })
    case .sameFields: return one(sameFields(node))
    }
  }

  /// What was read, as a list; an empty one where it could not be.
  private func one<Value>(_ value: Value?) -> [Value] { value.map { [$0] } ?? [] }

  /// Status codes, and classes such as `4xx` written out.
  private mutating func statuses(_ node: Node) -> [UInt16]? {
    oneOrMore(node, what: "`status`")?.flatMap { element -> [UInt16] in
      if let text = plain(element), text.hasSuffix("xx"), let digit = UInt16(text.dropLast(2)), (1...5).contains(digit)
      {
        return Array(digit * 100...digit * 100 + 99)
      }
      return int(element, what: "a status", 100...999).map { [UInt16($0)] } ?? []
    }
  }

  private mutating func protocolStatuses(_ node: Node) -> [FastCGIProtocolStatus]? {
    if plain(node) == "any" { return (0...255).map { FastCGIProtocolStatus(rawValue: $0) } }
    return oneOrMore(node, what: "a list of protocol statuses")?.compactMap { element in
      if let text = plain(element), let first = text.utf8.first, first >= 0x30, first <= 0x39 {
        return byte(element, what: "a protocol status").map { FastCGIProtocolStatus(rawValue: $0) }
      }
      let known = (0...3).map { FastCGIProtocolStatus(rawValue: UInt8($0)) }
      return word(element, what: "a protocol status", known.map { (name: $0.name, value: $0) })
    }
  }

  private mutating func choices<Value>(
    _ node: Node, what: String, _ values: [(name: String, value: Value)]
  ) -> [Value]? {
    oneOrMore(node, what: what)?.compactMap { word($0, what: what, values) }
  }

  private mutating func count(_ node: Node, what: String) -> UInt64? {
    int(node, what: what, 0...Int.max).map { UInt64($0) }
  }

  private mutating func fieldConditions(_ node: Node) -> [Condition.ExchangeCondition] {
    guard case .mapping(let mapping) = node.content else {
      report(.wrongType, "`field` is a map of names to values; this is \(Self.kind(node))", at: node)
      return []
    }
    var conditions: [Condition.ExchangeCondition] = []
    for (key, value) in mapping {
      guard let name = bytes(key, what: "a field name") else { continue }
      if case .sequence(let sequence) = value.content {
        conditions.append(.fieldValues(name: name, values: sequence.compactMap { bytes($0, what: "a field value") }))
      } else if let value = bytes(value, what: "a field value") {
        conditions.append(.field(name: name, value: value))
      }
    }
    return conditions
  }

  private mutating func sameFields(_ node: Node) -> Condition.ExchangeCondition? {
    guard
      let map = map(
        node, what: "`same-fields`", keys: ["exchange", "on", "names"], required: ["exchange", "names"]),
      let names = map["names"].flatMap({ self.names($0, what: "`names`") })
    else { return nil }
    return .sameFields(as: selector(map, default: ExchangeSelector()), names: names)
  }

  private mutating func echoConditions(_ node: Node) -> [Condition.ExchangeCondition] {
    guard let map = map(node, what: "`echo`", keys: EchoKey.allCases.map(\.rawValue)) else { return [] }
    if map.entries.isEmpty { report(.noExpectation, "`echo` asks for nothing", at: node) }
    return map.entries.compactMap { entry -> Condition.ExchangeCondition? in
      switch EchoKey(rawValue: entry.name) {
      case .params: pairs(entry.value, what: "`params`").map { .echoParams($0) }
      case .numbered: .echoParams(numbered(entry.value))
      case .without: names(entry.value, what: "`without`").map { .echoWithoutParams($0) }
      case .body: count(entry.value, what: "`body`").map { .echoBodyByteCount($0) }
      case .data: count(entry.value, what: "`data`").map { .echoDataByteCount($0) }
      case .role: word(entry.value, what: "a role", ["responder", "authorizer", "filter"].map { ($0, .echoRole($0)) })
      case .arguments: names(entry.value, what: "`arguments`").map { .echoArguments($0) }
      case .fields: pairs(entry.value, what: "`fields`").map { .echoFields($0) }
      case nil: nil
      }
    }
  }

  // MARK: Conditions about a connection

  private mutating func connectionConditions(_ node: Node) -> [Condition.ConnectionCondition] {
    guard let map = map(node, what: "`connection`", keys: ConnectionKey.allCases.map(\.rawValue)) else { return [] }
    if map.entries.isEmpty { report(.noExpectation, "`connection` asks for nothing", at: node) }
    return map.entries.flatMap { entry -> [Condition.ConnectionCondition] in
      ConnectionKey(rawValue: entry.name).map { connectionConditions($0, entry.value) } ?? []
    }
  }

  private mutating func connectionConditions(_ key: ConnectionKey, _ node: Node) -> [Condition.ConnectionCondition] {
    switch key {
    case .completed: return one(int(node, what: "`completed`", 0...1000).map { .completedExchanges($0) })
    case .closedByServer: return one(bool(node, what: "`closed-by-server`").map { .closedByServer($0) })
    case .silent: return isTrue(node, what: "`silent`") ? [.silent] : []
    case .results: return one(int(node, what: "`results`", 0...1000).map { .results($0) })
    case .resultNames: return one(names(node, what: "`result-names`").map { .resultNames($0) })
    case .resultNamesWithin: return one(names(node, what: "`result-names-within`").map { .resultNamesWithin($0) })
    case .resultMatches: return resultPatterns(node)
    case .answersAgree: return isTrue(node, what: "`answers-agree`") ? [.answersAgree] : []
    case .unknownTypes:
      let types = oneOrMore(node, what: "`unknown-types`")
      return one(types.map { .unknownTypes($0.compactMap { byte($0, what: "a record type") }) })
    case .protocolStatuses: return one(protocolStatuses(node).map { .protocolStatuses($0) })
    }
  }

  private mutating func resultPatterns(_ node: Node) -> [Condition.ConnectionCondition] {
    guard case .mapping(let mapping) = node.content else {
      report(.wrongType, "`result-matches` is a map of names to patterns; this is \(Self.kind(node))", at: node)
      return []
    }
    var conditions: [Condition.ConnectionCondition] = []
    for (key, value) in mapping {
      guard
        let name = bytes(key, what: "a name"),
        let pattern = word(value, what: "a pattern", of: Condition.ValuePattern.self)
      else { continue }
      conditions.append(.resultMatches(name: name, pattern))
    }
    return conditions
  }
}
