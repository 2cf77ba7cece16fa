// Neutral cases: a request and what must come back, written once and read for one interface after the other.
//
// docs/fixture-format.md, section "Neutral cases". How the request is then made over an interface is in Drivers.

internal import CGIWire
internal import Conformance
internal import Exchanges
internal import Expectations
internal import WireBytes
internal import YAMLTree

extension FixtureReader {
  static let neutralCaseKeys = [
    "id", "requirements", "summary", "explanation", "tags", "needs", "depends-on", "send", "expect",
  ]

  /// The requirements that a case has over `interface`; empty where it is no case of that interface.
  mutating func mappedRequirements(_ node: Node, _ interface: WireProtocol) -> [RequirementID] {
    let interfaces = CaseInterface.all.map(\.wireProtocol.rawValue)
    guard let map = map(node, what: "`requirements` of a neutral case", keys: interfaces) else {
      return []
    }
    if map.entries.isEmpty, map.isWhole {
      report(.missingKey, "a neutral case names the requirements of one interface at least", at: node)
    }
    var mapped: [RequirementID] = []
    for entry in map.entries {
      guard let ids = requirementIDs(entry.value, what: "`\(entry.name)`") else { continue }
      if ids.isEmpty, case .sequence(let sequence) = entry.value.content, sequence.isEmpty {
        report(.missingKey, "a case tests at least one requirement", at: entry.value)
      }
      if entry.name == interface.rawValue { mapped = ids }
    }
    return mapped
  }

  /// Requests, each on a connection of its own: not every interface has a second on the same.
  mutating func neutralSteps(_ node: Node) -> [Step]? {
    guard let elements = list(node, what: "`send`") else { return nil }
    if elements.isEmpty { report(.noSteps, "a case sends something", at: node) }
    var steps: [Step] = []
    for element in elements {
      guard
        let map = map(element, what: "a step of a neutral case", keys: ["request", "on"], required: ["request"]),
        let value = map["request"], let request = neutralRequest(value)
      else { continue }
      let connection = map["on"].flatMap { int($0, what: "`on`", 1...16) } ?? 1
      if steps.contains(where: { $0.connection == connection }) {
        report(
          .conflictingKeys, "connection \(connection) has a request already", at: element,
          remedy: "write `on: \(min(steps.count + 1, 16))`")
      }
      steps.append(Step(.request(request), connection: connection, location: location(element)))
    }
    return steps
  }

  private mutating func neutralRequest(_ node: Node) -> NeutralRequest? {
    let keys = ["method", "path-info", "probe", "arguments", "query", "fields", "body"]
    guard let map = map(node, what: "a request", keys: keys) else { return nil }
    var request = NeutralRequest()
    request.body = map["body"].flatMap { blob($0, what: "`body`") }
    request.method =
      map["method"].flatMap { bytes($0, what: "`method`") } ?? Array((request.body == nil ? "GET" : "POST").utf8)
    request.pathInfo = map["path-info"].flatMap { bytes($0, what: "`path-info`") } ?? []
    request.query = query(map)
    request.fields = map["fields"].flatMap { pairs($0, what: "`fields`") } ?? []
    return request
  }

  // MARK: The echo report

  /// What the report must say over `interface`.
  ///
  /// An HTTP server's application knows the fields; a gateway's knows meta-variables made of them.
  mutating func neutralEcho(_ node: Node, _ interface: WireProtocol) -> [ExchangeCondition] {
    let keys = ["method", "path-info", "query", "fields", "without-fields", "body"]
    guard let map = map(node, what: "`echo` of a neutral case", keys: keys) else { return [] }
    if map.entries.isEmpty, map.isWhole { report(.noExpectation, "`echo` asks for nothing", at: node) }
    var variables: [Pair] = []
    for (key, name) in [("method", "REQUEST_METHOD"), ("path-info", "PATH_INFO"), ("query", "QUERY_STRING")] {
      guard let value = map[key].flatMap({ blob($0, what: "`\(key)`") }) else { continue }
      variables.append(Pair(name: .bytes(Array(name.utf8)), value: value))
    }
    let fields = map["fields"].flatMap { pairs($0, what: "`fields`") } ?? []
    let absent = map["without-fields"].flatMap { names($0, what: "`without-fields`") } ?? []
    var conditions: [ExchangeCondition] = []
    switch interface.traits.requestNames {
    case .headerFields:
      // In lower case, as the report has them. That the body is a report at all is asked for even without fields.
      conditions.append(
        EchoConditions.fields(fields.map { Pair(name: .bytes($0.name.bytes.lowercasedASCII), value: $0.value) }))
    case .metaVariables:
      variables += fields.map { $0.asVariable }
      if !variables.isEmpty { conditions.append(EchoConditions.params(variables)) }
      if !absent.isEmpty { conditions.append(EchoConditions.without(absent.map(CGIMetaVariables.variableName))) }
    }
    if let value = map["body"], let count = int(value, what: "`body`", 0...Int.max) {
      conditions.append(EchoConditions.body(count))
    }
    return conditions
  }
}

extension Pair {
  /// The meta-variable of a field.
  fileprivate var asVariable: Pair {
    Pair(name: .bytes(CGIMetaVariables.variableName(ofField: name.bytes)), value: value)
  }
}

extension Expectation {
  /// The same, where what answers HTTP may be a gateway, and the fields are then reported as meta-variables.
  var withGateways: Expectation {
    var expectation = self
    expectation.outcomes = outcomes.flatMap { outcome -> [Outcome] in
      var hasFields = false
      var behind = outcome
      behind.conditions = outcome.conditions.map { condition in
        guard case .exchange(let selector, let stated) = condition,
          let fields = EchoConditions.fields.argument(of: stated), !fields.isEmpty
        else { return condition }
        hasFields = true
        return .exchange(selector, EchoConditions.params(fields.map(\.asVariable)))
      }
      return hasFields ? [outcome, behind] : [outcome]
    }
    return expectation
  }
}
