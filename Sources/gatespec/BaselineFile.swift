// Reading `--baseline FILE`: the deviations that a user accepts.
//
// A YAML list of maps with two keys, or three. What an entry does is decided in Reports.

import Reports
import Yams

enum BaselineFile {
  /// The entries of a baseline file.
  ///
  ///     - case: fastcgi/records/padding-*
  ///       because: php-fpm issue 12345, fixed in 8.4
  ///       sometimes: true
  ///
  /// `sometimes` may be left out: the deviation comes and goes.
  static func read(_ path: String) throws(CommandFailure) -> [BaselineEntry] {
    let text = String(decoding: try InputFile.bytes(path), as: UTF8.self)
    let node: Node?
    do {
      node = try Yams.compose(yaml: text)
    } catch {
      throw CommandFailure(.usage, "\(path) is not YAML: \(error)")
    }
    // An empty file accepts nothing.
    guard let node else { return [] }
    guard let list = node.sequence else {
      throw malformed(path, node.mark, "a baseline is a list")
    }
    var entries: [BaselineEntry] = []
    for item in list {
      guard let map = item.mapping else { throw malformed(path, item.mark, "an entry is a map of case and because") }
      for key in map.keys where !["case", "because", "sometimes"].contains(key.string) {
        throw malformed(path, key.mark, "an entry has no key '\(key.string ?? "?")'")
      }
      guard let pattern = map["case"]?.string, !pattern.isEmpty else {
        throw malformed(path, item.mark, "`case` is missing: a case's ID, or a pattern with * and ?")
      }
      guard let because = map["because"]?.string, !because.isEmpty else {
        throw malformed(path, item.mark, "`because` is missing: why \(pattern) is accepted")
      }
      let sometimes = map["sometimes"]
      guard sometimes == nil || sometimes?.bool != nil else {
        throw malformed(path, sometimes?.mark, "`sometimes` is true or false")
      }
      entries.append(BaselineEntry(cases: Glob(pattern), because: because, isOccasional: sometimes?.bool ?? false))
    }
    return entries
  }

  private static func malformed(_ path: String, _ mark: Mark?, _ message: String) -> CommandFailure {
    let place = mark.map { "\(path):\($0.line):\($0.column)" } ?? path
    return CommandFailure(
      .usage, "\(place): \(message)",
      remedy: "every entry reads: - {case: fastcgi/records/padding-*, because: the reason}")
  }
}
