// Text as Swift source: raw multi-line string literals that give back every scalar unchanged.
//
// No I/O here.

/// The Swift file that is being written: an array of paths and texts as `StaticString`s.
struct SwiftSource {
  private var text = """
    // Generated at build time from the folder fixtures/. Not to be edited.

    /// The embedded files: path below fixtures/, and text.
    let embeddedResources: [(path: StaticString, text: StaticString)] = [

    """

  mutating func append(path: String, text content: String) {
    text += "  (path: \(Self.literal(path)), text: \(Self.literal(content))),\n"
  }

  func finished() -> String { text + "]\n" }

  /// `content` as a raw multi-line literal.
  ///
  /// The delimiter is longer than any run of `#` in the content, so nothing in it can end the literal or begin an
  /// escape. Scalars that a Swift source file changes (CR, which the lexer turns into LF) or refuses (NUL and other
  /// controls, a byte-order mark) are written as escapes.
  static func literal(_ content: String) -> String {
    var run = 0
    var longestRun = 0
    for byte in content.utf8 {
      run = byte == UInt8(ascii: "#") ? run + 1 : 0
      longestRun = max(longestRun, run)
    }
    let pounds = String(repeating: "#", count: longestRun + 1)
    var literal = "\(pounds)\"\"\"\n"
    for scalar in content.unicodeScalars {
      let isControl = scalar.value < 0x20 && scalar != "\n" && scalar != "\t"
      if isControl || scalar.value == 0x7F || scalar.value == 0xFEFF {
        literal += "\\\(pounds)u{\(String(scalar.value, radix: 16))}"
      } else {
        literal.unicodeScalars.append(scalar)
      }
    }
    return literal + "\n\"\"\"\(pounds)"
  }
}
