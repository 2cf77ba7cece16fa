// A case: its own keys, before its steps and expectations.
//
// docs/fixture-format.md, section "A case".

internal import Conformance
internal import Exchanges
internal import YAMLTree

/// Where a file's cases belong.
struct Topic {
  /// `fastcgi/records`: what the ids of its cases begin with.
  var path: String
  var wireProtocol: WireProtocol
}

/// A case and where it names others, for checks across files.
struct ReadCase {
  var value: Case
  /// Errors to be reported when the case of that name does not exist, or depends on this one.
  var dependencies: [(id: String, error: FixtureError)]
  /// Where its id stands.
  var idError: FixtureError
}

extension FixtureReader {
  private static let caseKeys = [
    "id", "requirements", "summary", "explanation", "tags", "needs", "depends-on", "write-bytes", "process", "send",
    "expect", "rules",
  ]

  /// All cases of the file, as far as they can be read.
  mutating func cases(_ root: Node, topic: Topic) -> [ReadCase] {
    guard let elements = list(root, what: "a fixture file", remedy: "begin each case with `- id:`") else { return [] }
    if elements.isEmpty { report(.noCases, "the file holds no case", at: root) }
    return elements.compactMap { readCase($0, topic: topic) }
  }

  private mutating func readCase(_ node: Node, topic: Topic) -> ReadCase? {
    let before = errors.count
    guard
      let map = map(
        node, what: interface == nil ? "a case" : "a neutral case",
        keys: interface == nil ? Self.caseKeys : Self.neutralCaseKeys,
        required: ["id", "requirements", "summary", "send"])
    else { return nil }
    let slug = map["id"].flatMap { readSlug($0) }
    let requirements = map["requirements"].flatMap { self.requirements($0) } ?? []
    if let node = map["requirements"], requirements.isEmpty, case .sequence(let sequence) = node.content,
      sequence.isEmpty
    {
      report(.missingKey, "a case tests at least one requirement", at: node)
    }
    let summary = map["summary"].flatMap { line($0, what: "`summary`") }
    let explanation = map["explanation"].flatMap { text($0, what: "`explanation`") }
    let tags = map["tags"].flatMap { words($0, what: "`tags`") } ?? []
    var needs = map["needs"].flatMap { self.needs($0) } ?? []
    let process = map["process"].flatMap { self.process($0) }
    if process != nil { needs.insert(.spawned) }
    let dependencies = map["depends-on"].flatMap { self.dependencies($0, topic: topic) } ?? []
    let writeByteCount = map["write-bytes"].flatMap { int($0, what: "`write-bytes`", 1...65_536) }
    let steps = map["send"].flatMap { self.steps($0, of: topic) } ?? []
    var expectations = map["expect"].flatMap { self.expectations($0) } ?? []
    if interface?.traits.requestNames == .headerFields { expectations = expectations.map(\.withGateways) }
    let rules = map["rules"].flatMap { requirementIDs($0, what: "`rules`") } ?? []
    if !map.has("expect"), !map.has("rules") {
      report(
        .noExpectation,
        "a case needs `expect`\(interface == nil ? " or `rules`" : ""): one that expects nothing cannot fail",
        at: map.key("id") ?? node)
    }
    guard errors.count == before, let slug, let summary, let idNode = map["id"] else { return nil }
    // A neutral case that names no requirement of this interface is none of its cases.
    if interface != nil, requirements.isEmpty { return nil }
    let value = Case(
      id: "\(topic.path)/\(slug)", wireProtocol: topic.wireProtocol, summary: summary,
      explanation: explanation.map(Self.folded) ?? "", requirements: requirements, tags: Set(tags), needs: needs,
      dependsOn: dependencies.isEmpty ? interface?.asInterface.map { [$0.baseline] } ?? [] : dependencies.map(\.id),
      writeByteCount: writeByteCount, process: process, steps: steps,
      expectations: expectations,
      rules: rules, location: location(node))
    let place = location(idNode)
    let idError = source.error(
      .duplicateID, "another case has the id \(value.id)", line: place.line, column: place.column,
      length: slug.utf8.count)
    return ReadCase(value: value, dependencies: dependencies, idError: idError)
  }

  // MARK: Values of a case

  private mutating func process(_ node: Node) -> ProcessSetting? {
    guard let map = map(node, what: "`process`", keys: ["socket", "environment", "closed-output"]) else { return nil }
    return ProcessSetting(
      socket: map["socket"].flatMap { word($0, what: "a socket", of: ProcessSetting.Socket.self) } ?? .tcp,
      environment: map["environment"].flatMap { pairs($0, what: "`environment`") } ?? [],
      closesOutput: map["closed-output"].flatMap { bool($0, what: "`closed-output`") } ?? false)
  }

