// Shell-like patterns of IDs: `*` for any characters, `?` for one.
//
// They match a whole text, or an ID by its folders; both take time in proportion to text and pattern, whatever it is.

/// A pattern of IDs.
package struct Glob: Hashable, Sendable {
  package let pattern: String
  package init(_ pattern: String) { self.pattern = pattern }

  /// Whether the pattern covers the whole of `text`.
  ///
  /// - Complexity: O(text × pattern), whatever the pattern.
  package func matches(_ text: String) -> Bool {
    let text = Array(text.utf8), pattern = Array(pattern.utf8)
    var textIndex = 0, patternIndex = 0
    // Where the last star stands, and how much of the text it covers so far.
    var star: (pattern: Int, text: Int)?
    while textIndex < text.count {
      if patternIndex < pattern.count, pattern[patternIndex] == 0x2A {
        star = (patternIndex, textIndex)
        patternIndex += 1
      } else if patternIndex < pattern.count,
        pattern[patternIndex] == 0x3F || pattern[patternIndex] == text[textIndex]
      {
        textIndex += 1
        patternIndex += 1
      } else if let last = star {
        star = (last.pattern, last.text + 1)
        patternIndex = last.pattern + 1
        textIndex = last.text + 1
      } else {
        return false
      }
    }
    return pattern[patternIndex...].allSatisfy { $0 == 0x2A }
  }

  /// Whether the pattern matches a case's ID, or names a folder above it.
  ///
  /// No star reaches beyond a `/`; `fastcgi/records` covers every case of that topic.
  ///
  /// - Complexity: O(ID × pattern).
  package func covers(_ id: String) -> Bool {
    let parts = pattern.split(separator: "/")
    let names = id.split(separator: "/")
    guard !parts.isEmpty, parts.count <= names.count else { return false }
    return zip(parts, names).allSatisfy { Glob(String($0)).matches(String($1)) }
  }
}
