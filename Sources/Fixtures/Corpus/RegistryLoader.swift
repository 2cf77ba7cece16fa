// From the JSON rows of fixtures/requirements/ to the registry's values.
//
// One specification at a time and only when asked for; what was read once is kept. No judging here.

package import Conformance
internal import FoundationEssentials
internal import Synchronization

/// Reads the embedded requirement registry.
package enum RegistryLoader {
  private static let cache = Mutex<[Specification: Result<[Requirement], FixtureError>]>([:])

  /// The requirements of one specification, in its order; read once for each process.
  package static func requirements(of specification: Specification) throws(FixtureError) -> [Requirement] {
    let result = cache.withLock { cache in
      if let known = cache[specification] { return known }
      let result = Result { () throws(FixtureError) in try readEmbedded(specification) }
      cache[specification] = result
      return result
    }
    return try result.get()
  }

  /// The registry of these specifications, all of them by default.
  package static func load(
    _ specifications: [Specification] = Specification.allCases
  ) throws(FixtureError) -> RequirementRegistry {
    var rows: [Requirement] = []
    for specification in specifications { rows += try requirements(of: specification) }
    return RequirementRegistry(rows)
  }

  /// One requirement, reading only the specification that its ID names; nil when there is none of that ID.
  package static func requirement(_ id: RequirementID) throws(FixtureError) -> Requirement? {
    guard let specification = Specification(of: id) else { return nil }
    return try requirements(of: specification).first { $0.id == id }
  }

  /// Requirements from a registry file's text: a JSON list of objects with text values.
  ///
  /// - Parameter file: Its name, for the error.
  package static func requirements(
    of specification: Specification, json: String, file: String
  ) throws(FixtureError) -> [Requirement] {
    do {
      return try JSONDecoder().decode([Row].self, from: Data(json.utf8)).map { $0.requirement(specification) }
    } catch {
      throw FixtureError(
        .badRegistry, "\(error)", at: SourceLocation(file: file, line: 1, column: 1),
        remedy: "every row needs id, section, level, severity, binds and statement; docs/requirements.md says more")
    }
  }

  private static func readEmbedded(_ specification: Specification) throws(FixtureError) -> [Requirement] {
    let file = "fixtures/\(specification.path)"
    guard let json = Resources.text(specification.path) else {
      throw FixtureError(
        .badRegistry, "nothing is embedded under that path", at: SourceLocation(file: file, line: 1, column: 1))
    }
    return try requirements(of: specification, json: json, file: file)
  }

  /// A row as it stands in the file.
  ///
  /// Its notes `active` and `passive` are for people and are not read.
  private struct Row: Decodable {
    var id: String
    var section: String
    var level: String
    var severity: Severity
    var binds: String
    var statement: String
    var uncoverable: String?

    enum CodingKeys: String, CodingKey {
      case id, section, level, severity, binds, statement, uncoverable
    }

    func requirement(_ specification: Specification) -> Requirement {
      Requirement(
        id: RequirementID(rawValue: id), specification: specification.name, section: section, level: level,
        severity: severity, binds: binds, statement: statement, uncoverable: uncoverable)
    }
  }
}

/// For decoding only: the raw value is the word in the file.
extension Severity: Decodable {}

extension RequirementRegistry {
  /// Every requirement of every specification that was embedded.
  ///
  /// Reads all files on first use; ``RegistryLoader/load(_:)`` reads only what is named. Files that do not parse are
  /// left out: a test proves that all embedded ones do.
  package static let embedded = RequirementRegistry(
    Specification.allCases.flatMap { (try? RegistryLoader.requirements(of: $0)) ?? [] })
}
