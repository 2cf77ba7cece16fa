// A baseline: the deviations of a target that a user accepts, each with the reason.
//
// Reading its YAML, a list of maps with two keys, or three. What an entry does to a verdict is decided in Reports.

internal import YAMLTree

/// A deviation that the user accepts.
package struct BaselineEntry: Hashable, Sendable {
  /// A case's ID, or a pattern of them.
  package var cases: Glob
  package var because: String
  /// The deviation comes and goes: that it is not there says nothing.
  package var isOccasional: Bool

  package init(cases: Glob, because: String, isOccasional: Bool = false) {
    self.cases = cases
    self.because = because
    self.isOccasional = isOccasional
  }
}

/// The file that a user keeps accepted deviations in.
package enum Baseline {
  /// Reads the text of a baseline file; an empty one accepts nothing.
  ///
  ///     - case: fastcgi/records/padding-*
  ///       because: php-fpm issue 12345, fixed in 8.4
  ///       sometimes: true
  ///
  /// The key `sometimes` may be left out: it says that the deviation comes and goes.
  ///
  /// - Parameter file: The name that errors show.
  /// - Throws: Everything that is wrong with the file.
  package static func entries(of text: String, file: String) throws(FixtureErrors) -> [BaselineEntry] {
    var reader = FixtureReader(source: FixtureSource(file: file, text: text))
    let document: Node?
    do {
      document = try reader.source.document()
    } catch {
      throw FixtureErrors([error])
    }
    guard let document, !reader.isNothing(document) else { return [] }
    let entries = reader.baseline(document)
    guard reader.errors.isEmpty else { throw FixtureErrors(reader.errors) }
    return entries
  }
}

extension FixtureReader {
  fileprivate mutating func baseline(_ node: Node) -> [BaselineEntry] {
    let form = "every entry reads: - {case: fastcgi/records/padding-*, because: the reason}"
    guard let list = list(node, what: "a baseline", remedy: form) else { return [] }
    return list.compactMap { item in
      guard
        let map = map(
          item, what: "a baseline's entry", keys: ["case", "because", "sometimes"], required: ["case", "because"]),
        let pattern = map["case"].flatMap({ text($0, what: "`case`") }),
        let because = map["because"].flatMap({ text($0, what: "`because`") })
      else { return nil }
      if pattern.isEmpty {
        report(.wrongType, "`case` is a case's ID, or a pattern with * and ?", at: map["case"] ?? item)
      }
      if because.isEmpty {
        report(.wrongType, "`because` says why \(Self.excerpt(pattern)) is accepted", at: map["because"] ?? item)
      }
      let isOccasional = map["sometimes"].map { truth($0, what: "`sometimes`") } ?? false
      return BaselineEntry(cases: Glob(pattern), because: because, isOccasional: isOccasional)
    }
  }

  /// A truth value in any of the words that YAML 1.1 has for it.
  private mutating func truth(_ node: Node, what: String) -> Bool {
    switch node.text?.lowercased() {
    case "true", "yes", "on": return true
    case "false", "no", "off": return false
    default:
      report(.wrongType, "\(what) is true or false", at: node)
      return false
    }
  }
}
