// The requirement registry's values: one normative statement each.
//
// Data only. `Fixtures` reads them from fixtures/requirements/*.json; rules and cases refer to them by ID.

/// The frozen ID of a requirement: document, section, number (`FCGI-3.3-4`).
package struct RequirementID: RawRepresentable, Hashable, Sendable, Comparable, ExpressibleByStringLiteral,
  CustomStringConvertible
{
  package var rawValue: String
  package init(rawValue: String) { self.rawValue = rawValue }
  package init(stringLiteral value: String) { rawValue = value }
  package var description: String { rawValue }

  /// Sections in their order: numbers by value, then text.
  package static func < (left: RequirementID, right: RequirementID) -> Bool {
    left.sortKey.lexicographicallyPrecedes(right.sortKey) { ($0.0, $0.1) < ($1.0, $1.1) }
  }

  private var sortKey: [(Int, String)] {
    rawValue.split(whereSeparator: { $0 == "-" || $0 == "." }).map { part in
      Int(part).map { ($0, "") } ?? (-1, String(part))
    }
  }
}

/// What a violation of a requirement amounts to.
package enum Severity: String, Hashable, Sendable {
  /// A violation fails.
  case must
  /// A violation warns.
  case should
  /// Sending what the grammar forbids fails; accepting it warns.
  case grammar
  /// Only informs.
  case info
}

/// One normative statement of a specification, in our words.
package struct Requirement: Hashable, Sendable, Identifiable {
  package var id: RequirementID
  /// The specification's name as it is cited: `FastCGI 1.0`, `RFC 3875`.
  package var specification: String
  package var section: String
  /// The specification's own word: must, should, may, decl, format.
  package var level: String
  package var severity: Severity
  /// Whom it binds: App, WS, both, sender, receiver, script, server, ….
  package var binds: String
  package var statement: String
  /// Why no case and no rule can see it; nil where one does, or should.
  package var uncoverable: String?

  package init(
    id: RequirementID, specification: String, section: String, level: String, severity: Severity, binds: String,
    statement: String, uncoverable: String? = nil
  ) {
    self.id = id
    self.specification = specification
    self.section = section
    self.level = level
    self.severity = severity
    self.binds = binds
    self.statement = statement
    self.uncoverable = uncoverable
  }

  /// How reports cite it: `FastCGI 1.0 section 3.3`.
  package var citation: String { "\(specification) section \(section)" }
}

/// The registry: every requirement by its ID.
package struct RequirementRegistry: Sendable {
  package private(set) var requirements: [Requirement]
  private var positions: [RequirementID: Int]

  /// - Parameter requirements: In the order of their documents; a repeated ID replaces the earlier row.
  package init(_ requirements: [Requirement]) {
    self.requirements = []
    positions = [:]
    for requirement in requirements {
      if let position = positions[requirement.id] {
        self.requirements[position] = requirement
      } else {
        positions[requirement.id] = self.requirements.count
        self.requirements.append(requirement)
      }
    }
  }

  package subscript(id: RequirementID) -> Requirement? { positions[id].map { requirements[$0] } }
}
