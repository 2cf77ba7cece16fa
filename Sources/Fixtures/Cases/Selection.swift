// Which cases of a corpus run: globs over ids, specifications and sections, tags.
//
// Pure. A filter that names nothing is an error here; a combination that matches no case is for the caller to judge.

internal import Conformance

/// The filters of a command line.
///
/// Filters of one kind widen each other, filters of different kinds narrow each other.
package struct Selection: Hashable, Sendable {
  /// Globs over ids, empty for all: `fastcgi/records`, `fastcgi/*/padding*`.
  package var only: [String]
  /// Globs over ids of cases that are left out.
  package var skip: [String]
  /// `FastCGI 3.3`, `RFC 3875`, `RFC 9112 6.3`: cases that test a requirement of that section.
  package var specifications: [String]
  /// Cases with one of these tags.
  package var tags: [String]
  /// Whether hostile cases run.
  package var hostile: Bool

  package init(
    only: [String] = [], skip: [String] = [], specifications: [String] = [], tags: [String] = [], hostile: Bool = false
  ) {
    self.only = only
    self.skip = skip
    self.specifications = specifications
    self.tags = tags
    self.hostile = hostile
  }
}

/// A filter that means nothing.
package struct SelectionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The filter as it was given.
  package var filter: String
  /// What is wrong with it, and what to do.
  package var message: String

  package init(filter: String, message: String) {
    self.filter = filter
    self.message = message
  }

  package var description: String { "`\(filter)`: \(message)" }
}

extension Corpus {
  /// The cases that a selection leaves, in the corpus's order.
  ///
  /// - Throws: For a glob or a tag that matches no case of the corpus, and a specification that is not in the
  ///   registry.
  package func select(_ selection: Selection) throws(SelectionError) -> [Case] {
    for glob in selection.only + selection.skip where !cases.contains(where: { Glob(glob).covers($0.id) }) {
      let topics = Set(cases.map { $0.id.prefix(upTo: $0.id.lastIndex(of: "/") ?? $0.id.endIndex) }.map(String.init))
      let nearest = NearestName.of(glob, among: topics.sorted() + cases.map(\.id))
      throw SelectionError(
        filter: glob, message: "matches no case" + (nearest.map { "; did you mean `\($0)`?" } ?? ""))
    }
    for tag in selection.tags where !cases.contains(where: { $0.tags.contains(tag) }) {
      let tags = Set(cases.flatMap(\.tags)).sorted()
      throw SelectionError(filter: tag, message: "no case has this tag; there are " + tags.joined(separator: ", "))
    }
    let sections = try selection.specifications.map { filter throws(SelectionError) in try SectionFilter(filter) }
    return cases.filter { value in
      (selection.hostile || !value.tags.contains(Case.hostileTag))
        && (selection.only.isEmpty || selection.only.contains { Glob($0).covers(value.id) })
        && !selection.skip.contains { Glob($0).covers(value.id) }
        && (selection.tags.isEmpty || !value.tags.isDisjoint(with: selection.tags))
        && (sections.isEmpty || sections.contains { $0.matches(value) })
    }
  }
}

/// `FastCGI 3.3`: a specification, and a section with those below it.
private struct SectionFilter {
  let specification: Specification
  /// Empty for the whole specification.
  let section: String

  init(_ filter: String) throws(SelectionError) {
    let words = filter.split(separator: " ")
    // The longest run of words that is a name, in full or without its version, is the name.
    for count in stride(from: words.count, to: 0, by: -1) {
      let name = words.prefix(count).joined(separator: " ")
      guard words.count - count <= 1, let found = Specification.allCases.first(where: { $0.isCalled(name) }) else {
        continue
      }
      specification = found
      section = words.count == count ? "" : Self.section(words[count])
      return
    }
    throw SelectionError(
      filter: filter,
      message: "names no specification; write one of "
        + Specification.allCases.map(\.name).joined(separator: ", ") + ", then a section: 'FastCGI 3.3'")
  }

  func matches(_ value: Case) -> Bool {
    value.requirements.contains { id in
      guard Specification(of: id) == specification else { return false }
      guard !section.isEmpty else { return true }
      guard let found = (try? RegistryLoader.requirement(id)).flatMap({ $0 })?.section else { return false }
      return found == section || found.hasPrefix(section + ".")
    }
  }

  private static func section(_ word: Substring) -> String {
    word.hasPrefix("§") ? String(word.dropFirst()) : String(word)
  }
}

extension Specification {
  /// Whether people call it so: its name without case, or the name without its version number.
  fileprivate func isCalled(_ word: String) -> Bool {
    let asked = word.lowercased()
    let full = name.lowercased()
    return asked == full || (self == .fastCGI10 && asked == "fastcgi")
  }
}
