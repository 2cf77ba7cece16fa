// Reading `--baseline FILE`: the deviations that a user accepts.
//
// A YAML list of maps with two keys, or three. What an entry does is decided in Reports.

import Reports
import YAMLTree

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
      node = try Node(yaml: text)
    } catch {
      throw malformed(path, error.mark, error.message)
    }
    // An empty file accepts nothing.
    guard let node else { return [] }
    guard let list = node.sequence else {
      throw malformed(path, node.mark, "a baseline is a list")
    }
    var entries: [BaselineEntry] = []
    for item in list {
      guard let map = item.mapping else { throw malformed(path, item.mark, "an entry is a map of case and because") }
      var values: [String: Node] = [:]
      for (key, value) in map {
        guard let name = key.text, ["case", "because", "sometimes"].contains(name) else {
          throw malformed(path, key.mark, "an entry has no key '\(key.text ?? "?")'")
        }
        values[name] = value
      }
      guard let pattern = values["case"]?.text, !pattern.isEmpty else {
        throw malformed(path, item.mark, "`case` is missing: a case's ID, or a pattern with * and ?")
      }
      guard let because = values["because"]?.text, !because.isEmpty else {
        throw malformed(path, item.mark, "`because` is missing: why \(pattern) is accepted")
      }
      var isOccasional = false
      if let sometimes = values["sometimes"] {
        guard let value = truth(sometimes) else {
          throw malformed(path, sometimes.mark, "`sometimes` is true or false")
        }
        isOccasional = value
      }
      entries.append(BaselineEntry(cases: Glob(pattern), because: because, isOccasional: isOccasional))
    }
    return entries
  }

  /// The truth value that a scalar stands for in YAML 1.1.
  private static func truth(_ node: Node) -> Bool? {
    switch node.text?.lowercased() {
    case "true", "yes", "on": true
    case "false", "no", "off": false
    default: nil
    }
  }

  private static func malformed(_ path: String, _ mark: Mark, _ message: String) -> CommandFailure {
    CommandFailure(
      .usage, "\(path):\(mark.line):\(mark.column): \(message)",
      remedy: "every entry reads: - {case: fastcgi/records/padding-*, because: the reason}")
  }
}
