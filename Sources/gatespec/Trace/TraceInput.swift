// Which words of `gatespec trace` are files, and which are the filter.
//
// A shell's glob gives `-r` one file and leaves the others behind it, where the filter stands.

import Glibc
import Reports

/// The files and the filter expression that a command line names.
struct TraceInput: Equatable {
  var files: [String]
  var filter: String

  /// - Parameters:
  ///   - files: What stands behind `-r`.
  ///   - words: All that belongs to no option; with `-r` those at their beginning that are files are read as well.
  /// - Throws: What is neither a file nor a filter.
  init(files: [String], words: [String]) throws {
    let more = files.isEmpty ? [] : Array(words.prefix(while: Self.isFile))
    self.files = files + more
    let rest = words.dropFirst(more.count)
    filter = rest.joined(separator: " ")
    if let first = rest.first, Self.isFile(first) {
      throw CommandFailure(
        .usage, "\(first) is a file, and a filter is expected there.", remedy: "read files with -r \(first)")
    }
    if !files.isEmpty, let first = rest.first, Self.looksLikeFile(first) {
      throw CommandFailure(
        .usage, "\(first) is neither a file nor the beginning of a filter.",
        remedy: "give every pattern that is quoted an -r of its own: -r '\(first)'")
    }
  }

  private static func isFile(_ word: String) -> Bool {
    var facts = stat()
    guard word != "-", unsafe stat(word, &facts) == 0 else { return false }
    return facts.st_mode & S_IFMT != S_IFDIR
  }

  /// Whether a word that is no file was meant for one: no filter begins so.
  private static func looksLikeFile(_ word: String) -> Bool {
    let endings = [".pcap", ".pcapng", ".cap", ".gz", ".dmp"]
    return endings.contains { word.hasSuffix($0) } || !word.contains(" ") && word.contains { "*?".contains($0) }
  }
}
