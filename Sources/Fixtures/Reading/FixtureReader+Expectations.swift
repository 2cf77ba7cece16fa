// Expectations: outcomes, their verdicts, and the conditions that they state.
//
// docs/fixture-format.md, section Expectations. What each condition takes is in the module of that name.

internal import Conformance
internal import Expectations
internal import YAMLTree

extension FixtureReader {
  private static let allOutcomeKeys = [
    "requirement", "verdict", "because", "tier", "reads-as", "on", "exchange", "connection",
  ]

  private var exchangeKeys: [String] {
    ExchangeConditions.all.filter { interface == nil || $0.isNeutral }.map(\.key) + ["echo"]
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
      for name in exchangeKeys + ["verdict", "because", "tier", "reads-as", "connection"] {
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
    let tier = map["tier"].flatMap { word($0, what: "a tier", Tier.allCases.map { ($0.rawValue, $0) }) }
    let reading = map["reads-as"].flatMap { self.reading($0) }
    var conditions: [Condition] = []
    for entry in map.entries {
      conditions += exchangeConditions(entry.name, entry.value).map { .exchange(selector, $0) }
    }
    if let value = map["connection"] {
      conditions += connectionConditions(value).map { .connection(selector.connection, $0) }
    }
    if conditions.isEmpty, errors.count == before, map.isWhole {
      report(.noExpectation, "an outcome without a condition holds always", at: map.node)
    }
    return Outcome(
      verdict: verdict, requirement: requirement, because: because, tier: tier, reading: reading,
      conditions: conditions)
  }

  /// One word that says how a request was read: readings of the same word are the same.
  private mutating func reading(_ node: Node) -> String? {
    guard let text = text(node, what: "`reads-as`") else { return nil }
    if Self.isSlug(text) { return text }
    report(.wrongType, "`reads-as` is a slug such as `first-length`, not \(Self.excerpt(text))", at: node)
    return nil
  }

  private mutating func selector(_ map: Map, default selector: ExchangeSelector) -> ExchangeSelector {
    ExchangeSelector(on: map["on"], exchange: map["exchange"], default: selector, by: &self)
  }

  // MARK: Conditions

  /// The conditions that stand at a key of an outcome; none where the key is that of something else.
  private mutating func exchangeConditions(_ key: String, _ node: Node) -> [ExchangeCondition] {
    guard key != "echo" else {
      if let interface { return neutralEcho(node, interface) }
      return conditions(node, what: "`echo`", EchoConditions.all)
    }
    guard let entry = ExchangeConditions.all.first(where: { $0.key == key }) else { return [] }
    return entry.conditions(node, by: &self)
  }

  private mutating func connectionConditions(_ node: Node) -> [ConnectionCondition] {
    conditions(node, what: "`connection`", ConnectionConditions.all)
  }

  /// The conditions of a map of them.
  private mutating func conditions<Subject>(
    _ node: Node, what: String, _ known: [any ConditionEntry<Subject>]
  ) -> [StatedCondition<Subject>] {
    guard let map = map(node, what: what, keys: known.map(\.key)) else { return [] }
    if map.entries.isEmpty { report(.noExpectation, "\(what) asks for nothing", at: node) }
    var conditions: [StatedCondition<Subject>] = []
    for (name, _, value) in map.entries {
      guard let entry = known.first(where: { $0.key == name }) else { continue }
      conditions += entry.conditions(value, by: &self)
    }
    return conditions
  }
}

extension FixtureReader: ArgumentReader {
  func elements(_ node: Node) -> [Node]? {
    if case .sequence(let sequence) = node.content { sequence } else { nil }
  }

  mutating func entries(_ node: Node, what: String) -> [(key: Node, value: Node)]? {
    if case .mapping(let mapping) = node.content { return mapping }
    report(.wrongType, "\(what); this is \(Self.kind(node))", at: node)
    return nil
  }

  mutating func members(
    _ node: Node, what: String, keys: [String], required: [String]
  ) -> [String: Node]? {
    guard let map = map(node, what: what, keys: keys, required: required) else { return nil }
    return Dictionary(uniqueKeysWithValues: map.entries.map { ($0.name, $0.value) })
  }
}
