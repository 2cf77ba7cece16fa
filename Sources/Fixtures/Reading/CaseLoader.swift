// From the texts of fixture files to cases, with every error of every file.
//
// The checks of one file are in `FixtureReader`; here are those across files: ids, dependencies. No I/O.

package import Exchanges
internal import YAMLTree

/// A fixture file as it is given to the loader.
package struct FixtureFile: Hashable, Sendable {
  /// The name that errors show: `fixtures/fastcgi/records.yaml`.
  package var name: String
  /// The folder it stands in (`fastcgi`), and its name without the suffix (`records`).
  package var folder: String
  package var topic: String
  package var text: String

  /// - Parameter name: A path whose last two components are the protocol's folder and `TOPIC.yaml`.
  package init(name: String, text: String) {
    self.name = name
    self.text = text
    let parts = name.split(separator: "/")
    folder = parts.dropLast().last.map(String.init) ?? ""
    let last = parts.last.map(String.init) ?? ""
    topic = last.hasSuffix(".yaml") ? String(last.dropLast(5)) : last
  }
}

extension WireProtocol {
  /// The folder of fixtures/ with its cases, which is also how their ids begin.
  package var folder: String { traits.folder }

  /// The folder of the cases that are written once for several protocols.
  package static let neutralFolder = "neutral"

  /// The protocol whose cases stand in a folder of that name.
  package init?(folder: String) {
    guard let found = Self.allCases.first(where: { $0.folder == folder }) else { return nil }
    self = found
  }
}

/// Decodes fixture files.
package enum CaseLoader {
  /// The cases of `files`, in their order.
  ///
  /// - Parameters:
  ///   - files: Parsed each for itself; ids must be unique among them.
  ///   - protocols: For which of them neutral cases are read: one value for each that a case maps.
  ///   - others: Ids of cases outside these files that they may depend on.
  /// - Throws: Every error found, of all files.
  package static func cases(
    _ files: [FixtureFile], protocols: [WireProtocol] = WireProtocol.allCases, dependingOn others: Set<String> = []
  ) throws(FixtureErrors) -> [Case] {
    var found: [ReadCase] = []
    var errors: [FixtureError] = []
    for file in files { read(file, protocols, into: &found, &errors) }
    checkIdentities(found, &errors)
    checkDependencies(found, others, isComplete: errors.isEmpty, &errors)
    guard errors.isEmpty else { throw FixtureErrors(errors) }
    return found.map(\.value)
  }

  /// The ids of those cases of a file that can be read.
  package static func identities(_ file: FixtureFile) -> [String] {
    var found: [ReadCase] = []
    var errors: [FixtureError] = []
    read(file, WireProtocol.allCases, into: &found, &errors)
    return found.map(\.value.id)
  }

  private static func read(
    _ file: FixtureFile, _ protocols: [WireProtocol], into found: inout [ReadCase], _ errors: inout [FixtureError]
  ) {
    let whole = SourceLocation(file: file.name, line: 0, column: 0)
    let isNeutral = file.folder == WireProtocol.neutralFolder
    let own = WireProtocol(folder: file.folder)
    guard isNeutral || own != nil else {
      errors.append(
        FixtureError(
          .unknownProtocol, "the folder of a fixture file names its protocol; `\(file.folder)` is none", at: whole,
          remedy: "put it into a folder "
            + (WireProtocol.allCases.map(\.folder) + [WireProtocol.neutralFolder]).joined(separator: ", ")))
      return
    }
    guard !file.topic.isEmpty, file.topic.utf8.allSatisfy({ FixtureReader.isSlugByte($0) }) else {
      errors.append(
        FixtureError(
          .badID, "the name of a fixture file is its topic: lower-case letters, digits and hyphens, and `.yaml`",
          at: whole))
      return
    }
    let source = FixtureSource(file: file.name, text: file.text)
    do {
      guard let root = try source.document() else {
        errors.append(FixtureError(.noCases, "the file is empty", at: whole))
        return
      }
      for wireProtocol in own.map({ [$0] }) ?? protocols {
        var reader = FixtureReader(source: source, for: isNeutral ? wireProtocol : nil)
        found += reader.cases(root, topic: Topic(path: "\(file.folder)/\(file.topic)", wireProtocol: wireProtocol))
        // What is wrong with a neutral file is wrong for every interface.
        guard reader.errors.isEmpty else {
          errors += reader.errors.sorted {
            ($0.location.line, $0.location.column) < ($1.location.line, $1.location.column)
          }
          return
        }
      }
    } catch {
      errors.append(error)
    }
  }

  private static func checkIdentities(_ found: [ReadCase], _ errors: inout [FixtureError]) {
    var seen: Set<Case.Identity> = []
    for read in found where !seen.insert(read.value.identity).inserted { errors.append(read.idError) }
  }

  /// - Parameter isComplete: Whether all cases could be read; otherwise one that is missing is no news.
  private static func checkDependencies(
    _ found: [ReadCase], _ others: Set<String>, isComplete: Bool, _ errors: inout [FixtureError]
  ) {
    guard isComplete else { return }
    var known: [String: [String]] = [:]
    for read in found { known[read.value.id] = read.value.dependsOn }
    for read in found {
      for dependency in read.dependencies where known[dependency.id] == nil && !others.contains(dependency.id) {
        var error = dependency.error
        error.remedy =
          NearestName.of(dependency.id, among: known.keys.sorted() + others.sorted()).map { "did you mean `\($0)`?" }
          ?? "`gatespec cases list` shows them all"
        errors.append(error)
      }
    }
    guard errors.isEmpty else { return }
    for read in found {
      guard let first = read.dependencies.first(where: { reaches($0.id, read.value.id, known) }) else { continue }
      var error = first.error
      error.code = .circularDependency
      error.message = "`\(first.id)` depends on this case"
      errors.append(error)
    }
  }

  private static func reaches(_ start: String, _ goal: String, _ known: [String: [String]]) -> Bool {
    var seen: Set<String> = []
    var open = [start]
    while let next = open.popLast() {
      if next == goal { return true }
      if seen.insert(next).inserted { open += known[next] ?? [] }
    }
    return false
  }
}