  private mutating func readSlug(_ node: Node) -> String? {
    guard let slug = text(node, what: "`id`") else { return nil }
    if Self.isSlug(slug) { return slug }
    report(
      .badID, "an id is at most 64 lower-case letters, digits and single hyphens", at: node,
      remedy: "protocol and topic come from the path: write `padding-255`, not `fastcgi/records/padding-255`")
    return nil
  }

  /// Whether a text is at most 64 lower-case letters, digits and single hyphens.
  static func isSlug(_ text: String) -> Bool {
    text.utf8.count <= 64 && text.utf8.allSatisfy { isSlugByte($0) } && !text.contains("--")
      && !text.hasPrefix("-") && !text.hasSuffix("-") && !text.isEmpty
  }

  static func isSlugByte(_ byte: UInt8) -> Bool {
    byte >= 0x61 && byte <= 0x7A || byte >= 0x30 && byte <= 0x39 || byte == 0x2D
  }

  private mutating func line(_ node: Node, what: String) -> String? {
    guard let text = text(node, what: what) else { return nil }
    let line = Self.folded(text)
    if line.isEmpty { report(.missingKey, "\(what) says nothing", at: node) }
    return line
  }

  /// Text on one line: runs of white space become one space.
  private static func folded(_ text: String) -> String {
    let words = text.utf8.split { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
    return words.map { String(Substring($0)) }.joined(separator: " ")
  }

  private mutating func words(_ node: Node, what: String) -> [String]? {
    oneOrMore(node, what: what)?.compactMap { element in
      guard let word = text(element, what: "a word of \(what)") else { return nil }
      if !word.isEmpty, word.utf8.allSatisfy({ Self.isSlugByte($0) }) { return word }
      report(.unknownValue, "a word of \(what) is lower-case letters, digits and hyphens", at: element)
      return nil
    }
  }

  mutating func needs(_ node: Node) -> Set<Need>? {
    oneOrMore(node, what: "`needs`").map { elements in
      Set(elements.compactMap { word($0, what: "a need", of: Need.self) })
    }
  }

  private mutating func requirements(_ node: Node) -> [RequirementID]? {
    if let interface { return mappedRequirements(node, interface) }
    return requirementIDs(node, what: "`requirements`")
  }

  private mutating func steps(_ node: Node, of topic: Topic) -> [Step]? {
    interface == nil ? steps(node, topic.wireProtocol) : neutralSteps(node)
  }

  /// IDs that are in the registry.
  mutating func requirementIDs(_ node: Node, what: String) -> [RequirementID]? {
    oneOrMore(node, what: what)?.compactMap { requirementID($0) }
  }

  mutating func requirementID(_ node: Node) -> RequirementID? {
    guard let text = text(node, what: "a requirement") else { return nil }
    let id = RequirementID(rawValue: text)
    do {
      if try RegistryLoader.requirement(id) != nil { return id }
      guard let specification = Specification(of: id) else {
        report(
          .unknownRequirement, "no specification's ids begin like `\(Self.excerpt(text))`", at: node,
          remedy: "ids begin with " + Specification.allCases.map(\.prefix).joined(separator: ", "))
        return nil
      }
      let known = try RegistryLoader.requirements(of: specification).map(\.id.rawValue)
      let nearest = NearestName.of(text, among: known).map { "did you mean `\($0)`?" }
      report(
        .unknownRequirement, "\(specification.name) has no requirement `\(Self.excerpt(text))`", at: node,
        remedy: nearest ?? "`gatespec rules list` shows them all")
    } catch {
      report(.badRegistry, error.message, at: node)
    }
    return nil
  }

  private mutating func dependencies(_ node: Node, topic: Topic) -> [(id: String, error: FixtureError)]? {
    let root = topic.path.prefix { $0 != "/" }
    return oneOrMore(node, what: "`depends-on`")?.compactMap { element in
      guard let id = text(element, what: "a dependency") else { return nil }
      let place = location(element)
      guard id.hasPrefix(root + "/") else {
        report(
          .unknownDependency, "a dependency is the whole id of a case of the same protocol", at: element,
          remedy: "write `\(root)/topic/slug`")
        return nil
      }
      let error = source.error(
        .unknownDependency, "there is no case `\(Self.excerpt(id))`", line: place.line, column: place.column,
        length: id.unicodeScalars.count)
      return (id, error)
    }
  }
}
