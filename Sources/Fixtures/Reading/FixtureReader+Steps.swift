// Steps: the verbs that any byte stream has, and which verbs a protocol has.
//
// docs/fixture-format.md, section Steps. What the verbs of one protocol take is in the files beside this one.

internal import Conformance
internal import Exchanges
internal import FastCGIWire
internal import YAMLTree

/// The verbs that any byte stream has.
private enum StreamVerb: String, CaseIterable {
  case wire
  case halfClose = "half-close"
  case close, reset, open, quiet, rest, settle, wait
}

extension FixtureReader {
  private static func verbs(_ wireProtocol: WireProtocol) -> [String] {
    (wireProtocol.asInterface?.verbs ?? [])
      + (wireProtocol.traits.hasByteStream ? StreamVerb.allCases.map(\.rawValue) : [])
  }

  mutating func steps(_ node: Node, _ wireProtocol: WireProtocol) -> [Step]? {
    guard let elements = list(node, what: "`send`") else { return nil }
    if elements.isEmpty { report(.noSteps, "a case sends something", at: node) }
    return elements.flatMap { steps(of: $0, wireProtocol) }
  }

  /// The step that stands there, or several where it says how often.
  private mutating func steps(of node: Node, _ wireProtocol: WireProtocol) -> [Step] {
    let verbs = Self.verbs(wireProtocol)
    if let word = plain(node) {
      guard verbs.contains(word) else {
        report(
          .unknownVerb, "`\(Self.excerpt(word))` is no verb of \(wireProtocol.rawValue)", at: node,
          remedy: NearestName.remedy(word, among: verbs))
        return []
      }
      return verb(word, nil, at: node, wireProtocol).map { [Step($0, location: location(node))] } ?? []
    }
    guard case .mapping(let mapping) = node.content else {
      report(.wrongType, "a step is a map of one verb; this is \(Self.kind(node))", at: node)
      return []
    }
    var connection = 1
    var times: Node?
    var found: (name: String, key: Node, value: Node)?
    for (key, value) in mapping {
      guard let name = text(key, what: "a verb") else { return [] }
      if name == "on" {
        connection = int(value, what: "`on`", 1...16) ?? 1
      } else if name == "times" {
        times = value
      } else if !verbs.contains(name) {
        report(
          .unknownVerb, "`\(Self.excerpt(name))` is no verb of \(wireProtocol.rawValue)", at: key,
          remedy: NearestName.remedy(name, among: verbs))
        return []
      } else if let first = found {
        report(
          .conflictingKeys, "a step has one verb; this one has `\(first.name)` already", at: key,
          remedy: "begin a new step with `- \(name)`")
        return []
      } else {
        found = (name, key, value)
      }
    }
    guard let found else {
      report(.unknownVerb, "the step has no verb", at: node, remedy: "verbs: " + verbs.joined(separator: ", "))
      return []
    }
    guard let verb = verb(found.name, found.value, at: found.key, wireProtocol) else { return [] }
    let step = Step(verb, connection: connection, location: location(node))
    return times.map { repeated(step, $0) } ?? [step]
  }

  /// A FastCGI request so many times, each after the end of the one before.
  private mutating func repeated(_ step: Step, _ times: Node) -> [Step] {
    guard case .fastCGIRequest(let request) = step.verb else {
      report(.conflictingKeys, "`times` stands beside a FastCGI `request` only", at: times)
      return [step]
    }
    var end = step
    end.verb = .waitFor(.endRequest(id: request.id))
    let count = int(times, what: "`times`", 1...1000) ?? 1
    return (0..<count).flatMap { _ in [step, end] }
  }

  /// Reads a verb that is one of the protocol's.
  ///
  /// - Parameters:
  ///   - value: What the verb takes; nil where only the word stands.
  ///   - place: Where the verb stands.
  private mutating func verb(
    _ name: String, _ value: Node?, at place: Node, _ wireProtocol: WireProtocol
  ) -> Step.Verb? {
    if let verb = StreamVerb(rawValue: name) {
      switch verb {
      case .halfClose: return bare(.halfClose, name, value)
      case .close: return bare(.close, name, value)
      case .reset: return bare(.reset, name, value)
      case .open: return bare(.open, name, value)
      case .quiet: return bare(.quiet, name, value)
      case .settle: return bare(.settle, name, value)
      case .rest:
        return given(value, name, at: place).flatMap { int($0, what: "`rest`", 1...1000) }
          .map { .rest(milliseconds: Int64($0)) }
      case .wire: return given(value, name, at: place).flatMap { bytes($0, what: "`wire`") }.map { .wire($0) }
      case .wait: return given(value, name, at: place).flatMap { milestone($0) }.map { .waitFor($0) }
      }
    }
    guard let value = given(value, name, at: place) else { return nil }
    return wireProtocol.asInterface?.read(name, value, &self)
  }

  /// A verb that takes nothing.
  private mutating func bare(_ verb: Step.Verb, _ name: String, _ value: Node?) -> Step.Verb {
    if let value, !isNothing(value) { report(.wrongType, "`\(name)` takes nothing", at: value) }
    return verb
  }

  /// What a verb takes that cannot stand alone.
  private mutating func given(_ value: Node?, _ name: String, at place: Node) -> Node? {
    if let value, plain(value) != "" { return value }
    report(.wrongType, "`\(name)` takes a value", at: place, remedy: "write `\(name): {}` for the defaults")
    return nil
  }

  private mutating func milestone(_ node: Node) -> Milestone? {
    if let word = plain(node) {
      return self.word(node, what: "a milestone", [("close", .close)]) ?? (word == "close" ? .close : nil)
    }
    guard
      let map = map(node, what: "a milestone", keys: ["end-request", "record", "id", "response"])
    else { return nil }
    refuse(map, together: "end-request", "record", "response")
    if let key = map.key("id"), !map.has("record") {
      report(.conflictingKeys, "`id` stands only beside `record`", at: key)
    }
    if let value = map["end-request"] { return requestID(value, 1...65_535).map { .endRequest(id: $0) } }
    if let value = map["response"] {
      return int(value, what: "a number of responses", 1...1000).map { .response(count: $0) }
    }
    guard let value = map["record"] else {
      report(.missingKey, "a milestone needs `end-request`, `record` or `response`, or is `close`", at: node)
      return nil
    }
    let type = recordType(value)
    let id = map["id"].flatMap { requestID($0) }
    return type.map { .record($0, id: id) }
  }

  mutating func requestID(_ node: Node, _ range: ClosedRange<Int> = 0...65_535) -> UInt16? {
    int(node, what: "a request id", range).map { UInt16($0) }
  }

  mutating func byte(_ node: Node, what: String) -> UInt8? {
    int(node, what: what, 0...255).map { UInt8($0) }
  }

  mutating func recordType(_ node: Node) -> FastCGIRecordType? {
    if let text = plain(node), let first = text.utf8.first, first >= 0x30, first <= 0x39 {
      return byte(node, what: "a record type").map { FastCGIRecordType(rawValue: $0) }
    }
    return word(
      node, what: "a record type",
      (1...11).map { FastCGIRecordType(rawValue: UInt8($0)) }.map { (name: $0.name, value: $0) })
  }
}
