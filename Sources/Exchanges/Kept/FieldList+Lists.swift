// Fields whose value is a list: the elements of all lines of that name.
//
// HTTP's rule for lists only; quoted strings with commas in them are not looked for in the fields that are asked about.

internal import WireBytes

extension FieldList {
  /// The elements of the fields with that name (ASCII case ignored), without whitespace around them and without their
  /// parameters; empty ones left out.
  ///
  /// Spec: RFC 9110 section 5.6.1.
  package func listElements(_ name: StaticString) -> [ArraySlice<UInt8>] {
    indices.filter { self.name($0).equalsIgnoringCase(name) }.flatMap { index in
      value(index).split(separator: 0x2C).compactMap { element in
        let token = element.prefix { $0 != 0x3B }
        let start = token.drop { $0 == ASCII.space || $0 == ASCII.tab }
        let end = start.lastIndex { $0 != ASCII.space && $0 != ASCII.tab }
        return end.map { start[...$0] }
      }
    }
  }

  /// Whether one of the elements of the fields `name` is `element`, ASCII case ignored in both.
  package func listContains(_ element: StaticString, in name: StaticString) -> Bool {
    for index in indices where self.name(index).equalsIgnoringCase(name) {
      guard !value(index).equalsIgnoringCase(element) else { return true }
      return listElements(name).contains { $0.equalsIgnoringCase(element) }
    }
    return false
  }
}
