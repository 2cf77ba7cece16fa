// Which known name someone may have meant.
//
// Pure; used by error messages only.

/// Suggestions for misspelt names.
package enum NearestName {
  /// The candidate that differs least from `name`; nil where all differ by more than a third of its length, and at
  /// least two edits.
  package static func of(_ name: String, among candidates: some Sequence<String>) -> String? {
    let limit = max(2, name.utf8.count / 3)
    guard name.utf8.count <= 128 else { return nil }
    var best: (name: String, distance: Int)?
    for candidate in candidates {
      let distance = distance(Array(name.utf8), Array(candidate.utf8))
      if distance <= limit, distance < (best?.distance ?? .max), distance < candidate.utf8.count {
        best = (candidate, distance)
      }
    }
    return best?.name
  }

  /// The remedy that names the nearest candidate, or else lists them where they are few.
  package static func remedy(_ name: String, among candidates: some Collection<String>) -> String {
    if let nearest = of(name, among: candidates) { return "did you mean `\(nearest)`?" }
    guard candidates.count <= 40 else { return "" }
    return "known: " + candidates.joined(separator: ", ")
  }

  /// Insertions, deletions, replacements and swaps of neighbours that turn one into the other.
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for (i, byte) in left.enumerated() {
      var row = [i + 1]
      for (j, other) in right.enumerated() {
        var cost = min(last[j] + (byte == other ? 0 : 1), last[j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, byte == right[j - 1], left[i - 1] == other { cost = min(cost, beforeLast[j - 1] + 1) }
        row.append(cost)
      }
      beforeLast = last
      last = row
    }
    return last[right.count]
  }
}
