// The cases of a run: those that the binary carries, and those of the user's folder.
//
// Which of them run is for `Selection`. No judging and no playing here.

package import Exchanges

/// All cases of the protocols that were asked for.
package struct Corpus: Sendable {
  /// In the order of their files' paths, and in each file as written; cases of a user's folder that replace one stand
  /// in its place.
  package private(set) var cases: [Case]

  /// - Parameter cases: Their identities must be unique.
  package init(_ cases: [Case]) { self.cases = cases }

  /// Loads the embedded cases and those of a folder.
  ///
  /// - Parameters:
  ///   - protocols: Only their files are parsed, and the neutral ones for these protocols. A neutral case is there
  ///     once for each.
  ///   - extraDirectory: A folder laid out as fixtures/; a case with the id of an embedded one replaces it.
  /// - Throws: Every error of every file; none of the embedded ones has any (a test proves it).
  package static func load(
    protocols: [WireProtocol] = WireProtocol.allCases, extraDirectory: String? = nil
  ) throws(FixtureErrors) -> Corpus {
    let protocols = WireProtocol.allCases.filter(protocols.contains)
    let folders = protocols.map(\.folder) + [WireProtocol.neutralFolder]
    var corpus = Corpus(try CaseLoader.cases(embeddedFiles(folders), protocols: protocols))
    guard let extraDirectory else { return corpus }
    let files = try FixtureFolder.files(
      in: extraDirectory, folders: folders,
      known: WireProtocol.allCases.map(\.folder) + [WireProtocol.neutralFolder])
    corpus.merge(
      try CaseLoader.cases(files, protocols: protocols, dependingOn: Set(corpus.cases.map(\.id))))
    return corpus
  }

  /// Checks one file, as `gatespec cases lint` does.
  ///
  /// Its cases may depend on embedded ones and on those of the files beside it; what is wrong with those files is not
  /// reported.
  ///
  /// - Returns: Its cases, each once.
  package static func lint(file path: String) throws(FixtureErrors) -> [Case] {
    let file: FixtureFile
    do { file = try FixtureFolder.file(path) } catch { throw FixtureErrors([error]) }
    var known = Set(try CaseLoader.cases(embeddedFiles([file.folder])).map(\.id))
    for sibling in FixtureFolder.siblings(of: path) { known.formUnion(CaseLoader.identities(sibling)) }
    return Corpus(try CaseLoader.cases([file], dependingOn: known)).catalogue
  }

  /// Every case once: a neutral one with the requirements of all its interfaces.
  package var catalogue: [Case] {
    var positions: [String: Int] = [:]
    var entries: [Case] = []
    for value in cases {
      guard let position = positions[value.id] else {
        positions[value.id] = entries.count
        entries.append(value)
        continue
      }
      for id in value.requirements where !entries[position].requirements.contains(id) {
        entries[position].requirements.append(id)
      }
      for id in value.dependsOn where !entries[position].dependsOn.contains(id) {
        entries[position].dependsOn.append(id)
      }
    }
    return entries
  }

  package subscript(id: String) -> Case? { cases.first { $0.id == id } }

  private static func embeddedFiles(_ folders: [String]) -> [FixtureFile] {
    folders.flatMap { Resources.paths(in: $0) }.filter { $0.hasSuffix(".yaml") }.compactMap { path in
      Resources.text(path).map { FixtureFile(name: "fixtures/\(path)", text: $0) }
    }
  }

  private mutating func merge(_ added: [Case]) {
    var positions: [Case.Identity: Int] = [:]
    for (position, value) in cases.enumerated() { positions[value.identity] = position }
    for value in added {
      if let position = positions[value.identity] {
        cases[position] = value
      } else {
        cases.append(value)
      }
    }
  }
}
